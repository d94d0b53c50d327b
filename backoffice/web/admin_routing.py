"""The rules that send mail to its department: their order, their history, and what they would have done last month."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.french import plural
from backoffice.domain.policy import Permission
from backoffice.domain.routing_rules import Files, RoutingRule, Where, Writer
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.routing import RoutingRuleRow
from backoffice.queries import catalogue
from backoffice.queries import routing as queries
from backoffice.services import mail_routing, routing_rules
from backoffice.services.routing_rules import Trial, Trials
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_routing", __name__, url_prefix="/agents/orientation")

WHERE = {Where.ANYWHERE: "l’objet ou le texte", Where.SUBJECT: "l’objet", Where.BODY: "le texte"}
WRITERS = {Writer.KNOWN: "Usager qui a déjà une demande", Writer.UNKNOWN: "Usager sans autre demande"}
FILES = {Files.WITH: "Avec pièces jointes", Files.WITHOUT: "Sans pièce jointe"}
MOST_SHOWN = 50
LEFT_OUT = "Les courriels des dossiers sensibles que vous ne pouvez pas lire ne sont pas comptés."
HIDDEN_SUBJECT = "Objet visible avec le droit de lire le dossier"


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A mail as the trial shows it: where it went, where the rule would have sent it."""

    reference: str
    url: str
    subject: str
    on: date
    went: str
    would_go: str


@pages.get("/")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def show() -> ResponseReturnValue:
    """The rules in their order; « essai » counts what each would have taken last month."""
    with runtime().database.reading() as session:
        rows = queries.list_rules(session, actor().authority_id, with_withdrawn=True)
        names = _names(session)
        rules = [(row, _said(row), _goes_to(row, names)) for row in rows]
        trials = None
        if "essai" in request.args:
            active = [mail_routing.rule_of(row) for row in rows if row.active]
            trials = routing_rules.try_out(session, actor(), active)
    return render_template(
        "admin/routing.html",
        rules=[one for one in rules if one[0].active],
        withdrawn=[one for one in rules if not one[0].active],
        trials=trials,
        left_out=LEFT_OUT if trials and trials.leaves_some_out else "",
    )


@pages.route("/nouvelle", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def create() -> ResponseReturnValue:
    """A new rule, tried or written."""
    if request.method == "GET":
        return _form(None, {}, {})
    return _posted(None, lambda session: routing_rules.create(session, actor(), request.form))


@pages.route("/<int:rule_id>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def edit(rule_id: int) -> ResponseReturnValue:
    """One rule with its history, tried or corrected."""
    if request.method == "GET":
        with runtime().database.reading() as session:
            values = routing_rules.values_of(queries.get_rule(session, actor().authority_id, rule_id))
        return _form(rule_id, values, {})
    return _posted(rule_id, lambda session: routing_rules.update(session, actor(), rule_id, request.form))


@pages.post("/<int:rule_id>/place")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def move(rule_id: int) -> ResponseReturnValue:
    """Ask it earlier, or later."""
    with runtime().database.transaction() as session:
        routing_rules.move(session, actor(), rule_id, up=request.form.get("vers") == "haut")
    return redirect(url_for("admin_routing.show"), 303)


@pages.post("/<int:rule_id>/activite")
@audience(Audience.STAFF, Permission.DEPARTMENT_MANAGE)
def set_active(rule_id: int) -> ResponseReturnValue:
    """Withdraw it, or put it back."""
    with runtime().database.transaction() as session:
        routing_rules.set_active(session, actor(), rule_id, active=request.form.get("active") == "1")
    return redirect(url_for("admin_routing.show"), 303)


def _posted(rule_id: int | None, write: Callable[[Session], RoutingRuleRow]) -> ResponseReturnValue:
    """Tried (nothing is written, what was typed stays) or written."""
    try:
        if request.form.get("action") == "essayer":
            with runtime().database.reading() as session:
                draft = routing_rules.read(session, actor(), request.form, rule_id=rule_id or 0)
                rules = routing_rules.with_draft(session, actor(), draft)
                tried = _tried(session, draft, routing_rules.try_out(session, actor(), rules))
            return _form(rule_id, request.form, {}, tried)
        with runtime().database.transaction() as session:
            name = write(session).name
    except Invalid as fault:
        return _form(rule_id, request.form, fault.faults), 422
    flash(f"La règle « {name} » est enregistrée : elle vaut pour les courriels à venir.", "success")
    return redirect(url_for("admin_routing.show"), 303)


def _tried(session: Session, draft: RoutingRule, trials: Trials) -> tuple[str, list[TrialRow]]:
    """A sentence, and the first of the mails that the rule would have taken."""
    taken = trials.of(draft.id)
    authority = session.get_one(Authority, actor().authority_id)
    target = mail_routing.target_of(session, authority, draft)
    would_go = catalogue.get_department(session, authority.id, target.department_id).name if target else "Nulle part"
    mails = plural(trials.tried, "courriel qui a ouvert un dossier", "courriels qui ont ouvert un dossier")
    said = f"Depuis un mois, sur {mails}, cette règle en aurait pris {len(taken)}."
    if trials.leaves_some_out:
        said = f"{said} {LEFT_OUT}"
    return said, [_trial_row(one, would_go) for one in taken[:MOST_SHOWN]]


def _trial_row(trial: Trial, would_go: str) -> TrialRow:
    may_read = policy.allows(actor(), Permission.CASE_READ, trial)
    url = url_for("case_page.show", reference=trial.reference) if may_read else ""
    subject = trial.subject if may_read else HIDDEN_SUBJECT
    return TrialRow(trial.reference, url, subject, trial.received_on, trial.department, would_go)


def _form(
    rule_id: int | None,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    tried: tuple[str, list[TrialRow]] | None = None,
) -> str:
    with runtime().database.reading() as session:
        mine = actor().authority_id
        row = queries.get_rule(session, mine, rule_id) if rule_id else None
        boxes = runtime().settings.mailboxes_of(session.get_one(Authority, mine).code)
        return render_template(
            "admin/routing_rule.html",
            rule=row,
            values=values,
            errors=errors,
            tried=tried,
            mailboxes=[(one.code, one.address or one.code) for one in boxes],
            departments=[(str(one.id), one.name) for one in catalogue.list_departments(session, mine)],
            procedures=catalogue.list_procedure_titles(session, mine),
            where=list(WHERE.items()),
            writers=list(WRITERS.items()),
            files=list(FILES.items()),
            changes=queries.list_changes(session, rule_id) if rule_id else [],
            change_labels=routing_rules.CHANGES,
        )


def _names(session: Session) -> dict[str, str]:
    """What codes are called: procedures by their code, departments by their number."""
    mine = actor().authority_id
    departments = catalogue.list_departments(session, mine, with_inactive=True)
    return dict(catalogue.list_procedure_titles(session, mine)) | {str(one.id): one.name for one in departments}


def _said(row: RoutingRuleRow) -> list[str]:
    """The criteria of a rule in words; all must hold."""
    rule, said = mail_routing.rule_of(row), []
    if rule.words:
        said.append(f"{WHERE[rule.where].capitalize()} contient : {', '.join(rule.words)}")
    if rule.mailbox:
        said.append(f"Boîte {rule.mailbox}")
    if rule.citizen in WRITERS:
        said.append(WRITERS[rule.citizen])
    if rule.files in FILES:
        said.append(FILES[rule.files])
    return said


def _goes_to(row: RoutingRuleRow, names: Mapping[str, str]) -> list[str]:
    wanted = (row.procedure_code, str(row.department_id or ""))
    return [names.get(one, one) for one in wanted if one]
