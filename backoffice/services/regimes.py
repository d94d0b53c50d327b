"""The legal regime of a procedure, amended on screen: a new version for the requests to come, its author and why."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.periods import Period
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.regime import CHOICES, Regime
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue
from backoffice.services import procedures

FIELDS = ("silence", "delay", "appeal_route", "basis", "confidence", "note")
TARGET, REASON, SEEN = "target_working_days", "reason", "version"
CHANGED = "Cette démarche vient de changer. Relisez ce qu’elle dit maintenant, puis enregistrez à nouveau."


def amend(
    session: Session, actor: Actor, code: str, values: Mapping[str, str], variant: int | None = None
) -> Procedure:
    """Publish the procedure with another regime, in force from now; a running case keeps the one it has.

    `variant` is the rank of the case of the procedure that has its own regime, None for the general one, which has the
    house target too. `values` are those of the form, `version` the number that the form showed. Raises Invalid with
    what to correct, field by field, and Conflict when somebody has published meanwhile.
    """
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    authority = catalogue.claim_authority(session, actor.authority_id)
    procedure = catalogue.get_procedure(session, authority.id, code)
    session.refresh(procedure)
    current = catalogue.published(procedure).current_version
    if current is None or str(current.number) != values.get(SEEN):
        raise Conflict(CHANGED)
    definition = procedures.read_version(current)
    faults: dict[str, str] = {}
    typed = _typed(values)
    if typed["basis"] is None:
        faults["basis"] = "Citez l’article ou la décision qui fonde ce régime."
    if not values.get(REASON, "").strip():
        faults[REASON] = "Dites pourquoi vous modifiez ce régime : la raison reste dans l’historique."
    typed["delay"] = _period(typed["delay"], faults)
    target = _whole_number(values.get(TARGET, "").strip(), faults) if variant is None else None
    try:
        changed = _with_regime(definition, typed, target, variant)
        for rank in (None, *range(len(changed.regime_variants))):
            Regime.from_data(read(changed, rank))
    except Invalid as fault:
        faults = fault.faults | faults
    if faults:
        raise Invalid(faults={name: faults[name] for name in (*FIELDS, TARGET, REASON) if name in faults} or faults)
    return procedures.publish(session, actor, authority, changed, values[REASON].strip())


def put(
    definition: ProcedureDefinition, values: Mapping[str, str], target: int | None, variant: int | None = None
) -> ProcedureDefinition:
    """The definition with the regime of a form, right or wrong: a draft is told its faults and keeps what was typed."""
    typed = {name: one for name, one in _typed(values).items() if one is not None or name not in CHOICES}
    typed["delay"] = _period(typed["delay"], {}) or typed["delay"]
    return _with_regime(definition, typed, target, variant)


def read(definition: ProcedureDefinition, variant: int | None = None) -> dict[str, Any]:
    """The regime of the general case or of a variant as data, with the house target; raises NotFound for no variant."""
    merged = {**definition.regime, **(_variant(definition, variant) if variant is not None else {})}
    return {TARGET: definition.target_working_days, **merged}


def _typed(values: Mapping[str, str]) -> dict[str, Any]:
    return {name: values.get(name, "").strip() or None for name in FIELDS}


def _variant(definition: ProcedureDefinition, rank: int) -> Mapping[str, Any]:
    if not 0 <= rank < len(definition.regime_variants):
        raise NotFound("Cette démarche n’a pas ce régime.")
    return definition.regime_variants[rank].regime


def _with_regime(
    definition: ProcedureDefinition, typed: dict[str, Any], target: int | None, variant: int | None
) -> ProcedureDefinition:
    if variant is None:
        regime = {name: one for name, one in {**definition.regime, **typed}.items() if one is not None}
        regime.pop(TARGET, None)  # it is said once, by the procedure
        changed = replace(definition, regime=regime, target_working_days=target)
    else:
        own = {**_variant(definition, variant), **typed}
        own = {name: one for name, one in own.items() if one != definition.regime.get(name)}
        variants = list(definition.regime_variants)
        variants[variant] = replace(variants[variant], regime=own)
        changed = replace(definition, regime_variants=tuple(variants))
    return changed


def _period(text: str | None, faults: dict[str, str]) -> str | None:
    try:
        return str(Period.parse(text)) if text else None
    except Invalid as fault:
        faults["delay"] = fault.sentence
        return None


def _whole_number(text: str, faults: dict[str, str]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        faults[TARGET] = "Écrivez un nombre entier de jours ouvrés, ou rien."
        return None
    return int(text)
