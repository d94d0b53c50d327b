"""The citizens that agents look for at the counter, and the sheet of one: all that the house knows of a person."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import row_ids
from backoffice.domain.calls import DIRECTION_LABELS, OUTCOME_LABELS
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.queries import citizen_search
from backoffice.services import contact_details, reconciliation
from backoffice.web import citizen_sheet_view
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("citizen_sheets", __name__, url_prefix="/agents/usagers")

MOST_FOUND = 30
JOINED = "Les deux fiches n’en font plus qu’une. Si c’était une erreur, « Fiches réunies » permet de les séparer."
APART = "C’est noté : ces deux fiches ne seront plus rapprochées."


@pages.get("")
@audience(Audience.STAFF, Permission.CITIZEN_READ)
def search() -> ResponseReturnValue:
    """Citizens by whatever is known of them."""
    words = request.args.get("q", "").replace("\x00", "").strip()[:200]
    with runtime().database.reading() as session:
        found = citizen_search.search(session, actor(), words, MOST_FOUND) if words else []
    return render_template("desk/citizens.html", words=words, found=found, most=MOST_FOUND)


@pages.get("/<int:citizen_id>")
@audience(Audience.STAFF, Permission.CITIZEN_READ)
def show(citizen_id: int) -> ResponseReturnValue:
    """Who it is, where each piece of information comes from, how they are reached, and all that was done for them."""
    return _page(citizen_id)


@pages.post("/<int:citizen_id>/coordonnees")
@audience(Audience.STAFF, Permission.CITIZEN_WRITE)
def correct(citizen_id: int) -> ResponseReturnValue:
    """How the person is reached, from now on."""
    try:
        with runtime().database.transaction() as session:
            contact_details.correct_sheet(session, actor(), citizen_id, request.form)
    except Invalid as error:
        return _page(citizen_id, error.faults, dict(request.form)), 422
    flash("Les coordonnées sont corrigées. Les demandes en cours en gardent la trace.", "success")
    return redirect(url_for("citizen_sheets.show", citizen_id=citizen_id), 303)


@pages.post("/<int:citizen_id>/reunir")
@audience(Audience.STAFF, Permission.CITIZEN_MERGE)
def join(citizen_id: int) -> ResponseReturnValue:
    """Bring another sheet of the same person into this one."""
    other = row_ids.read(request.form.get("fiche", "")) or 0
    field = f"join-{other}"
    return _change(
        citizen_id,
        field,
        lambda session: reconciliation.merge_by_agent(session, actor(), citizen_id, other, request.form.get(field, "")),
        JOINED,
    )


@pages.post("/<int:citizen_id>/ecarter")
@audience(Audience.STAFF, Permission.CITIZEN_MERGE)
def tell_apart(citizen_id: int) -> ResponseReturnValue:
    """Two sheets that look alike are of two people."""
    other = row_ids.read(request.form.get("fiche", "")) or 0
    with runtime().database.transaction() as session:
        reconciliation.tell_apart(session, actor(), citizen_id, other)
    flash(APART, "success")
    return redirect(url_for("citizen_sheets.show", citizen_id=citizen_id), 303)


@pages.post("/<int:citizen_id>/separer/<int:merge_id>")
@audience(Audience.STAFF, Permission.CITIZEN_WRITE)
def part(citizen_id: int, merge_id: int) -> ResponseReturnValue:
    """Take two sheets apart again: they were not the same person's."""
    field = f"reason-{merge_id}"
    return _change(
        citizen_id,
        field,
        lambda session: reconciliation.undo(session, actor(), merge_id, request.form.get(field, "")),
        "Les fiches sont séparées. Chacune a retrouvé ses demandes.",
    )


def _change(citizen_id: int, field: str, change: Callable[[Session], object], done: str) -> ResponseReturnValue:
    """Change the sheet and say so, or show it again with what is wrong and what was typed."""
    try:
        with runtime().database.transaction() as session:
            change(session)
    except (Invalid, Conflict) as error:
        is_invalid = isinstance(error, Invalid)
        faults = {field if is_invalid else "": error.sentence}
        return _page(citizen_id, faults, {field: request.form.get(field, "")}), 422 if is_invalid else 409
    flash(done, "success")
    return redirect(url_for("citizen_sheets.show", citizen_id=citizen_id), 303)


def _page(citizen_id: int, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    with runtime().database.reading() as session:
        view = citizen_sheet_view.read(session, runtime().settings, actor(), citizen_id)
    citizen_sheet_view.note_reading(runtime(), actor(), view)
    return render_template(
        "desk/citizen.html",
        sheet=view,
        errors=errors or {},
        typed=typed or {},
        direction_labels=DIRECTION_LABELS,
        call_outcomes=OUTCOME_LABELS,
    )
