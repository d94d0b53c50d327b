"""Statements on the notices of agents; one about a case that they may no longer know of is never given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.models.staff_notices import NoticeHabit, StaffNotice
from backoffice.queries.cases import visible_to
from backoffice.queries.once import insert_each_once, insert_once

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice as a page shows it; `reference` is empty when it is about no case."""

    notice: StaffNotice
    reference: str
    subject: str
    restricted: bool


def list_told(session: Session, authority_id: int, staff_ids: Collection[int]) -> list[tuple[Staff, dict[str, str]]]:
    """The agents at work among these, with the roles they hold and how they want to be told, by event."""
    query = (
        select(Staff, NoticeHabit)
        .outerjoin(NoticeHabit, NoticeHabit.staff_id == Staff.id)
        .where(Staff.authority_id == authority_id, Staff.id.in_(staff_ids), Staff.active)
        .options(joinedload(Staff.memberships))
    )
    return [(staff, habit.modes if habit else {}) for staff, habit in session.execute(query).unique()]


def insert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add notices, but those that were already said to the same person about the same case."""
    insert_each_once(session, StaffNotice, ("staff_id", "case_id", "kind"), rows, "id")


def list_who_have(session: Session, kind: str, staff_ids: Collection[int]) -> set[int]:
    """Those of these people who were told something of this kind about no case."""
    told = (StaffNotice.staff_id.in_(staff_ids), StaffNotice.kind == kind, StaffNotice.case_id.is_(None))
    return set(session.scalars(select(StaffNotice.staff_id).where(*told)))


def delete_unread(session: Session, case_id: int, event: str, staff_ids: Collection[int]) -> None:
    """What these people have not read about a case of an event: something newer is said instead."""
    old = (StaffNotice.case_id == case_id, StaffNotice.event == event, StaffNotice.staff_id.in_(staff_ids))
    session.execute(delete(StaffNotice).where(*old, StaffNotice.read_at.is_(None)))


def list_mine(
    session: Session, actor: Actor, *, unread: bool, events: Collection[str] = (), before: int | None = None,
    limit: int = PAGE_SIZE,
) -> list[Shown]:  # fmt: skip
    """The notices of a member of staff, newest first, from the one before an id."""
    query = _known(actor)
    if unread:
        query = query.where(StaffNotice.read_at.is_(None))
    if events:
        query = query.where(StaffNotice.event.in_(events))
    if before is not None:
        query = query.where(StaffNotice.id < before)
    return _shown(session, query.order_by(StaffNotice.id.desc()).limit(limit))


def list_to_mail(session: Session, actor: Actor, events: Collection[str], limit: int = 200) -> list[Shown]:
    """What a person has not read of these events, that no mail summed up yet, oldest first."""
    waiting = (StaffNotice.read_at.is_(None), StaffNotice.mailed_at.is_(None), StaffNotice.event.in_(events))
    return _shown(session, _known(actor).where(*waiting).order_by(StaffNotice.id).limit(limit))


def _known(actor: Actor) -> Select[tuple[StaffNotice, str, str, bool]]:
    """The actor's own notices, of the cases that they may still know of and of none."""
    readable = visible_to(actor, select(Case.id)).where(Case.id == StaffNotice.case_id)
    return (
        select(StaffNotice, Case.reference, Case.subject, Case.restricted)
        .outerjoin(Case, Case.id == StaffNotice.case_id)
        .where(
            StaffNotice.staff_id == actor.id,
            or_(StaffNotice.case_id.is_(None), readable.correlate(StaffNotice).exists()),
        )
    )


def _shown(session: Session, query: Select[tuple[StaffNotice, str, str, bool]]) -> list[Shown]:
    lines = session.execute(query)
    return [Shown(notice, ref or "", subject or "", bool(sensitive)) for notice, ref, subject, sensitive in lines]


def count_unread(session: Session, actor: Actor, reference: str) -> tuple[int | None, int]:
    """The id of a case that the actor may know of, and how many notices about it they have not read."""
    mine = select(func.count()).where(StaffNotice.case_id == Case.id, *_unread(actor.id or 0, None))
    query = select(Case.id, mine.correlate(Case).scalar_subquery()).where(Case.reference == reference)
    found = session.execute(visible_to(actor, query)).one_or_none()
    return (found[0], found[1]) if found else (None, 0)


def count_unread_at(session: Session, staff_id: int, address: str) -> int:
    """How many notices that a person has not read lead to an address of the desk."""
    return session.scalar(select(func.count()).where(*_unread(staff_id, None), *_leading_to(address))) or 0


def mark_read(
    session: Session,
    staff_id: int,
    at: datetime,
    *,
    case_id: int | None = None,
    notice_id: int | None = None,
    address: str = "",
) -> None:
    """The person has read all of their notices, those of a case, those that lead to an address, or one."""
    tests = _unread(staff_id, case_id)
    if address:
        tests += _leading_to(address)
    if notice_id is not None:
        tests.append(StaffNotice.id == notice_id)
    session.execute(update(StaffNotice).where(*tests).values(read_at=at))


def _unread(staff_id: int, case_id: int | None) -> list[ColumnElement[bool]]:
    tests = [StaffNotice.staff_id == staff_id, StaffNotice.read_at.is_(None)]
    return tests if case_id is None else [*tests, StaffNotice.case_id == case_id]


def _leading_to(address: str) -> list[ColumnElement[bool]]:
    return [StaffNotice.case_id.is_(None), StaffNotice.place == address]


def delete_old(session: Session, read_before: datetime, told_before: datetime) -> None:
    """The notices read, or told, before these instants."""
    ended = or_(StaffNotice.read_at < read_before, StaffNotice.at < told_before)
    session.execute(delete(StaffNotice).where(ended))


def find_habit(session: Session, staff_id: int) -> NoticeHabit | None:
    """How a person wants to be told; None while they never said."""
    return session.get(NoticeHabit, staff_id)


def claim_habit(session: Session, actor: Actor, rhythm: str) -> NoticeHabit:
    """The same, to be changed; made with this rhythm when they never said."""
    own: dict[str, Any] = {"staff_id": actor.id, "authority_id": actor.authority_id, "modes": {}, "rhythm": rhythm}
    insert_once(session, NoticeHabit, ("staff_id",), **own)
    return session.get_one(NoticeHabit, actor.id, with_for_update=True)


def list_mailed_staff(session: Session) -> list[int]:
    """Everybody at work who said how they want to be told: one of them may want mails."""
    query = select(NoticeHabit.staff_id).join(Staff, Staff.id == NoticeHabit.staff_id).where(Staff.active)
    return list(session.scalars(query.order_by(NoticeHabit.staff_id)))
