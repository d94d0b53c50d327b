"""The people to call back: for me, for my departments, late, done; promised, put off, done."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import identity, policy, row_ids
from backoffice.domain.calls import window_in_words
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.calls import CallBack
from backoffice.queries import call_backs as queries
from backoffice.queries import calls as call_queries
from backoffice.queries import cases, catalogue, people
from backoffice.queries.call_backs import Filters, View
from backoffice.services import call_backs
from backoffice.services import calls as call_services
from backoffice.services.call_backs import About
from backoffice.web import page_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here

pages = Blueprint("call_backs", __name__, url_prefix="/agents/rappels")

PAGE_SIZE = 50
VIEWS = {
    View.MINE: "Pour moi et mes services",
    View.NOW: "À faire maintenant",
    View.LATE: "En retard",
    View.OPEN: "Tous ceux à faire",
    View.DONE: "Faits",
}
CHANGES = {"planned": "Prévu", "put_off": "Reporté", "done": "Fait"}
MORNING, EVENING = "09:00", "12:00"


@pages.get("")
@audience(Audience.STAFF, Permission.CALL_TAKE)
def show() -> ResponseReturnValue:
    """The list, narrowed by what the address says."""
    view = request.args.get("vue", "")
    asked = Filters(
        View(view) if view in list(View) else View.MINE,
        row_ids.read(request.args.get("service", "")),
        row_ids.read(request.args.get("agent", "")),
    )
    number, now = page_numbers.asked(), datetime.now(UTC)
    with runtime().database.reading() as session:
        counts = queries.count_call_backs(session, actor(), asked, now)
        rows = queries.list_call_backs(session, actor(), asked, now, (number - 1) * PAGE_SIZE, PAGE_SIZE)
        return render_template(
            "calls/call_backs.html",
            rows=[(row, _window(row), _reference(row)) for row in rows],
            asked=asked,
            now=now,
            tabs=[(label, _here(vue=one.value), one == asked.view, counts[one]) for one, label in VIEWS.items()],
            pager=(
                _here(page=str(number - 1)) if number > 1 else None,
                _here(page=str(number + 1)) if number * PAGE_SIZE < counts[asked.view] else None,
            ),
            **_choices(session),
        )


@pages.route("/nouveau", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.CALL_TAKE)
def create() -> ResponseReturnValue:
    """Promise a call, about a call, a person, a case or nothing of the kind."""
    about = About(
        row_ids.read(request.values.get("call", "")),
        row_ids.read(request.values.get("citizen", "")),
        request.values.get("reference", "")[:64],
    )
    if request.method == "GET":
        return _new(about, None, {})
    try:
        with runtime().database.transaction() as session:
            row = call_backs.plan(session, actor(), request.form, about)
            said = f"Rappel prévu {_window(row)}."
            call_id = row.call_id
    except Invalid as fault:
        return _new(about, request.form, fault.faults), 422
    flash(said, "success")
    return redirect(url_for("calls.call", call_id=call_id) if call_id else url_for("call_backs.show"), 303)


@pages.get("/<int:call_back_id>")
@audience(Audience.STAFF, Permission.CALL_TAKE)
def call_back(call_back_id: int) -> ResponseReturnValue:
    """One call to make, with what was done of it."""
    return _page(call_back_id)


@pages.post("/<int:call_back_id>/reporter")
@audience(Audience.STAFF, Permission.CALL_TAKE)
def put_off(call_back_id: int) -> ResponseReturnValue:
    """Another time, somebody else."""
    try:
        with runtime().database.transaction() as session:
            said = f"Rappel reporté : {_window(call_backs.put_off(session, actor(), call_back_id, request.form))}."
    except (Invalid, Conflict) as fault:
        return _page(call_back_id, request.form, fault), status_of(fault)
    flash(said, "success")
    return redirect(url_for("call_backs.call_back", call_back_id=call_back_id), 303)


@pages.post("/<int:call_back_id>/fait")
@audience(Audience.STAFF, Permission.CALL_TAKE)
def finish(call_back_id: int) -> ResponseReturnValue:
    """The person was called."""
    try:
        with runtime().database.transaction() as session:
            call_backs.finish(session, actor(), call_back_id, request.form.get("said", ""))
    except Conflict as fault:
        return _page(call_back_id, request.form, fault), status_of(fault)
    flash("Le rappel est fait.", "success")
    return redirect(url_for("call_backs.show"), 303)


def _new(about: About, typed: Mapping[str, str] | None, errors: Mapping[str, str]) -> str:
    with runtime().database.reading() as session:
        mine = actor().authority_id
        call = call_queries.get_call(session, mine, about.call_id) if about.call_id else None
        case = cases.get_case(session, actor(), about.reference) if about.reference else None
        citizen = people.find_citizen(session, mine, about.citizen_id) if about.citizen_id else None
        citizen = citizen or (call.citizen if call else None) or (case.citizen if case else None)
        values: dict[str, str] = {
            "number": _shown((call_services.number_of(call) if call else "") or (citizen.phone if citizen else "")),
            "name": citizen.display_name if citizen else "",
            "about": case.subject if case else "",
            "department": str(case.department_id if case else next(iter(sorted(actor().department_ids)), "")),
            "day": _next_working_day(),
            "begin": MORNING,
            "end": EVENING,
        }
        return render_template(
            "calls/call_back_new.html",
            about=about,
            call=call,
            case=case,
            values=values if typed is None else typed,
            errors=errors,
            **_choices(session),
        )


def _page(call_back_id: int, typed: Mapping[str, str] | None = None, fault: Invalid | Conflict | None = None) -> str:
    with runtime().database.reading() as session:
        row = queries.get_call_back(session, actor(), call_back_id)
        begin, end = (moment.astimezone(authority().timezone) for moment in (row.starts_at, row.ends_at))
        values: dict[str, str] = {
            "day": _next_working_day(),
            "begin": f"{begin:%H:%M}",
            "end": f"{end:%H:%M}",
            "department": str(row.department_id),
            "staff": str(row.staff_id or ""),
        }
        lines = [(datetime.fromisoformat(line["at"]), line) for line in row.history.get("lines", ())]
        return render_template(
            "calls/call_back.html",
            row=row,
            window=_window(row),
            reference=_reference(row),
            is_late=row.done_at is None and row.ends_at < datetime.now(UTC),
            values=values if typed is None else typed,
            errors=fault.faults if isinstance(fault, Invalid) else {"": fault.sentence} if fault else {},
            lines=lines,
            change_labels=CHANGES,
            **_choices(session),
        )


def _shown(number: str) -> str:
    return identity.display_phone(number) if number.startswith("+") else number


def _window(row: CallBack) -> str:
    return window_in_words(row.starts_at, row.ends_at, authority().timezone)


def _reference(row: CallBack) -> str:
    """The case that it is about, for who may know of it."""
    is_known = row.case is not None and policy.allows(actor(), Permission.CASE_READ, row.case)
    return row.case.reference if row.case is not None and is_known else ""


def _choices(session: Session) -> dict[str, Any]:
    mine = actor().authority_id
    return {
        "departments": [(str(one.id), one.name) for one in catalogue.list_departments(session, mine)],
        "staff": [(str(one.id), one.name) for one in people.list_staff(session, mine) if one.active],
    }


def _next_working_day() -> str:
    day = today_here() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.isoformat()


def _here(**changes: str) -> str:
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "page"}
    return url_for("call_backs.show", **{name: value for name, value in (kept | changes).items() if value})
