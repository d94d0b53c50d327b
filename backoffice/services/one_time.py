"""Secrets that prove an address once: made and kept as keyed hashes, short-lived, counted by address and by network."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime
from backoffice.models.people import OneTimeSecret
from backoffice.queries import one_time as queries
from backoffice.settings import Settings

LASTS = timedelta(minutes=15)
MOST_TO_ADDRESS = ((timedelta(minutes=15), 3), (timedelta(days=1), 10))
MOST_FROM_NETWORK = ((timedelta(minutes=15), 20), (timedelta(days=1), 200))


class Purpose(StrEnum):
    """What a secret opens: one made for a door opens no other."""

    SIGN_IN = "sign_in"
    SHEET = "sheet"
    ADDRESS = "address"
    OPINION = "opinion"
    CROSSING = "crossing"


def keep(
    session: Session,
    runtime: Runtime,
    authority_id: int,
    purpose: Purpose,
    secret: str,
    *,
    recipient: str,
    network: str,
    next_path: str = "",
) -> OneTimeSecret:
    """Remember that this secret leaves for an address."""
    now, settings = datetime.now(UTC), runtime.settings
    kept = OneTimeSecret(
        authority_id=authority_id,
        purpose=purpose,
        secret_hash=hashes(settings, purpose, secret)[0],
        recipient=recipient,
        recipient_key=_mark(settings.secret_key, "recipient", f"{authority_id}:{recipient}"),
        network_key=_mark(settings.secret_key, "network", network),
        next_path=next_path,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(kept)
    return kept


def find(session: Session, runtime: Runtime, purpose: Purpose, secret: str) -> OneTimeSecret | None:
    """A secret that would be accepted now, left in its place."""
    return _live(queries.find_secret(session, purpose, hashes(runtime.settings, purpose, secret)))


def take(session: Session, runtime: Runtime, purpose: Purpose, secret: str) -> OneTimeSecret | None:
    """The same, once; whatever else was sent to this address for this purpose goes with it."""
    found = _live(queries.claim_secret(session, purpose, hashes(runtime.settings, purpose, secret)))
    if found is None:
        return None
    now = datetime.now(UTC)
    for one in queries.claim_live_secrets(session, found.authority_id, purpose, found.recipient_key, now):
        one.used_at = now
    return found


def may_write_to(session: Session, runtime: Runtime, authority_id: int, recipient: str) -> bool:
    """Whether one more secret may leave for this address."""
    key, now = _mark(runtime.settings.secret_key, "recipient", f"{authority_id}:{recipient}"), datetime.now(UTC)
    return all(queries.count_sent_to(session, key, now - during) < most for during, most in MOST_TO_ADDRESS)


def may_ask_from(session: Session, runtime: Runtime, network: str) -> bool:
    """Whether one more secret may be asked for from this network."""
    key, now = _mark(runtime.settings.secret_key, "network", network), datetime.now(UTC)
    return all(queries.count_asked_from(session, key, now - during) < most for during, most in MOST_FROM_NETWORK)


def _live(found: OneTimeSecret | None) -> OneTimeSecret | None:
    return found if found is not None and found.used_at is None and found.expires_at > datetime.now(UTC) else None


def hashes(settings: Settings, purpose: Purpose, secret: str) -> list[str]:
    """What may be kept of a secret: its keyed hash, under the key in use and then those still accepted."""
    return [_mark(key, purpose, secret) for key in settings.secret_keys]


def _mark(key: str, kind: str, text: str) -> str:
    return hmac.new(key.encode(), f"one-time\0{kind}\0{text}".encode(), hashlib.sha256).hexdigest()
