"""The macros of the authority: the list, and one macro with what was done to it."""

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.lifecycle import DESK_STATUS_LABELS
from backoffice.domain.macros import LAST_POSITION, LONGEST_NAME, STATES, Steps, may_manage
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
from backoffice.models.macros import Macro
from backoffice.models.tags import Tag
from backoffice.queries import catalogue, ready_answers, tags
from backoffice.queries import macros as queries
from backoffice.services import macro_settings, macros
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("macros", __name__, url_prefix="/agents/enchainements")


@pages.get("")
@audience(Audience.STAFF, Permission.MACRO_MANAGE)
def show() -> ResponseReturnValue:
    """Every macro, with what it does."""
    with runtime().database.reading() as session:
        names = macros.read_names(session, actor().authority_id)
        listed = queries.list_all(session, actor().authority_id)
        return render_template(
            "macros/list.html",
            rows=[
                (one, macros.say_steps(Steps.from_data(one.steps), names), may_manage(actor(), one.department_id))
                for one in listed
            ],
        )


@pages.route("/nouveau", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.MACRO_MANAGE)
def create() -> ResponseReturnValue:
    """A new macro."""
    if request.method == "GET":
        return _form(None, {})
    return _posted(
        None, lambda session: macro_settings.create(session, actor(), request.form, request.form.getlist("tags"))
    )


@pages.route("/<int:macro_id>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.MACRO_MANAGE)
def edit(macro_id: int) -> ResponseReturnValue:
    """One macro: its name, its steps, for whose cases, and who changed it."""
    if request.method == "GET":
        return _form(macro_id)
    chosen = request.form.getlist("tags")
    return _posted(macro_id, lambda session: macro_settings.update(session, actor(), macro_id, request.form, chosen))


@pages.post("/<int:macro_id>/service")
@audience(Audience.STAFF, Permission.MACRO_MANAGE)
def set_retired(macro_id: int) -> ResponseReturnValue:
    """Retire it, or bring it back."""
    retired = request.form.get("retired") == "1"
    with runtime().database.transaction() as session:
        name = macro_settings.set_retired(session, actor(), macro_id, retired=retired).name
    said = "est retiré : il n’est plus proposé aux agents" if retired else "est de nouveau en service"
    flash(f"« {name} » {said}.", "success")
    return redirect(url_for("macros.edit", macro_id=macro_id), 303)


def _posted(macro_id: int | None, write: Callable[[Session], Macro]) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            name = write(session).name
    except Invalid as fault:
        return _form(macro_id, request.form, fault), status_of(fault)
    flash(f"L’enchaînement « {name} » est enregistré.", "success")
    return redirect(url_for("macros.show"), 303)


def _form(macro_id: int | None, values: Mapping[str, str] | None = None, fault: Invalid | None = None) -> str:
    with runtime().database.reading() as session:
        macro = queries.get_macro(session, actor().authority_id, macro_id) if macro_id else None
        chosen: Sequence[object] = request.form.getlist("tags")
        if values is None and macro is not None:
            values, chosen = _values(macro), macro.steps["tag_ids"]
        departments = catalogue.list_departments(session, actor().authority_id)
        listed_tags = tags.list_all(session, actor().authority_id, in_service_only=True)
        names = macros.read_names(session, actor().authority_id)
        changes = queries.list_changes(session, macro_id) if macro_id else []
        return render_template(
            "macros/form.html",
            macro=macro,
            may_change=macro is None or may_manage(actor(), macro.department_id),
            values=values or {},
            chosen=chosen,
            errors=(fault.faults or {"": fault.sentence}) if fault else {},
            tags=[(one.id, _tag_name(one)) for one in listed_tags],
            answers=[
                (one.answer_id, one.title) for one in ready_answers.list_in_service(session, actor().authority_id)
            ],
            states=[(one.value, DESK_STATUS_LABELS[one]) for one in STATES],
            departments=[(one.id, one.name) for one in departments if may_manage(actor(), one.id)],
            department_names={one.id: one.name for one in departments},
            for_all=may_manage(actor(), None),
            changes=[(one, macros.say_steps(Steps.from_data(one.said["steps"]), names)) for one in changes],
            change_labels=macro_settings.CHANGES,
            longest_name=LONGEST_NAME,
            last_position=LAST_POSITION,
        )


def _tag_name(tag: Tag) -> str:
    return f"{tag.name} ({tag.department.name})" if tag.department else tag.name


def _values(macro: Macro) -> dict[str, str]:
    steps = Steps.from_data(macro.steps)
    return {
        "name": macro.name,
        "department": str(macro.department_id or ""),
        "position": str(macro.position),
        "take": "yes" if steps.take else "",
        "answer": str(steps.answer_id or ""),
        "note": steps.note,
        "status": steps.status,
    }
