"""SELECTs on people who came back: contacts that a ready answer was given to, and what the same person asked next."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.models.people import Citizen, Staff
from backoffice.models.ready_answers import ReadyAnswer, ReadyAnswerVersion
from backoffice.queries import cases, contacts

CAME_BACK_WITHIN = timedelta(days=15)
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


@dataclass(frozen=True, slots=True)
class Return:
    """Somebody came back on the same motive: by a case when `reference` says which."""

    at: datetime
    reference: str


def count_uses(session: Session, actor: Actor, since: datetime, until: datetime) -> dict[int, tuple[int, int]]:
    """(given, came back) by answer, between two moments, of the contacts that the actor may read."""
    counted = _used(actor, since, until, ReadyAnswer.id, func.count()).group_by(ReadyAnswer.id)
    given = {row[0]: row[1] for row in session.execute(counted)}
    came_back: dict[int, set[int]] = {}
    for contact_id, (answer_id, _) in _first_returns(session, actor, since, until).items():
        came_back.setdefault(answer_id, set()).add(contact_id)
    return {answer_id: (count, len(came_back.get(answer_id, ()))) for answer_id, count in given.items()}


def list_uses(session: Session, actor: Actor, since: datetime, until: datetime, answer_id: int) -> list[Use]:
    """The contacts that an answer was given to, newest first, each with the first return if there was one."""
    columns = (
        Contact.id,
        ReadyAnswer.id,
        ReadyAnswerVersion.number,
        Contact.at,
        Contact.channel,
        Staff.name,
        Citizen,
    )
    query = (
        _used(actor, since, until, *columns)
        .join(Staff, Staff.id == Contact.recorded_by_id)
        .join(Citizen, Citizen.id == Contact.citizen_id)
        .where(ReadyAnswer.id == answer_id)
        .order_by(Contact.at.desc(), Contact.id.desc())
    )
    returns = _first_returns(session, actor, since, until, answer_id)
    uses = []
    for contact_id, answer, number, at, channel, agent, citizen in session.execute(query):
        _, back = returns.get(contact_id, (0, None))
        use = Use(contact_id, answer, number, at, channel, agent, citizen.id, citizen.display_name)
        uses.append(replace(use, back_at=back.at, reference=back.reference) if back else use)
    return uses


def _first_returns(
    session: Session, actor: Actor, since: datetime, until: datetime, answer_id: int | None = None
) -> dict[int, tuple[int, Return]]:
    """Contact → its answer and the first time that its person came back on the same motive, within fifteen days."""
    first: dict[int, tuple[int, Return]] = {}
    for contact_id, answer, at, back_at, reference in _returns(session, actor, since, until, answer_id):
        if back_at - at <= CAME_BACK_WITHIN and (contact_id not in first or back_at < first[contact_id][1].at):
            first[contact_id] = (answer, Return(back_at, reference))
    return first


def _returns(
    session: Session, actor: Actor, since: datetime, until: datetime, answer_id: int | None
) -> Iterable[tuple[int, int, datetime, datetime, str]]:
    # The two engines do not add days to a moment alike: the pairs come out, few, and are sorted here.
    later, version = aliased(Contact), aliased(ReadyAnswerVersion)
    latest = until + CAME_BACK_WITHIN
    facts = (Contact.id, ReadyAnswer.id, Contact.at)
    by_contact = contacts.visible_to(
        actor,
        _used(actor, since, until, *facts, later.at)
        .join(later, and_(later.citizen_id == Contact.citizen_id, later.at > Contact.at, later.at <= latest))
        .outerjoin(version, version.id == later.ready_answer_version_id)
        .where(or_(and_(_MOTIVE != "", later.motive == _MOTIVE), version.answer_id == ReadyAnswer.id)),
        later,
    )
    # The case that the contact itself became is the same visit.
    itself = or_(Contact.case_id.is_(None), Contact.case_id != Case.id)
    by_case = cases.visible_to(
        actor,
        _used(actor, since, until, *facts, Case.received_at, Case.reference)
        .join(Case, and_(Case.citizen_id == Contact.citizen_id, Case.received_at > Contact.at))
        .where(Case.received_at <= latest, Case.procedure_code == _MOTIVE, _MOTIVE != "", itself),
    )
    if answer_id is not None:
        by_contact, by_case = (query.where(ReadyAnswer.id == answer_id) for query in (by_contact, by_case))
    for row in session.execute(by_contact):
        yield row[0], row[1], row[2], row[3], ""
    for row in session.execute(by_case):
        yield row[0], row[1], row[2], row[3], row[4]


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
