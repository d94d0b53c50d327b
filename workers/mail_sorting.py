"""Sorts one received message: what it is, which case it belongs to; its line and its effect commit together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.domain import delivery_failures
from backoffice.domain.incoming import IncomingFile, IncomingRequest
from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.infra import file_types
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import catalogue
from backoffice.queries import mail_ledger as queries
from backoffice.services import (
    auto_replies,
    bounces,
    intake,
    mail_ledger,
    outbox,
    oversized,
    parked_mail,
    placing,
)
from backoffice.services.intake import Intake
from backoffice.services.outbox import Claim
from backoffice.settings import MailboxSettings
from channels import mail_kinds, mime
from channels.bounces import Bounce
from channels.email_inbox import EmailInbox, ReceivedMail
from channels.mail_kinds import Kind, Verdict
from channels.mime import ParsedMail
from workers.time_limit import at_most

# Starts after which a message is put in quarantine; it waits there with its raw bytes, and delays nobody.
MOST_STARTS = 3
LONGEST_SECONDS = 20
# Files of one message that are kept apart; all are in the original anyway.
MOST_FILES = 300

POISONED = "Le traitement de ce message a échoué plusieurs fois."
REUSED_ID = "Son identifiant (Message-ID) a déjà servi pour un autre message : les deux sont gardés."

FILED: dict[Kind, MailOutcome] = {
    Kind.BOUNCE: MailOutcome.BOUNCE,
    Kind.COMPLAINT: MailOutcome.COMPLAINT,
    Kind.READ_RECEIPT: MailOutcome.READ_RECEIPT,
    Kind.AUTO_REPLY: MailOutcome.AUTO_REPLY,
    Kind.SPAM: MailOutcome.SPAM,
    Kind.LOOP: MailOutcome.LOOP,
}
INTAKEN: dict[Intake, MailOutcome] = {
    Intake.OPENED: MailOutcome.OPENED,
    Intake.JOINED: MailOutcome.JOINED,
    Intake.REPEATED: MailOutcome.REPEATED,
    Intake.PARKED: MailOutcome.PARKED,
}


@dataclass(frozen=True, slots=True)
class Pending:
    """What is known of a message before it is read."""

    mailbox: str
    raw_digest: str
    size: int
    complete: bool
    received_at: datetime
    # That of the line: whatever was said since of its mailbox, what one authority received is never another's.
    authority: str
    # Of a mailbox of the screens; and the addresses of all of these, with a space between.
    kept_procedure: str | None = None
    kept_addresses: str | None = None


Line = Row[Any]
"""A line of the ledger that is claimed: its `id`, `authority_id`, `size`, whether it is `complete`; and one like it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a message, why, and the case or the candidate that it concerns."""

    outcome: MailOutcome
    reason: str
    case_id: int | None = None
    candidate_case_id: int | None = None
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A message read and understood, before the database is asked anything."""

    parsed: ParsedMail
    verdict: Verdict
    key: str
    mailbox: MailboxSettings
    incoming: IncomingRequest


def sort(runtime: Runtime, claim: Claim) -> None:
    """Keep the promise of a ledger line; a line that already has its outcome is left alone."""
    with runtime.database.reading() as session:
        pending = queries.find_pending(session, claim.payload["record_id"])
    read = None
    if pending is not None and claim.attempt <= MOST_STARTS:
        read = _read(runtime, Pending(*pending), as_request=claim.payload.get("as_request", False))
    _twice(lambda: _settle(runtime, claim, read))


def _twice(settle: Callable[[], None]) -> None:
    """Of two copies of a message sorted at one instant, one loses the race: it starts again, and sees the first."""
    try:
        settle()
    except IntegrityError:
        settle()


def _settle(runtime: Runtime, claim: Claim, read: Read | None) -> None:
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        lines = queries.claim_pending(session, claim.payload["record_id"], _dedupe_key(read) if read else "")
        if lines and read is not None:
            _sort(session, runtime, lines, read)
        elif lines:
            why = POISONED if claim.attempt > MOST_STARTS else mail_ledger.NOTHING
            queries.settle_line(session, lines[0].id, **mail_ledger.settlement(MailOutcome.QUARANTINED, why))


def _dedupe_key(read: Read) -> str:
    return read.parsed.dedupe_key[:255]


def _read(runtime: Runtime, line: Pending, *, as_request: bool) -> Read | None:
    """None when there is nothing to read, unless a person wants a case of it all the same."""
    raw = runtime.storage.get(line.raw_digest)
    if not raw.strip() and not as_request:
        return None
    mailbox = _mailbox(runtime, line)
    with at_most(LONGEST_SECONDS):
        parsed = mime.parse(raw)
        verdict = _verdict(runtime, parsed, line, as_request=as_request)
        received = ReceivedMail(
            parsed=parsed,
            received_at=line.received_at,
            raw_digest=line.raw_digest,
            mailbox=line.mailbox,
            authority=line.authority,
            procedure=mailbox.procedure,
            whole_size=None if line.complete else line.size,
            authserv_id=mailbox.authserv_id,
        )
        incoming = EmailInbox().normalise(received)
    if verdict.is_human and line.complete:
        incoming = replace(incoming, files=_keep_files(runtime, line, parsed))
    return Read(parsed, verdict, incoming.source_id, mailbox, incoming)


def _mailbox(runtime: Runtime, line: Pending) -> MailboxSettings:
    """That of the settings, or of the screens; what a mailbox gave that is no longer read is sorted all the same."""
    named = (mailbox for mailbox in runtime.settings.mailboxes if mailbox.code == line.mailbox)
    return next(named, MailboxSettings(line.mailbox, "", "", procedure=line.kept_procedure or ""))


