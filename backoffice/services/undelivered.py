"""Letters that did not reach the citizen: what came back counts as never sent, and a person is told what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import legal_events, policy
from backoffice.domain.legal_events import LegalEvent
from backoffice.domain.letters import ACKNOWLEDGEMENTS, DECISIONS
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases as case_queries
from backoffice.queries import mail as queries
from backoffice.services import clock, journal, staff_notices
from backoffice.services.journal import Event

NOT_FORWARDED = "la demande n’est pas parvenue à l’administration compétente"
NEVER_LEFT = "Le courriel n’est pas parti : cette adresse avait eu un accusé de réception automatique le même jour."


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A letter that did not reach the citizen: where it was sent (empty when it never left), and why it came back."""

    document: Document
    recipient: str
    reason: str


def note_failed(session: Session, case: Case, mail: OutgoingMail, kind: Event, reason: str, **told: Any) -> None:
    """A mail of a case (locked by the caller) was refused or came back: what it brought counts as never sent."""
    letters = queries.list_mail_documents(session, mail)
    templates = [letter.template for letter in letters]
    data = {"mail_id": mail.id, "recipient": mail.recipient, "reason": reason[:500], "templates": templates} | told
    journal.record(session, policy.system(case.authority_id), case, kind, **data)
    case.revision += 1
    if case.first_acknowledged_at is not None and case.first_acknowledged_at == mail.sent_at:
        case.first_acknowledged_at = _arrived_otherwise(session, case, letters)
        clock.refresh(session, case, session.get_one(Authority, case.authority_id))
    # An acknowledgement that left again since, or that was posted, is not the one that came back.
    if case.acknowledged_at is not None and case.acknowledged_at == mail.sent_at and ACKNOWLEDGEMENTS & set(templates):
        case.acknowledged_at = _arrived_otherwise(session, case, letters)
        clock.refresh(session, case, session.get_one(Authority, case.authority_id))
    said = _said_of_mail(mail, letters)
    if said:
        text = f"Dossier {case.reference} : {said}. Ouvrez le dossier pour l’envoyer autrement."
        urgent = bool(DECISIONS & set(templates)) or is_forwarding(mail)
        staff_notices.tell(
            session,
            case,
            NoticeEvent.RETURNED,
            staff_notices.listeners(session, case),
            text,
            once=f"returned_{mail.id}",
            urgent=urgent,
        )


def _arrived_otherwise(session: Session, case: Case, letters: Sequence[Document]) -> datetime | None:
    """When another mail brought the same letters, which nothing says did not arrive."""
    ids = {letter.id for letter in letters}
    sent = [
        mail.sent_at
        for mail in case_queries.list_mails(session, case.id)
        if mail.sent_at and not (mail.bounced_at or mail.failed_at) and ids & set(mail.files.get("documents", []))
    ]
    return min(sent, default=None)


def _said_of_mail(mail: OutgoingMail, letters: Sequence[Document]) -> str:
    if letters:
        return said_of(letters[0])
    if mail.secret:
        return "une question posée hors de nos services n’est pas parvenue à son destinataire"
    if is_forwarding(mail):
        return NOT_FORWARDED
    return "votre réponse n’est pas parvenue à l’usager" if mail.message_row_id else ""


def is_forwarding(mail: OutgoingMail) -> bool:
    """Whether a mail brings the request to another administration (see `services.forwarding`)."""
    return "received" in mail.files


def said_of(document: Document) -> str:
    """« l’accusé de réception n’est pas parvenu à l’usager »."""
    if document.template in ACKNOWLEDGEMENTS:
        return "l’accusé de réception n’est pas parvenu à l’usager"
    if document.template in DECISIONS:
        return "la décision n’est pas parvenue à l’usager"
    if document.template == "missing_documents":
        return "la demande de pièces n’est pas parvenue à l’usager"
    return f"le courrier « {document.title} » n’est pas parvenu à l’usager"


def list_undelivered(
    case: Case,
    written: Sequence[Document],
    mails: Sequence[OutgoingMail],
    events: Iterable[LegalEvent],
    history: Iterable[CaseEvent] = (),
) -> list[Undelivered]:
    """The letters that still wait for somebody to send them otherwise, from what the page of the case has read."""
    failures = [line.data for line in history if line.kind == Event.MAIL_FAILED]
    kept_back = {data["document_id"]: str(data["reason"]) for data in failures if "document_id" in data}
    is_notified = legal_events.find_notification(events) is not None
    tried: dict[int, list[OutgoingMail]] = {}
    for mail in mails:
        for document_id in mail.files.get("documents", []):
            tried.setdefault(document_id, []).append(mail)
    found = []
    for document in written:
        tries = tried.get(document.id, [])
        never_left = not tries and document.mail_template and document.rendered_at
        came_back = tries and all(mail.bounced_at or mail.failed_at for mail in tries)
        if (never_left or came_back) and not _is_settled(case, document, written, is_notified=is_notified):
            last = tries[-1] if tries else None
            reason = last.error if last else kept_back.get(document.id, NEVER_LEFT)
            found.append(Undelivered(document, last.recipient if last else "", reason))
    return found


def _is_settled(case: Case, document: Document, written: Sequence[Document], *, is_notified: bool) -> bool:
    """Whether nothing is left to do: it was posted, another one took its place, or the law counts it as received."""
    if document.posted_on is not None or any(one.version_of == document.id for one in written):
        return True
    for kind, is_received in ((ACKNOWLEDGEMENTS, case.acknowledged_at is not None), (DECISIONS, is_notified)):
        if document.template in kind:
            return is_received or any(one.id > document.id and one.template in kind for one in written)
    return False
