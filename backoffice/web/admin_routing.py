"""The rules that send new cases to their department: their order, their history, and a trial on last month's cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import Permission
from backoffice.domain.routing_rules import RoutingRule
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.routing import RoutingRuleRow
from backoffice.queries import catalogue, districts, people, tags
from backoffice.queries import routing as queries
from backoffice.services import case_routing, kept_mailboxes, routing_rules, routing_trials
from backoffice.services.routing_rules import SEVERAL
from backoffice.services.routing_trials import Trial, Trials
from backoffice.web import routing_words
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.routing_words import TrialRow

pages = Blueprint("admin_routing", __name__, url_prefix="/agents/orientation")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial says: a sentence, the tags that would not be put, (went, would have gone, how many), some cases."""

    sentence: str
    kept_off: list[str]
    flows: list[tuple[str, str, int]]
    rows: list[TrialRow]


@pages.get("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def show() -> ResponseReturnValue:
    """The rules in their order; « essai » counts what each would have taken last month."""
    with runtime().database.reading() as session:
        rows = queries.list_rules(session, actor().authority_id, with_withdrawn=True)
        called = routing_words.read_called(session)
        rules = [(row, *_worded(case_routing.rule_of(row), called)) for row in rows]
        trials = tried = None
        if "essai" in request.args:
            active = [case_routing.rule_of(row) for row in rows if row.active]
            trials = routing_trials.try_out(session, actor(), active)
            tried = _tried(trials, trials.taken, "ces règles en auraient", active, called)
    return render_template(
        "admin/routing.html",
        rules=[one for one in rules if one[0].active],
        withdrawn=[one for one in rules if not one[0].active],
        trials=trials,
        tried=tried,
    )


@pages.route("/nouvelle", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def create() -> ResponseReturnValue:
    """A new rule, tried or written."""
    if request.method == "GET":
        return _form(None, {}, {})
    return _posted(None, lambda session: routing_rules.create(session, actor(), _typed()))


@pages.route("/<int:rule_id>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def edit(rule_id: int) -> ResponseReturnValue:
    """One rule with its history, tried or corrected."""
    if request.method == "GET":
        with runtime().database.reading() as session:
            values = routing_rules.values_of(queries.get_rule(session, actor().authority_id, rule_id))
        return _form(rule_id, values, {})
    return _posted(rule_id, lambda session: routing_rules.update(session, actor(), rule_id, _typed()))


@pages.post("/<int:rule_id>/place")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def move(rule_id: int) -> ResponseReturnValue:
    """Ask it earlier, or later."""
    with runtime().database.transaction() as session:
        routing_rules.move(session, actor(), rule_id, up=request.form.get("vers") == "haut")
    # Back at the rule: whoever uses the keyboard goes on from there.
    return redirect(url_for("admin_routing.show", _anchor=f"regle-{rule_id}"), 303)


@pages.post("/<int:rule_id>/activite")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def set_active(rule_id: int) -> ResponseReturnValue:
    """Withdraw it, or put it back."""
    with runtime().database.transaction() as session:
        routing_rules.set_active(session, actor(), rule_id, active=request.form.get("active") == "1")
    return redirect(url_for("admin_routing.show"), 303)


def _typed() -> dict[str, str]:
    """What was posted; the values of a field that holds several, separated by commas."""
    return {
        name: ",".join(request.form.getlist(name)) if name in SEVERAL else request.form[name] for name in request.form
    }


def _worded(rule: RoutingRule, called: routing_words.Called) -> tuple[list[str], list[str]]:
    return routing_words.criteria(rule, called), routing_words.goes_to(rule, called)


def _posted(rule_id: int | None, write: Callable[[Session], RoutingRuleRow]) -> ResponseReturnValue:
    """Tried (nothing is written, what was typed stays) or written."""
    typed = _typed()
    try:
        if typed.get("action") == "essayer":
            with runtime().database.reading() as session:
                draft = routing_rules.read(session, actor(), typed, rule_id=rule_id or 0)
                rules = routing_rules.with_draft(session, actor(), draft)
                trials = routing_trials.try_out(session, actor(), rules)
                called = routing_words.read_called(session)
                tried = _tried(trials, trials.of(draft.id), "cette règle en aurait", [draft], called)
            return _form(rule_id, typed, {}, tried)
        with runtime().database.transaction() as session:
            name = write(session).name
    except Invalid as fault:
        return _form(rule_id, typed, fault.faults), 422
    flash(f"La règle « {name} » est enregistrée : elle vaut pour les demandes à venir.", "success")
    return redirect(url_for("admin_routing.show"), 303)


def _tried(
    trials: Trials, taken: list[Trial], subject: str, rules: Sequence[RoutingRule], called: routing_words.Called
) -> Tried:
    """What moves is shown first: that is what a trial is for. Of tags, only those of these rules are told."""
    shown = sorted(taken, key=lambda one: not one.moves)[: routing_words.MOST_SHOWN]
    sentence = routing_words.trial_sentence(trials, taken, subject)
    kept_off = routing_words.kept_off(trials, taken, {one.id: one.tag_id for one in rules}, called)
    return Tried(sentence, kept_off, trials.flows(taken), [routing_words.trial_row(one) for one in shown])


def _form(rule_id: int | None, values: Mapping[str, str], errors: Mapping[str, str], tried: Tried | None = None) -> str:
    with runtime().database.reading() as session:
        mine = actor().authority_id
        row = queries.get_rule(session, mine, rule_id) if rule_id else None
        boxes = kept_mailboxes.list_of(session, runtime(), session.get_one(Authority, mine).code)
        called = routing_words.read_called(session)
        return render_template(
            "admin/routing_rule.html",
            rule=row,
            values=values,
            chosen={name: values.get(name, "").split(",") for name in SEVERAL},
            errors=errors,
            tried=tried,
            mailboxes=[(one.code, one.address or one.code) for one in boxes],
            departments=[(str(one.id), one.name) for one in catalogue.list_departments(session, mine)],
            districts=[(str(one.id), one.name) for one in districts.list_all(session, mine)],
            staff=[(str(one.id), one.name) for one in people.list_staff(session, mine) if one.active],
            tags=routing_words.tag_choices(tags.list_all(session, mine, in_service_only=True)),
            procedures=catalogue.list_procedure_titles(session, mine),
            where=list(routing_words.WHERE.items()),
            writers=list(routing_words.WRITERS.items()),
            files=list(routing_words.FILES.items()),
            channels=routing_words.CHANNEL_CHOICES,
            weekdays=routing_words.DAY_CHOICES,
            changes=routing_words.history(queries.list_changes(session, rule_id), called) if rule_id else [],
            change_labels=routing_rules.CHANGES,
        )
