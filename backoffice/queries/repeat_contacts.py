"""SELECTs on people who came back: contacts that a ready answer was given to, and what the same person asked next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.models.people import Citizen, Staff
from backoffice.models.ready_answers import ReadyAnswer, ReadyAnswerVersion
from backoffice.queries import cases, contacts

CAME_BACK_WITHIN = timedelta(days=15)
PAGE_SIZE = 50
# The motive of a contact; an agent who chose only the answer meant the procedure that it is about.
_MOTIVE = case((Contact.motive != "", Contact.motive), else_=ReadyAnswer.procedure_code)


@dataclass(frozen=True, slots=True)
class Use:
    """A ready answer given to a known person, who came back at `back_at`, or not; by a case if `reference` names it."""

    contact_id: int
    answer_id: int
    number: int
    at: datetime
    channel: str
    agent: str
    citizen_id: int
    citizen: str
    back_at: datetime | None = None
    reference: str = ""


def count_uses(
    session: Session, actor: Actor, since: datetime, until: datetime, answer_id: int | None = None
) -> dict[int, tuple[int, int]]:
    """(given, came back) by answer, or for this one, between two moments, of the contacts that the actor may read."""
    came_back = func.sum(case((_came_back(session, actor), 1), else_=0))
    query = _used(actor, since, until, ReadyAnswer.id, func.count(), came_back).group_by(ReadyAnswer.id)
    if answer_id is not None:
        query = query.where(ReadyAnswer.id == answer_id)
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def list_uses(
    session: Session,
    actor: Actor,
    since: datetime,
    until: datetime,
    answer_id: int,
    *,
    only_back: bool = False,
    before: int = 0,
    limit: int = PAGE_SIZE + 1,
) -> list[Use]:
    """The contacts that an answer was given to, newest first, each with the first return if there was one.

    `only_back` keeps those whose person came back; `before` is the id that the page before ended with.
    """
    columns = (Contact.id, ReadyAnswer.id, ReadyAnswerVersion.number, Contact.at, Contact.channel, Staff.name, Citizen)
    query = (
        _used(actor, since, until, *columns)
        .join(Staff, Staff.id == Contact.recorded_by_id)
        .join(Citizen, Citizen.id == Contact.citizen_id)
        .where(ReadyAnswer.id == answer_id)
        .order_by(Contact.id.desc())
        .limit(limit)
    )
    if only_back:
        query = query.where(_came_back(session, actor))
    rows = session.execute(query.where(Contact.id < before) if before else query).all()
    returns = _first_returns(session, actor, [row[0] for row in rows])
    uses = []
    for contact_id, answer, number, at, channel, agent, citizen in rows:
        back_at, reference = returns.get(contact_id, (None, ""))
        person = (citizen.id, citizen.display_name)
        uses.append(Use(contact_id, answer, number, at, channel, agent, *person, back_at, reference))
    return uses


def _first_returns(session: Session, actor: Actor, contact_ids: list[int]) -> dict[int, tuple[datetime, str]]:
    """Contact → when its person first came back, and the reference of the case if it was by one."""
    given = select(Contact.id).join(ReadyAnswerVersion, ReadyAnswerVersion.id == Contact.ready_answer_version_id)
    given = given.join(ReadyAnswer, ReadyAnswer.id == ReadyAnswerVersion.answer_id).where(Contact.id.in_(contact_ids))
    first: dict[int, tuple[datetime, str]] = {}
    later, by_contact = _later_contact(session, actor)
    for contact_id, at in session.execute(given.join(later, by_contact).add_columns(later.at)):
        first[contact_id] = min(first.get(contact_id, (at, "")), (at, ""))
    for contact_id, at, reference in session.execute(
        cases.visible_to(actor, given.join(Case, _later_case(session)).add_columns(Case.received_at, Case.reference))
    ):
        first[contact_id] = min(first.get(contact_id, (at, reference)), (at, reference))
    return first


def _came_back(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Whether the person of a contact came back on the same motive, as far as the actor may read."""
    later, by_contact = _later_contact(session, actor)
    contact = select(later.id).where(by_contact).correlate(Contact, ReadyAnswer)
    case_ = cases.visible_to(actor, select(Case.id).where(_later_case(session))).correlate(Contact, ReadyAnswer)
    return or_(contact.exists(), case_.exists())


def _later_contact(session: Session, actor: Actor) -> tuple[type[Contact], ColumnElement[bool]]:
    """Another contact of the person of a contact, soon after, on the same motive or with the same answer."""
    later = aliased(Contact)
    soon = and_(later.citizen_id == Contact.citizen_id, later.at > Contact.at, later.at <= _latest(session))
    again = select(ReadyAnswerVersion.id).where(ReadyAnswerVersion.answer_id == ReadyAnswer.id).correlate(ReadyAnswer)
    same = or_(and_(_MOTIVE != "", later.motive == _MOTIVE), later.ready_answer_version_id.in_(again))
    readable = contacts.visible_to(actor, select(later.id), later).whereclause
    return later, and_(soon, same, readable) if readable is not None else and_(soon, same)


def _later_case(session: Session) -> ColumnElement[bool]:
    """A case of the person of a contact, soon after, on the same motive; the one that it became is the same visit."""
    soon = and_(Case.received_at > Contact.at, Case.received_at <= _latest(session))
    itself = or_(Contact.case_id.is_(None), Contact.case_id != Case.id)
    return and_(Case.citizen_id == Contact.citizen_id, soon, Case.procedure_code == _MOTIVE, _MOTIVE != "", itself)


def _latest(session: Session) -> ColumnElement[Any]:
    """Fifteen days after a contact: SQLite keeps instants as texts, which it writes to the millisecond."""
    if session.get_bind().dialect.name == "sqlite":
        later = func.strftime("%Y-%m-%d %H:%M:%f", Contact.at, f"+{CAME_BACK_WITHIN.days} days")
        return later.concat("999")
    return Contact.at + literal(CAME_BACK_WITHIN, Interval())


def _used(actor: Actor, since: datetime, until: datetime, *columns: Any) -> Select[Any]:
    """Contacts of known people that a ready answer was given to, from one moment to another."""
    known: ColumnElement[bool] = Contact.citizen_id.is_not(None)
    query = (
        select(*columns)
        .select_from(Contact)
        .join(ReadyAnswerVersion, ReadyAnswerVersion.id == Contact.ready_answer_version_id)
        .join(ReadyAnswer, ReadyAnswer.id == ReadyAnswerVersion.answer_id)
        .where(Contact.at >= since, Contact.at < until, known)
    )
    return contacts.visible_to(actor, query)
