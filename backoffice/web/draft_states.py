"""The states that cases of a draft will follow: from a pattern, or described by hand."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain import lifecycle_patterns, procedure_coherence, records, sub_states
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.sub_states import Lifecycle
from backoffice.errors import Invalid
from backoffice.web import draft_view, lifecycle_drawing, lifecycle_form
from backoffice.web.access import Audience, audience
from backoffice.web.admin_lifecycle import choices

pages = Blueprint("draft_states", __name__, url_prefix="/agents/demarches/<code>/brouillon/etats")


def states_seen(definition: ProcedureDefinition) -> Any:
    """The states and what happens by itself."""
    return records.write(definition.lifecycle)


@pages.route("", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit(code: str) -> ResponseReturnValue:
    """The sub-states of the draft; right or wrong, they are kept."""
    if request.method == "GET":
        return _page(code, None, {}, [])
    lifecycle, faults = lifecycle_form.read(request.form)
    if faults:
        return _page(code, lifecycle, faults, []), 422
    return draft_view.save(
        code,
        lambda definition: replace(definition, lifecycle=lifecycle),
        states_seen,
        lambda errors, theirs, status: (_page(code, lifecycle, errors, theirs), status),
    )


@pages.post("/modele")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def start_from(code: str) -> ResponseReturnValue:
    """One of the patterns in place of the states of the draft."""
    pattern = lifecycle_patterns.find(request.form.get("pattern", ""))
    if pattern is None:
        raise Invalid("Choisissez un modèle de la liste.")
    return draft_view.save(
        code,
        lambda definition: replace(definition, lifecycle=pattern.lifecycle),
        states_seen,
        lambda errors, theirs, status: (_page(code, None, errors, theirs), status),
    )


def _page(code: str, typed: Lifecycle | None, errors: dict[str, str], theirs: list[Change]) -> str:
    shown = draft_view.load(code)
    lifecycle = typed or shown.definition.lifecycle
    told = {
        lifecycle_form.field_of(path.removeprefix("lifecycle.")): sentence
        for path, sentence in procedure_coherence.lifecycle_faults(shown.definition)
    }
    return render_template(
        "admin/drafts/states.html",
        shown=shown,
        lifecycle=lifecycle,
        drawing=lifecycle_drawing.draw(lifecycle),
        days={name: request.form.get(name, getattr(lifecycle, name) or "") for name in ("remind_after", "close_after")},
        errors=errors or told,
        theirs=theirs,
        patterns=[(one.code, one.title, one.text) for one in lifecycle_patterns.PATTERNS],
        may_close=sub_states.may_close_in_silence(procedure_coherence.regimes_of(shown.definition)),
        seen=draft_view.print_of(shown.definition, states_seen),
        **choices(shown.definition, lifecycle),
    )
