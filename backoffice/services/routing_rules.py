"""The rules that send mail to its department, written by administrators: each change is kept, with who made it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy, routing_rules
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.routing_rules import Arrived, Files, RoutingRule, Where, Writer
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.routing import RoutingRuleChange, RoutingRuleRow
from backoffice.queries import catalogue
from backoffice.queries import routing as queries
from backoffice.services import mail_routing, moment

LONGEST_NAME, MOST_WORDS, LONGEST_WORD = 80, 100, 80
TRIED_DAYS, TRIED_MAILS = 31, 2000
CHANGES = {
    "created": "Créée",
    "changed": "Modifiée",
    "moved": "Déplacée",
    "withdrawn": "Retirée",
    "restored": "Remise en service",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A mail of the last month that opened a case, and the rule that would have decided of it."""

    subject: str
    reference: str
    received_on: date
    department: str
    authority_id: int
    department_id: int
    restricted: bool
    rule: RoutingRule


@dataclass(frozen=True, slots=True)
class Trials:
    """What rules would have done to the mails that opened a case: how many were tried, and those that a rule takes.

    `leaves_some_out` when some opened a restricted case of which whoever tries may know nothing.
    """

    tried: int
    taken: list[Trial]
    leaves_some_out: bool

    def of(self, rule_id: int) -> list[Trial]:
        """Those that one rule takes."""
        return [one for one in self.taken if one.rule.id == rule_id]


def read(session: Session, actor: Actor, typed: Mapping[str, str], *, rule_id: int = 0) -> RoutingRule:
    """The rule that a form describes; raise Invalid with every fault, by field."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    text = {name: value.replace("\x00", "").strip() for name, value in typed.items()}
    faults: dict[str, str] = {}
    words = _words(text.get("words", ""), faults)
    days = {name: _day(text.get(name, ""), name, faults) for name in ("valid_from", "valid_to")}
    if days["valid_from"] and days["valid_to"] and days["valid_to"] < days["valid_from"]:
        faults["valid_to"] = "La fin précède le début."
    name = " ".join(text.get("name", "").split())
    if not name:
        faults["name"] = "Donnez un nom à la règle : il sera montré sur les dossiers."
    elif len(name) > LONGEST_NAME:
        faults["name"] = f"Ce nom est trop long : {LONGEST_NAME} caractères au plus."
    citizen, files = text.get("citizen", ""), text.get("files", "")
    if not (words or text.get("mailbox") or citizen or files):
        faults["words"] = "Donnez au moins un critère : des mots, une boîte, un usager connu ou des pièces jointes."
    procedure, department_id = _target(session, actor, text, faults)
    if faults:
        raise Invalid(faults=faults)
    return RoutingRule(
        rule_id,
        name,
        text.get("mailbox", "")[:64],
        words,
        Where(text["where"]) if text.get("where") in list(Where) else Where.ANYWHERE,
        Writer(citizen) if citizen in list(Writer) else Writer.ANY,
        Files(files) if files in list(Files) else Files.ANY,
        procedure,
        department_id,
        days["valid_from"],
        days["valid_to"],
    )


def create(session: Session, actor: Actor, typed: Mapping[str, str]) -> RoutingRuleRow:
    """Add a rule after the others."""
    rule = read(session, actor, typed)
    authority = _changing(session, actor)
    row = RoutingRuleRow(
        authority_id=authority.id,
        position=queries.last_position(session, authority.id) + 1,
        active=True,
        author=actor.name[:255],
        created_at=moment.now(),
    )
    _fill(row, rule)
    session.add(row)
    session.flush()
    _note(session, actor, row, "created")
    return row


def update(session: Session, actor: Actor, rule_id: int, typed: Mapping[str, str]) -> RoutingRuleRow:
    """Correct a rule; cases that it sent somewhere stay there."""
    rule = read(session, actor, typed, rule_id=rule_id)
    _changing(session, actor)
    row = queries.get_rule(session, actor.authority_id, rule_id)
    _fill(row, rule)
    _note(session, actor, row, "changed")
    return row


def move(session: Session, actor: Actor, rule_id: int, *, up: bool) -> None:
    """Ask a rule one place earlier, or later; the first and the last stay where they are."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    _changing(session, actor)
    row = queries.get_rule(session, actor.authority_id, rule_id)
    rows = queries.list_rules(session, actor.authority_id)
    place = next((index for index, one in enumerate(rows) if one.id == row.id), -1)
    other = place - 1 if up else place + 1
    if place < 0 or not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for position, one in enumerate(rows, 1):
        one.position = position
    _note(session, actor, row, "moved")


