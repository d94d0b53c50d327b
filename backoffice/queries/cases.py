"""SELECTs on cases, their messages, attachments and history, and who may see them."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, cast, false, func, or_, select, true, update
from sqlalchemy.orm import Session, contains_eager, defer, joinedload

from backoffice.domain.policy import Actor, Permission
from backoffice.errors import NotFound
from backoffice.infra.database import table_of
from backoffice.models.authorities import Numbering
from backoffice.models.cases import Attachment, Case, CaseEvent, Message
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen

Selection = TypeVar("Selection", bound=Select)  # type: ignore[type-arg]

NO_FILES = ("{}", '{"documents": []}')
"""What the database holds for the files of a mail that has none, today and before."""
NO_CASE = "Ce dossier n’existe pas ou n’est pas accessible avec votre compte."

# Building a statement costs more than running it: those of every intake are built once.
# So does keeping the session informed of a row: those that are no objects of it are asked of their tables.
_NUMBERS, _MESSAGES = table_of(Numbering), table_of(Message)
_TAKE_NUMBER = (
    update(_NUMBERS)
    .where(_NUMBERS.c.authority_id == bindparam("of_authority"), _NUMBERS.c.series == bindparam("of_series"))
    .values(last=_NUMBERS.c.last + 1)
    .returning(_NUMBERS.c.last)
)
_CASE_OF_MESSAGE = select(_MESSAGES.c.case_id).where(
    _MESSAGES.c.authority_id == bindparam("authority_id"),
    _MESSAGES.c.channel == bindparam("channel"),
    _MESSAGES.c.source_id == bindparam("source_id"),
)
# A case that the session read before it was locked may have changed meanwhile: what was read then is forgotten.
_AS_IT_IS_NOW = {"populate_existing": True}


def visible_to(actor: Actor, query: Selection) -> Selection:
    """The policy table as SQL: the cases of the actor's authority, restricted ones only in their own departments.

    Who works here for another authority knows of those of their own departments alone (policy.CONFINED).
    """
    mine = Case.authority_id == actor.authority_id
    if actor.kind == "system":
        return query.where(mine)
    if actor.kind == "citizen":
        return query.where(mine, Case.citizen_id == actor.id)
    read = actor.departments_with(Permission.CASE_READ)
    if not read:
        return query.where(false())
    if None not in read and not actor.reaches_all(Permission.CASE_READ):
        query = query.where(Case.department_id.in_(read))
    sensitive = actor.departments_with(Permission.CASE_READ_RESTRICTED)
    if None in sensitive:
        return query.where(mine, true())
    return query.where(mine, or_(Case.restricted.is_(False), Case.department_id.in_(sensitive)))


def next_number(session: Session, authority_id: int, series: str) -> int:
    """Take the next number of a series; the row stays locked until the transaction ends, so there is no hole."""
    number = session.scalar(_TAKE_NUMBER, {"of_authority": authority_id, "of_series": series})
    if number is None:
        session.add(Numbering(authority_id=authority_id, series=series, last=1))
        session.flush()
        number = 1
    return number


def get_case(session: Session, actor: Actor, reference: str) -> Case:
    """One case with what its page shows, or NotFound when the actor may not know of it."""
    case = session.scalar(_case_statement(actor), {"of_reference": reference})
    if case is None:
        raise NotFound(NO_CASE)
    return case


@lru_cache(maxsize=256)
def _case_statement(actor: Actor) -> Select[tuple[Case]]:
    return visible_to(actor, select(Case).where(Case.reference == bindparam("of_reference"))).options(
        joinedload(Case.citizen),
        joinedload(Case.department),
        joinedload(Case.assignee),
        joinedload(Case.procedure_version),
        joinedload(Case.answers_version),
    )


def find_visible(session: Session, actor: Actor, reference: str) -> int | None:
    """The id of a case, if the actor may know of it."""
    return session.scalar(visible_to(actor, select(Case.id).where(Case.reference == reference)))


def find_recorded_case(session: Session, actor: Actor, reference: str) -> Case | None:
    """A case that the actor wrote down themselves: its receipt is theirs to hand over, even when it is restricted."""
    mine = (Case.authority_id == actor.authority_id, Case.reference == reference, Case.recorded_by_id == actor.id)
    query = select(Case).where(*mine).options(joinedload(Case.citizen), joinedload(Case.department))
    return session.scalar(query.options(joinedload(Case.procedure_version), joinedload(Case.answers_version)))


def claim_case(session: Session, actor: Actor, reference: str) -> Case:
    """One case, locked until the transaction ends: changes to it come one after the other."""
    query = visible_to(actor, select(Case).where(Case.reference == reference)).with_for_update()
    case = session.scalar(query.execution_options(**_AS_IT_IS_NOW))
    if case is None:
        raise NotFound(NO_CASE)
    return case


def claim_case_by_id(session: Session, case_id: int) -> Case:
    """The same by id, for the house itself."""
    query = select(Case).where(Case.id == case_id).with_for_update()
    return session.scalars(query.execution_options(**_AS_IT_IS_NOW)).one()


def find_claimed(session: Session, case_id: int) -> Case | None:
    """The same, or None when it is gone."""
    query = select(Case).where(Case.id == case_id).with_for_update()
    return session.scalar(query.execution_options(**_AS_IT_IS_NOW))


def find_case_by_reference(session: Session, authority_id: int, reference: str) -> Case | None:
    """A case by its reference, for the follow-up page (which then checks the tracking code)."""
    return session.scalar(
        select(Case)
        .where(Case.authority_id == authority_id, Case.reference == reference)
        .options(joinedload(Case.department), joinedload(Case.procedure_version), joinedload(Case.citizen))
    )


def find_following_case(session: Session, case_id: int) -> Case | None:
    """The last case that was opened because this one was closed too long ago."""
    query = select(Case).where(Case.follows_case_id == case_id).order_by(Case.id.desc()).limit(1)
    return session.scalar(query)


def find_case_of_message(session: Session, authority_id: int, channel: str, source_id: str) -> int | None:
    """The id of the case where this (channel, source_id) was already received."""
    return session.scalar(_CASE_OF_MESSAGE, {"authority_id": authority_id, "channel": channel, "source_id": source_id})


def list_messages(
    session: Session, case_id: int, *, with_notes: bool = True, joined: Collection[int] = ()
) -> list[Message]:
    """The conversation, oldest first, with that of the cases `joined` to it; internal notes only for staff."""
    query = select(Message).where(_of(Message, case_id, joined)).order_by(Message.received_at, Message.id)
    return list(session.scalars(query if with_notes else query.where(Message.direction != "note")))


def list_ends(
    session: Session, case_id: int, most: int, last: int, *, joined: Collection[int] = ()
) -> tuple[list[Message], int]:
    """That conversation when it has at most so many messages and notes, else the first and the last ones of it.

    Oldest first, with how many there are between the first and the last ones.
    """
    order = (Message.received_at, Message.id)
    places = (
        select(Message.id, func.row_number().over(order_by=order).label("place"), func.count().over().label("many"))
        .where(_of(Message, case_id, joined))
        .subquery()
    )
    is_shown = or_(places.c.many <= most, places.c.place == 1, places.c.place > places.c.many - last)
    query = select(Message, places.c.many).join(places, places.c.id == Message.id).where(is_shown).order_by(*order)
    found = session.execute(query).all()
    return [row[0] for row in found], found[0][1] - len(found) if found else 0


def list_attachments(session: Session, case_id: int, *, joined: Collection[int] = ()) -> list[Attachment]:
    """The attachments of a case, and of those `joined` to it, in order of arrival."""
    query = select(Attachment).where(_of(Attachment, case_id, joined))
    return list(session.scalars(query.order_by(Attachment.id)))


def list_documents(session: Session, case_id: int, *, joined: Collection[int] = ()) -> list[Document]:
    """The documents produced for a case, and for those `joined` to it, in order."""
    return list(session.scalars(select(Document).where(_of(Document, case_id, joined)).order_by(Document.id)))


def _of(
    table: type[Message] | type[Attachment] | type[Document], case_id: int, joined: Collection[int]
) -> ColumnElement[bool]:
    return table.case_id.in_([case_id, *joined]) if joined else table.case_id == case_id


def list_events(session: Session, case_id: int, *, after: int = 0, kinds: Collection[str] = ()) -> list[CaseEvent]:
    """The history of a case, in order; only what follows a line of it, and what is of these kinds, when they are said.

    Numbers begin at 1.
    """
    query = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number)
    if after > 0:
        query = query.where(or_(CaseEvent.number > after, CaseEvent.kind.in_(kinds)))
    return list(session.scalars(query))


def list_last_events(session: Session, case_id: int, most: int) -> list[CaseEvent]:
    """The end of the history of a case, in order."""
    newest = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number.desc()).limit(most)
    return list(session.scalars(newest))[::-1]


def list_mails(session: Session, case_id: int) -> list[OutgoingMail]:
    """The mails sent or to be sent for a case."""
    query = select(OutgoingMail).where(OutgoingMail.case_id == case_id).order_by(OutgoingMail.id)
    return list(session.scalars(query))


def list_mails_beside(session: Session, case_id: int, message_ids: Collection[int]) -> list[OutgoingMail]:
    """The same without their words, and without those that only carry other messages than these."""
    mail = OutgoingMail
    brings_more = or_(mail.message_row_id.is_(None), cast(mail.files, String).not_in(NO_FILES))
    query = select(mail).where(mail.case_id == case_id, or_(brings_more, mail.message_row_id.in_(message_ids)))
    briefly = (defer(mail.text), defer(mail.html), defer(mail.thread))
    return list(session.scalars(query.options(*briefly).order_by(mail.id)))


def list_citizen_cases(session: Session, citizen_id: int) -> list[Case]:
    """All the cases of a citizen, newest first."""
    query = select(Case).where(Case.citizen_id == citizen_id).order_by(Case.id.desc())
    return list(session.scalars(query.options(joinedload(Case.department))))


def list_cases_of(session: Session, authority_id: int, citizen_id: int | None, emails: Sequence[str]) -> list[Case]:
    """All the cases of a sheet (None: of no one) and of those that have one of these addresses, newest first."""
    mine = or_(Citizen.id == citizen_id, Citizen.email.in_(emails)) if citizen_id else Citizen.email.in_(emails)
    query = select(Case).join(Case.citizen).where(Citizen.authority_id == authority_id, mine)
    loaded = query.options(
        contains_eager(Case.citizen), joinedload(Case.department), joinedload(Case.procedure_version)
    )
    return list(session.scalars(loaded.order_by(Case.id.desc())))


def find_mail_case(session: Session, authority_id: int, message_ids: Sequence[str]) -> tuple[Case, OutgoingMail] | None:
    """The case that one of our own mails, named by its Message-ID, was about."""
    row = session.execute(
        select(Case, OutgoingMail)
        .join(OutgoingMail, OutgoingMail.case_id == Case.id)
        .where(and_(Case.authority_id == authority_id, OutgoingMail.message_id.in_(message_ids)))
        .order_by(OutgoingMail.id.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None
