"""Delegations of signature: who may sign for whom, under which act, from when to when (L212-1)."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.days import day_of_field
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid, NotFound
from backoffice.models.authorities import Department
from backoffice.models.legal import Delegation
from backoffice.queries import catalogue
from backoffice.services import moment, setting_history


def add(session: Session, actor: Actor, values: Mapping[str, str]) -> Delegation:
    """Write a delegation down; raise Invalid with what to correct, field by field."""
    policy.require(actor, Permission.LAW_MANAGE)
    words = {
        "signatory": "Donnez le prénom et le nom du signataire.",
        "title": "Donnez sa qualité, par exemple « Adjointe au commerce ».",
        "act": "Citez l’arrêté de délégation.",
    }
    faults = {name: sentence for name, sentence in words.items() if not values.get(name, "").strip()}
    starts, ends = day_of_field(values, "valid_from", faults), day_of_field(values, "valid_to", faults, required=False)
    if starts and ends and ends < starts:
        faults["valid_to"] = "La délégation ne peut pas finir avant de commencer."
    department_id = row_ids.read(values.get("department", ""))
    if faults or starts is None:
        raise Invalid(faults=faults)
    delegation = Delegation(
        authority_id=actor.authority_id,
        department_id=catalogue.get_department(session, actor.authority_id, department_id).id
        if department_id
        else None,
        valid_from=starts,
        valid_to=ends,
        created_at=moment.now(),
        **{name: values[name].strip()[:255] for name in words},
    )
    session.add(delegation)
    session.flush()
    _note(session, actor, delegation, {}, "Délégation ajoutée")
    return delegation


def end(session: Session, actor: Actor, delegation_id: int, on: date) -> None:
    """End a delegation on a day; what was signed under it stays."""
    policy.require(actor, Permission.LAW_MANAGE)
    delegation = session.get(Delegation, delegation_id)
    if delegation is None or delegation.authority_id != actor.authority_id:
        raise NotFound("Cette délégation n’existe pas.")
    before = _shown(session, delegation)
    delegation.valid_to = max(on, delegation.valid_from)
    _note(session, actor, delegation, before, "Délégation terminée")


def _shown(session: Session, delegation: Delegation) -> dict[str, str]:
    department = session.get_one(Department, delegation.department_id).name if delegation.department_id else ""
    return {
        "Signataire": delegation.signatory,
        "Qualité": delegation.title,
        "Arrêté": delegation.act,
        "Service": department or "tous",
        "À partir du": f"{delegation.valid_from:%d/%m/%Y}",
        "Jusqu’au": f"{delegation.valid_to:%d/%m/%Y}" if delegation.valid_to else "",
    }


def _note(session: Session, actor: Actor, delegation: Delegation, before: Mapping[str, str], act: str) -> None:
    after = _shown(session, delegation)
    setting_history.record(session, actor, Screen.DELEGATIONS, delegation.signatory, before, after, act=act)
