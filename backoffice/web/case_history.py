"""The history of a case as its page shows it."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice.models.cases import Case, CaseEvent, Message
from backoffice.queries import cases
from backoffice.services import handing_over, history_text
from backoffice.services.journal import EVENT_LABELS, Event

LINES_SHOWN = 50
"""Of a history, the newest; the others are asked for."""
WORDS_SHOWN = 400
"""Of a message that a colleague wrote meanwhile: enough to know whether one's own still fits."""
TOLD_ABOVE = frozenset(
    {*handing_over.TELLING, Event.DOCUMENT_OPENED, Event.TASK_ASKED, Event.MAIL_FAILED, Event.ANSWERS_NOTED}
)
"""What the page looks for in all of a history: hand-overs, opened decisions, questions, unsent letters, answers."""

ICONS: dict[Event, str] = {
    Event.OPENED: "inbox",
    Event.MESSAGE_RECEIVED: "inbox",
    Event.ROUTED: "signpost",
    Event.TAKEN: "user",
    Event.ASSIGNED: "user",
    Event.TRANSFERRED: "transfer",
    Event.ABSENCE: "calendar",
    Event.HANDOVER_READ: "check",
    Event.NOTED: "note",
    Event.REPLIED: "arrow-right",
    Event.MOVED: "review",
    Event.CITIZEN_REMINDED: "mail",
    Event.CLOSED: "archive",
    Event.REOPENED: "withdrawn",
    Event.TAGGED: "tag",
    Event.UNTAGGED: "tag",
    Event.RESTORED: "withdrawn",
    Event.CONTINUED: "arrow-right",
    Event.LINKED: "paperclip",
    Event.UNLINKED: "paperclip",
    Event.CHECKED: "check",
    Event.UNCHECKED: "withdrawn",
    Event.DOCUMENT_ASKED: "document",
    Event.DOCUMENT_RENDERED: "document",
    Event.DOCUMENT_POSTED: "document",
    Event.DOCUMENT_OPENED: "document",
    Event.DOCUMENT_SENT_AGAIN: "mail",
    Event.MAIL_SENT: "mail",
    Event.MAIL_FAILED: "danger",
    Event.MAIL_BOUNCED: "danger",
    Event.AUTO_REPLIED: "mail",
    Event.WITHDRAWN: "withdrawn",
    Event.CERTIFICATE_ASKED: "inbox",
    Event.SMS_SENT: "mail",
    Event.SMS_FAILED: "danger",
    Event.ANSWER_JUDGED: "inbox",
    Event.READ_RESTRICTED: "lock",
    Event.READ_IN_EMERGENCY: "lock",
    Event.MANDATE_SEEN: "user",
    Event.REPRESENTATION_NOTED: "user",
    Event.ANSWERS_NOTED: "review",
    Event.SHEET_JOINED: "user",
    Event.SHEET_PARTED: "user",
    Event.EVIDENCE_ASKED: "archive",
    Event.EVIDENCE_MADE: "archive",
    Event.TASK_ASKED: "users",
    Event.TASK_STARTED: "users",
    Event.TASK_ANSWERED: "users",
    Event.TASK_DECLINED: "users",
    Event.TASK_CANCELLED: "users",
    Event.TASK_LINK_SENT: "mail",
    Event.TASK_LINK_CLOSED: "lock",
    Event.FILE_INFECTED: "danger",
    Event.FILE_CLEARED: "success",
    Event.FILE_ERASED: "danger",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history as people read it."""

    title: str
    detail: str
    who: str
    at: datetime
    icon: str


@dataclass(frozen=True, slots=True)
class Change:
    """A line that was written meanwhile; `words` are the first of its message, which is at `place` of the page."""

    line: Line
    words: str = ""
    place: str = ""


def read(session: Session, case: Case, *, whole: bool) -> list[CaseEvent]:
    """The history of a case in order: all of it, or its last lines and, of those before, what the page looks for."""
    after = 0 if whole else case.history_length - LINES_SHOWN
    history = cases.list_events(session, case.id, after=after, kinds=TOLD_ABOVE)
    handed_over = handing_over.find_last(history)
    if handed_over is not None and handed_over.number < after:
        # Whether somebody acted on the case since then is told by lines of any kind.
        return cases.list_events(session, case.id, after=handed_over.number - 1, kinds=TOLD_ABOVE)
    return history


def line(event: CaseEvent) -> Line:
    """One line in words."""
    kind = Event(event.kind)
    who = "" if event.actor_kind == "system" else event.actor_name
    return Line(EVENT_LABELS[kind], history_text.detail(event), who, event.at, ICONS.get(kind, "dot"))


def changes(events: Iterable[CaseEvent], messages: Iterable[Message]) -> list[Change]:
    """What happened meanwhile, with what was written: whoever must choose again need not look for it."""
    written = {one.id: one for one in messages}
    received = {one.source_id: one for one in written.values() if one.source_id}
    return [_change(one, written.get(one.data.get("message_id", 0)) or received.get(_source(one))) for one in events]


def _source(event: CaseEvent) -> str:
    return str(event.data.get("source_id", "")) if event.kind == Event.MESSAGE_RECEIVED else ""


def _change(event: CaseEvent, message: Message | None) -> Change:
    if message is None:
        return Change(line(event))
    words = textwrap.shorten(message.body, WORDS_SHOWN, placeholder="\u00a0…")
    return Change(line(event), words, f"{'note' if message.direction == 'note' else 'echange'}-{message.id}")
