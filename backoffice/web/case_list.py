"""The list that a case was opened from: where it was in it, and which cases come before and after."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.queries import queue as queries
from backoffice.queries.queue import Place
from backoffice.queries.queue_filters import View
from backoffice.web import queue
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


def find(session: Session, actor: Actor, case: Case, asked: str) -> Neighbours | None:
    """Who comes before and after a case in a list, whether the case itself is still in it or not."""
    if not asked:
        return None
    filters = queue.read_filters(MultiDict(parse_qsl(asked[:LONGEST])[:MOST_FIELDS]))
    day = case.closed_on if filters.view is View.CLOSED else case.due_on
    if day is None:
        return None
    place, today = Place(day, case.id), today_here()
    before = queries.read_page(session, actor, filters, today, before=place).rows[-1:]
    after = queries.read_page(session, actor, filters, today, after=place).rows[:1]

    def address(rows: tuple[queries.Row, ...]) -> str:
        return url_for("case_page.show", reference=rows[0].reference, liste=asked) if rows else ""

    return Neighbours(f"{url_for('queue.show')}?{asked}", address(before), address(after))
