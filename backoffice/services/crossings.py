"""From the site of one's own authority to that of another: a link for two minutes and one use, no second password."""

import secrets
from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.errors import Forbidden, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.people import Staff, WebSession
from backoffice.models.shared_services import SharedMember
from backoffice.queries import people
from backoffice.queries import shared_services as queries
from backoffice.services import accounts, moment, one_time, second_factors, shared_members
from backoffice.services.one_time import Purpose

PATH = "/agents/arrivee"
LASTS = timedelta(minutes=2)
PROVIDER = "shared_service"
"""What the session says of how it was opened."""
FACTOR_WANTED = (
    "Cette collectivité demande la double authentification. Ajoutez-en une dans « Mon compte », déconnectez-vous, "
    "puis reconnectez-vous avec elle."
)
STALE = "Ce lien n’est plus valable : il sert une fois, pendant deux minutes. Recommencez depuis votre site."


def leave(session: Session, runtime: Runtime, actor: Actor, session_id: int, member_id: int) -> str:
    """The address, on the other site, that opens a session there for who has this one here."""
    member = queries.find_standing_member(session, member_id)
    if member is None or member.home_staff_id != actor.id:
        raise NotFound(queries.NO_MEMBER)
    _check(session, member, session.get_one(WebSession, session_id))
    token = secrets.token_urlsafe(32)
    whose = f"{member.id}:{session_id}"
    kept = one_time.keep(
        session, runtime, member.authority_id, Purpose.CROSSING, token, recipient=whose, network=PROVIDER
    )
    kept.expires_at = kept.created_at + LASTS
    return f"{member.service.site}{PATH}/{token}"


def find(session: Session, runtime: Runtime, authority_id: int, token: str) -> SharedMember:
    """Whose arrival a link announces, left as it is."""
    kept = one_time.find(session, runtime, Purpose.CROSSING, token)
    return _read(session, kept.recipient if kept and kept.authority_id == authority_id else "")[0]


def enter(
    session: Session, runtime: Runtime, authority_id: int, token: str, *, user_agent: str, network: str
) -> tuple[str, str]:
    """Use a link: the token of a session here, that ends with the one it comes from at the latest; and whose it is."""
    kept = one_time.take(session, runtime, Purpose.CROSSING, token)
    member, origin = _read(session, kept.recipient if kept and kept.authority_id == authority_id else "")
    own = _check(session, member, origin)
    opened = accounts.open_session(
        session,
        runtime,
        staff=own,
        user_agent=user_agent,
        provider=PROVIDER,
        network=network,
        second_factor=origin.second_factor,
    )
    session.flush()
    held = people.find_session(session, accounts.token_hash(opened))
    assert held is not None  # noqa: S101 (just opened)
    held.opened_from_id, held.proved_at = origin.id, origin.proved_at
    held.expires_at = min(held.expires_at, origin.expires_at)
    return opened, own.name


def _read(session: Session, recipient: str) -> tuple[SharedMember, WebSession]:
    member_id, _, session_id = recipient.partition(":")
    member = queries.find_standing_member(session, int(member_id)) if member_id else None
    origin = session.get(WebSession, int(session_id)) if session_id else None
    if member is None or origin is None or origin.staff_id != member.home_staff_id:
        raise NotFound(STALE)
    return member, origin


def _check(session: Session, member: SharedMember, origin: WebSession) -> Staff:
    if origin.revoked_at is not None or origin.expires_at <= moment.now() or origin.step or origin.locked_at:
        raise NotFound(STALE)
    own = shared_members.check_may_enter(session, member)
    if second_factors.is_required(session, own) and not origin.second_factor:
        raise Forbidden(FACTOR_WANTED)
    return own
