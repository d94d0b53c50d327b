"""What the procedure of a draft is and for whom: its names, who receives it, what people are told, what is kept."""

from dataclasses import fields
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain import procedure_files
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_coherence import DAY_KINDS
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedure_words import VALUES
from backoffice.domain.procedures import (
    RETENTION_START_LABELS,
    FinalDisposition,
    ProcedureDefinition,
)
from backoffice.domain.representation_form import CAPACITY_CHOICES
from backoffice.web import condition_form, draft_view, identity_form
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("draft_identity", __name__, url_prefix="/agents/demarches/<code>/brouillon/presentation")

_ELSEWHERE = frozenset(
    {"steps", "documents", "eligibility", "regime", "regime_variants", "target_working_days", "lifecycle", "letters"}
)


def identity_seen(definition: ProcedureDefinition) -> Any:
    """All that this page writes, and what no page does."""
    said = procedure_files.dump(definition)
    return {one.name: said.get(one.name) for one in fields(definition) if one.name not in _ELSEWHERE}


@pages.route("", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit(code: str) -> ResponseReturnValue:
    """The presentation of the procedure; right or wrong, it is kept."""
    if request.method == "GET":
        return _page(code, {}, [])
    faults: dict[str, str] = {}
    typed = identity_form.read(request.form, draft_view.load(code).definition, faults)
    if faults:
        return _page(code, faults, [], typed), 422
    return draft_view.save(
        code,
        lambda definition: identity_form.read(request.form, definition, {}),
        identity_seen,
        lambda errors, theirs, status: (_page(code, errors, theirs, typed), status),
    )


def _page(code: str, errors: dict[str, str], theirs: list[Change], typed: ProcedureDefinition | None = None) -> str:
    shown = draft_view.load(code)
    posted_when = (typed or shown.definition).posted_when
    with runtime().database.reading() as session:
        themes = identity_form.themes(session, actor().authority_id)
    values = identity_form.values_of(shown.definition)
    if request.method == "POST":
        values |= request.form.to_dict() | {name: bool(request.form.get(name)) for name in identity_form.TICKS}
    return render_template(
        "admin/drafts/identity.html",
        shown=shown,
        values=values,
        themes=themes,
        hats=[(one.value, one.label) for one in CAPACITY_CHOICES],
        condition=condition_form.shown(posted_when, shown.definition.fields, shown.called),
        starts=[(str(one), label) for one, label in RETENTION_START_LABELS.items()],
        day_questions=[(one.code, one.label) for one in shown.definition.fields if one.kind in DAY_KINDS],
        finals=[(str(one), VALUES[one].capitalize()) for one in FinalDisposition],
        errors=errors,
        theirs=theirs,
        seen=draft_view.print_of(shown.definition, identity_seen),
    )
