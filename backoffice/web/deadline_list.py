"""« Ce qui devient une décision cette semaine », acknowledgements that are late, and what agents must know in time."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor, Permission
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.queries import legal as queries
from backoffice.queries import staff_notices
from backoffice.services import moment
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("deadline_list", __name__, url_prefix="/agents/echeances")

WINDOWS = (7, 15, 30)
EVERYWHERE = "tous"
SHOWN_HERE = (NoticeEvent.DEADLINE, NoticeEvent.RETURNED, NoticeEvent.ANSWERED)


@pages.get("/")
@audience(Audience.STAFF, Permission.CASE_READ)
def show() -> ResponseReturnValue:
    """Open cases whose silence takes effect soon, the nearest first; answers due, late acknowledgements, my notices."""
    asked = request.args.get("jours", "")
    days = next((days for days in WINDOWS if str(days) == asked), WINDOWS[0])
    mine = actor().department_ids
    everywhere = not mine or request.args.get("services") == EVERYWHERE
    until = today_here() + timedelta(days=days)
    departments = frozenset[int]() if everywhere else mine
    with runtime().database.reading() as session:
        found = queries.list_ripening_for(session, actor(), until, departments)
        due = queries.list_due_answers_for(session, actor(), until, departments)
        late = queries.list_late_acknowledgements(session, actor(), today_here(), departments)
        notices = _notices(session)
    return render_template(
        "desk/deadlines.html",
        found=found,
        due=due,
        late=late,
        days=days,
        windows=WINDOWS,
        until=until,
        notices=notices,
        everywhere=everywhere,
        may_narrow=bool(mine),
        most=queries.MOST_SHOWN,
    )


@pages.post("/notifications/lues")
@audience(Audience.STAFF, Permission.CASE_READ)
def read_notices() -> ResponseReturnValue:
    """I have read all of these."""
    with runtime().database.transaction() as session:
        for shown in _notices(session):
            shown.notice.read_at = moment.now()
    return redirect(url_for("deadline_list.show"), 303)


def _notices(session: Session) -> list[staff_notices.Shown]:
    return staff_notices.list_mine(session, actor(), unread=True, events=SHOWN_HERE)


def presses(held: Actor) -> bool:
    """Whether something becomes a decision or is due this week where they decide: it is their first page then."""
    departments = {one for one in held.departments_with(Permission.CASE_DECIDE) if one is not None}
    if not departments:
        return False
    until = today_here() + timedelta(days=WINDOWS[0])
    with runtime().database.reading() as session:
        ripe = queries.list_ripening_for(session, held, until, departments)
        return bool(ripe or queries.list_due_answers_for(session, held, until, departments))
