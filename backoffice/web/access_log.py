"""The log of readings of sensitive cases, for who protects personal data: by case, person, agent and period."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.queries import access_log as queries
from backoffice.queries import people
from backoffice.queries.access_log import Wanted
from backoffice.services import access_log
from backoffice.services.journal import EVENT_LABELS, Event
from backoffice.web import current
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("access_log", __name__, url_prefix="/agents/consultations")

SHOWN, LOOKS = 50, 10
NAMES = ("dossier", "usager", "agent", "du", "au")
LONGEST = 255


@pages.get("/")
@audience(Audience.STAFF, Permission.ACCESS_LOG_READ)
def show() -> ResponseReturnValue:
    """A page of the log; to look is logged too."""
    return _page({})


@pages.post("/duree")
@audience(Audience.STAFF, Permission.ACCESS_LOG_READ)
def keep_for() -> ResponseReturnValue:
    """How many months the log is kept."""
    try:
        with runtime().database.transaction() as session:
            months = access_log.keep_for(session, actor(), request.form.get("months", ""))
    except Invalid as fault:
        return _page(fault.faults), 422
    current.forget_authority()
    flash(f"Le journal est gardé {months} mois.", "success")
    return redirect(url_for("access_log.show"), 303)


def _page(errors: dict[str, str]) -> str:
    asked = {name: request.args.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in NAMES}
    before = row_ids.read(request.args.get("avant", ""))
    wanted = Wanted(
        asked["dossier"], asked["usager"], row_ids.read(asked["agent"]) or 0, _at(asked["du"]), _at(asked["au"], 1)
    )
    with runtime().database.transaction() as session:
        found = access_log.look(session, actor(), wanted, asked, limit=SHOWN + 1, before=before)
        authority = session.get_one(Authority, actor().authority_id)
        staff = people.list_staff(session, authority.id)
        looks = queries.list_looks(session, authority.id, LOOKS)
        months = access_log.months_kept(authority)
    kept: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return render_template(
        "retention/access_log.html",
        readings=[
            (event, case, EVENT_LABELS[Event(event.kind)], access_log.what_was_read(event))
            for event, case in found[:SHOWN]
        ],
        looks=[(one, _in_words(one.asked, {str(agent.id): agent.name for agent in staff})) for one in looks],
        staff=[(str(agent.id), agent.name) for agent in staff],
        asked=asked,
        months=request.form.get("months", months),
        errors=errors,
        first_url=url_for("access_log.show", **kept) if before is not None else None,
        next_url=url_for("access_log.show", **kept, avant=found[SHOWN - 1][0].id) if len(found) > SHOWN else None,
    )


def _in_words(asked: dict[str, str], names: dict[str, str]) -> str:
    said = {**asked, "agent": names.get(asked.get("agent", ""), "")}
    return ", ".join(f"{name} : {value}" for name, value in said.items() if value) or "tout le journal"


def _at(typed: str, more: int = 0) -> datetime | None:
    """Midnight of a day where the authority is, so many days later; None for what is no day."""
    try:
        day = date.fromisoformat(typed) + timedelta(days=more)
    except (ValueError, OverflowError):
        return None
    try:
        return datetime.combine(day, time(), current.authority().timezone).astimezone(UTC)
    except OverflowError:
        return None
