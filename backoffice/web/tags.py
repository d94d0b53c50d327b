"""The tags of the authority: the list, and one tag with what was done to it."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import Permission, allows
from backoffice.domain.tags import TONE_LABELS, may_manage
from backoffice.errors import Invalid
from backoffice.models.tags import Tag
from backoffice.queries import catalogue
from backoffice.queries import tags as queries
from backoffice.services import tags
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("tags", __name__, url_prefix="/agents/etiquettes")


@pages.get("")
@audience(Audience.STAFF, Permission.TAG_MANAGE)
def show() -> ResponseReturnValue:
    """Every tag, and how many cases carry it among those that the viewer may know of."""
    with runtime().database.reading() as session:
        listed = queries.list_all(session, actor().authority_id)
        counts = queries.count_cases(session, actor()) if allows(actor(), Permission.CASE_READ) else None
        return render_template(
            "tags/list.html",
            rows=[(tag, may_manage(actor(), tag.department_id)) for tag in listed],
            counts=counts,
        )


@pages.route("/nouvelle", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.TAG_MANAGE)
def create() -> ResponseReturnValue:
    """A new tag."""
    if request.method == "GET":
        return _form(None, {"tone": "neutral"})
    return _posted(None, lambda session: tags.create(session, actor(), request.form))


@pages.route("/<int:tag_id>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.TAG_MANAGE)
def edit(tag_id: int) -> ResponseReturnValue:
    """One tag: its name, its colour, where it may be put, and who changed it."""
    if request.method == "GET":
        return _form(tag_id)
    return _posted(tag_id, lambda session: tags.update(session, actor(), tag_id, request.form))


@pages.post("/<int:tag_id>/service")
@audience(Audience.STAFF, Permission.TAG_MANAGE)
def set_retired(tag_id: int) -> ResponseReturnValue:
    """Retire it, or bring it back."""
    retired = request.form.get("retired") == "1"
    with runtime().database.transaction() as session:
        name = tags.set_retired(session, actor(), tag_id, retired=retired).name
    said = "est retirée : les dossiers qui la portent la gardent" if retired else "est de nouveau en service"
    flash(f"« {name} » {said}.", "success")
    return redirect(url_for("tags.edit", tag_id=tag_id), 303)


def _posted(tag_id: int | None, write: Callable[[Session], Tag]) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            name = write(session).name
    except Invalid as fault:
        return _form(tag_id, request.form, fault), status_of(fault)
    flash(f"L’étiquette « {name} » est enregistrée.", "success")
    return redirect(url_for("tags.show"), 303)


def _form(tag_id: int | None, values: Mapping[str, str] | None = None, fault: Invalid | None = None) -> str:
    with runtime().database.reading() as session:
        tag = queries.get_tag(session, actor().authority_id, tag_id) if tag_id else None
        if values is None and tag is not None:
            values = {"name": tag.name, "tone": tag.tone, "department": str(tag.department_id or "")}
        listed = catalogue.list_departments(session, actor().authority_id)
        return render_template(
            "tags/form.html",
            tag=tag,
            may_change=tag is None or may_manage(actor(), tag.department_id),
            values=values or {},
            errors=(fault.faults or {"": fault.sentence}) if fault else {},
            tones=list(TONE_LABELS.items()),
            departments=[(one.id, one.name) for one in listed if may_manage(actor(), one.id)],
            department_names={one.id: one.name for one in listed},
            for_all=may_manage(actor(), None),
            changes=queries.list_changes(session, tag_id) if tag_id else [],
            change_labels=tags.CHANGES,
            tone_labels=TONE_LABELS,
        )
