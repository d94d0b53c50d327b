"""SELECTs and DELETEs on what agents are writing down; one that expired is not there any more, swept or not."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.models.contacts import DeskDraft
from backoffice.queries.once import insert_once


def insert_draft(session: Session, **values: Any) -> None:
    """A new draft, unless one stands under the same key."""
    insert_once(session, DeskDraft, ("authority_id", "key"), **values)


def find_draft(session: Session, actor: Actor, key: str, now: datetime) -> DeskDraft | None:
    """A live draft of this very agent."""
    return session.scalar(_mine(actor, now).where(DeskDraft.key == key))


def claim_draft(session: Session, actor: Actor, key: str, now: datetime) -> DeskDraft | None:
    """The same, locked until the transaction ends."""
    query = _mine(actor, now).where(DeskDraft.key == key).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def list_drafts(session: Session, actor: Actor, now: datetime) -> list[DeskDraft]:
    """The live drafts of an agent, the last saved first."""
    return list(session.scalars(_mine(actor, now).order_by(DeskDraft.saved_at.desc(), DeskDraft.id.desc())))


def list_expired(session: Session, now: datetime, limit: int) -> list[DeskDraft]:
    """Drafts left for too long, locked; those that somebody else is deleting are left to them."""
    query = select(DeskDraft).where(DeskDraft.expires_at <= now).order_by(DeskDraft.expires_at).limit(limit)
    return list(session.scalars(query.with_for_update(skip_locked=True)))


def delete_draft(session: Session, authority_id: int, key: str) -> None:
    """A draft that was recorded, or given up."""
    session.execute(delete(DeskDraft).where(DeskDraft.authority_id == authority_id, DeskDraft.key == key))


def _mine(actor: Actor, now: datetime) -> Select[tuple[DeskDraft]]:
    return select(DeskDraft).where(
        DeskDraft.authority_id == actor.authority_id, DeskDraft.staff_id == actor.id, DeskDraft.expires_at > now
    )
