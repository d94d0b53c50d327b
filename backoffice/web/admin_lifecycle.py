"""The states of a procedure: drawn, drafted from a pattern or by hand, then published as a version."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import procedure_coherence, sub_states
from backoffice.domain.fields import FieldKind
from backoffice.domain.lifecycle import DESK_STATUS_LABELS
from backoffice.domain.lifecycle_patterns import PATTERNS
from backoffice.domain.policy import Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.sub_states import Lifecycle
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue
from backoffice.services import lifecycles, procedures
from backoffice.web import lifecycle_drawing, lifecycle_form
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_lifecycle", __name__, url_prefix="/agents/demarches/<code>/etats")
SILENT_KINDS = frozenset({FieldKind.INFORMATION, FieldKind.CALCULATED})


@pages.get("")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit(code: str) -> ResponseReturnValue:
    """The states that are drafted, else those in force."""
    return _page(code)


@pages.post("")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def save(code: str) -> ResponseReturnValue:
    """Keep what was described as a draft; with a fault, everything typed stays on the page."""
    lifecycle, faults = lifecycle_form.read(request.form)
    if faults:
        return _page(code, lifecycle, faults, request.form), 422
    try:
        with runtime().database.transaction() as session:
            procedure = catalogue.get_procedure(session, actor().authority_id, code)
            lifecycles.save(session, actor(), procedure, lifecycle)
    except Invalid as fault:
        told = {lifecycle_form.field_of(path): sentence for path, sentence in fault.faults.items()}
        return _page(code, lifecycle, told, request.form), 422
    flash("Le brouillon est enregistré. Les dossiers ne changent pas tant qu’il n’est pas publié.", "success")
    return redirect(url_for("admin_lifecycle.edit", code=code), 303)


@pages.post("/modele")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def start_from(code: str) -> ResponseReturnValue:
    """Draft a pattern."""
    try:
        with runtime().database.transaction() as session:
            procedure = catalogue.get_procedure(session, actor().authority_id, code)
            lifecycles.start_from(session, actor(), procedure, request.form.get("pattern", ""))
    except Invalid as fault:
        return _page(code, errors=fault.faults or {"": fault.sentence}), 422
    flash("Le modèle est repris dans un brouillon : adaptez-le, puis publiez-le.", "success")
    return redirect(url_for("admin_lifecycle.edit", code=code), 303)


@pages.post("/abandon")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def discard(code: str) -> ResponseReturnValue:
    """Forget the draft."""
    with runtime().database.transaction() as session:
        lifecycles.discard(session, actor(), catalogue.get_procedure(session, actor().authority_id, code))
    flash("Le brouillon est abandonné.", "success")
    return redirect(url_for("admin_lifecycle.edit", code=code), 303)


@pages.post("/publication")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def publish(code: str) -> ResponseReturnValue:
    """Make the draft a version of the procedure."""
    try:
        with runtime().database.transaction() as session:
            authority = session.get_one(Authority, actor().authority_id)
            procedure = catalogue.get_procedure(session, authority.id, code)
            done = lifecycles.publish(session, actor(), authority, procedure, request.form.get("reason", ""))
            number = done.current_version.number if done.current_version else 1
    except Invalid as fault:
        told = {lifecycle_form.field_of(path): sentence for path, sentence in fault.faults.items()}
        return _page(code, errors=told or {"": fault.sentence}), 422
    flash(f"La version {number} est publiée : les demandes à venir suivent ces états.", "success")
    return redirect(url_for("admin_lifecycle.edit", code=code), 303)


def _page(
    code: str,
    typed: Lifecycle | None = None,
    errors: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> str:
    with runtime().database.reading() as session:
        procedure = catalogue.get_procedure(session, actor().authority_id, code)
        definition = procedures.definition_of(procedure)
        kept, draft = lifecycles.read(session, procedure)
        shown = typed or kept
        return render_template(
            "admin/lifecycle.html",
            procedure=procedure,
            draft=draft,
            lifecycle=shown,
            drawing=lifecycle_drawing.draw(shown),
            days={name: (form or {}).get(name, getattr(shown, name) or "") for name in ("remind_after", "close_after")},
            errors=errors or {},
            patterns=[(one.code, one.title, one.text) for one in PATTERNS],
            may_close=_may_close(definition),
            **choices(definition, shown),
        )


def choices(definition: ProcedureDefinition, lifecycle: Lifecycle) -> dict[str, Any]:
    """What the form offers: common states, places that one comes from, questions and documents."""
    common = [(str(status), str(DESK_STATUS_LABELS[status])) for status in sub_states.UNDER]
    return {
        "unders": common,
        "places": [*common, *((one.code, one.full_label) for one in lifecycle.states)],
        "questions": [(one.code, one.label) for one in definition.fields if one.kind not in SILENT_KINDS],
        "asked": [(one.code, one.label) for one in definition.documents],
    }


def _may_close(definition: ProcedureDefinition) -> bool:
    return sub_states.may_close_in_silence(procedure_coherence.regimes_of(definition))
