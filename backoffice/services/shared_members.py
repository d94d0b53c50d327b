"""The agents of a shared service: invited by the authority that they will also work for, until one of them ends it.

An agent has in each authority an account of that authority, which says where they come from and signs in under no
password: it is entered from the site of their own (`services.crossings`). Whatever an account of another authority can
never reach, they never reach; the role that they hold reaches one department (`policy.CONFINED`).
"""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import ROLE_LABELS, Actor, Permission, Role
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import OF_ANOTHER_HOUSE, Membership, Staff
from backoffice.models.shared_services import SharedMember, SharedService
from backoffice.queries import accounts as account_queries
from backoffice.queries import catalogue, people
from backoffice.queries import shared_services as queries
from backoffice.services import account_history, accounts, moment
from backoffice.services.account_history import Change

PATH = "/agents/autres-collectivites/"
ROLE = Role.SHARED_HANDLER
# The same whoever it is: an administrator learns nothing of the accounts of another authority.
UNKNOWN = "Aucun agent de ce service commun n’a cette adresse. Demandez-la à l’autre collectivité."


def author_in(session: Session, actor: Actor, authority_id: int) -> Actor:
    """Who acts, as the history of another authority names them: with where they come from."""
    if actor.authority_id == authority_id:
        return actor
    return policy.system(authority_id, name_elsewhere(session, actor.name, actor.authority_id))


def name_elsewhere(session: Session, name: str, authority_id: int) -> str:
    """« Claire Martin (Val de Lys) »: how somebody of this authority is called in another one."""
    home = session.get_one(Authority, authority_id)
    return f"{name[:120]} ({(home.short_name or home.name)[:120]})"


def invite(session: Session, runtime: Runtime, actor: Actor, service: SharedService, email: str) -> SharedMember:
    """Ask an agent of the shared service, by their address, to work here too: open once they accepted."""
    policy.require(actor, Permission.STAFF_MANAGE)
    if actor.authority_id != service.partner_id or not service.is_open:
        raise Conflict("Ce service commun n’est pas ouvert chez vous.")
    home = people.find_staff_by_email(session, email)
    if home is None or not _is_of_service(session, home, service):
        raise Invalid(UNKNOWN, {"email": UNKNOWN})
    if queries.find_member(session, service.id, home.id):
        raise Invalid(faults={"email": "Cet agent est déjà invité."})
    own = _account_of(session, home, actor.authority_id)
    member = SharedMember(
        authority_id=actor.authority_id,
        shared_service_id=service.id,
        home_staff_id=home.id,
        staff_id=own.id,
        name=home.name,
        email=home.email,
        invited_at=moment.now(),
        invited_by=actor.name,
    )
    session.add(member)
    session.flush()
    facts = {"Rôle": _role_in_words(session, service), "À accepter sur": f"{service.home_site}{PATH}"}
    event = account_history.record(session, actor, own, Change.INVITED, {}, facts)
    account_history.tell(session, runtime, own, event, "account_changed")
    return member


def accept(session: Session, actor: Actor, member_id: int) -> SharedMember:
    """Say yes: the account in the other authority opens, with its one role in the one department."""
    member = queries.claim_member(session, member_id, home_staff_id=actor.id or 0)
    service = session.get_one(SharedService, member.shared_service_id)
    home = people.get_staff(session, actor.authority_id, actor.id or 0)
    if not service.is_open or not _is_of_service(session, home, service):
        raise Conflict("Ce service commun n’est plus ouvert.")
    if member.accepted_at is not None:
        return member
    own = account_queries.claim_staff(session, member.authority_id, member.staff_id)
    own.name, own.title, own.phone = name_elsewhere(session, home.name, home.authority_id), home.title, home.phone
    own.active, member.accepted_at = True, moment.now()
    department_id = service.partner_department_id
    if not any(one.department_id == department_id for one in own.memberships):
        own.memberships.append(Membership(authority_id=own.authority_id, role=ROLE, department_id=department_id))
    session.flush()
    by_agent = author_in(session, actor, own.authority_id)
    account_history.record(session, by_agent, own, Change.ROLE_GIVEN, {}, {"Rôle": _role_in_words(session, service)})
    partner = session.get_one(Authority, service.partner_id)
    account_history.record(session, actor, home, Change.WORKS_ELSEWHERE, {}, {"Collectivité": partner.name})
    return member


