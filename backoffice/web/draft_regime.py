"""The legal regime of a draft, in its general case and in the others, and the delay that it promises."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import condition_words, procedure_editing
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedures import ProcedureDefinition, RegimeVariant
from backoffice.domain.regime import AppealRoute
from backoffice.services import procedure_drafts, regimes
from backoffice.web import condition_form, draft_view, field_form, law_words
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("draft_regime", __name__, url_prefix="/agents/demarches/<code>/brouillon/regime")
MOST_CASES = 20
NO_CASE = "Choisissez la réponse avec laquelle un autre régime s’applique."


def regime_seen(definition: ProcedureDefinition) -> Any:
    """All the regimes and the promise."""
    variants = [dict(one.regime) for one in definition.regime_variants]
    return [dict(definition.regime), definition.target_working_days, variants]


@pages.route("", methods=["GET", "POST"])
@pages.route("/<int:rank>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit(code: str, rank: int | None = None) -> ResponseReturnValue:
    """What silence means, after how long, on which ground; right or wrong, it is kept."""
    if request.method == "GET":
        return _page(code, rank, {}, [])
    faults: dict[str, str] = {}
    target = field_form.whole(request.form.get(regimes.TARGET, ""), regimes.TARGET, faults)
    if faults:
        return _page(code, rank, faults, []), 422
    return draft_view.save(
        code,
        lambda definition: regimes.put(definition, request.form, target, rank),
        regime_seen,
        lambda errors, theirs, status: (_page(code, rank, errors, theirs), status),
    )


@pages.post("/cas")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def add_case(code: str) -> ResponseReturnValue:
    """Answers with which another regime applies; what it changes is written next."""
    faults: dict[str, str] = {}
    when = condition_form.read(request.form, faults)
    if when is None:
        return _page(code, None, faults or {"when-0": NO_CASE}, []), 422
    variant = RegimeVariant(when, {})
    with runtime().database.transaction() as session:
        changed = procedure_drafts.add(
            session,
            actor(),
            code,
            lambda one: replace(one, regime_variants=(*one.regime_variants, variant)[:MOST_CASES]),
        )
    return redirect(url_for("draft_regime.edit", code=code, rank=len(changed.regime_variants) - 1), 303)


@pages.post("/<int:rank>/retrait")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def remove_case(code: str, rank: int) -> ResponseReturnValue:
    """Without this case: the general one applies."""
    return draft_view.rearrange(
        code,
        lambda one: replace(one, regime_variants=procedure_editing.without(one.regime_variants, rank)),
        regime_seen,
        "regime",
    )


def _page(code: str, rank: int | None, errors: dict[str, str], theirs: list[Change]) -> str:
    shown = draft_view.load(code)
    kept = regimes.read(shown.definition, rank)
    values = {"appeal_route": AppealRoute.ORDINARY.value, "confidence": "to_confirm"} | kept
    return render_template(
        "admin/drafts/regime.html",
        shown=shown,
        rank=rank,
        cases=[condition_words.in_words(one.when, shown.called) for one in shown.definition.regime_variants],
        values=values | (request.form.to_dict() if request.method == "POST" else {}),
        condition=condition_form.shown(None, shown.definition.fields),
        errors=errors,
        theirs=theirs,
        words=law_words,
        seen=draft_view.print_of(shown.definition, regime_seen),
    )
