"""Departments, created and corrected by a functional administrator."""

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy
from backoffice.domain.french import fold
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority, Department
from backoffice.queries import catalogue as queries
from backoffice.services import moment

FIELDS = ("name", "email", "phone", "address", "opening_hours")
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
    return department


def update(actor: Actor, department: Department, values: Mapping[str, str]) -> None:
    """Correct a department; its code stays, for procedure files name it."""
    policy.require(actor, Permission.DEPARTMENT_MANAGE)
    faults = _faults(values)
    if faults:
        raise Invalid(faults=faults)
    _fill(department, values)


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
    department.active = active


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
