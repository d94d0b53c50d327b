"""Statements on the agents who follow a case."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from backoffice.domain.french import by_name
from backoffice.models.case_watchers import CaseWatcher
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.people import Staff
from backoffice.queries.once import insert_once


def is_watched_by(staff_id: int | None) -> ColumnElement[bool]:
    """The cases that an agent follows, as a test of a list."""
    return Case.id.in_(select(CaseWatcher.case_id).where(CaseWatcher.staff_id == staff_id))


def add(session: Session, case: Case, staff_id: int, at: datetime) -> None:
    """An agent follows a case from its history of now on; again changes nothing."""
    own = {"authority_id": case.authority_id, "told_up_to": case.history_length, "since": at}
    insert_once(session, CaseWatcher, ("case_id", "staff_id"), case_id=case.id, staff_id=staff_id, **own)


def remove(session: Session, case_id: int, staff_id: int) -> None:
    """They follow it no more."""
    session.execute(delete(CaseWatcher).where(CaseWatcher.case_id == case_id, CaseWatcher.staff_id == staff_id))


def list_names(session: Session, case_id: int) -> list[tuple[int, str]]:
    """Who follows a case: (id, name), by name; those who left the house are not told any more."""
    query = select(Staff.id, Staff.name).join(CaseWatcher, CaseWatcher.staff_id == Staff.id)
    lines = session.execute(query.where(CaseWatcher.case_id == case_id, Staff.active).order_by(Staff.id))
    return by_name(((staff_id, name) for staff_id, name in lines), lambda one: one[1])


def claim_behind(session: Session, limit: int) -> list[tuple[CaseWatcher, Case]]:
    """Those who were not told of the last lines of a case that they follow, with the case."""
    query = select(CaseWatcher, Case).join(Case, Case.id == CaseWatcher.case_id)
    behind = query.where(Case.history_length > CaseWatcher.told_up_to).order_by(CaseWatcher.case_id).limit(limit)
    rows = session.execute(behind.with_for_update(of=CaseWatcher))
    return [(watcher, case) for watcher, case in rows]


def list_kinds_since(session: Session, case_id: int, number: int, but_by: int, not_kinds: Collection[str]) -> list[str]:
    """What happened to a case after a line of its history, the acts of an agent and these kinds left out."""
    query = select(CaseEvent).where(
        CaseEvent.case_id == case_id, CaseEvent.number > number, CaseEvent.kind.not_in(not_kinds)
    )
    events = session.scalars(query.order_by(CaseEvent.number))
    return [one.kind for one in events if (one.actor_kind, one.actor_id) != ("staff", but_by)]
