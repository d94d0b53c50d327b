"""The form of a draft: its steps and its questions, added, written, moved and removed."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import procedure_editing
from backoffice.domain.fields import OPTIONAL_PARTS, Field, FieldKind, parts_of
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedure_words import FIELD_KINDS
from backoffice.domain.procedures import ProcedureDefinition, Step
from backoffice.services import procedure_drafts
from backoffice.services.procedure_drafts import ChangedMeanwhile
from backoffice.web import condition_form, draft_view, field_form
from backoffice.web.access import Audience, audience
from backoffice.web.admin_templates import EDITOR as WITH_FRAME
from backoffice.web.current import actor, runtime

pages = Blueprint("draft_fields", __name__, url_prefix="/agents/demarches/<code>/brouillon")
MOST_FIELDS = 200
ADD = "ajouter"
NO_LABEL = "Écrivez la question telle que les usagers la liront."
FIELDS = "fields"
_PERSON = Field("", FieldKind.PERSON, "", parts=OPTIONAL_PARTS)


@pages.post("/questions")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def add(code: str) -> ResponseReturnValue:
    """One more question at the end of a step or of a repeated block; another may be added at once."""
    step, block = _number("step"), request.form.get("block", "")
    field, faults = field_form.read(request.form, Field("", FieldKind.TEXT, ""))
    if not field.label:
        faults = {"label": NO_LABEL} | faults
    if faults:
        return _add_page(code, step, block, faults), 422

    def edit(definition: ProcedureDefinition) -> ProcedureDefinition:
        if sum(1 + len(one.fields) for one in definition.fields) >= MOST_FIELDS:
            return definition
        named = replace(field, code=procedure_editing.code_for(definition, field.label))
        return procedure_editing.add_field(definition, step, block, named)

    # Adding at the end disturbs nobody: what others wrote meanwhile stays.
    with runtime().database.transaction() as session:
        procedure_drafts.add(session, actor(), code, edit)
    if block:
        return redirect(url_for("draft_fields.edit", code=code, question=block, _anchor=ADD), 303)
    return redirect(url_for("admin_drafts.show", code=code, etape=step, _anchor=ADD), 303)


@pages.get("/questions/<question>/ajout")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def add_inside(code: str, question: str) -> ResponseReturnValue:
    """The form of one more question of a repeated block."""
    place = procedure_editing.get_place(draft_view.load(code).definition, question)
    return _add_page(code, place.step, question, {})


@pages.route("/questions/<question>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit(code: str, question: str) -> ResponseReturnValue:
    """One question: its words, its limits, who reads it, when it is asked."""
    if request.method == "GET":
        return _field_page(code, question, None, {}, [])
    before = procedure_editing.get_field(draft_view.load(code).definition, question)
    field, faults = field_form.read(request.form, before)
    if faults:
        return _field_page(code, question, field, faults, [], 422)
    return draft_view.save(
        code,
        lambda definition: procedure_editing.put_field(definition, question, field),
        draft_view.field_seen(question),
        lambda errors, theirs, status: _field_page(code, question, field, errors, theirs, status),
        f"champ-{question.partition('.')[0]}",
    )


@pages.post("/questions/<question>/retrait")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def remove(code: str, question: str) -> ResponseReturnValue:
    """Without the question; what looked at it is told among the faults."""
    return draft_view.rearrange(
        code, lambda definition: procedure_editing.remove_field(definition, question), draft_view.form_seen, FIELDS
    )


@pages.post("/questions/<question>/place")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def move(code: str, question: str) -> ResponseReturnValue:
    """Up, down, or (from the script of the page) to a rank of a step, answered with the new print of the plan."""

    def edit(definition: ProcedureDefinition) -> ProcedureDefinition:
        place = procedure_editing.get_place(definition, question)
        if "rank" in request.form:
            return procedure_editing.move_field(definition, question, _number("step"), _number("rank"))
        rank = place.rank + (-1 if request.form.get("vers") == "haut" else 1)
        return procedure_editing.move_field(definition, question, place.step, max(rank, 0))

    anchor = f"champ-{question.partition('.')[0]}"
    if "rank" not in request.form:
        return draft_view.rearrange(code, edit, draft_view.form_seen, anchor)
    try:
        with runtime().database.transaction() as session:
            seen = request.form.get(draft_view.SEEN, "")
            changed = procedure_drafts.change(session, actor(), code, edit, seen=seen, part=draft_view.form_seen)
    except ChangedMeanwhile as conflict:
        return jsonify(sentence=conflict.sentence), 409
    return jsonify(seen=draft_view.print_of(changed, draft_view.form_seen))


@pages.post("/etapes")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def add_step(code: str) -> ResponseReturnValue:
    """One more step at the end of the form."""
    title = field_form.line(request.form, "step_title") or "Nouvelle étape"

    def edit(definition: ProcedureDefinition) -> ProcedureDefinition:
        return replace(definition, steps=(*definition.steps, Step(title, ()))[:50])

    with runtime().database.transaction() as session:
        changed = procedure_drafts.add(session, actor(), code, edit)
    return redirect(url_for("admin_drafts.show", code=code, _anchor=f"etape-{len(changed.steps) - 1}"), 303)


@pages.route("/etapes/<int:rank>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit_step(code: str, rank: int) -> ResponseReturnValue:
    """One step: its title, its introduction, when it is shown."""
    step = procedure_editing.get_step(draft_view.load(code).definition, rank)
    if request.method == "GET":
        return _step_page(code, rank, step, {}, [])
    faults: dict[str, str] = {}
    typed = replace(
        step,
        title=field_form.line(request.form, "title"),
        introduction=field_form.text(request.form, "introduction"),
        when=condition_form.read(request.form, faults),
    )
    if faults:
        return _step_page(code, rank, typed, faults, []), 422

    def put(definition: ProcedureDefinition) -> ProcedureDefinition:
        asked = procedure_editing.get_step(definition, rank).fields
        return procedure_editing.put_step(definition, rank, replace(typed, fields=asked))

    return draft_view.save(
        code,
        put,
        draft_view.step_seen(rank),
        lambda errors, theirs, status: (_step_page(code, rank, typed, errors, theirs), status),
        f"etape-{rank}",
    )


@pages.post("/etapes/<int:rank>/retrait")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def remove_step(code: str, rank: int) -> ResponseReturnValue:
    """Without the step and its questions."""
    return draft_view.rearrange(
        code,
        lambda definition: replace(definition, steps=procedure_editing.without(definition.steps, rank)),
        draft_view.form_seen,
        FIELDS,
    )


@pages.post("/etapes/<int:rank>/place")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def move_step(code: str, rank: int) -> ResponseReturnValue:
    """The step one rank up or down."""
    to = max(rank - 1, 0) if request.form.get("vers") == "haut" else rank + 1
    return draft_view.rearrange(
        code,
        lambda definition: replace(definition, steps=procedure_editing.moved(definition.steps, rank, to)),
        draft_view.form_seen,
        f"etape-{to}",
    )


def choices_of_kind() -> list[tuple[str, str]]:
    """The kinds of questions, as a form offers them."""
    return [(str(kind), label) for kind, label in FIELD_KINDS.items()]


def choices_of_step(definition: ProcedureDefinition) -> list[tuple[str, str]]:
    """The steps, as a form offers them."""
    return [(str(rank), f"{rank + 1}. {one.title}") for rank, one in enumerate(definition.steps)]


def _number(name: str) -> int:
    typed = request.form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 5 else 0


def _add_page(code: str, step: int, block: str, errors: dict[str, str]) -> str:
    """The question that could not be added, with all that was typed."""
    shown = draft_view.load(code)
    asked = procedure_editing.fields_at(shown.definition, step, block)
    return render_template(
        "admin/drafts/add_field.html",
        shown=shown,
        steps=choices_of_step(shown.definition),
        step_rank=step,
        block=block,
        kind_choices=choices_of_kind(),
        condition=condition_form.shown(None, condition_form.fields_before(shown.definition, step, len(asked), block)),
        values=field_form.typed_values(request.form),
        errors=errors,
    )


def _field_page(
    code: str, question: str, typed: Field | None, errors: dict[str, str], theirs: list[Change], status: int = 200
) -> Response:
    shown = draft_view.load(code)
    kept = procedure_editing.get_field(shown.definition, question)
    place = procedure_editing.get_place(shown.definition, question)
    before = condition_form.fields_before(shown.definition, place.step, place.rank, place.block)
    values: dict[str, Any] = field_form.values_of(kept)
    if typed is not None:
        values |= field_form.typed_values(request.form) | {name: request.form.get(name) for name in field_form.TICKS}
    field = typed or kept
    inside = condition_form.fields_before(shown.definition, place.step, len(field.fields), field.code)
    page = render_template(
        "admin/drafts/field.html",
        shown=shown,
        field=field,
        question=question,
        place=place,
        values=values,
        condition=condition_form.shown(field.when, before, shown.called),
        inner_condition=condition_form.shown(None, inside),
        kind_choices=choices_of_kind(),
        parts_offered=[(one.code, one.label) for one in parts_of(_PERSON) if one.code in OPTIONAL_PARTS],
        problems=[one for one in shown.problems if draft_view.question_of(shown.definition, one.path) == question],
        errors=errors,
        theirs=theirs,
        seen=draft_view.print_of(shown.definition, draft_view.field_seen(question)),
        plan=draft_view.print_of(shown.definition, draft_view.form_seen),
    )
    return Response(page, status, {"Content-Security-Policy": WITH_FRAME})


def _step_page(code: str, rank: int, step: Step, errors: dict[str, str], theirs: list[Change]) -> str:
    shown = draft_view.load(code)
    return render_template(
        "admin/drafts/step.html",
        shown=shown,
        rank=rank,
        step=step,
        condition=condition_form.shown(
            step.when, condition_form.fields_before(shown.definition, rank, 0), shown.called
        ),
        errors=errors,
        theirs=theirs,
        seen=draft_view.print_of(shown.definition, draft_view.step_seen(rank)),
    )
