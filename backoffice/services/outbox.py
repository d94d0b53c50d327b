"""Promises of later work: a row of the caller's transaction; claimed with a lease, kept under a fencing token."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from backoffice.errors import Conflict
from backoffice.models.jobs import Job
from backoffice.queries import jobs as queries
from backoffice.queries import rows

MOST_ATTEMPTS = 5
FIRST_RETRY = timedelta(seconds=10)
NOT_GIVEN_UP = "Cette tâche n’est pas abandonnée : il n’y a rien à relancer."
# Where a session keeps the promises of a block that writes them together.
GATHERED = "promises"
STOPPED = "Le processus s’est arrêté plusieurs fois pendant cette tâche."


class JobKind(StrEnum):
    """Every kind of promise that the house makes."""

    RENDER_DOCUMENT = "render_document"
    PREVIEW_LETTER = "preview_letter"
    SEND_MAIL = "send_mail"
    SORT_MAIL = "sort_mail"
    CHECK_LEDGER = "check_ledger"
    SWEEP_SESSIONS = "sweep_sessions"
    MAKE_BACKUP = "make_backup"
    WRITE_IMPLICIT_DECISIONS = "write_implicit_decisions"
    WARN_OF_DEADLINES = "warn_of_deadlines"
    REMIND_OF_TASKS = "remind_of_tasks"
    FOLLOW_UP_WAITING = "follow_up_waiting"
    REFRESH_DATES = "refresh_dates"
    WRITE_BATCH = "write_batch"
    JOIN_BATCH = "join_batch"
    RUN_BATCH = "run_batch"
    MAKE_BUNDLE = "make_bundle"
    MAKE_ARCHIVE_TRANSFER = "make_archive_transfer"
    SCAN_FILE = "scan_file"
    ASK_SCANS_AGAIN = "ask_scans_again"
    SCAN_ANEW = "scan_anew"
    PREPARE_FILE = "prepare_file"
    SEND_SMS = "send_sms"
    SEND_SHEET_CODE = "send_sheet_code"
    MAKE_DATA_EXPORT = "make_data_export"
    MAKE_EXPORT = "make_export"
    FREEZE_REPORT = "freeze_report"
    SEND_REPORTS = "send_reports"
    REFRESH_OPEN_DATA = "refresh_open_data"
    PUBLISH_OPEN_DATA = "publish_open_data"
    LOCATE_CASE = "locate_case"
    PLACE_IN_DISTRICTS = "place_in_districts"
    TELL_FOLLOWERS = "tell_followers"
    MEASURE_DELAYS = "measure_delays"
    ASK_FOR_PAPER_FORMS = "ask_for_paper_forms"
    PRINT_PAPER_FORM = "print_paper_form"
    WATCH_SCAN_FOLDER = "watch_scan_folder"
    CUT_SCAN = "cut_scan"
    READ_SCAN = "read_scan"
    SUM_UP_NOTICES = "sum_up_notices"
    TELL_WATCHERS = "tell_watchers"
    BEGIN_ABSENCES = "begin_absences"
    PROPOSE_ELIMINATIONS = "propose_eliminations"
    DRAW_ELIMINATION = "draw_elimination"
    RUN_ELIMINATION = "run_elimination"


class LostLease(Conflict):
    """Another worker took the job over; whatever this one did must be undone."""

    sentence = "Cette tâche a été reprise par un autre processus."


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in hand: only its holder knows the token."""

    job_id: int
    kind: str
    payload: dict[str, Any]
    token: str
    attempt: int


def promise(
    session: Session,
    kind: JobKind,
    *,
    authority_id: int | None = None,
    after: timedelta | None = None,
    **ids: Any,
) -> None:
    """Kept if, and only if, the caller's transaction commits."""
    promise_each(session, kind, [ids], authority_id=authority_id, after=after)


