"""Signing in and out: passwords (argon2id), throttling counted in the database, sessions that can be revoked."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy.orm import Session

from backoffice.domain import passwords, policy
from backoffice.domain.policy import Actor, Grant, Role
from backoffice.errors import Forbidden, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import Citizen, FailedSignIn, Membership, Staff, WebSession
from backoffice.queries import catalogue
from backoffice.queries import people as queries

NO_PASSWORD = "invited:"
"""What a password hash begins with while its owner has still to choose one (services.invitations)."""
THROTTLE_WINDOW, LONG_WINDOW = timedelta(minutes=15), timedelta(days=1)
# From one network on one account, and from one network on any. Strangers never close an account to its owner: beyond a
# day's worth of failures on it, from wherever, each network still has a few.
MOST_FAILURES = 8
MOST_FAILURES_PER_NETWORK = 40
MOST_FAILURES_PER_ACCOUNT, MOST_FAILURES_UNDER_ATTACK = 100, 3
REFUSED = "Adresse ou mot de passe incorrect. Vérifiez votre saisie, puis réessayez."
THROTTLED = "Trop d’essais ont échoué. Attendez un quart d’heure, ou demandez de l’aide à votre administrateur."
# Sessions note their last use at most this often: a page view is not a write.
SEEN_EVERY = timedelta(minutes=1)
# A password without its second proof waits no longer than that.
STEP_SECONDS = 1800


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    # Checked when the account does not exist, so that the answer takes the same time.
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str, own_words: Iterable[str] = ()) -> str:
    """The argon2id hash of an acceptable password; raise Invalid with what to change (domain.passwords)."""
    fault = passwords.fault_of(password, own_words)
    if fault:
        raise Invalid(fault, {"password": fault})
    return _hasher().hash(password)


def own_words(session: Session, staff: Staff) -> tuple[str, ...]:
    """What a stranger would try first as the password of this agent."""
    authority = session.get_one(Authority, staff.authority_id)
    return (staff.name, staff.email.partition("@")[0], authority.name, authority.short_name)


def sign_in(runtime: Runtime, email: str, password: str, network: str) -> Staff:
    """Check a password; raise Forbidden with one same sentence whatever was wrong, or when throttled."""
    email, password = email.strip().lower(), password[: passwords.LONGEST + 1]
    keys = _throttle_keys(runtime, email, network)
    with runtime.database.reading() as session:
        _check_throttle(session, keys)
        staff = queries.find_staff_by_email(session, email)
        known = staff.password_hash if staff is not None and staff.active and has_password(staff) else ""
    if not _verifies(known or _nobody(), password) or not known or staff is None or staff.home_id is not None:
        with runtime.database.transaction() as session:
            session.add_all(FailedSignIn(key=key, at=datetime.now(UTC)) for key in keys)
        raise Forbidden(REFUSED)
    return staff


def open_session(  # noqa: PLR0913 (what is known of a session is said by name)
    session: Session,
    runtime: Runtime,
    *,
    staff: Staff | None = None,
    citizen: Citizen | None = None,
    user_agent: str = "",
    provider: str = "password",
    id_token: str = "",
    address: str = "",
    network: str = "",
    step: str = "",
    second_factor: str = "",
) -> str:
    """Start a session and give its token, which only the browser keeps; `step` is what is still to be proved."""
    person = staff or citizen
    assert person is not None  # noqa: S101 (one of the two is given)
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    settings = runtime.settings
    lasts = settings.staff_session_seconds if staff else settings.citizen_session_seconds
    lasts = min(lasts, STEP_SECONDS) if step else lasts
    session.add(
        WebSession(
            authority_id=person.authority_id,
            token_hash=token_hash(token),
            staff_id=staff.id if staff else None,
            citizen_id=citizen.id if citizen else None,
            provider=provider,
            id_token=id_token,
            address=address,
            user_agent=user_agent[:255],
            network=network[:255],
            step=step,
            second_factor=second_factor,
            created_at=now,
            seen_at=now,
            proved_at=now,
            expires_at=now + timedelta(seconds=lasts),
        )
    )
    return token


def find_live_session(session: Session, runtime: Runtime, token: str) -> WebSession | None:
    """The session of a token, unless it was revoked, ran out, or slept too long."""
    found = queries.find_session(session, token_hash(token))
    return found if found is not None and _is_live(runtime, found) else None


def find_live_viewer(session: Session, runtime: Runtime, token: str) -> tuple[WebSession, Staff, int] | None:
    """The same of staff, whose it is, and how many notices they have not read (queries.people.MOST_UNREAD)."""
    found = queries.find_viewer(session, token_hash(token))
    return found if found is not None and _is_live(runtime, found[0]) and _is_followed(session, *found[:2]) else None


def _is_live(runtime: Runtime, held: WebSession) -> bool:
    settings, now = runtime.settings, datetime.now(UTC)
    idle = settings.staff_idle_seconds if held.staff_id else settings.citizen_idle_seconds
    return held.revoked_at is None and held.expires_at > now and held.seen_at + timedelta(seconds=idle) > now


def _is_followed(session: Session, held: WebSession, staff: Staff) -> bool:
    """Whether the session that this one comes from, on the site of the agent's own authority, still stands."""
    if staff.home_id is None:
        return True
    origin = session.get(WebSession, held.opened_from_id or 0)
    return (
        origin is not None
        and origin.staff_id == staff.home_id
        and origin.revoked_at is None
        and origin.expires_at > datetime.now(UTC)
    )


