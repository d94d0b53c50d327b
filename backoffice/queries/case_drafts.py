"""SELECTs and DELETEs on what agents are writing on cases; one that expired is not there any more, swept or not."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, delete, or_, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor
from backoffice.models.case_drafts import CaseDraft
from backoffice.models.cases import Case
from backoffice.queries.cases import visible_to
from backoffice.queries.once import insert_once


def insert_draft(session: Session, **values: Any) -> None:
    """A new draft, unless the agent has one of this kind on the case."""
    insert_once(session, CaseDraft, ("case_id", "staff_id", "kind"), **values)


def claim_draft(session: Session, case_id: int, staff_id: int, kind: str, now: datetime) -> CaseDraft | None:
    """An agent's own draft, locked until the transaction ends."""
    query = select(CaseDraft).where(
        CaseDraft.case_id == case_id, CaseDraft.staff_id == staff_id, CaseDraft.kind == kind, CaseDraft.expires_at > now
    )
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def claim_shared(session: Session, case_id: int, draft_id: int, now: datetime) -> CaseDraft | None:
    """A draft that its author shares, locked until the transaction ends."""
    query = select(CaseDraft).where(
        CaseDraft.id == draft_id, CaseDraft.case_id == case_id, CaseDraft.shared, CaseDraft.expires_at > now
    )
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def list_of_case(session: Session, case_id: int) -> list[CaseDraft]:
    """All that is being written on a case, locked until the transaction ends."""
    return list(session.scalars(select(CaseDraft).where(CaseDraft.case_id == case_id).with_for_update()))


def list_readable(session: Session, case_id: int, staff_id: int | None, now: datetime) -> list[CaseDraft]:
    """An agent's own drafts on a case and those that others share, with their authors, the last saved first."""
    query = select(CaseDraft).where(
        CaseDraft.case_id == case_id, or_(CaseDraft.staff_id == staff_id, CaseDraft.shared), CaseDraft.expires_at > now
    )
    ordered = query.options(joinedload(CaseDraft.author)).order_by(CaseDraft.saved_at.desc(), CaseDraft.id)
    return list(session.scalars(ordered))


def drafts_of(actor: Actor, now: datetime | BindParameter[datetime]) -> Select[Any]:
    """What the actor is writing on the cases that they may still read, not expired at `now`."""
    mine = (CaseDraft.authority_id == actor.authority_id, CaseDraft.staff_id == actor.id, CaseDraft.expires_at > now)
    query = visible_to(actor, select(CaseDraft).join(Case, Case.id == CaseDraft.case_id).where(*mine))
    # SQLite would begin with every case; drafts are few, and each names its own.
    return query.with_hint(Case, "NOT INDEXED", "sqlite")


def list_written_by(session: Session, actor: Actor, now: datetime) -> list[tuple[CaseDraft, Case]]:
    """The same with their cases, the last saved first."""
    query = drafts_of(actor, now).add_columns(Case).order_by(CaseDraft.saved_at.desc(), CaseDraft.id)
    return [(draft, case) for draft, case in session.execute(query)]


def delete_draft(session: Session, case_id: int, staff_id: int | None, kind: str) -> None:
    """An agent's own draft that was sent, or emptied."""
    session.execute(
        delete(CaseDraft).where(CaseDraft.case_id == case_id, CaseDraft.staff_id == staff_id, CaseDraft.kind == kind)
    )


def delete_expired(session: Session, now: datetime) -> None:
    """The drafts left for too long."""
    session.execute(delete(CaseDraft).where(CaseDraft.expires_at <= now))
