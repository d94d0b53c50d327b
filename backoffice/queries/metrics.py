"""SELECTs that monitoring asks for, of every authority together: counts and ages, never a name."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.jobs import Job
from backoffice.models.mail import MailboxBookmark, MailRecord, OutgoingMail


def count_jobs(session: Session) -> dict[tuple[str, str], int]:
    """How many jobs are to do, under way or given up, by (kind, state)."""
    query = select(Job.kind, Job.state, func.count()).where(Job.state != "done").group_by(Job.kind, Job.state)
    return {(row[0], row[1]): row[2] for row in session.execute(query)}


def find_oldest_due(session: Session, now: datetime) -> datetime | None:
    """Since when the job that waits for the longest time is due."""
    return session.scalar(select(func.min(Job.due_at)).where(Job.state == "queued", Job.due_at <= now))


def list_mailboxes(session: Session) -> list[MailboxBookmark]:
    """Every mailbox that was ever read."""
    return list(session.scalars(select(MailboxBookmark).order_by(MailboxBookmark.mailbox)))


def count_lines(session: Session) -> dict[tuple[str, str], int]:
    """How many lines the ledger has, by (mailbox, outcome)."""
    query = select(MailRecord.mailbox, MailRecord.outcome, func.count())
    counted = session.execute(query.group_by(MailRecord.mailbox, MailRecord.outcome))
    return {(row[0], row[1]): row[2] for row in counted}


def count_unsent(session: Session) -> int:
    """How many mails wait to leave."""
    waiting = (OutgoingMail.sent_at.is_(None), OutgoingMail.failed_at.is_(None))
    return session.scalar(select(func.count()).select_from(OutgoingMail).where(*waiting)) or 0


def count_deadlines(session: Session, today: date, within: timedelta) -> tuple[int, int]:
    """Open cases whose day has passed, and those whose day comes within a time."""
    opened = (Case.closed_at.is_(None), Case.due_on.is_not(None))
    late = select(func.count()).select_from(Case).where(*opened, Case.due_on < today)
    soon = select(func.count()).select_from(Case).where(*opened, Case.due_on.between(today, today + within))
    return session.scalar(late) or 0, session.scalar(soon) or 0


def find_timezone(session: Session) -> str:
    """Where the first authority is."""
    return session.scalar(select(Authority.timezone).order_by(Authority.id).limit(1)) or "Europe/Paris"
