"""The list that a case was opened from: where it was in it, and which cases come before and after."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.domain.policy import Actor
from backoffice.models.cases import Case, Message
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases
from backoffice.queries import queue as queries
from backoffice.queries.queue import Place
from backoffice.queries.queue_filters import View
from backoffice.services import taking_back
from backoffice.services.taking_back import Departure
from backoffice.web import departures, queue
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

LONGEST, MOST_FIELDS = 2_000, 300
WHOLE = "vue="
"""The list without any filter."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Addresses around a case of a list; empty at either end."""

    back: str
    previous: str
    next: str


def read() -> str:
    """The end of the address of the list, empty when the case was not opened from one.

    Links and forms of the page of a case carry it; from the queue itself, the browser says where its reader was.
    """
    asked = request.args.get("liste")
    if asked is None:
        _, host, path, fields, _ = urlsplit(request.referrer or "")
        if (host, path) != (request.host, url_for("queue.show")):
            return ""
        asked = fields or WHOLE
    return asked[:LONGEST]


def find(session: Session, viewer: Actor, case: Case, asked: str) -> Neighbours | None:
    """Who comes before and after a case in a list, whether the case itself is still in it or not."""
    if not asked:
        return None
    filters = queue.read_filters(MultiDict(parse_qsl(asked[:LONGEST])[:MOST_FIELDS]))
    day = case.closed_on if filters.view is View.CLOSED else case.due_on
    if day is None:
        return None
    place, today = Place(day, case.id), today_here()
    before = queries.read_page(session, viewer, filters, today, before=place).rows[-1:]
    after = queries.read_page(session, viewer, filters, today, after=place).rows[:1]

    def address(rows: tuple[queries.Row, ...]) -> str:
        return url_for("case_page.show", reference=rows[0].reference, liste=asked) if rows else ""

    return Neighbours(f"{url_for('queue.show')}?{asked}", address(before), address(after))


def onward(reference: str) -> str:
    """The next case of the list, where this answer can still be taken back; the list itself after the last one."""
    with runtime().database.reading() as session:
        around = find(session, actor(), cases.get_case(session, actor(), reference), read())
    if around is None:
        return ""
    return f"{around.next}&{departures.ANSWERED}={reference}" if around.next else around.back


def departure(
    session: Session, case: Case, mails: list[OutgoingMail], messages: list[Message]
) -> tuple[Case, Departure | None]:
    """The case that the viewer has just answered, this one or the one before it, and the answer while it waits."""
    before, waiting = departures.find_answered(session)
    if before is not None:
        return before, waiting
    return case, taking_back.find_departure(actor(), case, mails, messages, datetime.now(UTC))
