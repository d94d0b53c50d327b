"""What each line of history says besides its title, on screen and in evidence bundles."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from backoffice.domain import arrived_letters, case_links, kiosks, late_entry
from backoffice.domain.case_links import LinkKind
from backoffice.domain.facts import APPEAL_LABELS, RESIDENCE_LABELS, AppealKind, Residence
from backoffice.domain.french import long_date
from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, OUTCOME_LABELS, Outcome, Status
from backoffice.domain.sub_states import SEPARATOR
from backoffice.models.cases import CaseEvent
from backoffice.services.documents import TITLES
from backoffice.services.journal import WITHOUT_WORDS, Event


def detail(event: CaseEvent) -> str:
    """The rest of a line, in French; empty when its title says it all."""
    if WITHOUT_WORDS in event.data:
        return ""
    describe = _DETAILS.get(Event(event.kind))
    return describe(event.data) if describe else ""


def _channel(data: Mapping[str, Any]) -> str:
    code = data.get("channel", "")
    door = CHANNEL_LABELS[ChannelCode(code)] if code in set(ChannelCode) else ""
    if place := data.get(kiosks.FACT):
        door = f"{door}, à la borne « {place} »"
    said = f"{door}, pour {data['represented']}" if data.get("represented") else door
    if late_entry.FACT not in data:
        return said
    at = datetime.fromisoformat(data["received_at"])
    return f"{said}, reçue le {long_date(at.date())} à {at:%H:%M}, saisie plus tard : {data[late_entry.FACT]}"


def _letter(data: Mapping[str, Any]) -> str:
    return f"{data['chrono']}, {arrived_letters.describe(data)}, arrivé le {_day(data, 'received_on')}"


def _transfer(data: Mapping[str, Any]) -> str:
    return f"Au service {data['name']} : {data['reason']}"


def _assignment(data: Mapping[str, Any]) -> str:
    said = f"À {data['name']}" if data.get("name") else "Rendue au service"
    return f"{said} : {data['reason']}" if data.get("reason") else said


def _absence(data: Mapping[str, Any]) -> str:
    to = f"confiée à {data['to']}" if data.get("to") else "rendue au service"
    first, last = _day(data, "from_on"), _day(data, "until_on")
    days = f"le {first}" if first == last else f"du {first} au {last}"
    said = f"Absence de {data['name']} {days} : {to}"
    return f"{said} – {data['reason']}" if data.get("reason") else said


def _move(data: Mapping[str, Any]) -> str:
    source, to = (_state(data, end) for end in ("source", "to"))
    return f"De « {source} » à « {to} »"


def _reminder(data: Mapping[str, Any]) -> str:
    return f"Classement sans suite annoncé s’il ne répond pas au {_day(data, 'closes_on')}" if data["closes_on"] else ""


def _state(data: Mapping[str, Any], end: str) -> str:
    under = data.get(f"{end}_label")
    return DESK_STATUS_LABELS[Status(data[end])] + (f"{SEPARATOR}{under}" if under else "")


def _document(data: Mapping[str, Any]) -> str:
    return TITLES.get(data.get("template", ""), "")


def _routing(data: Mapping[str, Any]) -> str:
    if "name" not in data:
        return str(data.get("reason", ""))
    source = data.get("source")
    return f"Démarche changée : « {source} » devient « {data['name']} »" if source else f"Démarche : {data['name']}"


def _returned(data: Mapping[str, Any]) -> str:
    """What did not arrive, to whom, and why; a line written before letters were named says what it knows."""
    letters = ", ".join(TITLES[template] for template in data.get("templates", ()) if template in TITLES)
    to = f"à {data['recipient']}" if data.get("recipient") else ""
    return " : ".join(part for part in (f"{letters} {to}".strip(), str(data.get("reason", ""))) if part)


def _sent_again(data: Mapping[str, Any]) -> str:
    return f"{_document(data)}, à {data['recipient']}"


def _day(data: Mapping[str, Any], name: str = "on") -> str:
    return long_date(date.fromisoformat(data[name])) if data.get(name) else ""


def _on(data: Mapping[str, Any]) -> str:
    return f"Le {_day(data)}" if data.get("on") else ""


def _posted(data: Mapping[str, Any]) -> str:
    return f"{_document(data)}, le {_day(data)}"


def _pieces_asked(data: Mapping[str, Any]) -> str:
    labels, limit = ", ".join(data.get("labels", ())), _day(data, "limit_on")
    return f"{labels}{' – ' if labels else ''}à envoyer au plus tard le {limit}"


def _pieces_received(data: Mapping[str, Any]) -> str:
    return f"{', '.join(data.get('labels') or data['codes'])}, le {_day(data)}"


def _decided(data: Mapping[str, Any]) -> str:
    said = OUTCOME_LABELS[Outcome(data["outcome"])]
    return f"{said}, par {data['signatory']}" if data.get("signatory") else said


def _implicit(data: Mapping[str, Any]) -> str:
    return f"{OUTCOME_LABELS[Outcome(data['outcome'])]}, le {_day(data)}"


def _appealed(data: Mapping[str, Any]) -> str:
    return f"{APPEAL_LABELS[AppealKind(data['appeal'])]}, reçu le {_day(data)}"


def _corrected(data: Mapping[str, Any]) -> str:
    said = f"le {_day(data)} au lieu du {_day(data, 'was')}" if data.get("on") else f"du {_day(data, 'was')}, annulée"
    return f"{data['label']} : {said} – {data['reason']}"


def _joined(data: Mapping[str, Any]) -> str:
    proofs = {
        "case_code": "référence et code de suivi",
        "contact_code": "code reçu par courriel ou SMS",
        "sign_in": "connexion aux deux comptes",
        "agent": "constat d’un agent",
    }
    said = f"Preuve : {proofs[data['proof']]}"
    return f"{said} – {data['reason']}" if data.get("reason") else said


def _spoken_for(data: Mapping[str, Any]) -> str:
    now = f"Pour {data['name']}" if data["name"] else "Pour la personne elle-même"
    return f"{now} (avant : {data['before']})" if data["before"] and data["before"] != data["name"] else now


def _judged(data: Mapping[str, Any]) -> str:
    if data["helped"]:
        return "Elle a aidé"
    return "Elle n’a pas aidé : le dossier est rouvert" if data["reopened"] else "Elle n’a pas aidé"


def _linked(data: Mapping[str, Any]) -> str:
    said = case_links.label(LinkKind(data["link"]), is_first=data["is_first"])
    return f"{said} {data['reference']}" if data["reference"] else f"{said} d’accès restreint"


def _infected(data: Mapping[str, Any]) -> str:
    return f"{data['name']} ({data['virus']})"


def _question(data: Mapping[str, Any]) -> str:
    said = f"{data['name']} : {data['title']}"
    return f"{said} – {data['reason']}" if data.get("reason") else said


_DETAILS: dict[Event, Callable[[Mapping[str, Any]], str]] = {
    Event.OPENED: _channel,
    Event.MESSAGE_RECEIVED: _channel,
    Event.LETTER_REGISTERED: _letter,
    Event.ROUTED: _routing,
    Event.TRANSFERRED: _transfer,
    Event.ASSIGNED: _assignment,
    Event.ABSENCE: _absence,
    Event.MOVED: _move,
    Event.CITIZEN_REMINDED: _reminder,
    Event.CLOSED: lambda data: OUTCOME_LABELS[Outcome(data["outcome"])],
    Event.TAGGED: lambda data: ", ".join(data["names"]),
    Event.UNTAGGED: lambda data: ", ".join(data["names"]),
    Event.RESTORED: lambda data: str(data["label"]),
    Event.CONTINUED: lambda data: f"Nouveau dossier {data['reference']}",
    Event.LINKED: _linked,
    Event.UNLINKED: _linked,
    Event.CHECKED: lambda data: ", ".join(data["labels"]),
    Event.UNCHECKED: lambda data: ", ".join(data["labels"]),
    Event.DOCUMENT_ASKED: _document,
    Event.DOCUMENT_RENDERED: _document,
    Event.DOCUMENT_POSTED: _posted,
    Event.POSTING_TAKEN_BACK: _posted,
    Event.DOCUMENT_SENT_AGAIN: _sent_again,
    Event.DOCUMENT_OPENED: _posted,
    Event.MAIL_SENT: lambda data: str(data.get("subject", "")),
    Event.MAIL_FAILED: _returned,
    Event.MAIL_BOUNCED: _returned,
    Event.AUTO_REPLIED: lambda data: f"{data['subject']} ({data['sender']})",
    Event.LANGUAGE_CHOSEN: lambda data: str(data["name"]),
    Event.CONTACT_CORRECTED: lambda data: str(data["fields"]),
    Event.ACKNOWLEDGED: _on,
    Event.PIECES_ASKED: _pieces_asked,
    Event.PIECES_RECEIVED: _pieces_received,
    Event.TRANSMITTED: lambda data: str(data["name"]),
    Event.TRANSMISSION_RECEIVED: _on,
    Event.TRANSMISSION_ENDED: lambda data: f"{data['name']} ne l’a plus",
    Event.EXTENDED: _on,
    Event.FIRST_RECEIVED: lambda data: f"{data['name']}, le {_day(data)}",
    Event.DECIDED: _decided,
    Event.NOTIFIED: _on,
    Event.IMPLICIT_DECISION: _implicit,
    Event.WITHDRAWN: _on,
    Event.RESUMED: _on,
    Event.APPEALED: _appealed,
    Event.APPEAL_REJECTED: _on,
    Event.REASONS_ASKED: _on,
    Event.REASONS_GIVEN: _on,
    Event.RESIDENCE_NOTED: lambda data: RESIDENCE_LABELS[Residence(data["residence"])],
    Event.CORRECTED: _corrected,
    Event.ANSWER_JUDGED: _judged,
    Event.ARCHIVES_ABANDONED: lambda data: str(data["reason"]),
    Event.SMS_FAILED: lambda data: str(data["reason"]),
    Event.MANDATE_SEEN: lambda data: f"Pour {data['name']}",
    Event.REPRESENTATION_NOTED: _spoken_for,
    Event.ANSWERS_NOTED: lambda data: " – ".join(filter(None, (", ".join(data["questions"]), data["source"].lower()))),
    Event.READ_RESTRICTED: lambda data: "Vu sur la fiche de l’usager" if "citizen_id" in data else "",
    Event.READ_IN_EMERGENCY: lambda data: "Vu sur la fiche de l’usager" if "citizen_id" in data else "",
    Event.SHEET_JOINED: _joined,
    Event.SHEET_PARTED: lambda data: str(data["reason"]),
    Event.TASK_ASKED: _question,
    Event.TASK_STARTED: _question,
    Event.TASK_ANSWERED: _question,
    Event.TASK_DECLINED: _question,
    Event.TASK_CANCELLED: _question,
    Event.TASK_LINK_SENT: _question,
    Event.TASK_LINK_CLOSED: _question,
    Event.FILE_INFECTED: _infected,
    Event.FILE_CLEARED: lambda data: str(data["name"]),
    Event.FILE_ERASED: _infected,
    Event.ANONYMISED: lambda data: str(data["reason"]),
}
