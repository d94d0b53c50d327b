"""« Mes brouillons » among the tabs of the queue: what the agent began at the desk and has not recorded."""

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.queries import queue as queries
from backoffice.queries import queue_waiting
from backoffice.web import queue
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("queue_drafts", __name__)


@pages.get("/agents/dossiers/brouillons")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def show() -> ResponseReturnValue:
    """The drafts, under the tabs of the queue."""
    with runtime().database.reading() as session:
        counts = queries.count_views(session, actor(), today_here())
        waiting = queue_waiting.count_waiting(session, actor(), datetime.now(UTC))
    return render_template("desk/queue_drafts.html", tabs=queue.list_tabs(counts, waiting))
