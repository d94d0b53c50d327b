"""SELECTs on the kiosks of an authority."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.errors import NotFound
from backoffice.models.kiosks import Kiosk


def list_kiosks(session: Session, authority_id: int) -> list[Kiosk]:
    """Those in service by place, then those that were withdrawn."""
    query = select(Kiosk).where(Kiosk.authority_id == authority_id)
    return list(session.scalars(query.order_by(Kiosk.withdrawn_at.is_not(None), Kiosk.place, Kiosk.id)))


def find_by_token(session: Session, authority_id: int, token_hash: str) -> Kiosk | None:
    """The kiosk in service of an authority that holds a token."""
    query = select(Kiosk).where(Kiosk.authority_id == authority_id, Kiosk.token_hash == token_hash)
    return session.scalar(query.where(Kiosk.withdrawn_at.is_(None)))


def claim_by_code(session: Session, authority_id: int, code_hash: str, now: datetime) -> Kiosk | None:
    """The kiosk that a code installs now, locked."""
    query = select(Kiosk).where(
        Kiosk.authority_id == authority_id,
        Kiosk.code_hash == code_hash,
        Kiosk.code_ends_at > now,
        Kiosk.withdrawn_at.is_(None),
    )
    return session.scalar(query.with_for_update())


def claim_kiosk(session: Session, authority_id: int, kiosk_id: int) -> Kiosk:
    """One in service, locked; or NotFound."""
    query = select(Kiosk).where(Kiosk.id == kiosk_id, Kiosk.authority_id == authority_id, Kiosk.withdrawn_at.is_(None))
    found = session.scalar(query.with_for_update())
    if found is None:
        raise NotFound("Cette borne n’existe pas, ou elle est retirée.")
    return found
