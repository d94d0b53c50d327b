"""Views of the queue with a name, and what an agent chooses for their queue: columns, first view, keys."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.domain import row_ids
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
from backoffice.models.saved_views import SavedView
from backoffice.queries import queue as queue_queries
from backoffice.queries import saved_views as queries
from backoffice.services import saved_views
from backoffice.web import queue, queue_choices
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.local_paths import safe_path
from backoffice.web.pages import today_here

pages = Blueprint("saved_views", __name__, url_prefix="/agents/dossiers")


@pages.get("/vues")
@audience(Audience.STAFF, Permission.CASE_READ)
def show() -> ResponseReturnValue:
    """The views that the viewer may open, each with what it holds for them."""
    return _page()


@pages.post("/vues")
@audience(Audience.STAFF, Permission.CASE_READ)
def save() -> ResponseReturnValue:
    """Keep the list that the form comes from under a name."""
    query = _query(request.form)
    try:
        with runtime().database.transaction() as session:
            saved_views.save(session, actor(), request.form.get("name", ""), query, department_id=_shared_with())
    except Invalid as fault:
        return _page(fault=fault, unsaved=query), status_of(fault)
    flash("La vue est enregistrée : vous la retrouvez au-dessus de la file.", "success")
    return redirect(_address(query), 303)


@pages.post("/vues/<int:view_id>")
@audience(Audience.STAFF, Permission.CASE_READ)
def change(view_id: int) -> ResponseReturnValue:
    """Rename a view, share it or keep it."""
    try:
        with runtime().database.transaction() as session:
            view = queries.get_view(session, actor(), view_id)
            saved_views.change(actor(), view, name=request.form.get("name", ""), department_id=_shared_with())
    except Invalid as fault:
        return _page(fault=fault, faulty=view_id), status_of(fault)
    flash("La vue est modifiée.", "success")
    return redirect(url_for("saved_views.show"), 303)


@pages.post("/vues/<int:view_id>/supprimer")
@audience(Audience.STAFF, Permission.CASE_READ)
def delete(view_id: int) -> ResponseReturnValue:
    """Of no use any more."""
    with runtime().database.transaction() as session:
        saved_views.delete(session, actor(), queries.get_view(session, actor(), view_id))
    flash("La vue est supprimée.", "success")
    return redirect(url_for("saved_views.show"), 303)


@pages.post("/vues/premiere")
@audience(Audience.STAFF, Permission.CASE_READ)
def open_first() -> ResponseReturnValue:
    """The queue opens on this view; on the usual one when none is named."""
    chosen = row_ids.read(request.form.get("view", ""))
    with runtime().database.transaction() as session:
        view = queries.get_view(session, actor(), chosen) if chosen else None
        saved_views.open_first(session, actor(), view)
    flash("La file s’ouvrira sur cette vue." if chosen else "La file s’ouvrira sur vos services.", "success")
    return redirect(url_for("saved_views.show"), 303)


@pages.post("/colonnes")
@audience(Audience.STAFF, Permission.CASE_READ)
def choose_columns() -> ResponseReturnValue:
    """The columns to show, from now on."""
    columns = [code for code in queue_choices.COLUMNS if code in request.form.getlist("colonnes")]
    with runtime().database.transaction() as session:
        saved_views.remember_columns(session, actor(), columns)
    return redirect(_address(_query(request.form)), 303)


@pages.post("/raccourcis")
@audience(Audience.STAFF, Permission.CASE_READ)
def choose_keys() -> ResponseReturnValue:
    """Shortcuts of one letter, or none."""
    wanted = request.form.get("letter_keys") == "yes"
    with runtime().database.transaction() as session:
        saved_views.use_letter_keys(session, actor(), wanted=wanted)
    said = "Les raccourcis d’une touche sont {} dans la file.".format("actifs" if wanted else "coupés")
    flash(said, "success")
    return redirect(safe_path(request.form.get("retour", "")) or url_for("queue.show"), 303)


def _query(given: "MultiDict[str, str]") -> str:
    """The end of the address of the list that a form carries: only what the page understands."""
    columns = [code for code in queue_choices.COLUMNS if code in given.getlist("colonnes")]
    return queue.write_query({**queue.fields_of(queue.read_filters(given)), "colonnes": columns or None})


def _address(query: str) -> str:
    return f"{url_for('queue.show')}?{query}"


def _shared_with() -> int | None:
    return row_ids.read(request.form.get("department", ""))


def _page(fault: Invalid | None = None, *, faulty: int = 0, unsaved: str = "") -> str:
    with runtime().database.reading() as session:
        names = queue_queries.read_names(session, actor().authority_id)
        habit = queries.read_habit(session, actor())
        rows = [_row(session, view, names) for view in queries.list_views(session, actor())]
    return render_template(
        "desk/saved_views.html",
        rows=rows,
        first_view_id=habit.first_view_id,
        shared_with=queue.list_shared_with(names),
        department_names={key: name for key, (name, _) in names.departments.items()},
        fault=fault,
        faulty=faulty,
        typed=request.form,
        unsaved=parse_qsl(unsaved),
    )


def _row(session: Session, view: SavedView, names: queue_queries.Names) -> dict[str, Any]:
    filters = queue.read_filters(MultiDict(parse_qsl(view.fields)))
    return {
        "view": view,
        "url": _address(view.fields),
        "count": queue.so_many(queue_queries.count(session, actor(), filters, today_here())),
        "list": queue.VIEW_LABELS[filters.view],
        "narrowings": queue_choices.list_narrowings(filters, names),
        "owner": names.staff[view.owner_id][0],
        "may_change": saved_views.may_change(actor(), view),
    }
