"""SELECTs on phone calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true, update
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.calls import TO_CALL_BACK, CallOutcome, Direction
from backoffice.errors import NotFound
from backoffice.models.calls import CallRecord
from backoffice.queries.citizen_search import ids_told_by


class View(StrEnum):
    """The lists that the tabs of the log open."""

    ALL = ""
    MISSED = "manques"
    ONGOING = "en-cours"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the log is narrowed to: `number` is digits of either end, `words` a name; moments are half-open."""

    view: View
    since: datetime
    until: datetime
    direction: str = ""
    outcome: str = ""
    staff_id: int | None = None
    number: str = ""
    words: str = ""


_IN_VIEW: Mapping[View, ColumnElement[bool]] = {
    View.ALL: true(),
    View.MISSED: CallRecord.outcome.in_(TO_CALL_BACK),
    View.ONGOING: CallRecord.ended_at.is_(None),
}


def count_calls(session: Session, authority_id: int, asked: Filters) -> dict[View, int]:
    """How many calls each tab has with these filters."""
    counts = [func.sum(case((test, 1), else_=0)) for test in _IN_VIEW.values()]
    row = session.execute(_narrowed(select(*counts), authority_id, asked)).one()
    return {view: int(count or 0) for view, count in zip(_IN_VIEW, row, strict=True)}


def page_calls(session: Session, authority_id: int, asked: Filters, offset: int, limit: int) -> list[CallRecord]:
    """A page of the log, newest first."""
    query = _narrowed(_loaded(), authority_id, asked).where(_IN_VIEW[asked.view])
    return list(
        session.scalars(query.order_by(CallRecord.started_at.desc(), CallRecord.id.desc()).offset(offset).limit(limit))
    )


def list_ringing(session: Session, authority_id: int, staff_id: int | None, since: datetime) -> list[CallRecord]:
    """The calls received since then that nobody has answered yet, or that this agent answers, newest first."""
    mine = and_(CallRecord.answered_at.is_not(None), CallRecord.staff_id == staff_id)
    query = _loaded().where(
        CallRecord.authority_id == authority_id,
        CallRecord.ended_at.is_(None),
        CallRecord.started_at >= since,
        CallRecord.direction == Direction.IN,
        or_(CallRecord.answered_at.is_(None), mine),
    )
    return list(session.scalars(query.order_by(CallRecord.started_at.desc(), CallRecord.id.desc())))


def find_current(session: Session, authority_id: int, number: str, since: datetime) -> CallRecord | None:
    """The last call from this number that goes on, since then."""
    query = select(CallRecord).where(
        CallRecord.authority_id == authority_id,
        CallRecord.from_number == number,
        CallRecord.started_at >= since,
        CallRecord.ended_at.is_(None),
    )
    return session.scalar(query.order_by(CallRecord.id.desc()).limit(1))


def get_call(session: Session, authority_id: int, call_id: int) -> CallRecord:
    """One call of this authority, or NotFound."""
    found = session.scalar(_loaded().where(CallRecord.id == call_id, CallRecord.authority_id == authority_id))
    if found is None:
        raise NotFound("Cet appel n’existe pas.")
    return found


def find_call(session: Session, authority_id: int, call_id: int) -> CallRecord | None:
    """The same, or None."""
    return session.scalar(select(CallRecord).where(CallRecord.id == call_id, CallRecord.authority_id == authority_id))


def claim_external(session: Session, authority_id: int, external_id: str) -> CallRecord | None:
    """The call that the telephone system names so, locked until the transaction ends."""
    mine = (CallRecord.authority_id == authority_id, CallRecord.external_id == external_id)
    query = select(CallRecord).where(*mine).with_for_update(of=CallRecord)
    return session.scalar(query.execution_options(populate_existing=True))


def list_of_citizen(session: Session, citizen_id: int) -> list[CallRecord]:
    """The calls of a person, in order."""
    query = select(CallRecord).where(CallRecord.citizen_id == citizen_id)
    return list(session.scalars(query.order_by(CallRecord.started_at, CallRecord.id)))


def list_last_of_citizen(session: Session, citizen_id: int, limit: int = 20) -> list[CallRecord]:
    """The last calls of a person, the newest first."""
    query = _loaded().where(CallRecord.citizen_id == citizen_id)
    return list(session.scalars(query.order_by(CallRecord.started_at.desc(), CallRecord.id.desc()).limit(limit)))


def mark_called_back(session: Session, authority_id: int, number: str, since: datetime, until: datetime) -> None:
    """The calls from this number that were missed between two moments have been returned."""
    query = update(CallRecord).where(
        CallRecord.authority_id == authority_id,
        CallRecord.from_number == number,
        CallRecord.direction == Direction.IN,
        CallRecord.outcome.in_(TO_CALL_BACK),
        CallRecord.started_at >= since,
        CallRecord.started_at <= until,
    )
    session.execute(query.values(outcome=CallOutcome.CALLED_BACK))


def forget_before(session: Session, before: datetime) -> None:
    """Take the person and their number out of calls older than this; they still count."""
    said = or_(CallRecord.from_number != "", CallRecord.to_number != "", CallRecord.citizen_id.is_not(None))
    query = update(CallRecord).where(CallRecord.started_at < before, said)
    session.execute(query.values(from_number="", to_number="", citizen_id=None))


def _narrowed(query: Select[Any], authority_id: int, asked: Filters) -> Select[Any]:
    query = query.where(
        CallRecord.authority_id == authority_id,
        CallRecord.started_at >= asked.since,
        CallRecord.started_at < asked.until,
    )
    if asked.direction:
        query = query.where(CallRecord.direction == asked.direction)
    if asked.outcome:
        query = query.where(CallRecord.outcome == asked.outcome)
    if asked.staff_id is not None:
        query = query.where(CallRecord.staff_id == asked.staff_id)
    if asked.number:
        either = (CallRecord.from_number.contains(asked.number), CallRecord.to_number.contains(asked.number))
        query = query.where(or_(*either))
    if asked.words:
        query = query.where(CallRecord.citizen_id.in_(ids_told_by(authority_id, asked.words)))
    return query


def _loaded() -> Select[tuple[CallRecord]]:
    return select(CallRecord).options(
        joinedload(CallRecord.citizen), joinedload(CallRecord.staff), joinedload(CallRecord.case)
    )
