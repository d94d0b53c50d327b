"""Staff accounts and their memberships, managed by an administrator."""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy, row_ids
from backoffice.domain.policy import CONFINED, ROLE_LABELS, Actor, Permission, Role
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.people import Membership, Staff
from backoffice.queries import catalogue, people
from backoffice.services import account_history, accounts, invitations, moment
from backoffice.services.account_history import Change

# The technical administrator opens accounts, and gives nobody the right to read cases (domain.md §1, it_admin), nor
# that of giving it: an account of theirs would do the rest.
GIVEN_BY_IT = frozenset({Role.IT_ADMIN})


def create(session: Session, runtime: Runtime, actor: Actor, values: Mapping[str, str]) -> Staff:
    """Open an account, and send its owner the link to choose a password."""
    policy.require(actor, Permission.STAFF_MANAGE)
    email = values.get("email", "").strip().lower()
    faults = _faults(values)
    if not faults and people.find_staff_by_email(session, email) is not None:
        faults["email"] = "Un compte existe déjà avec cette adresse."
    if faults:
        raise Invalid(faults=faults)
    staff = Staff(
        authority_id=actor.authority_id, email=email, active=True, created_at=moment.now(), **_identity(values)
    )
    session.add(staff)
    session.flush()
    facts = {"Courriel": email, **_shown(staff)}
    invitations.send(session, runtime, staff, account_history.record(session, actor, staff, Change.CREATED, {}, facts))
    return staff


def update(session: Session, runtime: Runtime, actor: Actor, staff: Staff, values: Mapping[str, str]) -> None:
    """Correct the name, title and phone of an account; its address stays, for it is how it signs in."""
    policy.require(actor, Permission.STAFF_MANAGE)
    _check_is_ours(staff)
    faults = {name: sentence for name, sentence in _faults({**values, "email": staff.email}).items() if name != "email"}
    if faults:
        raise Invalid(faults=faults)
    before = _shown(staff)
    for name, value in _identity(values).items():
        setattr(staff, name, value)
    after = _shown(staff)
    changed = [label for label in after if before[label] != after[label]]
    if changed:
        were, are = ({label: facts[label] for label in changed} for facts in (before, after))
        _note(session, runtime, actor, staff, Change.CORRECTED, were, are)


def invite_again(session: Session, runtime: Runtime, actor: Actor, staff: Staff) -> None:
    """Void the password (forgotten, or known to somebody else) and send its owner the link to choose another."""
    policy.require(actor, Permission.STAFF_MANAGE)
    _check_is_ours(staff)
    if not staff.active:
        raise Conflict("Ce compte est suspendu : rouvrez-le d’abord.")
    change = Change.RESET if accounts.has_password(staff) else Change.INVITED
    invitations.send(session, runtime, staff, account_history.record(session, actor, staff, change))


def set_active(session: Session, runtime: Runtime, actor: Actor, staff: Staff, *, active: bool) -> None:
    """Suspend an account at once, sessions included, or open it again."""
    policy.require(actor, Permission.STAFF_MANAGE)
    if staff.id == actor.id:
        raise Conflict("Vous ne pouvez pas suspendre votre propre compte : demandez-le à un autre administrateur.")
    if staff.active is active:
        return
    if active and not staff.memberships:
        _check_is_ours(staff)
    staff.active = active
    if not active:
        accounts.revoke_all(session, staff)
    _note(session, runtime, actor, staff, Change.REOPENED if active else Change.SUSPENDED)


def add_membership(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    staff: Staff,
    role_code: str,
    department: str,
    *,
    told: bool = True,
) -> Membership:
    """Give a role in a department, or in the whole authority when `department` is empty; its owner is `told`."""
    policy.require(actor, Permission.STAFF_MANAGE)
    _check_is_ours(staff)
    role = _role(role_code)
    if staff.id == actor.id:
        raise Conflict("Vous ne pouvez pas vous attribuer un rôle : demandez-le à un autre administrateur.")
    check_may_give(actor, role)
    department_id = _department_id(session, actor, department)
    if any(m.role == role and m.department_id == department_id for m in staff.memberships):
        raise Conflict("Ce rôle est déjà attribué.")
    membership = Membership(authority_id=actor.authority_id, role=role, department_id=department_id)
    staff.memberships.append(membership)
    session.flush()
    # A session opened under other rights, with other proofs, goes on with none of them.
    accounts.revoke_all(session, staff)
    facts = {"Rôle": _role_in_words(membership)}
    if told:
        _note(session, runtime, actor, staff, Change.ROLE_GIVEN, {}, facts)
    else:
        account_history.record(session, actor, staff, Change.ROLE_GIVEN, {}, facts)
    return membership


def remove_membership(session: Session, runtime: Runtime, actor: Actor, staff: Staff, membership_id: int) -> None:
    """Take a role back; nobody takes their own last administration role."""
    policy.require(actor, Permission.STAFF_MANAGE)
    _check_is_ours(staff)
    found = [m for m in staff.memberships if m.id == membership_id]
    if not found:
        raise Conflict("Ce rôle a déjà été retiré.")
    if staff.id == actor.id and not _still_manages(m for m in staff.memberships if m.id != membership_id):
        raise Conflict("Vous perdriez l’administration des comptes : demandez-le à un autre administrateur.")
    was = {"Rôle": _role_in_words(found[0])}
    staff.memberships.remove(found[0])
    session.flush()
    if staff.id != actor.id:
        accounts.revoke_all(session, staff)
    _note(session, runtime, actor, staff, Change.ROLE_TAKEN, was)


def _note(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    staff: Staff,
    change: Change,
    before: Mapping[str, str] | None = None,
    after: Mapping[str, str] | None = None,
) -> None:
    event = account_history.record(session, actor, staff, change, before, after)
    account_history.tell(session, runtime, staff, event, "account_changed")


def _identity(values: Mapping[str, str]) -> dict[str, str]:
    longest = {"name": 255, "title": 255, "phone": 64}
    return {name: values.get(name, "").strip()[:most] for name, most in longest.items()}


def _shown(staff: Staff) -> dict[str, str]:
    return {"Nom": staff.name, "Fonction": staff.title, "Téléphone": staff.phone}


def _role_in_words(membership: Membership) -> str:
    where = membership.department.name if membership.department else "toute la collectivité"
    return f"{ROLE_LABELS[Role(membership.role)]} – {where}"


def _still_manages(memberships: Iterable[Membership]) -> bool:
    return any(Permission.STAFF_MANAGE in policy.GRANTS[Role(m.role)] for m in memberships)


def _role(code: str) -> Role:
    try:
        return Role(code)
    except ValueError:
        sentence = "Choisissez un rôle dans la liste."
        raise Invalid(sentence, {"role": sentence}) from None


def check_may_give(actor: Actor, role: Role) -> None:
    """Raise Conflict when whoever administers accounts may not give this role."""
    if role in CONFINED:
        raise Conflict("Ce rôle se donne dans « Services communs », à un agent d’une autre collectivité.")
    held = {grant.role for grant in actor.grants}
    if held <= {Role.IT_ADMIN} and role not in GIVEN_BY_IT:
        raise Conflict("L’administration technique n’attribue ni l’accès aux dossiers, ni le droit de le donner.")


def _check_is_ours(staff: Staff) -> None:
    if staff.home_id is not None:
        raise Conflict("C’est un agent d’une autre collectivité : son accès se règle dans « Services communs ».")


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