def withdraw(session: Session, runtime: Runtime, actor: Actor, member_id: int, reason: str) -> None:
    """Take an access back, with a reason, on the side that gave it."""
    policy.require(actor, Permission.STAFF_MANAGE)
    sentence = "Dites pourquoi : le motif reste dans l’historique du compte."
    if not reason.strip():
        raise Invalid(sentence, {"reason": sentence})
    close(session, runtime, actor, queries.claim_member(session, member_id, authority_id=actor.authority_id), reason)


def give_up(session: Session, runtime: Runtime, actor: Actor, member_id: int) -> None:
    """Refuse an invitation, or stop, for the agent themselves."""
    member = queries.claim_member(session, member_id, home_staff_id=actor.id or 0)
    close(session, runtime, actor, member, "À la demande de l’agent")


def close(session: Session, runtime: Runtime, actor: Actor, member: SharedMember, reason: str) -> None:
    """End an access that the caller holds: the role goes, the account with its last one, and every session of it."""
    service = session.get_one(SharedService, member.shared_service_id)
    own = account_queries.claim_staff(session, member.authority_id, member.staff_id)
    member.ended_at, member.ended_by, member.end_reason = moment.now(), actor.name, reason.strip()[:500]
    gone = [one for one in own.memberships if one.department_id == service.partner_department_id]
    for one in gone if member.accepted_at else ():
        own.memberships.remove(one)
    own.active = own.active and bool(own.memberships)
    session.flush()
    accounts.revoke_all(session, own)
    by, facts = author_in(session, actor, own.authority_id), {"Rôle": _role_in_words(session, service)}
    event = account_history.record(session, by, own, Change.ROLE_TAKEN, facts, {"Motif": member.end_reason})
    account_history.tell(session, runtime, own, event, "account_changed")
    home = account_queries.claim_staff(session, service.authority_id, member.home_staff_id)
    of = {"Collectivité": session.get_one(Authority, service.partner_id).name}
    at_home = author_in(session, actor, home.authority_id)
    account_history.record(session, at_home, home, Change.WORKS_NO_LONGER, of, {"Motif": member.end_reason})


def check_may_enter(session: Session, member: SharedMember) -> Staff:
    """The account that an access opens, if both authorities and both accounts still stand; else Forbidden."""
    home, own = session.get_one(Staff, member.home_staff_id), session.get_one(Staff, member.staff_id)
    if not (home.active and own.active and _is_of_service(session, home, member.service)):
        raise Forbidden("Cet accès n’est plus ouvert : adressez-vous à votre administrateur.")
    return own


def _is_of_service(session: Session, home: Staff, service: SharedService) -> bool:
    return (
        home.active
        and home.authority_id == service.authority_id
        and queries.is_in_department(session, home.id, service.department_id)
    )


def _account_of(session: Session, home: Staff, authority_id: int) -> Staff:
    """The account that stands here for an agent of another authority: the one of another time, or a new one, closed."""
    known = queries.find_account(session, authority_id, home.id)
    if known is not None:
        return known
    own = Staff(
        authority_id=authority_id,
        email=f"{home.email[:180]}{OF_ANOTHER_HOUSE}{session.get_one(Authority, authority_id).code}",
        name=name_elsewhere(session, home.name, home.authority_id),
        title=home.title,
        phone=home.phone,
        active=False,
        home_id=home.id,
        created_at=moment.now(),
    )
    session.add(own)
    session.flush()
    return own


def _role_in_words(session: Session, service: SharedService) -> str:
    ours = catalogue.get_department(session, service.partner_id, service.partner_department_id or 0)
    return f"{ROLE_LABELS[ROLE]} – {ours.name}"
