"""SELECTs about the installation itself: late promises, connections, the clock of the database."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from backoffice.models.cases import CaseEvent
from backoffice.models.jobs import Job


@dataclass(frozen=True, slots=True)
class JobFigures:
    """How the promises are kept: how many were given up, since when one that is due waits, and leases that ended."""

    dead: int
    due: int
    oldest_due_at: datetime | None
    lost_leases: int


def count_jobs(session: Session, now: datetime, lost_before: datetime) -> JobFigures:
    """The figures of now; a running job whose lease ended before `lost_before` was taken up by nobody."""
    dead = session.scalar(select(func.count()).select_from(Job).where(Job.state == "dead")) or 0
    due = select(func.count(), func.min(Job.due_at)).where(Job.state == "queued", Job.due_at <= now)
    count, oldest = session.execute(due).one()
    lost = select(func.count()).select_from(Job).where(Job.state == "running", Job.lease_until < lost_before)
    return JobFigures(dead, count, oldest, session.scalar(lost) or 0)


def count_running(session: Session, now: datetime) -> int:
    """How many jobs a living worker holds."""
    held = select(func.count()).select_from(Job).where(Job.state == "running", Job.lease_until > now)
    return session.scalar(held) or 0


def find_last_slot(session: Session, kind: str) -> datetime | None:
    """When periodic work of a kind was promised for the last time: relays do it, so one was alive then."""
    return session.scalar(select(func.max(Job.due_at)).where(Job.kind == kind, Job.slot.is_not(None)))


def find_last_event_at(session: Session) -> datetime | None:
    """When the newest line of any history was written."""
    return session.scalar(select(CaseEvent.at).order_by(CaseEvent.id.desc()).limit(1))


def database_clock(session: Session) -> datetime | None:
    """What time it is for PostgreSQL; None for SQLite, which has the clock of this machine."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    found: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found.astimezone(UTC)


def count_connections(session: Session) -> tuple[int, int] | None:
    """Connections open on the PostgreSQL server, and how many it accepts; None for SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    counted = text("SELECT (SELECT count(*) FROM pg_stat_activity), current_setting('max_connections')::int")
    open_now, most = session.execute(counted).one()
    return int(open_now), int(most)
