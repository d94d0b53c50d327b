"""Passkeys of staff: added, and used as the second proof of who signs in; a challenge serves once, for one session."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from backoffice.errors import Conflict, Invalid
from backoffice.infra import passkeys
from backoffice.infra.passkeys import Passkey, Site
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import Staff
from backoffice.models.sign_in import StaffFactor
from backoffice.queries import sign_in as queries
from backoffice.services import second_factors
from backoffice.services.second_factors import Kind


def site_for(session: Session, runtime: Runtime, authority_id: int) -> Site | None:
    """The site that passkeys are made for; None when this installation has none (no name, or no TLS)."""
    return passkeys.site_of(runtime.settings.public_url, session.get_one(Authority, authority_id).name)


def ask_for_new(session: Session, runtime: Runtime, staff: Staff, session_id: int) -> dict[str, Any]:
    """What the browser of this session is asked to make."""
    site, challenge = _site(session, runtime, staff), _new_challenge(session, session_id)
    return passkeys.ask_for_new(site, (staff.id, staff.email, staff.name), challenge, _ids(session, staff))


def add(session: Session, runtime: Runtime, staff: Staff, session_id: int, answer: str, name: str) -> list[str]:
    """Keep the passkey that the browser made; give recovery codes when they are the first ones."""
    made = passkeys.check_new(_site(session, runtime, staff), answer, take_challenge(session, session_id))
    if queries.find_credential(session, _hash(made.id)) is not None:
        raise Conflict("Cette clé d’accès est déjà enregistrée.")
    factor = StaffFactor(
        authority_id=staff.authority_id,
        staff_id=staff.id,
        kind=Kind.PASSKEY,
        name="",
        secret=made.public_key,
        credential_id=made.id,
        credential_hash=_hash(made.id),
        last_counter=made.counter,
        created_at=datetime.now(UTC),
    )
    session.add(factor)
    return second_factors.added(session, runtime, staff, factor, name)


def ask_to_sign(session: Session, runtime: Runtime, staff: Staff, session_id: int) -> dict[str, Any]:
    """What the browser of this session is asked to sign."""
    site, challenge = _site(session, runtime, staff), _new_challenge(session, session_id)
    return passkeys.ask_to_sign(site, challenge, _ids(session, staff))


def check(session: Session, runtime: Runtime, staff: Staff, challenge: str, answer: str) -> None:
    """Accept a signature of one of this account's passkeys; raise Invalid for anything else."""
    factor = queries.find_credential(session, _hash(passkeys.id_in(answer)))
    if factor is None or factor.staff_id != staff.id or not challenge:
        raise Invalid(passkeys.REFUSED)
    known = Passkey(factor.credential_id, factor.secret, factor.last_counter)
    site = _site(session, runtime, staff)
    factor.last_counter = passkeys.check_signature(site, answer, challenge, known)
    factor.used_at = datetime.now(UTC)


def take_challenge(session: Session, session_id: int) -> str:
    """What this session was asked to sign, once."""
    held = queries.claim_session(session, session_id)
    challenge, held.challenge = held.challenge, ""
    return challenge


def _new_challenge(session: Session, session_id: int) -> str:
    held = queries.claim_session(session, session_id)
    held.challenge = secrets.token_urlsafe(32)
    return held.challenge


def _ids(session: Session, staff: Staff) -> list[str]:
    return [one.credential_id for one in queries.list_factors(session, staff.id) if one.kind == Kind.PASSKEY]


def _site(session: Session, runtime: Runtime, staff: Staff) -> Site:
    site = site_for(session, runtime, staff.authority_id)
    if site is None:
        raise Conflict("Les clés d’accès demandent un site en https, sous un nom : utilisez une application de codes.")
    return site


def _hash(credential_id: str) -> str:
    return hashlib.sha256(credential_id.encode()).hexdigest()
