"""What the house writes: mails are rows with the change that calls for them, sent later by a worker."""

import secrets
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import first_answers
from backoffice.domain.french import long_date
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.letters import ACKNOWLEDGEMENTS
from backoffice.domain.policy import Actor, system
from backoffice.infra import mailer, templating
from backoffice.infra.mailer import Enclosure, Linked
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Attachment, Case
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases
from backoffice.queries import documents as document_queries
from backoffice.queries import mail as queries
from backoffice.services import (
    bare_files,
    clock,
    journal,
    leases,
    linked_files,
    mail_identity,
    moment,
    outbox,
    placing,
    undelivered,
)
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim, JobKind
from backoffice.settings import MEGABYTE

# A robot that writes to us by e-mail gets no conversation: one automatic answer to an address in so long.
BETWEEN_AUTOMATIC = timedelta(days=1)
# A server that is away or asks to come back (greylisting) is asked again after as long as the mail is old.
SHORTEST_WAIT, LONGEST_WAIT, LONGEST_TRYING = timedelta(minutes=1), timedelta(hours=4), timedelta(days=2)
GIVEN_UP = "Essayé pendant deux jours sans succès."
TOO_MANY = "Cette adresse a déjà reçu un accusé de réception automatique depuis un jour. Le document reste au dossier."


def queue_mail(
    session: Session,
    runtime: Runtime,
    case: Case,
    template: str,
    values: dict[str, Any],
    *,
    automatic: bool,
    documents: list[int] | None = None,
    **more: Any,
) -> OutgoingMail:
    """Write a mail to the citizen of a case and promise to send it; answers to it come home by its signed address.

    `message_row_id` is the message of the case that it carries; `after` leaves its author that long to take it back.
    """
    assert case.citizen is not None  # noqa: S101 (callers ask only for citizens who have an e-mail)
    return _queue_about(
        session,
        runtime,
        case,
        template,
        values,
        recipient=case.citizen.email,
        **_threading(session, case, case.citizen.email),
        automatic=automatic,
        files={"documents": documents} if documents else {},
        **more,
    )


def queue_forward(
    session: Session, runtime: Runtime, case: Case, to: str, values: dict[str, Any], received: list[int]
) -> OutgoingMail:
    """Write the mail that brings a request, with files `received`, to another administration."""
    files: dict[str, Any] = {"documents": [], "received": received}
    return _queue_about(session, runtime, case, "transmission", values, recipient=to, automatic=False, files=files)


def queue_secret(
    session: Session, runtime: Runtime, case: Case, to: str, template: str, values: dict[str, Any]
) -> OutgoingMail:
    """Write a mail about a case whose link is for its reader alone, who is not its citizen; an answer is parked."""
    files: dict[str, Any] = {"documents": []}
    return _queue_about(
        session, runtime, case, template, values, recipient=to, automatic=False, files=files, secret=True
    )


def _queue_about(
    session: Session,
    runtime: Runtime,
    case: Case,
    template: str,
    values: dict[str, Any],
    after: timedelta | None = None,
    **more: Any,
) -> OutgoingMail:
    text = templating.mail(template, {**values, "language": case.language}, runtime.settings.public_url)
    address = mail_identity.address_for(session, runtime, case)
    mail = OutgoingMail(
        authority_id=case.authority_id,
        case_id=case.id,
        subject=text.subject,
        text=text.text,
        html=text.html,
        message_id=placing.keyed_message_id(runtime, secrets.token_hex(12)),
        reply_to=mail_identity.reply_address(runtime, case.id, address),
        sender=mail_identity.sender(runtime, values, address),
        created_at=moment.now(),
        **more,
    )
    session.add(mail)
    session.flush()
    outbox.promise(session, JobKind.SEND_MAIL, authority_id=case.authority_id, after=after, mail_id=mail.id)
    return mail


def queue_mail_to(
    session: Session, runtime: Runtime, authority_id: int, recipient: str, template: str, values: dict[str, Any]
) -> OutgoingMail:
    """Write a mail that belongs to no case (a link that somebody asked for), and promise to send it.

    Its words are wiped once it left: what it opens is its reader's alone.
    """
    text = templating.mail(template, values, runtime.settings.public_url)
    mail = OutgoingMail(
        authority_id=authority_id,
        recipient=recipient,
        subject=text.subject,
        text=text.text,
        html=text.html,
        message_id=placing.keyed_message_id(runtime, secrets.token_hex(12)),
        sender=mail_identity.sender(runtime, values),
        automatic=True,
        files={},
        created_at=moment.now(),
    )
    session.add(mail)
    session.flush()
    outbox.promise(session, JobKind.SEND_MAIL, authority_id=authority_id, mail_id=mail.id)
    return mail


