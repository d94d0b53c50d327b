"""SELECTs on contacts answered at once."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, and_, false, or_, select, update
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor, Permission
from backoffice.errors import NotFound
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.queries import cases

Selection = TypeVar("Selection", bound=Select)  # type: ignore[type-arg]
NO_CONTACT = "Cet échange n’existe pas, ou n’est pas accessible avec votre compte."


def visible_to(actor: Actor, query: Selection, contact: type[Contact] = Contact) -> Selection:
    """The policy table as SQL: contacts of the authority; restricted ones for their department and their author.

    What was said of a case that is restricted, then or since, is for who may read the case, wherever it went.
    `contact` is the alias that is asked about when a query has contacts twice.
    """
    mine = contact.authority_id == actor.authority_id
    if not actor.departments_with(Permission.CITIZEN_READ):
        return query.where(false())
    sensitive = actor.departments_with(Permission.CASE_READ_RESTRICTED)
    if None in sensitive:
        return query.where(mine)
    own = contact.recorded_by_id == actor.id
    usual = or_(contact.restricted.is_(False), contact.department_id.in_(sensitive))
    of_case = select(Case.id).where(Case.id.in_((contact.case_id, contact.about_case_id)), Case.restricted)
    of_case = of_case.correlate(contact)
    readable = cases.visible_to(actor, of_case).exists()
    return query.where(mine, or_(own, readable, and_(usual, ~of_case.exists())))


def find_contact_of_form(session: Session, authority_id: int, source_id: str) -> Contact | None:
    """The contact that this very form became already."""
    mine = (Contact.authority_id == authority_id, Contact.source_id == source_id)
    return session.scalar(select(Contact).where(*mine))


def get_contact(session: Session, actor: Actor, contact_id: int) -> Contact:
    """One contact with its person and its case, or NotFound when the actor may not know of it."""
    found = session.scalar(visible_to(actor, _loaded().where(Contact.id == contact_id)))
    if found is None:
        raise NotFound(NO_CONTACT)
    return found


def claim_contact(session: Session, actor: Actor, contact_id: int) -> Contact:
    """The same, locked until the transaction ends."""
    query = visible_to(actor, select(Contact).where(Contact.id == contact_id)).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(NO_CONTACT)
    return found


def list_of_citizen(session: Session, actor: Actor, citizen_id: int, limit: int = 20) -> list[Contact]:
    """The contacts of a person, the newest first."""
    query = visible_to(actor, _loaded().where(Contact.citizen_id == citizen_id))
    return list(session.scalars(query.order_by(Contact.at.desc(), Contact.id.desc()).limit(limit)))


def list_of_call(session: Session, actor: Actor, call_id: int) -> list[Contact]:
    """What agents wrote down of a call, in order."""
    query = visible_to(actor, _loaded().where(Contact.call_id == call_id))
    return list(session.scalars(query.order_by(Contact.at, Contact.id)))


def list_all_of_citizen(session: Session, citizen_id: int) -> list[Contact]:
    """All contacts of a person, in order: for the copy of their data."""
    query = select(Contact).where(Contact.citizen_id == citizen_id)
    return list(session.scalars(query.order_by(Contact.at, Contact.id)))


def empty_before(session: Session, before: datetime) -> None:
    """Take the words and the person out of contacts older than this; they still count."""
    said = or_(Contact.line != "", Contact.citizen_id.is_not(None))
    session.execute(update(Contact).where(Contact.at < before, said).values(line="", citizen_id=None))


def _loaded() -> Select[tuple[Contact]]:
    return select(Contact).options(
        joinedload(Contact.citizen),
        joinedload(Contact.recorded_by),
        joinedload(Contact.about_case),
        joinedload(Contact.case),
    )
