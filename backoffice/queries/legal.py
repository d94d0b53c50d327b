"""SELECTs on what the law attaches dates to."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.legal_events import EventKind, LegalEvent, in_force
from backoffice.domain.policy import Actor, Role
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact, Delegation, RuleAmendment
from backoffice.models.people import Membership, Staff
from backoffice.queries.cases import visible_to

MOST_SHOWN = 200


def list_events(session: Session, case_id: int) -> tuple[LegalEvent, ...]:
    """The legal events of a case as they hold once corrected, in the order in which they were written."""
    return in_force(list_events_as_noted(session, case_id))


def list_events_as_noted(session: Session, case_id: int) -> tuple[LegalEvent, ...]:
    """The same as they were first noted, whatever was corrected since."""
    facts = session.scalars(select(CaseFact).where(CaseFact.case_id == case_id).order_by(CaseFact.id))
    return tuple(LegalEvent(fact.id, EventKind(fact.kind), fact.on, fact.data) for fact in facts)


def list_authorities(session: Session) -> list[Authority]:
    """Every authority of the installation: the nightly jobs work for each."""
    return list(session.scalars(select(Authority).order_by(Authority.id)))


def list_silent_cases(
    session: Session, authority_id: int, before: date, after: int, limit: int = 200
) -> list[tuple[int, str]]:
    """Open cases whose implicit decision is born and not written yet, as (id, reference), from the one after an id."""
    born = and_(Case.implicit_on < before, Case.implicit_outcome == "", Case.closed_at.is_(None))
    query = select(Case.id, Case.reference).where(Case.authority_id == authority_id, born, Case.id > after)
    return [(case_id, reference) for case_id, reference in session.execute(query.order_by(Case.id).limit(limit))]


def list_open_cases(session: Session, authority_id: int, after: int, limit: int = 200) -> list[tuple[int, str]]:
    """Open cases, as (id, reference), from the one after an id."""
    query = select(Case.id, Case.reference).where(Case.authority_id == authority_id, Case.closed_at.is_(None))
    query = query.where(Case.id > after).order_by(Case.id).limit(limit)
    return [(case_id, reference) for case_id, reference in session.execute(query)]


def list_ripening_cases(session: Session, authority_id: int, until: date) -> list[Case]:
    """Open cases that become a decision by a day, the most urgent first."""
    query = select(Case).where(Case.authority_id == authority_id, _ripe(until)).order_by(Case.implicit_on, Case.id)
    return _with_people(session, query)


def list_ripening_for(session: Session, actor: Actor, until: date, departments: Collection[int] = ()) -> list[Case]:
    """The same that an actor may know of; in some departments only, when they are named."""
    query = visible_to(actor, select(Case).where(_ripe(until))).order_by(Case.implicit_on, Case.id).limit(MOST_SHOWN)
    return _with_people(session, _in_some(query, departments))


def list_due_answers(session: Session, authority_id: int, until: date) -> list[Case]:
    """Open cases that a text gives until a day to answer, while silence would decide nothing, the most urgent first."""
    query = select(Case).where(Case.authority_id == authority_id, _due(until)).order_by(Case.answer_by, Case.id)
    return _with_people(session, query)


def list_due_answers_for(session: Session, actor: Actor, until: date, departments: Collection[int] = ()) -> list[Case]:
    """The same that an actor may know of; in some departments only, when they are named."""
    query = visible_to(actor, select(Case).where(_due(until))).order_by(Case.answer_by, Case.id).limit(MOST_SHOWN)
    return _with_people(session, _in_some(query, departments))


def list_late_acknowledgements(
    session: Session, actor: Actor, today: date, departments: Collection[int] = ()
) -> list[Case]:
    """Open cases whose acknowledgement is overdue, or left too late: their periods of appeal do not hold (L112-6).

    The instant of a sending is compared by its day in UTC: the clock of each case has the last word.
    """
    overdue = and_(Case.acknowledged_at.is_(None), Case.acknowledge_by < today, Case.citizen_id.is_not(None))
    late = or_(overdue, func.date(Case.acknowledged_at) > Case.acknowledge_by)
    query = visible_to(actor, select(Case).where(Case.closed_at.is_(None), late)).order_by(Case.acknowledge_by, Case.id)
    return _with_people(session, _in_some(query, departments).limit(MOST_SHOWN))


def _ripe(until: date) -> ColumnElement[bool]:
    return and_(Case.implicit_on <= until, Case.implicit_outcome == "", Case.closed_at.is_(None))


def _due(until: date) -> ColumnElement[bool]:
    return and_(Case.answer_by <= until, Case.closed_at.is_(None))


def _in_some(query: Select[tuple[Case]], departments: Collection[int]) -> Select[tuple[Case]]:
    return query.where(Case.department_id.in_(departments)) if departments else query


def _with_people(session: Session, query: Select[tuple[Case]]) -> list[Case]:
    return list(session.scalars(query.options(joinedload(Case.assignee), joinedload(Case.department))))


def list_supervisors(session: Session, department_id: int) -> list[Staff]:
    """The active supervisors of a department."""
    leads = select(Membership.staff_id).where(
        Membership.department_id == department_id, Membership.role == Role.UNIT_SUPERVISOR
    )
    return list(session.scalars(select(Staff).where(Staff.id.in_(leads), Staff.active)))


def find_delegation(session: Session, authority_id: int, department_id: int, on: date) -> Delegation | None:
    """Who may sign for a department on a day: its own delegation first, else a general one."""
    in_force = and_(Delegation.valid_from <= on, or_(Delegation.valid_to.is_(None), Delegation.valid_to >= on))
    scope = or_(Delegation.department_id == department_id, Delegation.department_id.is_(None))
    query = select(Delegation).where(Delegation.authority_id == authority_id, in_force, scope)
    return session.scalar(query.order_by(Delegation.department_id.is_(None), Delegation.valid_from.desc()).limit(1))


def list_delegations(session: Session, authority_id: int) -> list[Delegation]:
    """Every delegation, newest first."""
    query = select(Delegation).where(Delegation.authority_id == authority_id)
    return list(session.scalars(query.order_by(Delegation.valid_from.desc(), Delegation.id.desc())))


def list_amendments(session: Session, authority_id: int) -> Sequence[RuleAmendment]:
    """Every amended rule of an authority, in the order in which they were made."""
    query = select(RuleAmendment).where(RuleAmendment.authority_id == authority_id)
    return session.scalars(query.order_by(RuleAmendment.id)).all()
