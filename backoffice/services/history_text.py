"""What each line of history says besides its title, on screen and in evidence bundles."""

from collections.abc import Callable, Mapping
from typing import Any

from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, OUTCOME_LABELS, Outcome, Status
from backoffice.models.cases import CaseEvent
from backoffice.services.documents import TITLES
from backoffice.services.journal import Event


def detail(event: CaseEvent) -> str:
    """The rest of a line, in French; empty when its title says it all."""
    describe = _DETAILS.get(Event(event.kind))
    return describe(event.data) if describe else ""


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


def _infected(data: Mapping[str, Any]) -> str:
    return f"{data['name']} ({data['virus']})"


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
    Event.FILE_INFECTED: _infected,
    Event.FILE_ERASED: _infected,
}
