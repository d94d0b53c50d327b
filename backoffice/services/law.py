"""The law as this authority reads it: the rules as shipped, with the amendments that its jurists signed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.days import day_of_field
from backoffice.domain.law import Confidence, LegalRule, Ruleset, Value
from backoffice.domain.periods import Period
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.rulesets import DEFAULT, get_ruleset
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.legal import RuleAmendment
from backoffice.queries import catalogue, people
from backoffice.queries import legal as queries
from backoffice.services import moment, setting_history

BASE, LAST_AMENDMENT = "ruleset", "last_amendment"
# By database: two installations in one process (a test, an import) do not lend each other their law.
_KEPT: WeakKeyDictionary[Any, dict[tuple[int, str], Ruleset]] = WeakKeyDictionary()


def current_version(authority: Authority) -> str:
    """The name of today's law here: `crpa-2016`, or `crpa-2016+12` once amended; a case keeps it for ever."""
    base = authority.details.get(BASE) or DEFAULT.version
    last = authority.details.get(LAST_AMENDMENT)
    return f"{base}+{last}" if last else str(base)


def read(session: Session, authority_id: int, version: str) -> Ruleset:
    """The law under a name; a name never changes its meaning, so reading it once a process is enough."""
    rulesets = _KEPT.setdefault(session.get_bind(), {})
    if (authority_id, version) not in rulesets:
        rulesets[authority_id, version] = _read(session, authority_id, version)
    return rulesets[authority_id, version]


def _read(session: Session, authority_id: int, version: str) -> Ruleset:
    base, _, last = version.partition("+")
    shipped = get_ruleset(base)
    if not last:
        return shipped
    amendments = [one for one in queries.list_amendments(session, authority_id) if one.id <= int(last)]
    changes = [_as_rule(session, shipped, one) for one in amendments]
    return shipped.amended(version, f"{shipped.label}, modifié", changes)


def amend(session: Session, actor: Actor, authority: Authority, rule_id: str, values: Mapping[str, str]) -> None:
    """Change a rule for the cases to come; raise Invalid with what to correct, field by field."""
    policy.require(actor, Permission.LAW_MANAGE)
    authority = catalogue.claim_authority(session, authority.id)
    law = read(session, authority.id, current_version(authority))
    known = next((rule for rule in law.list_rules() if rule.id == rule_id), None)
    if known is None:
        raise Invalid("Cette règle n’existe pas.")
    faults: dict[str, str] = {}
    value = _typed(known, values.get("value", "").strip(), faults)
    valid_from = day_of_field(values, "valid_from", faults, required=False)
    if not values.get("article", "").strip():
        faults["article"] = "Citez l’article ou la décision qui fonde cette valeur."
    if values.get("confidence") not in set(Confidence):
        faults["confidence"] = "Dites si ce texte a été vérifié."
    if faults or value is None:
        raise Invalid(faults=faults)
    amendment = RuleAmendment(
        authority_id=authority.id,
        rule=rule_id,
        value={"is": _plain(value)},
        article=values["article"].strip()[:255],
        confidence=values["confidence"],
        note=values.get("note", "").strip(),
        valid_from=valid_from,
        staff_id=actor.id,
        at=moment.now(),
    )
    session.add(amendment)
    session.flush()
    authority.details = authority.details | {LAST_AMENDMENT: amendment.id}
    amended = _as_rule(session, law, amendment)
    setting_history.record(session, actor, Screen.LAW, known.id, _shown(known), _shown(amended))


def _shown(rule: LegalRule) -> dict[str, str]:
    return {
        "Valeur": show_value(rule.value),
        "Texte": rule.article,
        "Texte vérifié": "oui" if rule.confidence is Confidence.SOURCE else "non",
        "Note": rule.note,
        "À partir du": f"{rule.valid_from:%d/%m/%Y}" if rule.valid_from else "",
    }


def show_value(value: Value) -> str:
    """A value in French: « 10 jours ouvrés », « oui », or the word of a choice."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(value)


def _as_rule(session: Session, shipped: Ruleset, amendment: RuleAmendment) -> LegalRule:
    known = next(rule for rule in shipped.list_rules() if rule.id == amendment.rule)
    author = people.get_staff(session, amendment.authority_id, amendment.staff_id).name
    value = amendment.value["is"]
    return replace(
        known,
        value=Period.parse(value) if isinstance(known.value, Period) else value,
        article=amendment.article,
        confidence=Confidence(amendment.confidence),
        note=amendment.note,
        valid_from=amendment.valid_from,
        valid_to=None,
        author=author,
    )


def _typed(known: LegalRule, text: str, faults: dict[str, str]) -> Value | None:
    try:
        if isinstance(known.value, Period):
            return Period.parse(text)
    except Invalid as fault:
        faults["value"] = fault.sentence
        return None
    if isinstance(known.value, bool):
        if text not in {"oui", "non"}:
            faults["value"] = "Répondez par oui ou par non."
        return text == "oui"
    if text not in known.choices:
        faults["value"] = "Choisissez une valeur de la liste."
    return text


def _plain(value: Value) -> Any:
    return str(value) if isinstance(value, Period) else value
