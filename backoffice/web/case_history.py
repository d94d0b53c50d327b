"""The history of a case in words: what each line says besides its title."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, OUTCOME_LABELS, Outcome, Status
from backoffice.models.cases import CaseEvent
from backoffice.services.documents import TITLES
from backoffice.services.journal import EVENT_LABELS, Event

ICONS: dict[Event, str] = {
    Event.OPENED: "inbox",
    Event.MESSAGE_RECEIVED: "inbox",
    Event.ROUTED: "signpost",
    Event.TAKEN: "user",
    Event.ASSIGNED: "user",
    Event.TRANSFERRED: "transfer",
    Event.NOTED: "note",
    Event.REPLIED: "arrow-right",
    Event.MOVED: "review",
    Event.CLOSED: "archive",
    Event.REOPENED: "withdrawn",
    Event.DOCUMENT_ASKED: "document",
    Event.DOCUMENT_RENDERED: "document",
    Event.MAIL_SENT: "mail",
    Event.MAIL_FAILED: "danger",
    Event.MAIL_BOUNCED: "danger",
    Event.READ_RESTRICTED: "lock",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history as people read it."""

    title: str
    detail: str
    who: str
    at: datetime
    icon: str


def line(event: CaseEvent) -> Line:
    """One line in words."""
    kind = Event(event.kind)
    describe = _DETAILS.get(kind)
    detail = describe(event.data) if describe else ""
    who = "" if event.actor_kind == "system" else event.actor_name
    return Line(EVENT_LABELS[kind], detail, who, event.at, ICONS.get(kind, "dot"))


def _channel(data: Mapping[str, Any]) -> str:
    code = data.get("channel", "")
    return CHANNEL_LABELS[ChannelCode(code)] if code in set(ChannelCode) else ""


def _transfer(data: Mapping[str, Any]) -> str:
    return f"Au service {data['name']} : {data['reason']}"


def _assignment(data: Mapping[str, Any]) -> str:
    return f"À {data['name']}" if data.get("name") else "Rendue au service"


def _move(data: Mapping[str, Any]) -> str:
    return f"De « {DESK_STATUS_LABELS[Status(data['source'])]} » à « {DESK_STATUS_LABELS[Status(data['to'])]} »"


def _document(data: Mapping[str, Any]) -> str:
    return TITLES.get(data.get("template", ""), "")


_DETAILS: dict[Event, Callable[[Mapping[str, Any]], str]] = {
    Event.OPENED: _channel,
    Event.MESSAGE_RECEIVED: _channel,
    Event.ROUTED: lambda data: str(data.get("reason", "")),
    Event.TRANSFERRED: _transfer,
    Event.ASSIGNED: _assignment,
    Event.MOVED: _move,
    Event.CLOSED: lambda data: OUTCOME_LABELS[Outcome(data["outcome"])],
    Event.DOCUMENT_ASKED: _document,
    Event.MAIL_SENT: lambda data: str(data.get("subject", "")),
}