def set_active(session: Session, actor: Actor, rule_id: int, *, active: bool) -> None:
    """Withdraw a rule (it is kept, with its history), or put it back after the others."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    authority = _changing(session, actor)
    row = queries.get_rule(session, authority.id, rule_id)
    if row.active == active:
        return
    row.active = active
    row.position = queries.last_position(session, authority.id) + 1
    _note(session, actor, row, "restored" if active else "withdrawn")


def try_out(session: Session, actor: Actor, rules: Sequence[RoutingRule]) -> Trials:
    """What these rules, in this order, would do to the mails of the last month that opened a case: nothing is changed.

    Days of validity are left aside: a rule for next month is tried on this one's mail.
    """
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    since = moment.now().date() - timedelta(days=TRIED_DAYS)
    always = [_at_any_time(rule) for rule in rules if rule.active]
    tried, taken, leaves_some_out = 0, list[Trial](), False
    for mail in queries.each_opening_mail(session, actor.authority_id, since, TRIED_MAILS, routing_rules.SEARCHED):
        if mail.restricted and not policy.allows(actor, Permission.CASE_READ_RESTRICTED, mail):
            leaves_some_out = True
            continue
        tried += 1
        arrived = Arrived(mail.mailbox or "", mail.subject, mail.body, mail.is_known, mail.has_files, mail.received_on)
        rule = routing_rules.first_that_fits(always, arrived)
        if rule is not None:
            taken.append(_trial(mail, rule))
    return Trials(tried, taken, leaves_some_out)


def with_draft(session: Session, actor: Actor, draft: RoutingRule) -> list[RoutingRule]:
    """The rules as they would be with this one: in the place of that of the same id, else after the others."""
    rules = [mail_routing.rule_of(row) for row in queries.list_rules(session, actor.authority_id)]
    if any(rule.id == draft.id for rule in rules):
        return [draft if rule.id == draft.id else rule for rule in rules]
    return [*rules, draft]


def values_of(row: RoutingRuleRow) -> dict[str, str]:
    """What the form shows of a rule."""
    return {
        "name": row.name,
        "mailbox": row.criteria.get("mailbox", ""),
        "words": ", ".join(row.criteria.get("words", ())),
        "where": row.criteria.get("where", Where.ANYWHERE),
        "citizen": row.criteria.get("citizen", ""),
        "files": row.criteria.get("files", ""),
        "procedure": row.procedure_code,
        "department": str(row.department_id or ""),
        "valid_from": row.valid_from.isoformat() if row.valid_from else "",
        "valid_to": row.valid_to.isoformat() if row.valid_to else "",
    }


def _trial(mail: Any, rule: RoutingRule) -> Trial:
    return Trial(
        mail.subject,
        mail.reference,
        mail.received_on,
        mail.department,
        mail.authority_id,
        mail.department_id,
        mail.restricted,
        rule,
    )


def _at_any_time(rule: RoutingRule) -> RoutingRule:
    return RoutingRule(
        rule.id, rule.name, rule.mailbox, rule.words, rule.where, rule.citizen, rule.files, rule.procedure,
        rule.department_id,
    )  # fmt: skip


def _words(typed: str, faults: dict[str, str]) -> tuple[str, ...]:
    words = routing_rules.read_words(typed)
    if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
        faults["words"] = f"{MOST_WORDS} mots ou expressions au plus, de {LONGEST_WORD} caractères chacun."
    return words


def _day(typed: str, name: str, faults: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        faults[name] = "Écrivez une date, par exemple 01/09/2026."
        return None


def _target(session: Session, actor: Actor, text: Mapping[str, str], faults: dict[str, str]) -> tuple[str, int | None]:
    procedure, typed = text.get("procedure", ""), text.get("department", "")
    if procedure and catalogue.find_procedure(session, actor.authority_id, procedure) is None:
        faults["procedure"] = "Choisissez une démarche de la liste."
    departments = {str(one.id): one.id for one in catalogue.list_departments(session, actor.authority_id)}
    if typed and typed not in departments:
        faults["department"] = "Choisissez un service de la liste."
    if not (procedure or typed):
        faults["department"] = "Choisissez une démarche, un service, ou les deux."
    return procedure, departments.get(typed)


def _fill(row: RoutingRuleRow, rule: RoutingRule) -> None:
    row.name, row.procedure_code, row.department_id = rule.name, rule.procedure, rule.department_id
    row.valid_from, row.valid_to = rule.valid_from, rule.valid_to
    row.criteria = {
        "mailbox": rule.mailbox,
        "words": list(rule.words),
        "where": rule.where,
        "citizen": rule.citizen,
        "files": rule.files,
    }


def _changing(session: Session, actor: Actor) -> Authority:
    """The authority, locked; its mark changes with its rules, so that every process reads them again."""
    authority = catalogue.claim_authority(session, actor.authority_id)
    authority.details = {**authority.details, mail_routing.RULES_MARK: secrets.token_hex(8)}
    return authority


def _note(session: Session, actor: Actor, row: RoutingRuleRow, kind: str) -> None:
    said: dict[str, Any] = {**values_of(row), "position": row.position}
    session.add(
        RoutingRuleChange(
            authority_id=row.authority_id,
            rule_id=row.id,
            kind=kind,
            said=said,
            staff_id=actor.id,
            author=actor.name[:255],
            at=moment.now(),
        )
    )
