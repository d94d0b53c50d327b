"""Contacts: answers given on the spot, counted without a case, and turned into one when it takes more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.incoming import ChannelCode, IncomingRequest, Sender
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.queries import catalogue, desk_drafts
from backoffice.queries import contacts as queries
from backoffice.services import calls, citizens, intake, moment, procedures
from backoffice.services.intake import Receipt

CHANNELS = (ChannelCode.COUNTER, ChannelCode.PHONE, ChannelCode.LETTER)
KEPT_WORDS = timedelta(days=365)
"""How long what was said, and by whom, is kept (domain.md §5: a year for contacts)."""
LONGEST_LINE = 1000
NOTHING_SAID = "Choisissez un motif, ou dites en une ligne ce qui a été répondu."


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agent says of an answer given at once.

    `source_id` is the number of the form; `sender` is the person (their sheet, or what they said of themselves), None
    for nobody; `motive` is the code of a procedure; `line` is what was said; `about_case_id` is the running case that
    was asked about.
    """

    source_id: str
    channel: ChannelCode
    line: str = ""
    sender: Sender | None = None
    motive: str = ""
    ready_answer_version_id: int | None = None
    call_id: int | None = None
    about_case_id: int | None = None
    at: datetime | None = None


def record(session: Session, actor: Actor, answered: Answered) -> Contact:
    """Write down a contact that was answered at once, and let its draft go; the same form again changes nothing.

    Raises Invalid when nothing tells what it was about.
    """
    policy.require(actor, Permission.CASE_RECORD)
    known = queries.find_contact_of_form(session, actor.authority_id, answered.source_id)
    if known is not None:
        return known
    motive, sender = answered.motive, answered.sender
    procedure = catalogue.find_procedure(session, actor.authority_id, motive) if motive else None
    line = " ".join(answered.line.split())[:LONGEST_LINE]
    if not (line or procedure or answered.ready_answer_version_id or answered.about_case_id):
        raise Invalid(NOTHING_SAID, {"notes": NOTHING_SAID})
    citizen = citizens.find_or_create(session, actor.authority_id, sender, answered.channel) if sender else None
    version = procedure.current_version if procedure else None
    about = session.get_one(Case, answered.about_case_id) if answered.about_case_id is not None else None
    concerned = about or procedure
    assert actor.id is not None  # noqa: S101 (the policy let nobody else in)
    contact = Contact(
        authority_id=actor.authority_id,
        source_id=answered.source_id,
        channel=answered.channel,
        at=answered.at or moment.now(),
        recorded_by_id=actor.id,
        department_id=concerned.department_id if concerned else None,
        citizen_id=citizen.id if citizen else None,
        motive=procedure.code if procedure else "",
        restricted=bool((about and about.restricted) or (version and procedures.read_version(version).restricted)),
        ready_answer_version_id=answered.ready_answer_version_id,
        call_id=answered.call_id,
        about_case_id=answered.about_case_id,
        line=line,
    )
    session.add(contact)
    session.flush()
    if contact.call_id is not None:
        calls.note_taken(session, actor, contact.call_id, citizen_id=contact.citizen_id)
    desk_drafts.delete_draft(session, actor.authority_id, answered.source_id)
    return contact


def accept_case(
    runtime: Runtime,
    actor: Actor,
    incoming: IncomingRequest,
    contact_id: int | None = None,
    call_id: int | None = None,
) -> Receipt:
    """Let in what an agent wrote down, and let its draft go; with `contact_id`, that contact becomes the case.

    All in one transaction. A contact that became a case already keeps that one; the call `call_id` names it. Raises
    NotFound for a contact that the agent may not see.
    """
    try:
        return _accept(runtime, actor, incoming, contact_id, call_id)
    except IntegrityError:  # the same form twice at one instant
        return _accept(runtime, actor, incoming, contact_id, call_id)


def _accept(
    runtime: Runtime, actor: Actor, incoming: IncomingRequest, contact_id: int | None, call_id: int | None
) -> Receipt:
    policy.require(actor, Permission.CASE_RECORD)
    with runtime.database.transaction() as session:
        receipt = intake.receive(session, runtime, incoming)
        note_case(session, actor, incoming.source_id, receipt.case_id, contact_id)
        if call_id is not None:
            citizen_id = session.get_one(Case, receipt.case_id).citizen_id
            calls.note_taken(session, actor, call_id, citizen_id=citizen_id, case_id=receipt.case_id)
        return receipt


def note_case(session: Session, actor: Actor, source_id: str, case_id: int | None, contact_id: int | None) -> None:
    """Let the draft of a form go that became a case; with `contact_id`, say so on that contact.

    A form that was sent as an answer first, then as a case (one goes back in a browser), names its own contact.
    """
    own = queries.find_contact_of_form(session, actor.authority_id, source_id) if contact_id is None else None
    contact_id = own.id if own is not None else contact_id
    contact = queries.claim_contact(session, actor, contact_id) if contact_id is not None else None
    if contact is not None and contact.case_id is None:
        case = session.get_one(Case, case_id)
        contact.case_id = case.id
        if case.restricted:  # what was said before it was known to be sensitive is as sensitive
            contact.restricted, contact.department_id = True, case.department_id
        if contact.call_id is not None:
            calls.note_taken(session, actor, contact.call_id, case_id=case_id)
    desk_drafts.delete_draft(session, actor.authority_id, source_id)


def forget_words(session: Session) -> None:
    """Empty the contacts whose year is over: they are counted, and say nothing of anybody."""
    queries.empty_before(session, moment.now() - KEPT_WORDS)
