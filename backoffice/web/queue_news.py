"""What changed in the list that is on the screen: asked for by the page itself, which moves nothing under the hand."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.french import plural
from backoffice.domain.policy import Permission
from backoffice.web import queue
from backoffice.web.access import Audience, audience, unattended
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("queue_news", __name__)

NOTHING_NEW = 204
LONGEST_SEEN = 2_000


@pages.get("/agents/dossiers/nouveautes")
@unattended
@audience(Audience.STAFF, Permission.CASE_READ)
def show() -> ResponseReturnValue:
    """How many rows of the page came or changed since it was read; 204 when none did, or when that was said."""
    seen = request.args.get("vu", "")[:LONGEST_SEEN]
    with runtime().database.reading() as session:
        page = queue.read_asked_page(session, actor(), queue.read_filters(), today_here())
    now = queue.write_seen(page)
    before, after = (set(filter(None, text.split("-"))) for text in (seen, now))
    changed = max(len(after - before), len(before - after))
    if not changed or now == request.args.get("dit"):
        return Response(status=NOTHING_NEW)
    kept: dict[str, Any] = {name: request.args.getlist(name) for name in request.args if name not in {"vu", "dit"}}
    return render_template(
        "desk/_queue_news.html",
        said=plural(changed, "dossier nouveau ou changé", "dossiers nouveaux ou changés"),
        url=url_for("queue.show", **kept),
        seen=seen,
        now=now,
    )
