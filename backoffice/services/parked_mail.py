"""Mail that waits for a person: kept as data beside its line, then let in where they say."""

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.incoming import (
    ChannelCode,
    ContactPreference,
    IncomingFile,
    IncomingRequest,
    Sender,
    Threading,
)
from backoffice.domain.mail_outcomes import FILED, MailOutcome
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.mail import MailRecord
from backoffice.queries import cases
from backoffice.queries import mail_ledger as queries
from backoffice.services import intake, joining, journal, mail_ledger
from backoffice.services.journal import Event

# What programs write before the subject of a message that is passed on.
_FORWARDED = re.compile(r"^\s*(?:(?:tr|fwd?|wg|i|rv)\s*:\s*)+", re.IGNORECASE)
NOBODY = Sender()
GONE = "Ce courriel n’existe pas ou n’est pas accessible avec votre compte."
SORTED = "Ce courriel a déjà été trié par quelqu’un d’autre."
UNREADABLE = "Ce courriel n’a pas pu être lu automatiquement : l’original est joint au dossier."


def to_data(incoming: IncomingRequest) -> dict[str, Any]:
    """A request as plain values, for the ledger."""
    data = asdict(incoming)
    for name in ("received_at", "received_on", "posted_on"):
        data[name] = data[name].isoformat() if data[name] else None
    del data["sender"]["identity"]  # no provider vouches for the sender of a mail
    return data


def from_data(data: Mapping[str, Any]) -> IncomingRequest:
    """The request of these plain values."""
    preference = data["sender"]["contact_preference"]
    return IncomingRequest(
        **{
            **data,
            "channel": ChannelCode(data["channel"]),
            "received_at": datetime.fromisoformat(data["received_at"]),
            "received_on": date.fromisoformat(data["received_on"]) if data["received_on"] else None,
            "posted_on": date.fromisoformat(data["posted_on"]) if data["posted_on"] else None,
            "sender": Sender(
                **{**data["sender"], "contact_preference": ContactPreference(preference) if preference else None}
            ),
            "files": tuple(IncomingFile(**file) for file in data["files"]),
            "threading": Threading(**{**data["threading"], "referred_ids": tuple(data["threading"]["referred_ids"])}),
        }
    )


def join(session: Session, actor: Actor, line_id: int, reference: str) -> Case:
    """A parked message belongs to this case, its candidate or another: a person says so."""
    line, incoming = _claim(session, actor, line_id)
    if not reference:
        raise Invalid("Indiquez la référence du dossier.", {"reference": "Indiquez la référence du dossier."})
    case = cases.claim_case(session, actor, reference)
    if (kept_id := joining.lead(session, case.id)) != case.id:
        case = cases.claim_case_by_id(session, kept_id)
    first = first_writer(incoming)
    if first is not None and case.citizen is not None and first.email == case.citizen.email:
        incoming = _as_written_by(first, incoming)
    intake.join(session, _authority(session, line), case, incoming)
    _settle(session, actor, line, case, MailOutcome.JOINED)
    return case


def open_case(session: Session, actor: Actor, line_id: int, *, for_first_writer: bool = False) -> Case:
    """A parked message is a new request; one in quarantine too, with its original as the only file.

    `for_first_writer`: of whoever wrote what a colleague passes on, not of the colleague.
    """
    line, incoming = _claim(session, actor, line_id)
    first = first_writer(incoming) if for_first_writer else None
    if first is not None:
        incoming = _as_written_by(first, incoming)
    case = intake.open_case(session, _authority(session, line), incoming)
    _settle(session, actor, line, case, MailOutcome.OPENED)
    return case


def first_writer(incoming: IncomingRequest) -> Sender | None:
    """Who wrote what a message passes on, when it says so."""
    said = incoming.facts.get("forwarded")
    return Sender(**said) if said else None


def _as_written_by(first: Sender, incoming: IncomingRequest) -> IncomingRequest:
    facts = {**incoming.facts, "forwarded_by": incoming.sender.email}
    return replace(incoming, sender=first, subject=_FORWARDED.sub("", incoming.subject), facts=facts)


def dismiss(session: Session, actor: Actor, line_id: int) -> None:
    """A message asks nothing of anybody: it stays in the ledger, and can be taken back from there."""
    line, _ = _claim(session, actor, line_id)
    mail_ledger.settle(line, MailOutcome.DISMISSED, by=actor.id)


def take_back(session: Session, actor: Actor, line_id: int) -> None:
    """A message put aside by a machine, or by a colleague, is a real request after all: treated as such."""
    policy.require(actor, Permission.MAIL_SORT)
    line = _held(session, actor, line_id)
    if line.outcome not in FILED:
        raise Conflict(SORTED)
    mail_ledger.sort_again(session, line, as_request=True)


def replay(session: Session, actor: Actor, line_id: int) -> None:
    """Treat a message in quarantine again from its raw bytes: by those who sort mail, or keep the mailboxes running."""
    if not policy.allows(actor, Permission.MAIL_SORT):
        policy.require(actor, Permission.MAIL_LEDGER_READ)
    line = queries.claim_line(session, line_id)
    if line is None or line.authority_id != actor.authority_id:
        raise NotFound(GONE)
    if line.outcome != MailOutcome.QUARANTINED:
        raise Conflict("Ce courriel n’est pas en quarantaine : il n’y a rien à relancer.")
    mail_ledger.sort_again(session, line)


def _claim(session: Session, actor: Actor, line_id: int) -> tuple[MailRecord, IncomingRequest]:
    policy.require(actor, Permission.MAIL_SORT)
    line = _held(session, actor, line_id)
    if line.outcome == MailOutcome.QUARANTINED:
        return line, _as_raw(line)
    if line.outcome != MailOutcome.PARKED:
        raise Conflict(SORTED)
    return line, from_data(line.content)


def _held(session: Session, actor: Actor, line_id: int) -> MailRecord:
    if queries.find_visible_line(session, actor, line_id) is None:
        raise NotFound(GONE)
    line = queries.claim_line(session, line_id)
    assert line is not None  # noqa: S101 (lines are never deleted, and this one was just seen)
    return line


def _as_raw(line: MailRecord) -> IncomingRequest:
    """A message that nobody could read: its original is all that is known of it."""
    return IncomingRequest(
        channel=ChannelCode.EMAIL,
        source_id=f"raw:{line.raw_digest}:{line.id}",
        received_at=line.received_at,
        sender=NOBODY,
        subject=line.subject or "Courriel illisible",
        body=UNREADABLE,
        files=(IncomingFile("message.eml", "message/rfc822", line.size, line.raw_digest),),
        raw_digest=line.raw_digest,
        facts={"mailbox": line.mailbox},
    )


def _authority(session: Session, line: MailRecord) -> Authority:
    return session.get_one(Authority, line.authority_id)


def _settle(session: Session, actor: Actor, line: MailRecord, case: Case, outcome: MailOutcome) -> None:
    line.case_id = case.id
    mail_ledger.settle(line, outcome, by=actor.id)
    journal.record(session, actor, case, Event.MAIL_SORTED, line_id=line.id, outcome=outcome)