def promise_each(
    session: Session,
    kind: JobKind,
    payloads: Iterable[dict[str, Any]],
    *,
    authority_id: int | None = None,
    after: timedelta | None = None,
) -> None:
    """Several promises of one kind, written together."""
    now = datetime.now(UTC)
    job = {"kind": kind, "authority_id": authority_id, "due_at": now + (after or timedelta()), "created_at": now}
    jobs = [job | {"payload": payload} for payload in payloads]
    gathered: list[dict[str, Any]] | None = session.info.get(GATHERED)
    if gathered is None:
        rows.insert_rows(session, Job, jobs)
    else:
        gathered += jobs


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Write the promises of the block by one statement at its end; leaving by an exception, which undoes all, none.

    Nothing in the block looks for its own promises, nor undoes a part of it.
    """
    gathered: list[dict[str, Any]] = []
    session.info[GATHERED] = gathered
    try:
        yield
    finally:
        del session.info[GATHERED]
    rows.insert_rows(session, Job, gathered)


def promise_slot(session: Session, kind: JobKind, slot: str, due_at: datetime, **ids: Any) -> None:
    """Promise periodic work once for everybody: whichever relay comes first."""
    queries.insert_slot(session, kind, slot, due_at, ids)


def claim(session: Session, job_id: int, lease: timedelta) -> Claim | None:
    """Take a job in hand, or None when it is done, taken or not due; a start is counted as an attempt.

    A job that starts once more than MOST_ATTEMPTS is given up: a person sees it and may try again.
    """
    now, token = datetime.now(UTC), secrets.token_hex(16)
    taken = queries.claim_job(session, job_id, now, now + lease, token)
    if taken is None:
        return None
    held = Claim(job_id, taken.kind, taken.payload, token, taken.attempts)
    if held.attempt > MOST_ATTEMPTS:
        give_up(session, held)
        return None
    return held


def renew(session: Session, claim: Claim, lease: timedelta) -> None:
    """Hold a long job longer; raise LostLease when it is no longer ours."""
    if not queries.renew_lease(session, claim.job_id, claim.token, datetime.now(UTC) + lease):
        raise LostLease


def keep(session: Session, claim: Claim) -> None:
    """Mark the promise kept, in the very transaction of its effect; raise LostLease to undo both."""
    if not queries.finish_job(session, claim.job_id, claim.token, datetime.now(UTC)):
        raise LostLease


def fail(session: Session, claim: Claim, error: str) -> None:
    """Note a failure: tried again later, more and more slowly, then given up for a person to see."""
    job = queries.find_held_job(session, claim.job_id, claim.token)
    if job is None:
        return
    job.error, job.token, job.lease_until, job.published_at = error[:2000], "", None, None
    if claim.attempt >= MOST_ATTEMPTS:
        _give_up(job, job.error)
    else:
        job.state = "queued"
        job.due_at = datetime.now(UTC) + FIRST_RETRY * 2 ** (claim.attempt - 1)


def postpone(session: Session, claim: Claim, after: timedelta, reason: str) -> None:
    """Nothing went wrong here, an outside party asks to wait: this start does not count; raise LostLease if lost."""
    job = queries.find_held_job(session, claim.job_id, claim.token)
    if job is None:
        raise LostLease
    job.state, job.error, job.token, job.lease_until, job.published_at = "queued", reason[:2000], "", None, None
    job.attempts -= 1
    job.due_at = datetime.now(UTC) + after


def withdraw(session: Session, kind: JobKind, **ids: Any) -> bool:
    """Take back a promise that nobody took in hand; False when it is being kept, or was.

    One that failed may have been kept all the same (a server that took a mail without saying so): False too.
    """
    job = queries.claim_queued(session, kind, ids)
    if job is None:
        return False
    session.delete(job)
    return True


def give_up(session: Session, claim: Claim, error: str = "") -> None:
    """Abandon a job that no other start would help: a person sees it at once, with the last error when none is said."""
    job = queries.find_held_job(session, claim.job_id, claim.token)
    if job is not None:
        _give_up(job, error or job.error or STOPPED)


def try_again(job: Job) -> None:
    """A person's « Réessayer »: the job starts afresh."""
    if job.state != "dead":
        raise Conflict(NOT_GIVEN_UP)
    job.state, job.attempts, job.token = "queued", 0, ""
    job.lease_until = job.published_at = job.done_at = None
    job.due_at = datetime.now(UTC)


def begin_again(session: Session, kind: JobKind, **ids: int) -> None:
    """The same by whom the work was for, who knows it by its number; raise Conflict when it was not given up."""
    job = queries.claim_given_up(session, kind, ids)
    if job is None:
        raise Conflict(NOT_GIVEN_UP)
    try_again(job)


def _give_up(job: Job, error: str) -> None:
    job.state, job.error, job.token, job.lease_until = "dead", error, "", None
