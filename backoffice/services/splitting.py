"""One case that holds two matters: what is chosen of it becomes a second case, received the same day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.case_links import LinkKind
from backoffice.domain.french import long_date
from backoffice.domain.incoming import ChannelCode, IncomingFile, IncomingRequest, Sender
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Attachment, Case, Message
from backoffice.queries import case_links as queries
from backoffice.queries import cases, catalogue
from backoffice.services import case_links, casework, intake, representations
from backoffice.services.journal import Event

JOINED = "Ce dossier est joint à un autre : séparez les affaires depuis le dossier gardé."
NOTHING = "Choisissez au moins un message, ou recopiez les mots qui portent sur l’autre affaire."
NAME_IT = "Donnez l’objet de la nouvelle demande, en quelques mots."
ELSEWHERE = "Donnez à l’autre affaire une démarche ou un service."
CHANGED = "Un des éléments choisis n’est plus dans ce dossier : rechargez la page."
LONGEST_SUBJECT = 200

Row = TypeVar("Row", Message, Attachment)


@dataclass(frozen=True, slots=True)
class Part:
    """What leaves for the second case: words that an agent copied, messages and files by their ids, and where to."""

    subject: str
    procedure: str = ""
    department_id: int | None = None
    words: str = ""
    message_ids: frozenset[int] = frozenset()
    attachment_ids: frozenset[int] = frozenset()


def list_messages(session: Session, case: Case) -> list[Message]:
    """The messages of a case, and of those joined to it, that can be chosen: those of its citizen."""
    listed = cases.list_messages(session, case.id, with_notes=False, joined=_joined(session, case))
    return [one for one in listed if one.direction == "in"]


def list_files(session: Session, case: Case) -> list[Attachment]:
    """The files that can be chosen: those that came with these messages, but for those that only some read.

    The second case may be of a procedure that reserves nothing.
    """
    mine = {one.id for one in list_messages(session, case)}
    listed = cases.list_attachments(session, case.id, joined=_joined(session, case))
    return [one for one in listed if one.message_id in mine and not one.reserved]


def _joined(session: Session, case: Case) -> list[int]:
    return [one.id for one in queries.list_joined(session, case.id)]


def split(session: Session, runtime: Runtime, actor: Actor, case: Case, part: Part, *, key: str) -> Case:
    """Open the second case (the first is held by the caller) and tell the citizen; the same form makes it once.

    It was received when the first one was; what was chosen stays readable in both. Raises Invalid beside the field.
    """
    policy.require(actor, Permission.CASE_MOVE, case)
    policy.require(actor, Permission.CASE_REPLY, case)
    source_id = f"{case.id}.split.{key}"
    if made := cases.find_case_of_message(session, case.authority_id, case.channel, source_id):
        return session.get_one(Case, made)
    if case.outcome == Outcome.JOINED:
        raise Conflict(JOINED)
    messages = _chosen(list_messages(session, case), part.message_ids)
    files = _chosen(list_files(session, case), part.attachment_ids)
    _check(part, messages)
    authority = session.get_one(Authority, case.authority_id)
    department_id = _department(session, case, part)
    second = intake.open_case(
        session,
        authority,
        IncomingRequest(
            channel=ChannelCode(case.channel),
            source_id=source_id,
            received_at=_received_at(case, authority),
            received_on=case.received_on,
            posted_on=case.posted_on,
            sender=Sender(citizen_id=case.citizen_id),
            authority=authority.code,
            subject=part.subject.strip(),
            body="\n\n".join(filter(None, [part.words.strip(), *(one.body.strip() for one in messages)])),
            procedure=part.procedure,
            files=tuple(IncomingFile(one.name, one.media_type, one.size, one.digest, one.field) for one in files),
            language=case.language,
            represented=representations.find(session, case.id),
            facts={intake.SPLIT_FROM: case_links.named(None, case), "department_id": department_id},
        ),
    )
    second.restricted = second.restricted or case.restricted
    link = case_links.write(session, actor, second, case, LinkKind.SPLIT)
    case_links.tell(session, actor, link, second, case, Event.LINKED)
    _tell(session, runtime, actor, case, second, key)
    return second


def _chosen(rows: Sequence[Row], ids: Collection[int]) -> list[Row]:
    found = [one for one in rows if one.id in ids]
    if len(found) != len(ids):
        raise Invalid(faults={"messages": CHANGED})
    return found


def _check(part: Part, messages: Sequence[Message]) -> None:
    faults: dict[str, str] = {}
    if not part.subject.strip() or len(part.subject) > LONGEST_SUBJECT:
        faults["subject"] = NAME_IT
    if not messages and not part.words.strip():
        faults["messages"] = NOTHING
    if not part.procedure and part.department_id is None:
        faults["procedure"] = ELSEWHERE
    if faults:
        raise Invalid(faults=faults)


def _department(session: Session, case: Case, part: Part) -> int:
    if part.department_id is not None:
        department = catalogue.get_department(session, case.authority_id, part.department_id)
        if not department.active:
            raise Invalid(faults={"department": "Ce service est fermé : choisissez-en un autre."})
        return department.id
    return catalogue.get_procedure(session, case.authority_id, part.procedure).department_id


def _received_at(case: Case, authority: Authority) -> datetime:
    """The instant of the receipt; noon of its day when that was corrected, for the period runs from the day."""
    here = ZoneInfo(authority.timezone)
    if case.received_at.astimezone(here).date() == case.received_on:
        return case.received_at
    return datetime.combine(case.received_on, time(12), here)


def _tell(session: Session, runtime: Runtime, actor: Actor, case: Case, second: Case, key: str) -> None:
    """An answer says what becomes of the other matter; it answers nothing, so it counts for no delay."""
    answered_at = case.first_answer_at
    text = (
        f"Votre demande {case.reference} portait sur deux affaires. Pour répondre à chacune, nous avons ouvert une "
        f"seconde demande, {second.reference} : « {second.subject} ». Elle garde la même date de réception, le "
        f"{long_date(second.received_on)}, et vous en recevez l’accusé de réception à part. Vous n’avez rien à faire."
    )
    casework.reply(session, runtime, actor, case, text, key=f"split.{key}")
    case.first_answer_at = answered_at