def _threading(session: Session, case: Case, recipient: str) -> dict[str, Any]:
    """What the mail answers: the last one received, else the last one that we sent, so that readers show one thread."""
    before = mailer.list_message_ids("\n".join(queries.list_thread(session, case.id, recipient)))
    facts = queries.find_last_received_facts(session, case.id)
    received = mailer.list_message_ids(str(facts.get("message_id", "")))
    answered = received[:1] or before[-1:] or [""]
    return {"in_reply_to": answered[0], "thread": "\n".join(before)}


def send_document(session: Session, runtime: Runtime, case: Case, document: Document) -> None:
    """A rendered document leaves by e-mail, unless the address went away or had enough automatic ones.

    What answers by itself a mail that nobody vouches for, or that nobody can read, is a shorter mail than that.
    """
    if case.citizen is None or not case.citizen.email:
        return
    # What answers a message by itself; every other document is somebody's act, and leaves whoever wrote before.
    automatic = document.template in ACKNOWLEDGEMENTS
    if automatic and not _acknowledges(session, case, [document]):
        return  # another one was asked for meanwhile, which tells what is so now
    if automatic and not may_write_automatically(session, case, first=True):
        _keep_back(session, case, document, TOO_MANY)
        return
    if automatic and (
        instead := first_answers.instead_of_acknowledgement(queries.find_opening_facts(session, case.id))
    ):
        _keep_back(session, case, document, first_answers.WHY[instead])
        if not document.values.get("replaces"):
            queue_mail(session, runtime, case, instead, document.values, automatic=True)
        return
    queue_mail(
        session,
        runtime,
        case,
        document.mail_template,
        document.values,
        automatic=automatic,
        documents=[document.id],
    )


def _keep_back(session: Session, case: Case, document: Document, reason: str) -> None:
    """The document stays with the case, which says why: a person sends it, or prints it."""
    told = {"reason": reason, "document_id": document.id}
    journal.record(session, system(case.authority_id), case, Event.MAIL_FAILED, **told)


def may_write_automatically(session: Session, case: Case, *, first: bool = False) -> bool:
    """Whether one more automatic mail may go to the citizen of a case: always, unless it came by e-mail.

    `first` for the acknowledgement, of which a case has one: what its own case wrote before does not count.
    """
    if case.channel != ChannelCode.EMAIL or case.citizen is None:
        return True
    since = datetime.now(UTC) - BETWEEN_AUTOMATIC
    answered = queries.list_answered_since(session, case.authority_id, case.citizen.email, since)
    return all(first and case_id == case.id for case_id in answered)


def send(runtime: Runtime, claim: Claim) -> None:
    """Hand a mail to the SMTP server, or to the local outbox; at least once, always under the same Message-ID.

    One that the server cannot take now waits, longer and longer, for two days. One that is refused for good is not
    tried again: its case says so, for a person to write otherwise. Any other fault leaves it to the retries of jobs.
    """
    with runtime.database.reading() as session:
        mail = queries.find_unsent(session, claim.payload["mail_id"])
        files = queries.list_mail_documents(session, mail) if mail else []
        received = queries.list_mail_attachments(session, mail) if mail else []
        authority = session.get_one(Authority, mail.authority_id) if mail else None
    refusal = copy = ""
    if mail is not None and authority is not None:
        try:
            # Nobody else takes this mail up while its server takes its time, however long.
            with leases.held(runtime, claim) if runtime.settings.smtp_url else nullcontext():
                copy = _deliver(runtime, authority, mail, files, received)
        except mailer.Refused as fault:
            refusal = fault.sentence
        except mailer.Deferred as fault:
            age = datetime.now(UTC) - mail.created_at
            if age < LONGEST_TRYING:
                _wait(runtime, claim, fault.sentence, min(max(age, SHORTEST_WAIT), LONGEST_WAIT))
                return
            refusal = f"{GIVEN_UP} {fault.sentence.removesuffix(mailer.TRIED_AGAIN)}"
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        sent = queries.find_unsent(session, claim.payload["mail_id"])
        if sent is None:
            return
        if refusal:
            _note_refused(session, sent, refusal)
        else:
            sent.raw_digest = copy
            _note_sent(session, sent, files)


