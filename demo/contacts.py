"""What the desk answered on the spot over a year and a half: visits, calls and letters that opened no case."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from sqlalchemy.orm import Session

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import ready_answers
from backoffice.services import clock, contacts
from backoffice.services.contacts import Answered
from demo.plan import COUNTER, HOURS_OF_OFFICE, LETTER, PHONE, WINDOW
from demo.town import Opened, Town

TOTAL = 150
DOORS: dict[ChannelCode, int] = {PHONE: 55, COUNTER: 40, LETTER: 5}
NAMELESS_SHARE = 0.45
ABOUT_THEIR_CASE = "Où en est sa demande : l’état et la date visée lui sont lus"
ABOUT_SHARE = 0.25
"""Of those who say who they are, how many only ask how far their case went."""


@cache
def stories() -> tuple[dict[str, str], ...]:
    """What people ask that is answered at once: `motive`, `answer` and `line`, the first two often missing."""
    told: list[dict[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return tuple(told)


def write(session: Session, authority: Authority, town: Town, opened: Sequence[Opened], now: datetime) -> None:
    """Write them as the desk did, each at its instant of the past; more of them lately."""
    chance = Random(f"contacts {now:%Y-%m-%d}")
    answers = {one.code: one.version_id for one in ready_answers.list_in_service(session, authority.id)}
    for number, at in enumerate(sorted(_instant(chance, authority, town, now) for _ in range(TOTAL))):
        told = chance.choice(stories())
        case = _case_before(session, chance, opened, at)
        is_known = case is not None and chance.random() > NAMELESS_SHARE
        said: dict[str, Any] = {"motive": told.get("motive", ""), "line": told["line"]}
        said["ready_answer_version_id"] = answers.get(told.get("answer", ""))
        if case is not None and is_known and chance.random() < ABOUT_SHARE:
            said = {"motive": case.procedure_code, "line": ABOUT_THEIR_CASE, "about_case_id": case.id}
        sender = Sender(citizen_id=case.citizen_id) if case is not None and is_known else None
        door = chance.choices(list(DOORS), list(DOORS.values()))[0]
        contacts.record(
            session, town.front_desk, Answered(f"demo-contact-{number}", door, sender=sender, at=at, **said)
        )


def _instant(chance: Random, authority: Authority, town: Town, now: datetime) -> datetime:
    """An hour when the desk is open, twice as likely this year as the one before."""
    calendar, today = clock.calendar_of(authority), now.astimezone(town.timezone).date()
    while True:
        back = int(WINDOW.days * chance.random() ** 1.6)
        day: date = today - timedelta(days=back)
        hour = chance.choices(range(24), HOURS_OF_OFFICE)[0]
        at = datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)), town.timezone)
        if calendar.is_working_day(day) and at < now - timedelta(minutes=30):
            return at


def _case_before(session: Session, chance: Random, opened: Sequence[Opened], at: datetime) -> Case | None:
    """A case that had been open for a while, whose citizen we know."""
    lately = timedelta(days=45)
    known = [one for one in opened if one.planned.person and at - lately < one.planned.received_at < at]
    case = session.get_one(Case, chance.choice(known).case_id) if known else None
    return case if case is not None and case.citizen_id else None
