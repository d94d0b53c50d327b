"""What an evidence bundle holds, read from a case in plain values: nothing is left out, nothing is made up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import legal_events, references
from backoffice.domain.file_names import safe_name
from backoffice.domain.french import file_size, long_date, long_datetime, short_datetime
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, OUTCOME_LABELS, Outcome, Status
from backoffice.domain.representation import Represented
from backoffice.domain.reserved_answers import RESERVED_FILE
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Attachment, Case, CaseEvent, Message
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases as queries
from backoffice.queries import legal
from backoffice.services import (
    clock,
    history_text,
    journal,
    procedures,
    received_files,
    representations,
    reserved_answers,
)
from backoffice.services.journal import EVENT_LABELS, READINGS, Event

# A longer message is cut in the PDF, which says where the rest is.
LONGEST_PRINTED = 20_000

KEPT_FOR_SOME = "La démarche le réserve à certains rôles ou services, qui le lisent dans le dossier."
DIRECTIONS = {"in": "Message de l’usager", "out": "Message de l’administration", "note": "Note interne"}
READ = {
    "attachment_id": "Pièce jointe n° {}",
    "document_id": "Document n° {}",
    "message_id": "Message d’origine n° {}",
    "bundle_id": "Dossier de preuve n° {}",
    "citizen_id": "Fiche de l’usager",
    "task_id": "Question n° {}",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the storage, with its place in the ZIP."""

    place: str
    digest: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The whole of a case at an instant: `values` for the PDF, texts and files for the ZIP, and the same as data.

    `withheld` says, by digest, why a file is left out: the antivirus, or the procedure that keeps it for some.
    """

    reference: str
    made_at: datetime
    values: dict[str, Any]
    texts: list[tuple[str, str]]
    files: list[Kept]
    withheld: dict[str, str]
    history: dict[str, Any]
    deadlines: dict[str, Any]


def gather(session: Session, runtime: Runtime, case: Case, by: str, now: datetime) -> Evidence:
    """Read everything about a case that the caller holds (its history and its head belong together).

    `by` is the name of whoever asked.
    """
    authority = session.get_one(Authority, case.authority_id)
    writer = _Writer(ZoneInfo(authority.timezone), reserves=reserved_answers.reserves(case))
    events = queries.list_events(session, case.id)
    history = _history(case, events, intact=journal.verify(session, case))
    deadlines = clock.deadlines(session, case, authority).to_data()
    messages = [writer.message(index, one) for index, one in enumerate(queries.list_messages(session, case.id), 1)]
    attachments = [writer.attachment(i, one) for i, one in enumerate(queries.list_attachments(session, case.id), 1)]
    documents = [writer.document(i, one) for i, one in enumerate(queries.list_documents(session, case.id), 1)]
    values = {
        "reference": case.reference,
        "subject": case.subject,
        "authority": {"name": authority.name},
        "made": {"at": long_datetime(now, writer.timezone), "by": by},
        "facts": _facts(case, _receipt(session, case, writer.timezone), representations.find(session, case.id)),
        "answers": reserved_answers.describe_for_all(case),
        "restricted": case.restricted,
        "timeline": [writer.event(event) for event in events],
        "chain": {"head": case.history_digest, "length": case.history_length, "intact": history["intact"]},
        "deadlines": deadlines | {"dates": [one | {"day": _day(one["on"])} for one in deadlines["dates"]]},
        "messages": messages,
        "attachments": attachments,
        "documents": documents,
        "mails": [writer.mail(index, one) for index, one in enumerate(queries.list_mails(session, case.id), 1)],
        "readings": [writer.reading(event) for event in events if event.kind in READINGS],
    }
    withheld = _withheld(session, runtime, writer.received) | dict.fromkeys(writer.reserved, KEPT_FOR_SOME)
    values["withheld"] = withheld
    return Evidence(case.reference, now, values, writer.texts, writer.files, withheld, history, deadlines)


def _withheld(session: Session, runtime: Runtime, received: set[str]) -> dict[str, str]:
    checks = received_files.checks(session, runtime, received)
    return {digest: check.sentence for digest, check in checks.items() if not check.may_leave}


class _Writer:
    """Puts rows into words, and remembers the texts and the files that go with them."""

    def __init__(self, timezone: ZoneInfo, *, reserves: bool) -> None:
        self.timezone, self.reserves = timezone, reserves
        self.texts: list[tuple[str, str]] = []
        self.files: list[Kept] = []
        self.received: set[str] = set()
        self.reserved: set[str] = set()

    def event(self, event: CaseEvent) -> dict[str, Any]:
        return {
            "number": event.number,
            "kind": event.kind,
            "instant": event.at,
            "at": self._at(event.at),
            "title": EVENT_LABELS[Event(event.kind)],
            "detail": history_text.detail(event),
            "who": event.actor_name,
            "actor_kind": event.actor_kind,
        }

    def message(self, number: int, message: Message) -> dict[str, Any]:
        title = DIRECTIONS[message.direction]
        channel = CHANNEL_LABELS.get(message.channel, "")  # type: ignore[call-overload]
        place = f"messages/{number:03}.txt"
        head = [title, f"Le {self._at(message.received_at)}", f"De : {message.author}"]
        head += [f"Par : {channel}"] if channel else []
        head += [f"Objet : {message.subject}"] if message.subject else []
        quoted = f"\n\n--- Texte cité ---\n\n{message.quoted}" if message.quoted else ""
        self.texts.append((place, "\n".join(head) + f"\n\n{message.body}{quoted}\n"))
        original = self._keep_received(f"originaux/{number:03}.eml", message.raw_digest) if message.raw_digest else None
        return {
            "number": number,
            "title": title,
            "direction": message.direction,
            "channel": channel,
            "instant": message.received_at,
            "at": self._at(message.received_at),
            "author": message.author,
            "subject": message.subject,
            "text": message.body[:LONGEST_PRINTED],
            "cut": len(message.body) > LONGEST_PRINTED or bool(message.quoted),
            "place": place,
            "original": {"place": original.place, "digest": original.digest} if original else None,
        }

    def attachment(self, number: int, attachment: Attachment) -> dict[str, Any]:
        name = RESERVED_FILE if attachment.reserved else attachment.name
        kept = self._keep_received(f"pieces-jointes/{safe_name(name, number)}", attachment.digest)
        if attachment.reserved:
            self.reserved.add(attachment.digest)
        return {
            "number": number,
            "name": name,
            "type": attachment.media_type,
            "instant": attachment.created_at,
            "at": self._at(attachment.created_at),
            "size": file_size(attachment.size),
            "digest": attachment.digest,
            "place": kept.place,
        }

    def document(self, number: int, document: Document) -> dict[str, Any]:
        place = f"documents/{safe_name(f'{document.title}.pdf', number)}" if document.digest else ""
        if place:
            self._keep(place, document.digest)
        instant = document.rendered_at or document.asked_at
        return {
            "number": number,
            "name": document.title,
            "instant": instant,
            "at": self._at(instant),
            "size": file_size(document.size),
            "digest": document.digest,
            "place": place,
        }

    def mail(self, number: int, mail: OutgoingMail) -> dict[str, Any]:
        state = "En cours d’envoi"
        if mail.bounced_at:
            state = f"Non remis, {self._at(mail.bounced_at)}"
        elif mail.sent_at:
            state = f"Envoyé, {self._at(mail.sent_at)}"
        elif mail.failed_at:
            state = f"Refusé, {self._at(mail.failed_at)} : {mail.error}"
        place = f"courriels/{number:03}.txt"
        head = [f"De : {mail.sender}", f"À : {mail.recipient}", f"Objet : {mail.subject}"]
        head += [f"Message-ID : {mail.message_id}", f"État : {state}"]
        self.texts.append((place, "\n".join(head) + f"\n\n{'' if mail.secret else self._text(mail)}"))
        said = {"to": mail.recipient, "subject": mail.subject, "state": state, "place": place}
        return said | {"sender": mail.sender, "instant": mail.sent_at}

    def _text(self, mail: OutgoingMail) -> str:
        return KEPT_FOR_SOME if mail.is_forward and self.reserves else mail.text

    def reading(self, event: CaseEvent) -> dict[str, str]:
        what = [words.format(event.data[name]) for name, words in READ.items() if name in event.data]
        return {"at": self._at(event.at), "who": event.actor_name, "what": ", ".join(what) or "Page du dossier"}

    def _keep(self, place: str, digest: str) -> Kept:
        kept = Kept(place, digest)
        self.files.append(kept)
        return kept

    def _keep_received(self, place: str, digest: str) -> Kept:
        self.received.add(digest)
        return self._keep(place, digest)

    def _at(self, instant: datetime) -> str:
        return short_datetime(instant, self.timezone)


def _receipt(session: Session, case: Case, timezone: ZoneInfo) -> str:
    if legal_events.is_receipt_corrected(legal.list_events(session, case.id)):
        return f"{long_date(case.received_on)}, date corrigée"
    return long_datetime(case.received_at, timezone)


def _facts(case: Case, receipt: str, represented: Represented | None) -> list[tuple[str, str]]:
    citizen = case.citizen
    address = f"{citizen.address_line} {citizen.postcode} {citizen.city}".strip() if citizen else ""
    facts = [
        ("Référence", case.reference),
        ("Objet", case.subject),
        ("Usager", citizen.display_name if citizen else "Anonyme"),
        *(represented.facts() if represented else ()),
        ("Adresse", address),
        ("Courriel", citizen.email if citizen else ""),
        ("Téléphone", citizen.phone if citizen else ""),
        ("Démarche", procedures.read_version(case.procedure_version).title if case.procedure_version else "À choisir"),
        ("Canal", CHANNEL_LABELS.get(case.channel, case.channel)),  # type: ignore[call-overload]
        ("Reçue", receipt),
        ("Service", case.department.name),
        ("Agent", case.assignee.name if case.assignee else "Personne"),
        ("État", OUTCOME_LABELS[Outcome(case.outcome)] if case.outcome else DESK_STATUS_LABELS[Status(case.status)]),
        ("Terminée", long_date(case.closed_on) if case.closed_on else ""),
        ("Code de suivi", references.show_code(case.tracking_code)),
    ]
    return [(term, value) for term, value in facts if value]


def _history(case: Case, events: list[CaseEvent], *, intact: bool) -> dict[str, Any]:
    """The history as it is chained: whoever has it can compute every digest again (see `services.journal`)."""
    names = ("number", "kind", "actor_kind", "actor_id", "actor_name", "data", "previous_digest", "digest")
    lines = [{"at": event.at.isoformat()} | {name: getattr(event, name) for name in names} for event in events]
    return {"case": case.reference, "head": case.history_digest, "length": case.history_length, "intact": intact} | {
        "events": lines
    }


def _day(on: str) -> str:
    return long_date(datetime.fromisoformat(on).date())