def _wait(runtime: Runtime, claim: Claim, reason: str, after: timedelta) -> None:
    with runtime.database.transaction() as session:
        outbox.postpone(session, claim, after, reason)
        mail = queries.find_unsent(session, claim.payload["mail_id"])
        if mail is not None:
            mail.error = reason


def _deliver(
    runtime: Runtime, authority: Authority, mail: OutgoingMail, files: list[Document], received: list[Attachment]
) -> str:
    """Send, and give the digest of the kept copy; it is kept first, so that nothing leaves without one."""
    letters = [(f"{document.title}.pdf", runtime.storage.get(document.digest)) for document in files]
    limit = linked_files.megabytes(authority) * MEGABYTE
    sizes = [len(content) for _, content in letters]
    heavy = linked_files.too_heavy(sizes + [one.size for one in received], limit)
    bare = {
        place: Enclosure(*bare_files.read(runtime, one.digest, one.name, one.media_type))
        for place, one in enumerate(received, len(letters))
        if place not in heavy
    }
    # A picture written again without its place may weigh more than it came: what travels is what counts.
    travelling = dict(enumerate(sizes)) | {place: len(one.content) for place, one in bare.items()}
    places = [place for place in travelling if place not in heavy]
    heavy |= {places[one] for one in linked_files.too_heavy([travelling[place] for place in places], limit)}
    attached = [letter for place, letter in enumerate(letters) if place not in heavy]
    enclosed = [one for place, one in bare.items() if place not in heavy]
    message = mailer.compose(mail, attached, enclosed, _links(runtime, authority, mail, [*files, *received], heavy))
    # A mail of no case, or a secret one, opens something to its reader alone: nobody else may read it later.
    kept = mail.case_id is not None and not mail.secret
    copy = runtime.storage.put(message.as_bytes()) if kept else ""
    mailer.send(runtime.settings, message)
    return copy


def _links(
    runtime: Runtime, authority: Authority, mail: OutgoingMail, files: list[Document | Attachment], heavy: set[int]
) -> list[Linked]:
    """The same links at each attempt: their last day follows from the day when the mail was written."""
    until = (mail.created_at.astimezone(ZoneInfo(authority.timezone)) + linked_files.LASTS).date()
    found = []
    for one in (one for place, one in enumerate(files) if place in heavy):
        if isinstance(one, Document):
            kind, name = linked_files.DOCUMENT, f"{one.title}.pdf"
        else:
            kind, name = linked_files.RECEIVED, one.name
        path = linked_files.token(runtime, mail.id, kind, one.id, until)
        found.append(Linked(name, f"{runtime.settings.public_url}/fichiers/{path}", long_date(until)))
    return found


def _note_sent(session: Session, mail: OutgoingMail, files: list[Document]) -> None:
    mail.sent_at, mail.failed_at, mail.error = moment.now(), None, ""
    _forget_secret(mail)
    if mail.case_id is None:
        return
    case = cases.claim_case_by_id(session, mail.case_id)
    actor: Actor = system(case.authority_id)
    journal.record(session, actor, case, Event.MAIL_SENT, mail_id=mail.id, subject=mail.subject)
    if case.acknowledged_at is None and _acknowledges(session, case, files):
        case.acknowledged_at = mail.sent_at
        clock.refresh(session, case, session.get_one(Authority, case.authority_id))


def _note_refused(session: Session, mail: OutgoingMail, refusal: str) -> None:
    mail.failed_at, mail.error = moment.now(), refusal
    _forget_secret(mail)
    if mail.case_id is not None:
        case = cases.claim_case_by_id(session, mail.case_id)
        undelivered.note_failed(session, case, mail, Event.MAIL_FAILED, refusal)


def _forget_secret(mail: OutgoingMail) -> None:
    """What a mail opens is its reader's alone: nobody of the house reads it there once it left, or never will."""
    if mail.case_id is None or mail.secret:
        mail.text = mail.html = ""


def _acknowledges(session: Session, case: Case, files: list[Document]) -> bool:
    """Whether one of these is the acknowledgement that counts: the last one, for it alone tells what is so."""
    if not any(document.template in ACKNOWLEDGEMENTS for document in files):
        return False
    last = document_queries.find_last_of(session, case.id, ACKNOWLEDGEMENTS)
    return last is not None and any(document.id == last.id for document in files)
