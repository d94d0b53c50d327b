"""Departments, created and corrected by a functional administrator."""

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy
from backoffice.domain.french import fold
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority, Department
from backoffice.queries import catalogue as queries
from backoffice.services import moment, setting_history

FIELDS = {
    "name": "Nom",
    "email": "Courriel",
    "phone": "Téléphone",
    "address": "Adresse",
    "opening_hours": "Horaires d’ouverture",
}
LONGEST_PHONE = 64


def create(session: Session, actor: Actor, values: Mapping[str, str]) -> Department:
    """Add a department; its code, used by procedure files, is made from its name when none is given."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    code = values.get("code", "").strip() or code_from(values.get("name", ""))
    faults = _faults(values)
    if not faults and queries.find_department(session, actor.authority_id, code) is not None:
        faults["name"] = "Un service porte déjà ce nom : choisissez-en un autre."
    if faults:
        raise Invalid(faults=faults)
    department = Department(authority_id=actor.authority_id, code=code, active=True, created_at=moment.now())
    _fill(department, values)
    session.add(department)
    session.flush()
    _note(session, actor, department, {}, setting_history.CREATED)
    return department


def update(session: Session, actor: Actor, department: Department, values: Mapping[str, str]) -> None:
    """Correct a department; its code stays, for procedure files name it."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    faults = _faults(values)
    if faults:
        raise Invalid(faults=faults)
    before = _shown(department)
    _fill(department, values)
    _note(session, actor, department, before)


def set_active(session: Session, actor: Actor, department: Department, *, active: bool) -> None:
    """Close a department, or open it again; refused while procedures or open cases still lead to it."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    authority = session.get_one(Authority, department.authority_id)
    if not active and authority.details.get("triage_department_id") == department.id:
        raise Conflict("Ce service reçoit les demandes à orienter : désignez-en un autre avant de le fermer.")
    if not active and queries.is_department_used(session, department.id):
        raise Conflict(
            "Des démarches ouvertes ou des dossiers en cours dépendent de ce service : transférez-les d’abord."
        )
    if department.active != active:
        department.active = active
        _note(session, actor, department, _shown(department), "Rouvert" if active else "Fermé")


def code_from(name: str) -> str:
    """`voirie_et_proprete`, from « Voirie et propreté »."""
    return re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:64]


def _faults(values: Mapping[str, str]) -> dict[str, str]:
    faults = {}
    if not code_from(values.get("name", "")):
        faults["name"] = "Donnez un nom au service."
    if email := values.get("email", "").strip():
        try:
            identity.check_email(email)
        except Invalid as fault:
            faults["email"] = fault.sentence
    if len(values.get("phone", "").strip()) > LONGEST_PHONE:
        faults["phone"] = f"Ce numéro est trop long : {LONGEST_PHONE} caractères au plus."
    return faults


def _fill(department: Department, values: Mapping[str, str]) -> None:
    for field in FIELDS:
        setattr(department, field, values.get(field, "").strip()[:255])


def _shown(department: Department) -> dict[str, str]:
    return {label: getattr(department, field) for field, label in FIELDS.items()}


def _note(session: Session, actor: Actor, department: Department, before: dict[str, str], act: str = "") -> None:
    name = before.get(FIELDS["name"]) or department.name
    setting_history.record(session, actor, Screen.DEPARTMENTS, name, before, _shown(department), act=act)
