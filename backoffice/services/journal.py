"""The history of a case: append-only, each line's digest covering the line before."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.policy import Actor
from backoffice.models.cases import Case, CaseEvent
from backoffice.queries import cases as queries
from backoffice.queries import rows
from backoffice.queries.access_log import FORGOTTEN
from backoffice.services import moment


class Event(StrEnum):
    """What can happen to a case."""

    OPENED = "opened"
    MESSAGE_RECEIVED = "message_received"
    LETTER_REGISTERED = "letter_registered"
    ROUTED = "routed"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    ABSENCE = "absence"
    HANDOVER_READ = "handover_read"
    NOTED = "noted"
    REPLIED = "replied"
    REPLY_TAKEN_BACK = "reply_taken_back"
    MOVED = "moved"
    CITIZEN_REMINDED = "citizen_reminded"
    CLOSED = "closed"
    REOPENED = "reopened"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    RESTORED = "restored"
    CONTINUED = "continued"
    LINKED = "linked"
    UNLINKED = "unlinked"
    CHECKED = "checked"
    UNCHECKED = "unchecked"
    DOCUMENT_ASKED = "document_asked"
    DOCUMENT_RENDERED = "document_rendered"
    DOCUMENT_POSTED = "document_posted"
    POSTING_TAKEN_BACK = "posting_taken_back"
    DOCUMENT_SENT_AGAIN = "document_sent_again"
    DOCUMENT_OPENED = "document_opened"
    MAIL_SENT = "mail_sent"
    MAIL_FAILED = "mail_failed"
    MAIL_BOUNCED = "mail_bounced"
    MAIL_SORTED = "mail_sorted"
    AUTO_REPLIED = "auto_replied"
    SMS_SENT = "sms_sent"
    SMS_FAILED = "sms_failed"
    LANGUAGE_CHOSEN = "language_chosen"
    CONTACT_CORRECTED = "contact_corrected"
    ACKNOWLEDGED = "acknowledged"
    PIECES_ASKED = "pieces_asked"
    PIECES_RECEIVED = "pieces_received"
    TRANSMITTED = "transmitted"
    TRANSMISSION_RECEIVED = "transmission_received"
    TRANSMISSION_ENDED = "transmission_ended"
    EXTENDED = "extended"
    FIRST_RECEIVED = "first_received"
    DECIDED = "decided"
    NOTIFIED = "notified"
    IMPLICIT_DECISION = "implicit_decision"
    WITHDRAWN = "withdrawn"
    RESUMED = "resumed"
    APPEALED = "appealed"
    APPEAL_REJECTED = "appeal_rejected"
    REASONS_ASKED = "reasons_asked"
    REASONS_GIVEN = "reasons_given"
    RESIDENCE_NOTED = "residence_noted"
    CORRECTED = "corrected"
    CERTIFICATE_ASKED = "certificate_asked"
    ANSWER_JUDGED = "answer_judged"
    READ_RESTRICTED = "read_restricted"
    READ_IN_EMERGENCY = "read_in_emergency"
    MANDATE_SEEN = "mandate_seen"
    REPRESENTATION_NOTED = "representation_noted"
    ANSWERS_NOTED = "answers_noted"
    SHEET_JOINED = "sheet_joined"
    SHEET_PARTED = "sheet_parted"
    EVIDENCE_ASKED = "evidence_asked"
    EVIDENCE_MADE = "evidence_made"
    ARCHIVES_ASKED = "archives_asked"
    ARCHIVES_MADE = "archives_made"
    ARCHIVES_ABANDONED = "archives_abandoned"
    TASK_ASKED = "task_asked"
    TASK_STARTED = "task_started"
    TASK_ANSWERED = "task_answered"
    TASK_DECLINED = "task_declined"
    TASK_CANCELLED = "task_cancelled"
    TASK_LINK_SENT = "task_link_sent"
    TASK_LINK_CLOSED = "task_link_closed"
    FILE_INFECTED = "file_infected"
    FILE_CLEARED = "file_cleared"
    FILE_ERASED = "file_erased"
    ANONYMISED = "anonymised"


READINGS = frozenset({Event.READ_RESTRICTED, Event.READ_IN_EMERGENCY})
"""Lines that say that somebody looked, and changed nothing."""

EVENT_LABELS: dict[Event, str] = {
    Event.OPENED: "Demande reçue",
    Event.MESSAGE_RECEIVED: "Message reçu",
    Event.LETTER_REGISTERED: "Courrier enregistré",
    Event.ROUTED: "Orientée",
    Event.TAKEN: "Prise en charge",
    Event.ASSIGNED: "Attribuée",
    Event.TRANSFERRED: "Transférée à un autre service",
    Event.ABSENCE: "Absence de l’agent",
    Event.HANDOVER_READ: "Consigne lue",
    Event.NOTED: "Note interne",
    Event.REPLIED: "Réponse envoyée",
    Event.REPLY_TAKEN_BACK: "Envoi de la réponse annulé par son auteur",
    Event.MOVED: "Changement d’état",
    Event.CITIZEN_REMINDED: "Usager relancé",
    Event.CLOSED: "Terminée",
    Event.REOPENED: "Rouverte",
    Event.TAGGED: "Étiquette posée",
    Event.UNTAGGED: "Étiquette retirée",
    Event.RESTORED: "Action groupée annulée",
    Event.CONTINUED: "Suite reçue trop tard pour rouvrir",
    Event.LINKED: "Lien posé",
    Event.UNLINKED: "Lien défait",
    Event.CHECKED: "Point vérifié",
    Event.UNCHECKED: "Point à vérifier de nouveau",
    Event.DOCUMENT_ASKED: "Document demandé",
    Event.DOCUMENT_RENDERED: "Document produit",
    Event.DOCUMENT_POSTED: "Courrier remis ou posté",
    Event.POSTING_TAKEN_BACK: "Envoi postal annulé",
    Event.DOCUMENT_SENT_AGAIN: "Courrier envoyé de nouveau",
    Event.DOCUMENT_OPENED: "Décision ouverte sur la page de suivi",
    Event.MAIL_SENT: "Courriel envoyé",
    Event.MAIL_FAILED: "Courriel non envoyé",
    Event.MAIL_BOUNCED: "Courriel non remis",
    Event.SMS_SENT: "SMS envoyé",
    Event.SMS_FAILED: "SMS non envoyé",
    Event.MAIL_SORTED: "Courriel trié par un agent",
    Event.AUTO_REPLIED: "Réponse automatique reçue",
    Event.LANGUAGE_CHOSEN: "Langue des courriers choisie",
    Event.CONTACT_CORRECTED: "Coordonnées de l’usager corrigées",
    Event.ACKNOWLEDGED: "Accusé de réception remis ou posté",
    Event.PIECES_ASKED: "Pièces demandées",
    Event.PIECES_RECEIVED: "Pièces reçues",
    Event.TRANSMITTED: "Transmise à l’administration compétente",
    Event.TRANSMISSION_RECEIVED: "Reçue par l’administration compétente",
    Event.TRANSMISSION_ENDED: "Reprise après sa transmission",
    Event.EXTENDED: "Délai de réponse prolongé",
    Event.FIRST_RECEIVED: "Reçue d’abord par une autre administration",
    Event.DECIDED: "Décision signée",
    Event.NOTIFIED: "Décision notifiée",
    Event.IMPLICIT_DECISION: "Décision implicite",
    Event.WITHDRAWN: "Retirée par l’usager",
    Event.RESUMED: "Demande reprise après son retrait",
    Event.APPEALED: "Recours reçu",
    Event.APPEAL_REJECTED: "Recours rejeté",
    Event.REASONS_ASKED: "Motifs demandés",
    Event.REASONS_GIVEN: "Motifs communiqués",
    Event.RESIDENCE_NOTED: "Résidence de l’usager notée",
    Event.CORRECTED: "Fait corrigé",
    Event.CERTIFICATE_ASKED: "Attestation demandée par l’usager",
    Event.ANSWER_JUDGED: "Appréciation de la réponse par l’usager",
    Event.READ_RESTRICTED: "Consultation d’un dossier sensible",
    Event.READ_IN_EMERGENCY: "Consultation par l’administration, en accès d’urgence",
    Event.MANDATE_SEEN: "Justificatif vu par un agent",
    Event.REPRESENTATION_NOTED: "Pour qui : noté par un agent",
    Event.ANSWERS_NOTED: "Réponses notées par un agent",
    Event.SHEET_JOINED: "Rattachée à une autre fiche de l’usager",
    Event.SHEET_PARTED: "Rattachement annulé",
    Event.EVIDENCE_ASKED: "Dossier de preuve demandé",
    Event.EVIDENCE_MADE: "Dossier de preuve produit",
    Event.ARCHIVES_ASKED: "Versement aux archives demandé",
    Event.ARCHIVES_MADE: "Versement aux archives préparé",
    Event.ARCHIVES_ABANDONED: "Versement aux archives abandonné",
    Event.TASK_ASKED: "Question posée",
    Event.TASK_STARTED: "Question prise en charge",
    Event.TASK_ANSWERED: "Réponse à une question",
    Event.TASK_DECLINED: "Question déclinée",
    Event.TASK_CANCELLED: "Question annulée",
    Event.TASK_LINK_SENT: "Lien de réponse envoyé de nouveau",
    Event.TASK_LINK_CLOSED: "Lien de réponse fermé",
    Event.FILE_INFECTED: "Fichier écarté : virus trouvé",
    Event.FILE_CLEARED: "Fichier rendu : une nouvelle analyse n’a rien trouvé",
    Event.FILE_ERASED: "Fichier infecté effacé",
    Event.ANONYMISED: "Identité effacée",
}


ANONYMOUS = "Usager"
CODES = frozenset({*Status, *Outcome})
WITHOUT_WORDS = "anonymised"
"""In the data of a line: its words were taken out."""

Line = tuple[Actor, Event, dict[str, Any]]
"""Who did what, and with what data."""

# What the digest of a line covers, in this order for ever.
COVERED = ("number", "kind", "at", "actor_kind", "actor_id", "actor_name", "data", "previous_digest")


def record(session: Session, actor: Actor, case: Case, kind: Event, **data: Any) -> None:
    """Add the next line; the caller holds the case (just written, or locked): two lines never take one number."""
    record_each(session, case, [(actor, kind, data)])


def record_each(session: Session, case: Case, lines: Iterable[Line]) -> None:
    """Add the next lines, in order; they are written together."""
    written = _chained(case.history_length, case.history_digest, lines)
    if written:
        head = {"history_length": written[-1]["number"], "history_digest": written[-1]["digest"]}
        rows.update_object(session, case, **head)
    _write(session, case, written)


def open_with(case: Case, lines: Iterable[Line]) -> Callable[[Session], None]:
    """Give a case that is not written yet the head of its first lines; what writes them is called once it is."""
    written = _chained(0, "", lines)
    case.history_length, case.history_digest = written[-1]["number"], written[-1]["digest"]
    return lambda session: _write(session, case, written)


def _chained(length: int, digest: str, lines: Iterable[Line]) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for number, (actor, kind, data) in enumerate(lines, length + 1):
        line = {
            "number": number,
            "kind": kind.value,
            "at": moment.now(),
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "actor_name": actor.name,
            "data": data,
            "previous_digest": digest,
        }
        digest = digest_of(line)
        written.append(line | {"digest": digest})
    return written


def _write(session: Session, case: Case, written: list[dict[str, Any]]) -> None:
    own = {"authority_id": case.authority_id, "case_id": case.id}
    rows.insert_rows(session, CaseEvent, [line | own for line in written])


def anonymise(session: Session, actor: Actor, case: Case, reason: str) -> None:
    """Write the chain again with what happened and when, without a word of anybody's, and say so in a last line.

    Agents keep their names, for what they did; the last line bears the head of the chain that was there before. The
    caller holds the case.
    """
    former, digest = case.history_digest, ""
    for event in queries.list_events(session, case.id):
        if event.actor_kind not in {"staff", "system", FORGOTTEN}:
            event.actor_name, event.actor_id = ANONYMOUS, None
        figures = {name: value for name, value in event.data.items() if isinstance(value, int) or value in CODES}
        event.data, event.previous_digest = {WITHOUT_WORDS: True, **figures}, digest
        if event.actor_kind != FORGOTTEN:
            event.digest = digest_of({name: getattr(event, name) for name in COVERED})
        digest = event.digest
    case.history_digest = digest
    session.flush()
    record(session, actor, case, Event.ANONYMISED, former_head=former, reason=reason)


def verify(session: Session, case: Case) -> bool:
    """Compute the whole chain again: False when a line was altered, removed or added outside the house."""
    previous, number = "", 0
    for event in queries.list_events(session, case.id):
        number += 1
        # A reading whose time is over names nobody (services.access_log): it keeps its digest and its place.
        forgotten = event.kind in READINGS and event.actor_kind == FORGOTTEN
        digest = event.digest if forgotten else digest_of({name: getattr(event, name) for name in COVERED})
        if event.number != number or event.previous_digest != previous or event.digest != digest:
            return False
        previous = event.digest
    return (case.history_length, case.history_digest) == (number, previous)


def digest_of(line: Mapping[str, Any]) -> str:
    """What seals a line, which holds at least what is COVERED; its instant is aware."""
    at = line["at"].astimezone(UTC).isoformat(timespec="microseconds")
    covered = [at if name == "at" else line[name] for name in COVERED]
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