def note_seen(runtime: Runtime, found: WebSession) -> None:
    """Push the idle end back, at most once a minute."""
    now = datetime.now(UTC)
    if now - found.seen_at < SEEN_EVERY:
        return
    with runtime.database.transaction() as session:
        session.get_one(WebSession, found.id).seen_at = now


def close_session(session: Session, token: str) -> WebSession | None:
    """Revoke a session; nothing happens when it is already gone."""
    found = queries.find_session(session, token_hash(token))
    if found is not None and found.revoked_at is None:
        found.revoked_at = datetime.now(UTC)
    return found


def revoke_all(session: Session, staff: Staff, *, keeping: int = 0) -> int:
    """End every session of an account but one (suspension, new role, stolen device); give how many were live."""
    now = datetime.now(UTC)
    live = [one for one in queries.list_sessions(session, staff.id, now) if one.id != keeping]
    for found in live:
        found.revoked_at = now
    return len(live)


def revoke_citizen(session: Session, citizen: Citizen) -> None:
    """End every session of a citizen: their account is another one from now on."""
    now = datetime.now(UTC)
    for found in queries.list_citizen_sessions(session, citizen.id, now):
        found.revoked_at = now


def revoke_one(session: Session, staff: Staff, session_id: int) -> None:
    """End one session of an account (a computer left open elsewhere); raise NotFound when it is not theirs."""
    found = next(
        (one for one in queries.list_sessions(session, staff.id, datetime.now(UTC)) if one.id == session_id), None
    )
    if found is None:
        raise NotFound("Cette session est déjà terminée.")
    found.revoked_at = datetime.now(UTC)


def has_password(staff: Staff) -> bool:
    """Whether the owner of the account chose a password."""
    return bool(staff.password_hash) and not staff.password_hash.startswith(NO_PASSWORD)


def change_password(session: Session, staff: Staff, password_hash: str, *, keeping: int) -> int:
    """Replace a password whose old one was just checked, and end every other session; give how many were ended."""
    staff.password_hash = password_hash
    return revoke_all(session, staff, keeping=keeping)


def actor_of(staff: Staff, *, emergency: bool = False) -> Actor:
    """The account as the policy sees it; `emergency` while an administrator reads cases (services.emergency)."""
    grants = tuple(Grant(Role(m.role), m.department_id) for m in staff.memberships)
    return Actor("staff", staff.authority_id, staff.id, staff.name, grants, emergency)


def citizen_actor(citizen: Citizen) -> Actor:
    """A signed-in citizen as the policy sees them."""
    return policy.Actor("citizen", citizen.authority_id, citizen.id, citizen.display_name)


def token_hash(token: str) -> str:
    """Only this is kept: a stolen database opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


def count_key(runtime: Runtime, text: str) -> str:
    """What failures are counted under: a keyed hash, so that a stolen database does not say whose they are."""
    return hmac.new(runtime.settings.secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _throttle_keys(runtime: Runtime, email: str, network: str) -> tuple[str, str, str]:
    named = (f"pair:{email}\0{network}", f"network:{network}", f"account:{email}")
    pair, here, account = (count_key(runtime, text) for text in named)
    return pair, here, account


def _check_throttle(session: Session, keys: tuple[str, str, str]) -> None:
    now, (pair, network, account) = datetime.now(UTC), keys
    attacked = queries.count_failures(session, account, now - LONG_WINDOW) >= MOST_FAILURES_PER_ACCOUNT
    most = MOST_FAILURES_UNDER_ATTACK if attacked else MOST_FAILURES
    since = now - THROTTLE_WINDOW
    if queries.count_failures(session, pair, since) >= most:
        raise Forbidden(THROTTLED)
    if queries.count_failures(session, network, since) >= MOST_FAILURES_PER_NETWORK:
        raise Forbidden(THROTTLED)


def _verifies(known: str, password: str) -> bool:
    try:
        return _hasher().verify(known, password)
    except (Argon2Error, InvalidHashError):
        return False


def create_administrator(session: Session, authority_code: str, email: str, name: str, password: str) -> Staff:
    """The first account of an installation; raise Invalid when the address is taken."""
    authority = catalogue.get_authority(session, authority_code)
    if queries.find_staff_by_email(session, email) is not None:
        sentence = f"Un compte existe déjà pour {email}."
        raise Invalid(sentence, {"email": sentence})
    staff = Staff(
        authority_id=authority.id,
        email=email.strip().lower(),
        name=name.strip(),
        password_hash=hash_password(password),
        created_at=datetime.now(UTC),
        memberships=[Membership(authority_id=authority.id, role=Role.FUNCTIONAL_ADMIN)],
    )
    session.add(staff)
    session.flush()
    return staff
