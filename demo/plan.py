"""Who asks what, by which door, when, and how far it went: a believable year and a half, drawn from one chance."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum, auto
from random import Random

from backoffice.domain.calendars import Calendar
from backoffice.domain.incoming import ChannelCode
from demo.people import People, Person
from demo.storybook import TRIAGE, Story, stories

WINDOW = timedelta(days=547)
OPEN_SHARE = 0.27
FRESH = 4
FRESH_FOR = timedelta(minutes=50)
WEB, MAIL, PHONE, COUNTER, LETTER = (
    ChannelCode.WEB_FORM,
    ChannelCode.EMAIL,
    ChannelCode.PHONE,
    ChannelCode.COUNTER,
    ChannelCode.LETTER,
)
WALK_IN = (COUNTER, PHONE, LETTER)

# Cases of each procedure among 300, and how they come in: online, mail, telephone, counter, letter.
VOLUMES: Mapping[str, tuple[int, tuple[int, int, int, int, int]]] = {
    "street_issue": (70, (48, 18, 26, 5, 3)),
    "waste_bin_bulky": (42, (35, 18, 35, 9, 3)),
    "birth_certificate": (29, (45, 15, 5, 25, 10)),
    "school_meals_aftercare": (19, (50, 25, 15, 10, 0)),
    "electoral_registration": (17, (0, 0, 0, 70, 30)),
    "room_booking": (16, (40, 25, 20, 15, 0)),
    "parking_resident_or_move": (16, (50, 20, 15, 15, 0)),
    "citizen_census": (13, (35, 10, 0, 50, 5)),
    "childcare_place": (12, (60, 15, 15, 10, 0)),
    "host_certificate": (11, (20, 0, 0, 70, 10)),
    "cemetery_plot": (9, (10, 12, 25, 33, 20)),
    "association_grant": (9, (55, 25, 0, 10, 10)),
    "planning_certificate": (8, (45, 20, 5, 20, 10)),
    "terrace_permit": (7, (45, 25, 5, 15, 10)),
    "document_access": (6, (35, 35, 5, 10, 15)),
    "gdpr_request": (4, (50, 35, 0, 5, 10)),
    TRIAGE: (12, (0, 100, 0, 0, 0)),
}
# How busy each hour of the day is for those who write from home, and for those who come or call.
HOURS_AT_HOME = (2, 1, 1, 0, 0, 1, 2, 5, 8, 9, 9, 8, 8, 7, 6, 6, 7, 8, 9, 10, 10, 9, 6, 4)
HOURS_OF_OFFICE = (0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 10, 8, 0, 0, 8, 8, 6, 0, 0, 0, 0, 0, 0, 0)
WEEK_AT_HOME = (10, 10, 9, 9, 9, 6, 6)


class Fate(Enum):
    """How far a case went."""

    FRESH = auto()  # just arrived: the workers have not acknowledged it yet
    UNTOUCHED = auto()
    TAKEN = auto()
    WAITING = auto()
    ANSWERED = auto()
    TRANSFERRED = auto()
    REOPENED = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Planned:
    """One case to play; `turn` chooses among the ways to say things, `seed` draws the rest."""

    number: int
    story: Story
    turn: int
    channel: ChannelCode
    received_at: datetime
    person: Person | None
    fate: Fate = Fate.CLOSED

    @property
    def seed(self) -> str:
        """What makes this case unlike the others."""
        return f"{self.received_at:%Y-%m-%d %H:%M} {self.number}"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when the plan takes place; `departments` says who examines each procedure."""

    now: datetime
    timezone: tzinfo
    calendar: Calendar
    people: People
    departments: Mapping[str, str]

    @property
    def today(self) -> date:
        """The day that ends the window, where the town is."""
        return self.now.astimezone(self.timezone).date()


def plan(chance: Random, setting: Setting, total: int) -> list[Planned]:
    """`total` cases in the order of their arrival: the last ones have just come in."""
    turns: Counter[str] = Counter()
    drawn = []
    for story in _stories(chance, total - FRESH):
        turn = turns[story.subject]
        turns[story.subject] += 1
        channel = _channel(chance, story)
        at = _arrival(chance, setting, story, channel)
        drawn.append(Planned(0, story, turn, channel, at, _person(chance, setting.people, story, channel)))
    drawn.sort(key=lambda one: one.received_at)
    drawn = [replace(one, number=number) for number, one in enumerate(drawn, 1)]
    opened = set(_left_open(chance, setting, drawn))
    planned = [replace(one, fate=_open_fate(chance, setting, one)) if one.number in opened else one for one in drawn]
    return planned + list(_fresh(chance, setting, len(planned)))


def _stories(chance: Random, total: int) -> Iterator[Story]:
    share = total / sum(volume for volume, _ in VOLUMES.values())
    exact = {code: volume * share for code, (volume, _) in VOLUMES.items()}
    numbers = {code: int(number) for code, number in exact.items()}
    rest = sorted(exact, key=lambda code: numbers[code] - exact[code])
    for code in rest[: total - sum(numbers.values())]:
        numbers[code] += 1
    for code, number in numbers.items():
        told = [story for story in stories() if story.procedure == code for _ in range(story.weight)]
        yield from [told[index % len(told)] for index in _shuffled(chance, len(told), number)]


