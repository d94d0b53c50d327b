"""« Mes brouillons » among the tabs of the queue: what the agent began at the desk or on a case, and has not sent."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.queries import case_drafts, queue_waiting
from backoffice.queries import queue as queries
from backoffice.web import queue
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("queue_drafts", __name__)

KINDS = {"reply": "Réponse à l’usager", "note": "Note interne", "answer": "Réponse qui termine le dossier"}


@dataclass(frozen=True, slots=True)
class CaseText:
    """A text that is being written on a case."""

    title: str
    kind: str
    saved_at: datetime
    shared: bool
    url: str


@pages.get("/agents/dossiers/brouillons")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def show() -> ResponseReturnValue:
    """The drafts, under the tabs of the queue."""
    with runtime().database.reading() as session:
        counts = queries.count_views(session, actor(), today_here())
        waiting = queue_waiting.count_waiting(session, actor(), datetime.now(UTC))
        texts = [
            CaseText(
                f"{case.reference} · {case.subject}",
                KINDS[draft.kind],
                draft.saved_at,
                draft.shared,
                url_for("case_page.show", reference=case.reference, _anchor=f"f-{draft.kind}"),
            )
            for draft, case in case_drafts.list_written_by(session, actor(), datetime.now(UTC))
        ]
    return render_template("desk/queue_drafts.html", tabs=queue.list_tabs(counts, waiting), texts=texts)
