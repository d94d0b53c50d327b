"""« Ce qui devient une décision cette semaine », and what the house wants its agents to know."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission, allows
from backoffice.models.authorities import Authority
from backoffice.queries import legal as queries
from backoffice.services import deadlines, moment
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("deadline_list", __name__, url_prefix="/agents/echeances")

WINDOWS = (7, 15, 30)


@pages.get("/")
@audience(Audience.STAFF, Permission.CASE_READ)
def show() -> ResponseReturnValue:
    """Open cases whose silence takes effect soon, the nearest first; and my unread notices."""
    asked = request.args.get("jours", "")
    days = next((days for days in WINDOWS if str(days) == asked), WINDOWS[0])
    with runtime().database.reading() as session:
        authority = session.get_one(Authority, actor().authority_id)
        ripening = deadlines.list_this_week(session, authority, days)
        found = [case for case in ripening if allows(actor(), Permission.CASE_READ, case)]
        notices = queries.list_unread_notices(session, actor())
    return render_template(
        "desk/deadlines.html",
        found=found,
        days=days,
        windows=WINDOWS,
        until=today_here() + timedelta(days=days),
        notices=notices,
    )


@pages.post("/avis/lus")
@audience(Audience.STAFF, Permission.CASE_READ)
def read_notices() -> ResponseReturnValue:
    """I have read all of these."""
    with runtime().database.transaction() as session:
        for notice in queries.list_unread_notices(session, actor()):
            notice.read_at = moment.now()
    return redirect(url_for("deadline_list.show"), 303)