def _shuffled(chance: Random, length: int, number: int) -> list[int]:
    """Every index as often as the others, in any order."""
    rounds = math.ceil(number / length)
    return [index for _ in range(rounds) for index in chance.sample(range(length), length)][:number]


def _channel(chance: Random, story: Story) -> ChannelCode:
    doors = [WEB, MAIL, PHONE, COUNTER, LETTER]
    weights = [
        weight if door in story.channels else 0 for door, weight in zip(doors, VOLUMES[story.procedure][1], strict=True)
    ]
    return chance.choices(doors, weights)[0] if any(weights) else min(story.channels)


def _arrival(chance: Random, setting: Setting, story: Story, channel: ChannelCode) -> datetime:
    """More and more as the months go, less in August, at the hours of the door."""
    days = [setting.today - timedelta(days=back) for back in range(WINDOW.days)]
    weights = [_busy(setting, story, channel, day) for day in days]
    while True:
        day = chance.choices(days, weights)[0]
        hours = HOURS_AT_HOME if channel in (WEB, MAIL) else HOURS_OF_OFFICE
        hour = chance.choices(range(24), hours)[0]
        at = datetime.combine(
            day, time(hour, chance.randrange(60), chance.randrange(60), chance.randrange(10**6)), setting.timezone
        )
        if at < setting.now - timedelta(hours=2):
            return at


def _busy(setting: Setting, story: Story, channel: ChannelCode, day: date) -> float:
    back = (setting.today - day).days
    growth = 1 - 0.6 * back / WINDOW.days + 3.5 * math.exp(-back / 11)
    season = 0.12 if story.months and day.month not in story.months else 1.0
    summer = 0.6 if day.month == 8 and not story.months else 1.0
    if channel in (WEB, MAIL):
        week = WEEK_AT_HOME[day.weekday()] / 10
    elif channel is COUNTER and day.weekday() == 5:
        week = 0.5 if setting.calendar.is_business_day(day) else 0.0
    else:
        week = 1.0 if setting.calendar.is_working_day(day) else 0.0
    return growth * season * summer * week


def _person(chance: Random, people: People, story: Story, channel: ChannelCode) -> Person | None:
    if story.anonymous and channel is WEB and chance.random() < 0.4:
        return None
    known: dict[str, Sequence[Person]] = {
        "association": people.associations,
        "company": people.companies,
        "young": people.young,
        "parent": people.aged(24, 46),
        "teen_parent": people.aged(38, 60),
        "adult": people.adults,
    }
    if story.who in known:
        return chance.choice(known[story.who])
    if channel in WALK_IN and chance.random() < 0.55:
        return chance.choice(people.elders)
    return chance.choice(people.regulars if chance.random() < 0.25 else people.adults)


def _left_open(chance: Random, setting: Setting, drawn: Sequence[Planned]) -> Iterator[int]:
    """The numbers of the cases that are still open: some in every department, mostly recent ones."""
    departments: dict[str, list[Planned]] = {}
    for one in drawn:
        departments.setdefault(setting.departments.get(one.story.procedure, TRIAGE), []).append(one)
    for mine in departments.values():
        wanted = max(1, round(len(mine) * OPEN_SHARE))
        # The largest of -log(u) / weight is chosen last: a draw by weight without putting back.
        mine.sort(key=lambda one: -math.log(1 - chance.random()) / _recent(setting, one))
        # A mail may wait for its procedure elsewhere: another door leaves a case in its own department.
        sure = next((one for one in mine if one.channel is not MAIL), mine[0])
        others = [one for one in mine if one is not sure]
        yield from (one.number for one in [sure, *others][:wanted])


def _recent(setting: Setting, one: Planned) -> float:
    age = (setting.now - one.received_at).days / (15 + one.story.days)
    return 1 / (3 + math.pow(age, 1.4))


def _open_fate(chance: Random, setting: Setting, one: Planned) -> Fate:
    """What an open case waits for; an old one has at least been looked at."""
    age = (setting.now - one.received_at).days
    weights = {Fate.UNTOUCHED: 10 if age < 6 else 3 if age < 60 else 1, Fate.TAKEN: 5, Fate.ANSWERED: 4}
    if any(step.ask for step in one.story.course) and one.person and age > 1:
        weights[Fate.WAITING] = 26
    if any(step.transfer for step in one.story.course) and age > 1:
        weights[Fate.TRANSFERRED] = 20
    if one.story.back and one.person and one.person.email and age > one.story.days + 4:
        weights[Fate.REOPENED] = 14
    return chance.choices(list(weights), list(weights.values()))[0]


def _fresh(chance: Random, setting: Setting, before: int) -> Iterator[Planned]:
    """The newest cases came in within the hour, from home."""
    instants = sorted(setting.now - FRESH_FOR * chance.uniform(0.02, 1) for _ in range(FRESH))
    from_home = [story for story in stories() if WEB in story.channels and "{texte}" in str(story.answers)]
    from_home = [story for story in from_home if story.who == "person"]
    for number, at in enumerate(instants, before + 1):
        person = chance.choice(setting.people.adults)
        yield Planned(number, chance.choice(from_home), number, WEB, at, person, Fate.FRESH)
