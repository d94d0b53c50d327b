"""« Mes notifications »: what an agent must know in time, the list, and how each wants to be told."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.staff_notices import (
    EVENT_LABELS,
    MODE_LABELS,
    RHYTHM_LABELS,
    NoticeEvent,
    Rhythm,
    mode_of,
    modes_for,
)
from backoffice.errors import Invalid
from backoffice.queries import staff_notices as queries
from backoffice.queries.staff_notices import PAGE_SIZE, Shown
from backoffice.services import staff_notices
from backoffice.web import local_paths
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime, viewer
from backoffice.web.errors import status_of

pages = Blueprint("staff_notices", __name__, url_prefix="/agents/notifications")

ALL = "toutes"


@pages.get("")
@audience(Audience.STAFF)
def show() -> ResponseReturnValue:
    """My notices, newest first; the whole state of the page is in its address."""
    fields = _fields()
    with runtime().database.reading() as session:
        found = queries.list_mine(
            session,
            actor(),
            unread=fields["lues"] is None,
            events=[fields["sujet"]] if fields["sujet"] else (),
            before=row_ids.read(request.args.get("avant", "")),
            limit=PAGE_SIZE + 1,
        )
    shown, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    return render_template(
        "staff/notices.html",
        rows=[(one, _address(one)) for one in shown],
        fields=fields,
        tabs=[
            (label, url_for("staff_notices.show", **(fields | {"lues": kept})), kept == fields["lues"])
            for label, kept in (("Non lues", None), ("Toutes", ALL))
        ],
        events=list(EVENT_LABELS.items()),
        event_labels=EVENT_LABELS,
        next_url=url_for("staff_notices.show", **fields, avant=shown[-1].notice.id) if more else None,
    )


@pages.post("/lues")
@audience(Audience.STAFF)
def read() -> ResponseReturnValue:
    """I have read this one, or all of them."""
    with runtime().database.transaction() as session:
        staff_notices.read(session, actor(), row_ids.read(request.form.get("notice", "")))
    return redirect(url_for("staff_notices.show", **_fields()), 303)


@pages.route("/preferences", methods=["GET", "POST"])
@audience(Audience.STAFF)
def choose() -> ResponseReturnValue:
    """How I want to be told, by event, and how often by mail."""
    if request.method == "GET":
        with runtime().database.reading() as session:
            habit = queries.find_habit(session, actor().id or 0)
        chosen = {event.value: mode_of(habit.modes if habit else {}, event) for event in NoticeEvent}
        return _choices({**chosen, "rhythm": habit.rhythm if habit else Rhythm.DAILY})
    try:
        with runtime().database.transaction() as session:
            staff_notices.choose(session, actor(), request.form, request.form.get("rhythm", ""))
    except Invalid as fault:
        return _choices(request.form.to_dict(), fault.faults), status_of(fault)
    flash("Vos préférences sont enregistrées.", "success")
    return redirect(url_for("staff_notices.show"), 303)


def note_seen(reference: str) -> None:
    """I open a case: what I was told of it is read, and counted no more on this very page."""
    found = viewer()
    if found is None or not found.unread:
        return
    with runtime().database.reading() as session:
        case_id, count = queries.count_unread(session, actor(), reference)
    if case_id is None or not count:
        return
    with runtime().database.transaction() as session:
        staff_notices.read_of_case(session, actor(), case_id)
    g.viewer = replace(found, unread=found.unread - count)


def note_page_seen() -> None:
    """I open the page that some notices of mine lead to, about no case or about many: they are read too."""
    found = viewer()
    if found is None or not found.unread:
        return
    with runtime().database.reading() as session:
        count = queries.count_unread_at(session, actor().id or 0, request.path)
    if not count:
        return
    with runtime().database.transaction() as session:
        staff_notices.read_of_page(session, actor(), request.path)
    g.viewer = replace(found, unread=found.unread - count)


def _choices(values: dict[str, Any], errors: Any = None) -> str:
    return render_template(
        "staff/notice_preferences.html",
        values=values,
        errors=errors or {},
        events=[
            (event, label, [(mode, MODE_LABELS[mode]) for mode in modes_for(event)])
            for event, label in EVENT_LABELS.items()
        ],
        rhythms=list(RHYTHM_LABELS.items()),
    )


def _fields() -> dict[str, Any]:
    event = request.args.get("sujet", "")
    return {
        "lues": ALL if request.args.get("lues") == ALL else None,
        "sujet": event if event in set(NoticeEvent) else None,
    }


def _address(shown: Shown) -> str:
    """Where a notice leads: to a place of its case, or to an address of the desk."""
    if shown.reference:
        return url_for("case_page.show", reference=shown.reference, _anchor=shown.notice.place or None)
    return local_paths.safe_path(shown.notice.place)
