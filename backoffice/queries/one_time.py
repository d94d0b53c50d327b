"""SELECTs on one-time secrets: the links and codes that prove an address."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.models.people import OneTimeSecret


def find_secret(session: Session, purpose: str, hashes: Iterable[str]) -> OneTimeSecret | None:
    """A secret by its hash, under any key still accepted."""
    return session.scalar(
        select(OneTimeSecret).where(OneTimeSecret.purpose == purpose, OneTimeSecret.secret_hash.in_(list(hashes)))
    )


def claim_secret(session: Session, purpose: str, hashes: Iterable[str]) -> OneTimeSecret | None:
    """The same, locked: two browsers with one link do not both come in."""
    query = select(OneTimeSecret).where(OneTimeSecret.purpose == purpose, OneTimeSecret.secret_hash.in_(list(hashes)))
    return session.scalar(query.with_for_update())


def claim_live_secrets(
    session: Session, authority_id: int, purpose: str, recipient_key: str, now: datetime
) -> list[OneTimeSecret]:
    """What was sent to an address, and that would still be accepted, locked."""
    query = select(OneTimeSecret).where(
        OneTimeSecret.authority_id == authority_id,
        OneTimeSecret.purpose == purpose,
        OneTimeSecret.recipient_key == recipient_key,
        OneTimeSecret.used_at.is_(None),
        OneTimeSecret.expires_at > now,
    )
    return list(session.scalars(query.order_by(OneTimeSecret.id).with_for_update()))


def count_sent_to(session: Session, recipient_key: str, since: datetime) -> int:
    """How many secrets were made for this address since then."""
    counted = select(func.count()).select_from(OneTimeSecret)
    return (
        session.scalar(counted.where(OneTimeSecret.recipient_key == recipient_key, OneTimeSecret.created_at >= since))
        or 0
    )


def count_asked_from(session: Session, network_key: str, since: datetime) -> int:
    """How many secrets were asked for from this network since then."""
    counted = select(func.count()).select_from(OneTimeSecret)
    return (
        session.scalar(counted.where(OneTimeSecret.network_key == network_key, OneTimeSecret.created_at >= since)) or 0
    )
