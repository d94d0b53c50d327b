"""When an authority is open: the hours of a week, the days that differ, and both in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from backoffice.domain.days import read_day
from backoffice.domain.french import DAYS, long_date
from backoffice.errors import Invalid

Slot = tuple[time, time]
Week = Mapping[int, tuple[Slot, ...]]
"""Days from 1 (Monday) to 7; a day that is not there is closed."""

MOST_SLOTS, MOST_EXCEPTIONS, LONGEST_WORDS = 4, 60, 120
SHOWN_BEFORE = timedelta(days=30)
CLOSED = "fermé"
NBSP = "\u00a0"
NO_HOURS = "Écrivez par exemple « 8 h 30 – 12 h, 13 h 30 – 17 h », ou rien si c’est fermé ce jour-là."
NO_EXCEPTION = "écrivez par exemple « 24/12/2026 : 9 h – 12 h », ou « 03/08/2026 au 14/08/2026 : fermé, congés »."
_HOUR = r"(\d{1,2})\s*[hH:]\s*(\d{2})?"
_SLOT = re.compile(rf"{_HOUR}\s*(?:-|–|—|à|/)\s*{_HOUR}")
_LINE = re.compile(r"(?P<first>[\d/.-]+)(?:\s*(?:au|à|–)\s*(?P<last>[\d/.-]+))?\s*:\s*(?P<said>.+)")


@dataclass(frozen=True, slots=True)
class SpecialHours:
    """Days (both included) when the hours are others, or when it is closed (no slot), and why."""

    first: date
    last: date
    slots: tuple[Slot, ...]
    words: str = ""

    def to_data(self) -> dict[str, Any]:
        """Plain values for a row."""
        slots = [[_iso(one) for one in slot] for slot in self.slots]
        return {"first": self.first.isoformat(), "last": self.last.isoformat(), "slots": slots, "words": self.words}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "SpecialHours":
        """What `to_data` wrote."""
        first, last = (date.fromisoformat(data[name]) for name in ("first", "last"))
        return cls(first, last, slots_of(data["slots"]), data["words"])


def slots_of(data: Sequence[Sequence[str]]) -> tuple[Slot, ...]:
    """Slots kept as plain values."""
    return tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in data)


def read_slots(text: str) -> tuple[Slot, ...]:
    """« 8 h 30 – 12 h, 13:30-17:00 » in order; nothing, or « fermé », is closed. Raise Invalid."""
    pieces = [one.strip() for one in re.split(r"[,;]| et ", text) if one.strip()]
    if [one.casefold() for one in pieces] == [CLOSED]:
        return ()
    slots: list[Slot] = []
    for piece in pieces:
        found = _SLOT.fullmatch(piece)
        if found is None:
            raise Invalid(NO_HOURS)
        begin_hour, begin_minute, end_hour, end_minute = found.groups()
        begin, end = _time(begin_hour, begin_minute), _time(end_hour, end_minute)
        if end <= begin or (slots and begin < slots[-1][1]):
            raise Invalid("Chaque plage finit après avoir commencé, et commence après la fin de celle d’avant.")
        slots.append((begin, end))
    if len(slots) > MOST_SLOTS:
        raise Invalid(f"{MOST_SLOTS} plages au plus dans une journée.")
    return tuple(slots)


def write_slots(slots: Sequence[Slot]) -> str:
    """The same as people write them."""
    return ", ".join(f"{_hour(begin)} – {_hour(end)}" for begin, end in slots)


def read_exceptions(text: str) -> tuple[SpecialHours, ...]:
    """One a line, by date; raise Invalid with the line that is not understood."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_EXCEPTIONS:
        raise Invalid(f"Écrivez au plus {MOST_EXCEPTIONS} lignes.")
    return tuple(sorted((_read_line(line) for line in lines), key=lambda one: one.first))


def write_exceptions(exceptions: Sequence[SpecialHours]) -> str:
    """The same as people write them."""
    return "\n".join(_line(one) for one in exceptions)


def say_week(week: Week) -> str:
    """« Du lundi au vendredi de 8 h 30 à 12 h et de 13 h 30 à 17 h, le samedi de 9 h à 12 h »; empty when closed."""
    groups: list[list[int]] = []
    for day in range(1, 8):
        if not week.get(day):
            continue
        if groups and groups[-1][-1] == day - 1 and week[groups[-1][-1]] == week[day]:
            groups[-1].append(day)
        else:
            groups.append([day])
    said = ", ".join(f"{_days(group)} {say_slots(week[group[0]])}" for group in groups)
    return said[:1].upper() + said[1:]


def say_slots(slots: Sequence[Slot]) -> str:
    """« de 8 h 30 à 12 h et de 13 h 30 à 17 h »."""
    return " et ".join(f"de {_hour(begin)} à {_hour(end)}" for begin, end in slots)


def say_to_come(exceptions: Sequence[SpecialHours], today: date) -> list[str]:
    """The days that differ, from today to thirty days on, in words."""
    return [_said(one) for one in exceptions if one.last >= today and one.first <= today + SHOWN_BEFORE]


def _said(one: SpecialHours) -> str:
    if one.first == one.last:
        days = f"le {long_date(one.first)}"
    else:
        days = f"du {long_date(one.first)} au {long_date(one.last)}"
    what = f"ouvert {days} {say_slots(one.slots)}" if one.slots else f"fermé {days}"
    return f"Exceptionnellement {what}{f' ({one.words})' if one.words else ''}."


def _line(one: SpecialHours) -> str:
    days = f"{one.first:%d/%m/%Y}" + (f" au {one.last:%d/%m/%Y}" if one.last != one.first else "")
    said = write_slots(one.slots) or CLOSED
    return f"{days} : {said}{f', {one.words}' if one.words else ''}"


def _read_line(line: str) -> SpecialHours:
    found = _LINE.fullmatch(line)
    if found is None:
        raise Invalid(f"« {line[:40]} » : {NO_EXCEPTION}")
    try:
        first = read_day(found["first"])
        last = read_day(found["last"]) if found["last"] else first
    except Invalid as fault:
        raise Invalid(f"« {line[:40]} » : {fault.sentence}") from None
    if last < first:
        raise Invalid(f"« {line[:40]} » : la fin précède le début.")
    hours, words = _hours_and_words(found["said"])
    try:
        return SpecialHours(first, last, read_slots(hours), words[:LONGEST_WORDS])
    except Invalid:
        raise Invalid(f"« {line[:40]} » : {NO_EXCEPTION}") from None


def _hours_and_words(said: str) -> tuple[str, str]:
    """« fermé, congés » or « 9 h – 12 h, veille de Noël »: the hours, then why."""
    pieces = [one.strip() for one in said.split(",")]
    count = 0
    while count < len(pieces) and (pieces[count].casefold() == CLOSED or _SLOT.fullmatch(pieces[count])):
        count += 1
    return ", ".join(pieces[:count]) or said, ", ".join(pieces[count:])


def _days(group: Sequence[int]) -> str:
    names = [DAYS[day - 1] for day in group]
    if len(names) > 2:
        return f"du {names[0]} au {names[-1]}"
    return " et ".join(f"le {name}" for name in names)


def _time(hour: str, minute: str | None) -> time:
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        raise Invalid(NO_HOURS) from None


def _hour(at: time) -> str:
    return f"{at.hour}{NBSP}h{NBSP}{at.minute:02}" if at.minute else f"{at.hour}{NBSP}h"


def _iso(at: time) -> str:
    return at.isoformat("minutes")
