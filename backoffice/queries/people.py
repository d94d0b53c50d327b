"""SELECTs on citizens and staff."""

from datetime import datetime

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload, undefer

from backoffice.domain.french import by_name
from backoffice.errors import NotFound
from backoffice.identity_providers import EMAIL
from backoffice.models.people import (
    Citizen,
    CitizenIdentity,
    FailedSignIn,
    Membership,
    SignInAttempt,
    Staff,
    WebSession,
)
from backoffice.models.staff_notices import StaffNotice

# Sheets of one e-mail and one name: a handful at most.
MOST_NAMESAKES = 20

# Building a statement costs more than running it: those of every page and every intake are built once.
_SESSION = select(WebSession).where(WebSession.token_hash == bindparam("token_hash"))
_STAFF = select(Staff).where(Staff.id == bindparam("staff_id")).options(joinedload(Staff.memberships))
# Every page of the desk says how many notices wait: the same statement counts them, along its index alone.
MOST_UNREAD = 99
_UNREAD = (
    select(StaffNotice.id)
    .where(StaffNotice.staff_id == WebSession.staff_id, StaffNotice.read_at.is_(None))
    .correlate(WebSession)
    .limit(MOST_UNREAD + 1)
    .subquery()
)
_VIEWER = (
    select(WebSession, Staff, select(func.count()).select_from(_UNREAD).scalar_subquery())
    .join(Staff, Staff.id == WebSession.staff_id)
    .where(WebSession.token_hash == bindparam("token_hash"))
    .options(joinedload(Staff.memberships))
)
_SAME_CONTACT = (
    select(Citizen)
    .where(
        Citizen.authority_id == bindparam("authority_id"),
        Citizen.email == bindparam("email"),
        Citizen.merged_into_id.is_(None),
        ~select(CitizenIdentity.id)
        .where(CitizenIdentity.citizen_id == Citizen.id, CitizenIdentity.provider != EMAIL)
        .exists(),
    )
    .order_by(Citizen.id)
    .limit(MOST_NAMESAKES)
)
_SAME_CONTACT_AND_NAME = _SAME_CONTACT.where(
    or_(Citizen.folded_name == bindparam("folded_name"), Citizen.folded_name == "")
)


def find_citizen(session: Session, authority_id: int, citizen_id: int) -> Citizen | None:
    """One citizen of this authority."""
    citizen = session.get(Citizen, citizen_id)
    return citizen if citizen is not None and citizen.authority_id == authority_id else None


def get_citizen(session: Session, authority_id: int, citizen_id: int) -> Citizen:
    """The same, or NotFound."""
    citizen = find_citizen(session, authority_id, citizen_id)
    if citizen is None:
        raise NotFound("Cette fiche usager n’existe pas.")
    return citizen


def find_citizen_by_identity(session: Session, authority_id: int, issuer: str, subject: str) -> Citizen | None:
    """Who an identity provider's (issuer, subject) stands for here."""
    return session.scalar(
        select(Citizen)
        .join(CitizenIdentity, CitizenIdentity.citizen_id == Citizen.id)
        .where(
            CitizenIdentity.authority_id == authority_id,
            CitizenIdentity.issuer == issuer,
            CitizenIdentity.subject == subject,
        )
    )


def list_citizens_by_contact(session: Session, authority_id: int, email: str, folded_name: str) -> list[Citizen]:
    """The sheets with this e-mail and name, the oldest first; none that an identity provider vouches for."""
    known = {"authority_id": authority_id, "email": email}
    if folded_name:
        return list(session.scalars(_SAME_CONTACT_AND_NAME, known | {"folded_name": folded_name}))
    return list(session.scalars(_SAME_CONTACT, known))


def find_staff_by_email(session: Session, email: str) -> Staff | None:
    """An account by its e-mail, with its password hash."""
    query = select(Staff).where(func.lower(Staff.email) == email.strip().lower())
    return session.scalar(query.options(undefer(Staff.password_hash)))


def find_staff_with_memberships(session: Session, staff_id: int) -> Staff | None:
    """One account with the roles it holds."""
    return session.scalars(_STAFF, {"staff_id": staff_id}).unique().one_or_none()


