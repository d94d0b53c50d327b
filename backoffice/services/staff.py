"""Staff accounts and their memberships, managed by an administrator."""

import secrets
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy, row_ids
from backoffice.domain.policy import Actor, Permission, Role
from backoffice.errors import Conflict, Invalid
from backoffice.models.people import Membership, Staff
from backoffice.queries import catalogue, people
from backoffice.services import accounts, moment

# The technical administrator opens accounts, and gives nobody the right to read cases (domain.md §1, it_admin).
WITHOUT_CASES = frozenset({Role.IT_ADMIN, Role.FUNCTIONAL_ADMIN})


def create(session: Session, actor: Actor, values: Mapping[str, str]) -> tuple[Staff, str]:
    """Open an account; give it with a first password, shown once and changed by its owner."""
    policy.require(actor, Permission.STAFF_MANAGE)
    email = values.get("email", "").strip().lower()
    faults = _faults(values)
    if not faults and people.find_staff_by_email(session, email) is not None:
        faults["email"] = "Un compte existe déjà avec cette adresse."
    if faults:
        raise Invalid(faults=faults)
    password = secrets.token_urlsafe(12)
    staff = Staff(
        authority_id=actor.authority_id,
        email=email,
        name=values["name"].strip()[:255],
        title=values.get("title", "").strip()[:255],
        phone=values.get("phone", "").strip()[:64],
        password_hash=accounts.hash_password(password),
        active=True,
        created_at=moment.now(),
    )
    session.add(staff)
    session.flush()
    return staff, password


def update(actor: Actor, staff: Staff, values: Mapping[str, str]) -> None:
    """Correct the name, title and phone of an account; its address stays, for it is how it signs in."""
    policy.require(actor, Permission.STAFF_MANAGE)
    faults = {name: sentence for name, sentence in _faults({**values, "email": staff.email}).items() if name != "email"}
    if faults:
        raise Invalid(faults=faults)
    staff.name = values["name"].strip()[:255]
    staff.title = values.get("title", "").strip()[:255]
    staff.phone = values.get("phone", "").strip()[:64]


def reset_password(session: Session, actor: Actor, staff: Staff) -> str:
    """Give a new first password and end every session of the account."""
    policy.require(actor, Permission.STAFF_MANAGE)
    password = secrets.token_urlsafe(12)
    staff.password_hash = accounts.hash_password(password)
    accounts.revoke_all(session, staff)
    return password


def set_active(session: Session, actor: Actor, staff: Staff, *, active: bool) -> None:
    """Suspend an account at once, sessions included, or open it again."""
    policy.require(actor, Permission.STAFF_MANAGE)
    if staff.id == actor.id:
        raise Conflict("Vous ne pouvez pas suspendre votre propre compte : demandez-le à un autre administrateur.")
    staff.active = active
    if not active:
        accounts.revoke_all(session, staff)


def add_membership(session: Session, actor: Actor, staff: Staff, role_code: str, department: str) -> Membership:
    """Give a role in a department, or in the whole authority when `department` is empty."""
    policy.require(actor, Permission.STAFF_MANAGE)
    role = _role(role_code)
    _check_may_give(actor, staff, role)
    department_id = _department_id(session, actor, department)
    if any(m.role == role and m.department_id == department_id for m in staff.memberships):
        raise Conflict("Ce rôle est déjà attribué.")
    membership = Membership(authority_id=actor.authority_id, role=role, department_id=department_id)
    staff.memberships.append(membership)
    session.flush()
    return membership


def remove_membership(actor: Actor, staff: Staff, membership_id: int) -> None:
    """Take a role back; nobody takes their own last administration role."""
    policy.require(actor, Permission.STAFF_MANAGE)
    found = [m for m in staff.memberships if m.id == membership_id]
    if not found:
        raise Conflict("Ce rôle a déjà été retiré.")
    if staff.id == actor.id and not _still_manages(m for m in staff.memberships if m.id != membership_id):
        raise Conflict("Vous perdriez l’administration des comptes : demandez-le à un autre administrateur.")
    staff.memberships.remove(found[0])


def _still_manages(memberships: Iterable[Membership]) -> bool:
    return any(Permission.STAFF_MANAGE in policy.GRANTS[Role(m.role)] for m in memberships)


def _role(code: str) -> Role:
    try:
        return Role(code)
    except ValueError:
        sentence = "Choisissez un rôle dans la liste."
        raise Invalid(sentence, {"role": sentence}) from None


def _check_may_give(actor: Actor, staff: Staff, role: Role) -> None:
    if staff.id == actor.id:
        raise Conflict("Vous ne pouvez pas vous attribuer un rôle : demandez-le à un autre administrateur.")
    held = {grant.role for grant in actor.grants}
    if held <= {Role.IT_ADMIN} and role not in WITHOUT_CASES:
        raise Conflict("L’administration technique n’attribue pas de rôle qui donne accès aux dossiers.")


def _department_id(session: Session, actor: Actor, department: str) -> int | None:
    if not department:
        return None
    department_id = row_ids.read(department)
    if department_id is None:
        raise Invalid("Choisissez un service dans la liste.", {"department": "Choisissez un service dans la liste."})
    return catalogue.get_department(session, actor.authority_id, department_id).id


def _faults(values: Mapping[str, str]) -> dict[str, str]:
    faults = {}
    if not values.get("name", "").strip():
        faults["name"] = "Donnez le prénom et le nom de l’agent."
    try:
        identity.check_email(values.get("email", ""))
    except Invalid as fault:
        faults["email"] = fault.sentence
    return faults
