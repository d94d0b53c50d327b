"""Statements on the absences of agents."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from backoffice.domain.french import by_name
from backoffice.errors import NotFound
from backoffice.models.absences import Absence
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.people import Membership, Staff

_BOTH = (joinedload(Absence.staff), joinedload(Absence.stand_in))


def list_away(session: Session, authority_id: int, on: date, staff_ids: Collection[int] | None = None) -> list[Absence]:
    """Who is away on a day, among these agents or all, with who stands in."""
    query = select(Absence).where(*_in_force(authority_id, on), Absence.from_on <= on).options(*_BOTH)
    return list(session.scalars(query if staff_ids is None else query.where(Absence.staff_id.in_(staff_ids))))


def list_to_come(session: Session, authority_id: int, on: date, staff_ids: Collection[int]) -> list[Absence]:
    """The absences of these agents that are not over on a day, the first to begin first."""
    query = select(Absence).where(*_in_force(authority_id, on), Absence.staff_id.in_(staff_ids)).options(*_BOTH)
    return list(session.scalars(query.order_by(Absence.from_on, Absence.id)))


def list_to_begin(session: Session, authority_id: int, on: date) -> list[int]:
    """The ids of the absences that a day begins, or a day before it, and whose cases are where they were."""
    due = (*_in_force(authority_id, on), Absence.from_on <= on, Absence.begun_at.is_(None))
    return list(session.scalars(select(Absence.id).where(*due).order_by(Absence.id)))


def list_over(session: Session, authority_id: int, on: date, since: date) -> list[Absence]:
    """The absences that moved cases and whose last day is before a day, not before another, the oldest first."""
    query = select(Absence).where(
        Absence.authority_id == authority_id,
        Absence.until_on < on,
        Absence.until_on >= since,
        Absence.begun_at.is_not(None),
        Absence.cancelled_at.is_(None),
    )
    return list(session.scalars(query.order_by(Absence.until_on, Absence.id)))


def _in_force(authority_id: int, on: date) -> tuple[ColumnElement[bool], ...]:
    return (Absence.authority_id == authority_id, Absence.until_on >= on, Absence.cancelled_at.is_(None))


def find_overlapping(session: Session, staff_id: int, from_on: date, until_on: date) -> Absence | None:
    """An absence of an agent that shares a day with this period."""
    mine = (Absence.staff_id == staff_id, Absence.cancelled_at.is_(None))
    shared = (Absence.from_on <= until_on, Absence.until_on >= from_on)
    return session.scalars(select(Absence).where(*mine, *shared).order_by(Absence.from_on).limit(1)).first()


def claim_absence(session: Session, authority_id: int, absence_id: int) -> Absence:
    """One absence, locked until the transaction ends; raise NotFound."""
    query = select(Absence).where(Absence.id == absence_id, Absence.authority_id == authority_id)
    found = session.scalars(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("Cette absence n’existe pas.")
    return found


def claim_open_cases(session: Session, authority_id: int, staff_id: int, limit: int) -> list[Case]:
    """Open cases that an agent has, locked."""
    mine = (Case.authority_id == authority_id, Case.assignee_id == staff_id, Case.closed_at.is_(None))
    query = select(Case).where(*mine).order_by(Case.id).limit(limit).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def find_last_over(session: Session, staff_id: int, on: date, since: date) -> Absence | None:
    """The last absence of an agent that moved cases and is over on a day: its days are past, or it was cut short."""
    mine = (Absence.staff_id == staff_id, Absence.begun_at.is_not(None), Absence.until_on >= since)
    over = or_(Absence.until_on < on, Absence.cancelled_at.is_not(None))
    query = select(Absence).where(*mine, over).options(*_BOTH).order_by(Absence.from_on.desc(), Absence.id.desc())
    return session.scalars(query.limit(1)).first()


def list_passed_on(session: Session, absence: Absence, passing: Collection[str], limit: int) -> list[Case]:
    """The open cases that an absence took from an agent and that nobody else was given since.

    Its stand-in has them, or nobody does. `passing` are the kinds of line that give a case to somebody.
    """
    return list(session.scalars(_passed_on(absence, passing).limit(limit)))


def claim_passed_on(session: Session, absence: Absence, passing: Collection[str], limit: int) -> list[Case]:
    """The same, locked and read anew until the transaction ends."""
    query = _passed_on(absence, passing).limit(limit).with_for_update(of=Case)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _passed_on(absence: Absence, passing: Collection[str]) -> Select[tuple[Case]]:
    event, later = aliased(CaseEvent), aliased(CaseEvent)
    after = select(later.id).where(later.case_id == event.case_id, later.number > event.number)
    passed_on = select(event.id).where(
        event.case_id == Case.id,
        event.kind == "absence",
        event.at >= absence.recorded_at,
        event.data["name"].as_string() == absence.staff.name,
        event.data["from_on"].as_string() == absence.from_on.isoformat(),
        ~after.where(later.kind.in_(passing)).exists(),
    )
    held = (Case.authority_id == absence.authority_id, Case.closed_at.is_(None))
    there = or_(Case.assignee_id.is_(None), Case.assignee_id == absence.stand_in_id)
    return select(Case).where(*held, there, passed_on.exists()).order_by(Case.id)


def list_colleagues(session: Session, authority_id: int, department_ids: Collection[int]) -> list[Staff]:
    """The agents at work in one of these departments, by name."""
    member = select(Membership.staff_id).where(Membership.department_id.in_(department_ids))
    mine = (Staff.authority_id == authority_id, Staff.active, Staff.id.in_(member))
    return by_name(session.scalars(select(Staff).where(*mine).order_by(Staff.id)), lambda one: one.name)
