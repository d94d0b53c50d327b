"""SELECTs and conditional UPDATEs on promises: what makes a claim exclusive on both engines."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Row, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from backoffice.infra.database import table_of
from backoffice.models.authorities import Authority
from backoffice.models.jobs import Job
from backoffice.queries.once import insert_once

# A wake-up that was published this long ago and led nowhere was lost with its broker: publish it again.
PUBLISHED_AGAIN_AFTER = timedelta(seconds=30)
# Wake-ups of one kind that wait in the broker at a time: a long backlog stays in the table, not twice in the broker.
IN_FLIGHT = 200

# Building a statement costs more than running it: those of every job are built once, and make no object of the row.
_JOBS = table_of(Job)
_TAKE = (
    update(_JOBS)
    .where(
        _JOBS.c.id == bindparam("job_id"),
        or_(
            and_(_JOBS.c.state == "queued", _JOBS.c.due_at <= bindparam("now")),
            and_(_JOBS.c.state == "running", _JOBS.c.lease_until < bindparam("now")),
        ),
    )
    .values(
        state="running", token=bindparam("its_token"), lease_until=bindparam("until"), attempts=_JOBS.c.attempts + 1
    )
    .returning(_JOBS.c.kind, _JOBS.c.payload, _JOBS.c.attempts)
)
_HELD = update(_JOBS).where(
    _JOBS.c.id == bindparam("job_id"), _JOBS.c.token == bindparam("its_token"), _JOBS.c.state == "running"
)
_FINISH = _HELD.values(state="done", done_at=bindparam("now"), token="", lease_until=None, error="")
_RENEW = _HELD.values(lease_until=bindparam("until"))


def any_due(session: Session, now: datetime, again_after: timedelta = PUBLISHED_AGAIN_AFTER) -> bool:
    """Whether `claim_due` would find something: a look that locks nothing."""
    return session.scalar(select(Job.id).where(*_due(now, again_after)).limit(1)) is not None


def claim_due(
    session: Session, now: datetime, limit: int = 100, again_after: timedelta = PUBLISHED_AGAIN_AFTER
) -> list[tuple[int, str]]:
    """Lock the due jobs that nobody was woken for lately, stamp them published, and give (id, kind), oldest first."""
    waiting = select(Job.kind).where(Job.state == "queued", Job.published_at >= now - again_after)
    full = session.scalars(waiting.group_by(Job.kind).having(func.count() >= IN_FLIGHT)).all()
    pick = (
        select(Job.id, Job.kind)
        .where(*_due(now, again_after), Job.kind.not_in(full))
        .order_by(Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [(job_id, kind) for job_id, kind in session.execute(pick)]
    if due:
        _stamp(session, [job_id for job_id, _ in due], now)
    return due


def forget_wakeups(session: Session, job_ids: list[int]) -> None:
    """These were not published after all: they are due again at once."""
    _stamp(session, job_ids, None)


def claim_job(session: Session, job_id: int, now: datetime, lease_until: datetime, token: str) -> Row[Any] | None:
    """Take one job with one conditional UPDATE, and give its (kind, payload, attempts).

    None when somebody else has it or it is done.
    """
    return session.execute(_TAKE, {"job_id": job_id, "now": now, "its_token": token, "until": lease_until}).first()


def renew_lease(session: Session, job_id: int, token: str, lease_until: datetime) -> bool:
    """Move the end of a lease that is still ours."""
    return _touched(session.execute(_RENEW, {"job_id": job_id, "its_token": token, "until": lease_until}))


def finish_job(session: Session, job_id: int, token: str, now: datetime) -> bool:
    """Mark a job done if it is still ours."""
    return _touched(session.execute(_FINISH, {"job_id": job_id, "its_token": token, "now": now}))


def find_held_job(session: Session, job_id: int, token: str) -> Job | None:
    """The job, if it is still held under this token."""
    held = select(Job).where(Job.id == job_id, Job.token == token, Job.state == "running").with_for_update()
    return session.scalar(held)


def claim_queued(session: Session, kind: str, payload: dict[str, int]) -> Job | None:
    """The job of a kind that waits with exactly this number and never failed, locked: no worker can take it then."""
    ((name, number),) = payload.items()
    waiting = (Job.kind == kind, Job.state == "queued", Job.error == "")
    exactly = Job.payload[name].as_integer() == number
    return session.scalars(select(Job).where(*waiting, exactly).with_for_update()).first()


def insert_slot(session: Session, kind: str, slot: str, due_at: datetime, payload: dict[str, Any]) -> None:
    """Insert (kind, slot) unless another relay came first."""
    insert_once(session, Job, ("kind", "slot"), kind=kind, slot=slot, due_at=due_at, created_at=due_at, payload=payload)


def find_authority_code(session: Session, job_id: int) -> str:
    """The code of the authority that a promise is for; empty when it is for all of them."""
    query = select(Authority.code).join(Job, Job.authority_id == Authority.id).where(Job.id == job_id)
    return session.scalar(query) or ""


def list_dead(session: Session, authority_id: int, limit: int = 100) -> list[Job]:
    """The promises that nobody keeps any more, newest first: for a person to see."""
    mine = or_(Job.authority_id == authority_id, Job.authority_id.is_(None))
    return list(session.scalars(select(Job).where(Job.state == "dead", mine).order_by(Job.id.desc()).limit(limit)))


def count_by_state(session: Session) -> dict[str, int]:
    """How many jobs are in each state."""
    counted = session.execute(select(Job.state, func.count()).group_by(Job.state))
    return {row[0]: row[1] for row in counted}


def find_dead(session: Session, authority_id: int, job_id: int) -> Job | None:
    """One abandoned promise, locked."""
    mine = or_(Job.authority_id == authority_id, Job.authority_id.is_(None))
    return session.scalar(select(Job).where(Job.id == job_id, mine).with_for_update())


def list_given_up(session: Session, kind: str, name: str, numbers: Collection[int]) -> set[int]:
    """Which of these things, that promises call `name`, are made by nobody any more: their promise was given up."""
    if not numbers:
        return set()
    number = Job.payload[name].as_integer()
    return set(session.scalars(select(number).where(Job.kind == kind, Job.state == "dead", number.in_(numbers))))


def claim_given_up(session: Session, kind: str, payload: dict[str, int]) -> Job | None:
    """The promise of a kind that was given up with exactly this number, locked."""
    ((name, number),) = payload.items()
    dead = select(Job).where(Job.kind == kind, Job.state == "dead", Job.payload[name].as_integer() == number)
    return session.scalars(dead.with_for_update()).first()


def _due(now: datetime, again_after: timedelta) -> tuple[Any, ...]:
    waiting = or_(Job.published_at.is_(None), Job.published_at < now - again_after)
    due = or_(
        and_(Job.state == "queued", Job.due_at <= now, waiting),
        and_(Job.state == "running", Job.lease_until < now, waiting),
    )
    return Job.state.in_(("queued", "running")), due


def _stamp(session: Session, job_ids: list[int], at: datetime | None) -> None:
    stamped = update(Job).where(Job.id.in_(job_ids)).values(published_at=at)
    session.execute(stamped.execution_options(synchronize_session=False))


def _touched(result: Any) -> bool:
    return cast("CursorResult[Any]", result).rowcount == 1