def find_viewer(session: Session, token_hash: str) -> tuple[WebSession, Staff, int] | None:
    """A session of staff by its token, whose it is, with how many notices they have not read.

    MOST_UNREAD + 1 stands for more.
    """
    found = session.execute(_VIEWER, {"token_hash": token_hash}).unique().one_or_none()
    return (found[0], found[1], found[2]) if found else None


def get_staff(session: Session, authority_id: int, staff_id: int) -> Staff:
    """One account of this authority, or NotFound."""
    staff = session.get(Staff, staff_id)
    if staff is None or staff.authority_id != authority_id:
        raise NotFound("Ce compte d’agent n’existe pas.")
    return staff


def list_staff(session: Session, authority_id: int) -> list[Staff]:
    """Every account with its memberships, by name."""
    query = select(Staff).where(Staff.authority_id == authority_id).order_by(Staff.id)
    loaded = query.options(joinedload(Staff.memberships).joinedload(Membership.department))
    return by_name(session.scalars(loaded).unique(), lambda one: one.name)


def list_department_staff(session: Session, department_id: int) -> list[Staff]:
    """The active staff who hold a role in a department, by name."""
    member = select(Membership.staff_id).where(Membership.department_id == department_id)
    found = session.scalars(select(Staff).where(Staff.id.in_(member), Staff.active).order_by(Staff.id))
    return by_name(found, lambda one: one.name)


def find_session(session: Session, token_hash: str) -> WebSession | None:
    """A signed-in session by the hash of its token."""
    return session.scalar(_SESSION, {"token_hash": token_hash})


def find_session_identity(session: Session, session_id: int) -> CitizenIdentity | None:
    """The verified identity under which a citizen's session was opened."""
    return session.scalar(
        select(CitizenIdentity)
        .join(WebSession, WebSession.citizen_id == CitizenIdentity.citizen_id)
        .where(WebSession.id == session_id, WebSession.provider == CitizenIdentity.provider)
        .limit(1)
    )


def find_identity(session: Session, authority_id: int, issuer: str, subject: str) -> CitizenIdentity | None:
    """The link between a provider's (issuer, subject) and a citizen."""
    return session.scalar(
        select(CitizenIdentity).where(
            CitizenIdentity.authority_id == authority_id,
            CitizenIdentity.issuer == issuer,
            CitizenIdentity.subject == subject,
        )
    )


def list_identities(session: Session, citizen_id: int) -> list[CitizenIdentity]:
    """The identities that open a citizen's account."""
    query = select(CitizenIdentity).where(CitizenIdentity.citizen_id == citizen_id).order_by(CitizenIdentity.id)
    return list(session.scalars(query))


def list_sign_in_attempts(session: Session, browser_hash: str) -> list[SignInAttempt]:
    """The pending sign-ins of a browser, oldest first."""
    query = select(SignInAttempt).where(SignInAttempt.browser_hash == browser_hash).order_by(SignInAttempt.id)
    return list(session.scalars(query))


def find_sign_in_attempt(session: Session, state_hash: str) -> SignInAttempt | None:
    """A pending sign-in by its state."""
    return session.scalar(select(SignInAttempt).where(SignInAttempt.state_hash == state_hash))


def claim_sign_in_attempt(session: Session, state_hash: str) -> SignInAttempt | None:
    """The same, locked: two callbacks with one state do not both have it."""
    return session.scalar(select(SignInAttempt).where(SignInAttempt.state_hash == state_hash).with_for_update())


def list_sessions(session: Session, staff_id: int, now: datetime) -> list[WebSession]:
    """The live sessions of an account, newest first."""
    live = (WebSession.staff_id == staff_id, WebSession.revoked_at.is_(None), WebSession.expires_at > now)
    return list(session.scalars(select(WebSession).where(*live).order_by(WebSession.id.desc())))


def list_citizen_sessions(session: Session, citizen_id: int, now: datetime) -> list[WebSession]:
    """The live sessions of a citizen."""
    live = (WebSession.citizen_id == citizen_id, WebSession.revoked_at.is_(None), WebSession.expires_at > now)
    return list(session.scalars(select(WebSession).where(*live)))


def count_failures(session: Session, key: str, since: datetime) -> int:
    """How many sign-ins this key was refused since then."""
    counted = select(func.count()).select_from(FailedSignIn)
    return session.scalar(counted.where(FailedSignIn.key == key, FailedSignIn.at >= since)) or 0
