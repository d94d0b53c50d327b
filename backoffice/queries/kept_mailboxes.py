"""SELECTs on the mailboxes that administrators added."""

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from backoffice.errors import NotFound
from backoffice.models.authorities import Authority
from backoffice.models.mail import KeptMailbox


def list_read(session: Session) -> list[tuple[KeptMailbox, str]]:
    """Those that are read, each with its password as it is sealed, and the code of its authority."""
    query = (
        select(KeptMailbox, Authority.code)
        .join(Authority, Authority.id == KeptMailbox.authority_id)
        .where(KeptMailbox.active)
        .options(undefer(KeptMailbox.secret))
        .order_by(KeptMailbox.id)
    )
    return [(row, code) for row, code in session.execute(query)]


def find_address(session: Session, code: str) -> str:
    """The address of one that is read, or nothing."""
    return session.scalar(select(KeptMailbox.address).where(KeptMailbox.code == code, KeptMailbox.active)) or ""


def list_all(session: Session, authority_id: int) -> list[KeptMailbox]:
    """Those of an authority, read or suspended."""
    query = select(KeptMailbox).where(KeptMailbox.authority_id == authority_id).order_by(KeptMailbox.code)
    return list(session.scalars(query))


def get_mailbox(session: Session, authority_id: int, code: str) -> KeptMailbox:
    """One of this authority, locked, with its password as it is sealed; or NotFound."""
    query = select(KeptMailbox).where(KeptMailbox.code == code, KeptMailbox.authority_id == authority_id)
    found = session.scalar(query.options(undefer(KeptMailbox.secret)).with_for_update())
    if found is None:
        raise NotFound("Cette boîte n’est pas de celles qui s’ajoutent à l’écran.")
    return found


def is_taken(session: Session, code: str) -> bool:
    """Whether a mailbox of any authority has this code."""
    return session.scalar(select(KeptMailbox.id).where(KeptMailbox.code == code)) is not None
