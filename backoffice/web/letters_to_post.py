"""The tray « À imprimer et poster »: what waits for an envelope, its PDF, the day it was posted, and undoing that."""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.french import plural
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError, Invalid
from backoffice.queries import batches as batch_queries
from backoffice.queries import catalogue
from backoffice.queries import letters_to_post as queries
from backoffice.queries.letters_to_post import PAGE_SIZE, Filters
from backoffice.services import letters_to_post
from backoffice.services.documents import TITLES
from backoffice.services.letters_to_post import MOST_AT_ONCE, SHOWN_FOR
from backoffice.web import act_forms, post_tabs
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here

pages = Blueprint("letters_to_post", __name__, url_prefix="/agents/courrier/a-poster")

LETTER, JUST_POSTED = "courrier", "postes"


@pages.get("")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def show() -> ResponseReturnValue:
    """One page of the tray; its whole state is in its address."""
    return _page({})


@pages.post("/fichier")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def make_file() -> ResponseReturnValue:
    """One PDF of the letters ticked, or of the whole list, made by a worker."""
    try:
        with runtime().database.transaction() as session:
            batch = letters_to_post.make_file(session, actor(), _wanted(), key=request.form.get("form_key", "")[:64])
    except BackofficeError as fault:
        return _page({"": fault.sentence}), status_of(fault)
    return redirect(url_for("batches.show", batch_id=batch.id), 303)


@pages.post("/postes")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def note_posted() -> ResponseReturnValue:
    """They were posted on a day; the next page offers to undo it."""
    try:
        on = act_forms.day_in(request.form)
        with runtime().database.transaction() as session:
            noted = letters_to_post.note_posted(session, actor(), _wanted(), on)
    except BackofficeError as fault:
        faults = fault.faults if isinstance(fault, Invalid) and fault.faults else {"": fault.sentence}
        return _page(faults), status_of(fault)
    return redirect(url_for("letters_to_post.show", **_address(**{JUST_POSTED: ",".join(map(str, noted)) or "0"})), 303)


@pages.post("/annuler")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def take_back() -> ResponseReturnValue:
    """They were not: they wait again."""
    with runtime().database.transaction() as session:
        count = letters_to_post.take_back(session, actor(), _ids(request.form.getlist(LETTER)))
    flash(plural(count, "courrier attend de nouveau", "courriers attendent de nouveau") + ".", "success")
    return redirect(url_for("letters_to_post.show", **_address()), 303)


@pages.post("/envoi/<int:batch_id>")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def note_batch_posted(batch_id: int) -> ResponseReturnValue:
    """Every letter of a batch that the post takes was posted on a day."""
    with runtime().database.reading() as session:
        batch = batch_queries.get_batch(session, actor(), batch_id)
        ids = batch_queries.list_posted_ids(session, actor(), batch.id)
    try:
        on = act_forms.day_in(request.form)
        with runtime().database.transaction() as session:
            noted = letters_to_post.note_posted(session, actor(), ids, on)
    except BackofficeError as fault:
        faults = fault.faults if isinstance(fault, Invalid) else {}
        flash(next(iter(faults.values()), fault.sentence), "error")
        return redirect(url_for("batches.show", batch_id=batch_id), 303)
    return redirect(url_for("letters_to_post.show", postes=",".join(map(str, noted)) or "0"), 303)


def _page(errors: dict[str, str]) -> str:
    filters = _filters()
    after = row_ids.read(request.values.get("apres", "")) or 0
    posted = _ids(request.args.get(JUST_POSTED, "").split(","))
    since = today_here() - SHOWN_FOR
    with runtime().database.reading() as session:
        rows = queries.list_waiting(session, actor(), filters, after=after)
        total = queries.count_waiting(session, actor(), filters)
        waiting = queries.count_waiting(session, actor(), Filters())
        returned = queries.count_waiting(session, actor(), Filters(returned_only=True))
        just_posted = queries.list_posted(session, actor(), since, posted) if posted else []
        templates = queries.list_templates(session, actor())
        departments = catalogue.list_departments(session, actor().authority_id)
    shown, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    return render_template(
        "desk/letters_to_post.html",
        rows=shown,
        total=total,
        filters=filters,
        fields=_address(),
        views=[
            ("Tous", url_for("letters_to_post.show"), not filters.returned_only, waiting),
            (
                "Non remis par courriel",
                url_for("letters_to_post.show", etat="non-remis"),
                filters.returned_only,
                returned,
            ),
        ],
        choices={
            "departments": [(one.id, one.name) for one in departments],
            "templates": [(one, TITLES[one]) for one in templates],
        },
        titles=TITLES,
        just_posted=just_posted,
        errors=errors,
        on=request.form.get("on") or today_here().isoformat(),
        ticked=set(_ids(request.form.getlist(LETTER))),
        form_key=secrets.token_hex(16),
        next_url=url_for("letters_to_post.show", **_address(apres=shown[-1].document.id)) if more else None,
        first_url=url_for("letters_to_post.show", **_address()) if after else None,
        latest=today_here().isoformat(),
        tabs=post_tabs.tabs(),
    )


def _filters() -> Filters:
    given = request.values
    template = given.get("courriers", "")
    department = row_ids.read(given.get("service", ""))
    return Filters(department, template if template in TITLES else "", given.get("etat") == "non-remis")


def _address(**more: Any) -> dict[str, Any]:
    """The filters as the address says them."""
    filters = _filters()
    said = {
        "service": filters.department,
        "courriers": filters.template or None,
        "etat": "non-remis" if filters.returned_only else None,
    }
    return {name: value for name, value in (said | more).items() if value is not None}


def _wanted() -> list[int]:
    """The letters ticked, or all those of the list."""
    if "tout" not in request.form:
        return _ids(request.form.getlist(LETTER))
    with runtime().database.reading() as session:
        found = queries.list_waiting(session, actor(), _filters(), limit=MOST_AT_ONCE + 1)
    return [one.document.id for one in found]


def _ids(given: list[str]) -> list[int]:
    read = (row_ids.read(one) for one in given[: MOST_AT_ONCE + 1])
    return list(dict.fromkeys(one for one in read if one))
