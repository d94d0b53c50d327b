"""The law as data: every rule with its article and value, amended by a jurist; and the delegations of signature."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.law import LegalRule
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid, NotFound
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue
from backoffice.queries import legal as queries
from backoffice.services import delegations, law
from backoffice.web import law_words
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("admin_law", __name__, url_prefix="/agents/droit")


@pages.get("/")
@audience(Audience.STAFF, Permission.LAW_MANAGE)
def show() -> ResponseReturnValue:
    """Every rule that the clock applies, and who may sign."""
    return _page({}, {})


@pages.route("/regles/<rule_id>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.LAW_MANAGE)
def amend(rule_id: str) -> ResponseReturnValue:
    """One rule: what it says, since when, why; a change is for the cases to come."""
    with runtime().database.reading() as session:
        authority = session.get_one(Authority, actor().authority_id)
        rules = law.read(session, authority.id, law.current_version(authority)).list_rules()
    versions = [rule for rule in rules if rule.id == rule_id]
    if not versions:
        raise NotFound("Cette règle n’existe pas.")
    if request.method == "GET":
        return _rule_page(versions, _current(versions[-1]), {})
    try:
        with runtime().database.transaction() as session:
            law.amend(session, actor(), session.get_one(Authority, actor().authority_id), rule_id, request.form)
    except Invalid as fault:
        return _rule_page(versions, request.form, fault.faults or {"": fault.sentence}), 422
    flash("La règle est modifiée pour les demandes à venir. Les dossiers en cours gardent la leur.", "success")
    return redirect(url_for("admin_law.show"), 303)


@pages.post("/delegations")
@audience(Audience.STAFF, Permission.LAW_MANAGE)
def add_delegation() -> ResponseReturnValue:
    """A new delegation of signature."""
    try:
        with runtime().database.transaction() as session:
            delegations.add(session, actor(), request.form)
    except Invalid as fault:
        return _page(request.form, fault.faults), 422
    flash("La délégation est enregistrée.", "success")
    return redirect(url_for("admin_law.show"), 303)


@pages.post("/delegations/<int:delegation_id>/fin")
@audience(Audience.STAFF, Permission.LAW_MANAGE)
def end_delegation(delegation_id: int) -> ResponseReturnValue:
    """A delegation that ends today."""
    with runtime().database.transaction() as session:
        delegations.end(session, actor(), delegation_id, today_here())
    flash("La délégation prend fin aujourd’hui.", "success")
    return redirect(url_for("admin_law.show"), 303)


def _current(rule: LegalRule) -> dict[str, str]:
    return {
        "value": str(rule.value) if rule.choices else law_words.value(rule),
        "article": rule.article,
        "confidence": rule.confidence.value,
        "note": rule.note,
        "valid_from": "",
    }


def _rule_page(versions: list[LegalRule], values: Mapping[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/law_rule.html",
        rule=versions[-1],
        versions=versions,
        words=law_words,
        values=values,
        errors=errors,
        confidence_labels=law_words.CONFIDENCE_LABELS,
    )


def _page(values: Mapping[str, str], errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        authority = session.get_one(Authority, actor().authority_id)
        version = law.current_version(authority)
        found = law.read(session, authority.id, version)
        departments = catalogue.list_departments(session, authority.id, with_inactive=True)
        signing = queries.list_delegations(session, authority.id)
    return render_template(
        "admin/law.html",
        label=found.label,
        rules=found.list_rules(),
        words=law_words,
        confidence_labels=law_words.CONFIDENCE_LABELS,
        delegations=signing,
        departments={one.id: one.name for one in departments},
        values=values,
        errors=errors,
    )
