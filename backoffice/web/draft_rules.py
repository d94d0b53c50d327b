"""The answers with which the procedure of a draft cannot succeed: told to who gives them, with what to do instead."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain import procedure_editing, records
from backoffice.domain.conditions import Answered, Condition
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedures import EligibilityRule, ProcedureDefinition
from backoffice.errors import NotFound
from backoffice.web import condition_form, draft_view, field_form
from backoffice.web.access import Audience, audience

pages = Blueprint("draft_rules", __name__, url_prefix="/agents/demarches/<code>/brouillon/conditions")
LIST = "conditions"
MOST_RULES = 50
FAULTS = {
    "when-0": "Choisissez la réponse avec laquelle la demande ne peut pas aboutir.",
    "reason": "Dites pourquoi la demande ne peut pas aboutir.",
    "instead": "Dites quoi faire à la place.",
}
_BLANK = EligibilityRule(Answered(""), "", "")


def rules_seen(definition: ProcedureDefinition) -> Any:
    """All the rules."""
    return [records.write(one) for one in definition.eligibility]


@pages.route("/nouvelle", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def add(code: str) -> ResponseReturnValue:
    """One more rule."""
    return _written(code, None)


@pages.route("/<int:rank>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit(code: str, rank: int) -> ResponseReturnValue:
    """One rule."""
    return _written(code, rank)


@pages.post("/<int:rank>/retrait")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def remove(code: str, rank: int) -> ResponseReturnValue:
    """Without the rule."""
    return draft_view.rearrange(
        code,
        lambda definition: replace(definition, eligibility=procedure_editing.without(definition.eligibility, rank)),
        rules_seen,
        LIST,
    )


def _written(code: str, rank: int | None) -> ResponseReturnValue:
    kept = _get(draft_view.load(code).definition, rank)
    if request.method == "GET":
        return _page(code, rank, kept, kept.when if rank is not None else None, {}, [])
    faults: dict[str, str] = {}
    when = condition_form.read(request.form, faults)
    rule = replace(
        kept, reason=field_form.text(request.form, "reason"), instead=field_form.text(request.form, "instead")
    )
    said = {"when-0": when, "reason": rule.reason, "instead": rule.instead}
    faults |= {name: sentence for name, sentence in FAULTS.items() if not said[name] and name not in faults}
    if faults or when is None:
        return _page(code, rank, rule, when, faults, []), 422
    rule = replace(rule, when=when)

    def put(definition: ProcedureDefinition) -> ProcedureDefinition:
        known = definition.eligibility
        _get(definition, rank)
        changed = (*known, rule)[:MOST_RULES] if rank is None else procedure_editing.put(known, rank, rule)
        return replace(definition, eligibility=changed)

    return draft_view.save(
        code,
        put,
        rules_seen,
        lambda errors, theirs, status: (_page(code, rank, rule, when, errors, theirs), status),
        LIST,
    )


def _get(definition: ProcedureDefinition, rank: int | None) -> EligibilityRule:
    if rank is None:
        return _BLANK
    if rank >= len(definition.eligibility):
        raise NotFound(procedure_editing.GONE)
    return definition.eligibility[rank]


def _page(
    code: str,
    rank: int | None,
    rule: EligibilityRule,
    when: Condition | None,
    errors: dict[str, str],
    theirs: list[Change],
) -> str:
    shown = draft_view.load(code)
    return render_template(
        "admin/drafts/rule.html",
        shown=shown,
        rank=rank,
        rule=rule,
        condition=condition_form.shown(when, shown.definition.fields, shown.called),
        errors=errors,
        theirs=theirs,
        seen=draft_view.print_of(shown.definition, rules_seen),
    )
