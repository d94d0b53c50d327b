"""SELECTs and DELETEs on drafts; one that expired is not there any more, swept or not."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.orm import Session, joinedload

from backoffice.infra.database import table_of
from backoffice.models.catalogue import Procedure
from backoffice.models.drafts import Draft
from backoffice.queries.once import insert_once

_DRAFTS = table_of(Draft)
# Building a statement costs more than running it: that of every form is built once, and makes no object of the row.
_LOCK = (
    select(_DRAFTS.c.id)
    .where(_DRAFTS.c.authority_id == bindparam("authority_id"), _DRAFTS.c.key == bindparam("key"))
    .with_for_update()
)


def insert_draft(session: Session, **values: Any) -> None:
    """A new draft, unless one stands under the same key."""
    insert_once(session, Draft, ("key",), **values)


def find_draft(session: Session, authority_id: int, key: str, now: datetime) -> Draft | None:
    """The live draft of this key, with its procedure."""
    return session.scalar(_live(authority_id, now).where(Draft.key == key))


def claim_draft(session: Session, authority_id: int, key: str, now: datetime) -> Draft | None:
    """The same, locked until the transaction ends."""
    if session.scalar(_LOCK, {"authority_id": authority_id, "key": key}) is None:
        return None  # as for nearly every form
    query = _live(authority_id, now).where(Draft.key == key)
    return session.scalar(query.execution_options(populate_existing=True))


def find_draft_by_token(session: Session, authority_id: int, token_hash: str, now: datetime) -> Draft | None:
    """The live draft that a link leads to."""
    return session.scalar(_live(authority_id, now).where(Draft.token_hash == token_hash))


def list_drafts_of(session: Session, citizen_id: int, authority_id: int, now: datetime) -> list[Draft]:
    """The live drafts of a citizen, the last saved first."""
    return list(session.scalars(_live(authority_id, now).where(Draft.citizen_id == citizen_id)))


def find_begun(
    session: Session, authority_id: int, code: str, keys: Collection[str], citizen_id: int | None, now: datetime
) -> Draft | None:
    """The last saved of the drafts of a procedure that have one of these keys, or that are this citizen's."""
    mine = Draft.key.in_(keys) if citizen_id is None else Draft.key.in_(keys) | (Draft.citizen_id == citizen_id)
    query = (
        _live(authority_id, now).join(Procedure, Procedure.id == Draft.procedure_id).where(Procedure.code == code, mine)
    )
    return session.scalar(query.limit(1))


def list_expired(session: Session, now: datetime, limit: int) -> list[Draft]:
    """Drafts left for too long, locked; those that somebody else is deleting are left to them."""
    query = select(Draft).where(Draft.expires_at <= now).order_by(Draft.expires_at).limit(limit)
    return list(session.scalars(query.with_for_update(skip_locked=True)))


def delete_draft(session: Session, authority_id: int, key: str) -> None:
    """A draft that was sent, or that its owner gives up."""
    session.execute(delete(Draft).where(Draft.authority_id == authority_id, Draft.key == key))


def _live(authority_id: int, now: datetime) -> Select[tuple[Draft]]:
    query = select(Draft).where(Draft.authority_id == authority_id, Draft.expires_at > now)
    procedure = joinedload(Draft.procedure)
    loaded = query.options(
        procedure.joinedload(Procedure.current_version),
        procedure.joinedload(Procedure.department),
        joinedload(Draft.version),
    )
    return loaded.order_by(Draft.saved_at.desc(), Draft.id.desc())
