"""The legal regime and the house target of a procedure, and the history of its versions."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import condition_words
from backoffice.domain.policy import Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.regime import AppealRoute, Regime
from backoffice.errors import Conflict, Invalid
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue
from backoffice.queries.procedure_drafts import find_draft
from backoffice.services import procedures, regimes
from backoffice.web import law_words
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_regimes", __name__, url_prefix="/agents/demarches")
GENERAL_CASE = "Cas général"


@pages.get("/<code>")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def show(code: str) -> ResponseReturnValue:
    """What silence means for a procedure, in each of its cases; who said so, when and why."""
    with runtime().database.reading() as session:
        procedure = catalogue.get_procedure(session, actor().authority_id, code)
        definition = procedures.definition_of(procedure)
        return render_template(
            "admin/procedure.html",
            procedure=procedure,
            drafted=find_draft(session, actor().authority_id, code) is not None,
            target=regimes.read(definition)[regimes.TARGET],
            cases=[(rank, _case(definition, rank), _regime(definition, rank)) for rank in _ranks(definition)],
            documents=definition.documents,
            versions=_versions(session, procedure),
            words=law_words,
        )


@pages.route("/<code>/regime", methods=["GET", "POST"])
@pages.route("/<code>/regime/<int:rank>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def amend(code: str, rank: int | None = None) -> ResponseReturnValue:
    """Another regime for the requests to come; what was typed stays when something is to correct."""
    if request.method == "GET":
        return _form(code, rank, None, {})
    try:
        with runtime().database.transaction() as session:
            regimes.amend(session, actor(), code, request.form, rank)
    except Invalid as fault:
        return _form(code, rank, request.form, fault.faults or {"": fault.sentence}), 422
    except Conflict as conflict:
        return _form(code, rank, request.form, {"": conflict.sentence}), 409
    flash("Le nouveau régime s’applique aux demandes à venir. Les dossiers en cours gardent le leur.", "success")
    return redirect(url_for("admin_regimes.show", code=code), 303)


def _form(code: str, rank: int | None, values: Mapping[str, str] | None, errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        procedure = catalogue.get_procedure(session, actor().authority_id, code)
        definition = procedures.definition_of(procedure)
        regime = _regime(definition, rank)
        return render_template(
            "admin/procedure_regime.html",
            procedure=procedure,
            rank=rank,
            case=_case(definition, rank),
            regime=regime,
            values=values if values is not None else _values(definition, rank, regime),
            errors=errors,
            words=law_words,
        )


def _values(definition: ProcedureDefinition, rank: int | None, regime: Regime) -> dict[str, Any]:
    kept = regimes.read(definition, rank)
    return kept | {
        "delay": regime.delay.in_french() if regime.delay else "",
        "appeal_route": kept.get("appeal_route", AppealRoute.ORDINARY.value),
        "confidence": regime.confidence.value,
    }


def _ranks(definition: ProcedureDefinition) -> list[int | None]:
    return [None, *range(len(definition.regime_variants))]


def _case(definition: ProcedureDefinition, rank: int | None) -> str:
    """« Cas général », or the answers with which another regime applies."""
    if rank is None:
        return GENERAL_CASE
    fields = {one.code: one for one in definition.fields}
    return f"Si {condition_words.in_words(definition.regime_variants[rank].when, fields)}"


def _regime(definition: ProcedureDefinition, rank: int | None) -> Regime:
    return Regime.from_data(regimes.read(definition, rank))


def _versions(session: Session, procedure: Procedure) -> list[dict[str, Any]]:
    """The newest first, each in force until the one that came after."""
    found, until = [], None
    for version, author in catalogue.list_versions(session, procedure.id):
        definition = procedures.read_version(version)
        told = {"version": version, "until": until, "author": author}
        said = [_regime(definition, rank) for rank in _ranks(definition)]
        found.append(told | {"regimes": said, "target": regimes.read(definition)[regimes.TARGET]})
        until = version.published_at
    return found