def _verdict(runtime: Runtime, parsed: ParsedMail, line: Pending, *, as_request: bool) -> Verdict:
    if as_request:
        return Verdict(Kind.REQUEST, "a person said so")
    if parsed.message_id and placing.is_our_message_id(runtime, parsed.message_id):
        return Verdict(Kind.LOOP, "our own Message-ID")
    own = {runtime.settings.mail_from, *(mailbox.address for mailbox in runtime.settings.mailboxes)}
    own.update((line.kept_addresses or "").split())
    return mail_kinds.kind(parsed, own_addresses=own)


def _keep_files(runtime: Runtime, line: Pending, parsed: ParsedMail) -> tuple[IncomingFile, ...]:
    files = [
        IncomingFile(
            name=file.filename,
            media_type=file_types.sniff(file.content),
            size=len(file.content),
            digest=runtime.storage.put(file.content, file.digest),
            content_id=file.content_id,
            inline=file.inline,
        )
        for file in parsed.attachments[:MOST_FILES]
    ]
    if any(defect.startswith("unreadable") for defect in parsed.defects):
        files.append(IncomingFile("message.eml", "message/rfc822", line.size, line.raw_digest))
    return tuple(files)


def _sort(session: Session, runtime: Runtime, lines: Sequence[Line], read: Read) -> None:
    """Do what the message asks for, then write its line: once, whatever was written before."""
    line = lines[0]
    same = [other for other in lines if other.same_id is not None]
    first = next((other for other in same if other.only_key == read.key), None)
    if first is not None:
        seen = f"Déjà reçu : ligne {first.same_id} du registre."
        placed = Placed(MailOutcome.REPEATED, seen, first.case_id, first.candidate_case_id)
    elif read.verdict.is_human and not (read.verdict.from_list and _claimed_case(session, runtime, line, read) is None):
        placed = _let_in(session, runtime, line, read, REUSED_ID if same else "")
    else:
        placed = _file(session, runtime, line, read)
    queries.settle_line(
        session,
        line.id,
        **mail_ledger.settlement(placed.outcome, placed.reason, placed.content),
        case_id=placed.case_id,
        candidate_case_id=placed.candidate_case_id,
        dedupe_key=_dedupe_key(read),
        only_key=None if first is not None else read.key,
        kind=read.verdict.kind,
        subject=read.parsed.subject[:255],
        sender=(read.parsed.sender.address or read.parsed.sender.name)[:255],
    )


def _claimed_case(session: Session, runtime: Runtime, line: Line, read: Read) -> Case | None:
    """The case that a message answers by a mark of ours, whoever or whatever wrote it."""
    marks = replace(read.incoming, threading=replace(read.incoming.threading, quoted_reference=""))
    placement = placing.place(session, runtime, line.authority_id, marks)
    return placement.case or placement.candidate


def _file(session: Session, runtime: Runtime, line: Line, read: Read) -> Placed:
    """Machine mail opens nothing and is never answered; a bounce is told to the case of the mail that came back."""
    outcome, case_id = FILED.get(read.verdict.kind, MailOutcome.LIST), None
    if outcome is MailOutcome.BOUNCE and read.verdict.bounce is not None:
        case_id = _tell_bounce(session, runtime, line, read, read.verdict.bounce)
    elif outcome not in {MailOutcome.LOOP, MailOutcome.SPAM}:
        claimed = _claimed_case(session, runtime, line, read)
        case_id = claimed.id if claimed is not None else None
        if case_id is not None and outcome is MailOutcome.AUTO_REPLY:
            auto_replies.note(session, case_id, sender=read.parsed.sender.address, subject=read.parsed.subject)
    return Placed(outcome, read.verdict.reason, case_id)


def _tell_bounce(session: Session, runtime: Runtime, line: Line, read: Read, bounce: Bounce) -> int | None:
    mail = bounces.find_returned_mail(
        session,
        runtime,
        line.authority_id,
        message_id=bounce.original_message_id or "",
        reply_token=read.incoming.threading.reply_token,
        recipients=bounce.recipients,
    )
    if mail is not None and bounce.is_failure:
        why = delivery_failures.explain(bounce.status, bounce.diagnostic)
        bounces.note_returned(session, mail, diagnostic=why, permanent=bounce.permanent)
    return mail.case_id if mail is not None else None


def _let_in(session: Session, runtime: Runtime, line: Line, read: Read, remark: str) -> Placed:
    incoming = _addressed(session, line, read)
    receipt = intake.receive(session, runtime, incoming)
    outcome = INTAKEN[receipt.outcome]
    if not line.complete and outcome not in {MailOutcome.PARKED, MailOutcome.REPEATED}:
        oversized.answer(session, runtime, session.get_one(Case, receipt.case_id), line.size)
    reason = " ".join(part for part in (receipt.reason, remark) if part)
    content = parked_mail.to_data(incoming) if outcome is MailOutcome.PARKED else {}
    return Placed(outcome, reason, receipt.case_id, receipt.candidate_id, content)


def _addressed(session: Session, line: Line, read: Read) -> IncomingRequest:
    """The request with what its mailbox says of it: a procedure, a department; a person sorts what has neither."""
    incoming = read.incoming
    if incoming.procedure:
        procedure = catalogue.find_procedure(session, line.authority_id, incoming.procedure)
        if procedure is None or not procedure.open or procedure.current_version is None:
            incoming = replace(incoming, procedure="")  # mail keeps coming in after a procedure was closed
    if read.mailbox.department:
        department = catalogue.find_department(session, line.authority_id, read.mailbox.department)
        if department is not None:
            incoming = replace(incoming, facts={**incoming.facts, "department_id": department.id})
    return incoming
