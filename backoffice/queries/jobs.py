"""SELECTs and conditional UPDATEs on promises: what makes a claim exclusive on both engines."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from backoffice.models.jobs import Job

# A wake-up that was published this long ago and led nowhere was lost with its broker: publish it again.
PUBLISHED_AGAIN_AFTER = timedelta(seconds=30)


def claim_due(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Lock the due jobs that nobody was woken for lately, stamp them published, and give their ids."""
    waiting = or_(Job.published_at.is_(None), Job.published_at < now - PUBLISHED_AGAIN_AFTER)
    due = or_(
        and_(Job.state == "queued", Job.due_at <= now, waiting),
        and_(Job.state == "running", Job.lease_until < now, waiting),
    )
    pick = (
        select(Job.id)
        .where(Job.state.in_(("queued", "running")), due)
        .order_by(Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(pick))
    if ids:
        session.execute(update(Job).where(Job.id.in_(ids)).values(published_at=now))
    return ids


def claim_job(session: Session, job_id: int, now: datetime, lease_until: datetime, token: str) -> Job | None:
    """Take one job with one conditional UPDATE; None when somebody else has it or it is done."""
    free = or_(
        and_(Job.state == "queued", Job.due_at <= now),
        and_(Job.state == "running", Job.lease_until < now),
    )
    taken = session.execute(
        update(Job)
        .where(Job.id == job_id, free)
        .values(state="running", token=token, lease_until=lease_until, attempts=Job.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return session.get_one(Job, job_id) if _touched(taken) else None


def renew_lease(session: Session, job_id: int, token: str, lease_until: datetime) -> bool:
    """Move the end of a lease that is still ours."""
    return _touched(session.execute(_held(job_id, token).values(lease_until=lease_until)))


def finish_job(session: Session, job_id: int, token: str, now: datetime) -> bool:
    """Mark a job done if it is still ours."""
    done = _held(job_id, token).values(state="done", done_at=now, token="", lease_until=None, error="")
    return _touched(session.execute(done))


def find_held_job(session: Session, job_id: int, token: str) -> Job | None:
    """The job, if it is still held under this token."""
    held = select(Job).where(Job.id == job_id, Job.token == token, Job.state == "running").with_for_update()
    return session.scalar(held)


def insert_slot(session: Session, kind: str, slot: str, due_at: datetime, payload: dict[str, Any]) -> bool:
    """Insert (kind, slot) unless it exists; say whether it was ours."""
    engine = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = engine.insert(Job).values(
        kind=kind, slot=slot, due_at=due_at, created_at=due_at, payload=payload, state="queued", attempts=0,
        token="", error="",
    )
    return _touched(session.execute(row.on_conflict_do_nothing(index_elements=["kind", "slot"])))


def list_dead(session: Session, authority_id: int, limit: int = 100) -> list[Job]:
    """The promises that nobody keeps any more, newest first: for a person to see."""
    mine = or_(Job.authority_id == authority_id, Job.authority_id.is_(None))
    return list(session.scalars(select(Job).where(Job.state == "dead", mine).order_by(Job.id.desc()).limit(limit)))


def count_by_state(session: Session) -> dict[str, int]:
    """How many jobs are in each state."""
    return {state: count for state, count in session.execute(select(Job.state, func.count()).group_by(Job.state))}


def find_dead(session: Session, authority_id: int, job_id: int) -> Job | None:
    """One abandoned promise, locked."""
    mine = or_(Job.authority_id == authority_id, Job.authority_id.is_(None))
    return session.scalar(select(Job).where(Job.id == job_id, mine).with_for_update())


def _held(job_id: int, token: str) -> Any:
    mine = update(Job).where(Job.id == job_id, Job.token == token, Job.state == "running")
    return mine.execution_options(synchronize_session=False)


def _touched(result: Any) -> bool:
    return cast("CursorResult[Any]", result).rowcount == 1
