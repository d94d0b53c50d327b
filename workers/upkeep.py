"""Periodic work: what comes due by the clock of the town hall, and the sweeping of what has ended."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from backoffice.infra import database_copy, leftovers
from backoffice.infra.runtime import Runtime
from backoffice.queries import exports
from backoffice.queries import upkeep as queries
from backoffice.services import (
    access_log,
    calls,
    case_drafts,
    contacts,
    data_rights,
    desk_drafts,
    drafts,
    export_jobs,
    held_files,
    outbox,
    presences,
    scan_destruction,
    staff_notices,
)
from backoffice.services.outbox import Claim, JobKind

PARIS = ZoneInfo("Europe/Paris")

# How long ended things are kept: sessions and refusals for a look at yesterday, kept promises for a month's questions.
ENDED_SESSIONS = timedelta(days=1)
SIGN_IN_ATTEMPTS = timedelta(hours=1)
FAILED_SIGN_INS = timedelta(days=1)
ONE_TIME_SECRETS = timedelta(days=1)
KEPT_PROMISES = timedelta(days=30)
LETTER_PREVIEWS = timedelta(days=1)
MAILS_OF_NO_CASE = timedelta(days=30)
MACRO_RUNS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """Work that comes back: every so many minutes of the hour, or once a day (`monthly`: a month) at this hour.

    `with_antivirus`, `with_scan_folder`, `with_backup_dir`: there is nothing to do in an installation without one.
    """

    kind: JobKind
    every_minutes: int = 60
    at_hour: int | None = None
    monthly: bool = False
    with_antivirus: bool = False
    with_scan_folder: bool = False
    with_backup_dir: bool = False

    def suits(self, runtime: Runtime) -> bool:
        """Whether this installation has something to do for it."""
        wanted = (
            (self.with_antivirus, runtime.antivirus),
            (self.with_scan_folder, runtime.settings.scan_folder),
            (self.with_backup_dir, runtime.settings.backup_dir),
        )
        return all(tool is not None for needs, tool in wanted if needs)

    def slot(self, now: datetime) -> datetime:
        """The beginning of the slot that `now` is in, in Paris time: the same for every machine.

        The hour that comes twice in October has two slots, the one skipped in March has none.
        """
        here = now.astimezone(PARIS).replace(second=0, microsecond=0)
        if self.at_hour is None:
            return here.replace(minute=here.minute - here.minute % self.every_minutes)
        today = here.replace(hour=self.at_hour, minute=0, fold=0)
        if self.monthly:
            first = today.replace(day=1)
            return first if first <= here else (first - timedelta(days=1)).replace(day=1)
        return today if today <= here else today - timedelta(days=1)


# Midnight comes at another hour overseas: decisions are looked for every hour, and written once each.
PERIODS = (
    Period(JobKind.SWEEP_SESSIONS),
    Period(JobKind.CHECK_LEDGER),
    Period(JobKind.WRITE_IMPLICIT_DECISIONS),
    Period(JobKind.WARN_OF_DEADLINES, at_hour=6),
    Period(JobKind.REMIND_OF_TASKS, at_hour=7),
    Period(JobKind.FOLLOW_UP_WAITING, at_hour=8),
    Period(JobKind.MEASURE_DELAYS, at_hour=4),
    Period(JobKind.SEND_REPORTS, at_hour=7),
    Period(JobKind.REFRESH_OPEN_DATA, at_hour=5),
    Period(JobKind.ASK_FOR_PAPER_FORMS, at_hour=4),
    Period(JobKind.PROPOSE_ELIMINATIONS, at_hour=5, monthly=True),
    Period(JobKind.TELL_FOLLOWERS, every_minutes=10),
    Period(JobKind.BEGIN_ABSENCES),
    Period(JobKind.TELL_WATCHERS, every_minutes=5),
    Period(JobKind.SUM_UP_NOTICES, every_minutes=10),
    Period(JobKind.ASK_SCANS_AGAIN, every_minutes=5, with_antivirus=True),
    Period(JobKind.WATCH_SCAN_FOLDER, every_minutes=1, with_scan_folder=True),
    Period(JobKind.MAKE_BACKUP, at_hour=2, with_backup_dir=True),
    Period(JobKind.SCAN_ANEW, at_hour=3, with_antivirus=True),
)


def sweep(runtime: Runtime, claim: Claim) -> None:
    """Delete what has ended: sessions, sign-ins never finished, letters tried out, promises kept long ago."""
    now = datetime.now(UTC)
    held_files.sweep(runtime)
    leftovers.sweep(runtime.settings)
    database_copy.sweep_scratch_databases(runtime.settings.database_url)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        queries.delete_ended_sessions(session, now - ENDED_SESSIONS)
        queries.delete_sign_in_attempts(session, now - SIGN_IN_ATTEMPTS)
        queries.delete_one_time_secrets(session, now - ONE_TIME_SECRETS)
        queries.delete_failed_sign_ins(session, now - FAILED_SIGN_INS)
        queries.delete_kept_promises(session, now - KEPT_PROMISES)
        queries.delete_letter_previews(session, now - LETTER_PREVIEWS)
        queries.delete_macro_runs(session, now - MACRO_RUNS)
        drafts.forget_expired(session)
        desk_drafts.forget_expired(session)
        case_drafts.forget_expired(session)
        staff_notices.forget_old(session)
        presences.forget_expired(session)
        access_log.forget_old(session)
        data_rights.forget_old(session)
        contacts.forget_words(session)
        calls.forget_people(session)
        scan_destruction.destroy_due(session)
        exports.delete_expired(session, now)
        queries.delete_mails_of_no_case(session, now - MAILS_OF_NO_CASE)
        export_jobs.expire(session, now)
