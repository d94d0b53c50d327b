"""Keeps promises: claims a job, hands it to the handler of its kind, notes its failures."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backoffice.errors import BackofficeError
from backoffice.infra import logs
from backoffice.infra.runtime import Runtime
from backoffice.queries import jobs as queries
from backoffice.services import (
    absences,
    archive_transfers,
    backups,
    batch_letters,
    batch_post,
    batch_running,
    bundles,
    case_watchers,
    correspondence,
    data_exports,
    deadlines,
    destruction,
    district_rounds,
    documents,
    elimination_papers,
    eliminations,
    export_jobs,
    followers,
    letter_previews,
    mail_ledger,
    nearby_reports,
    open_data_versions,
    outbox,
    paper_forms,
    report_rounds,
    saved_reports,
    scans,
    sheet_codes,
    sms_notices,
    staff_digests,
    task_reminders,
    usual_delays,
    waiting,
)
from backoffice.services.outbox import Claim, JobKind, LostLease
from workers import file_preparing, mail_sorting, scan_cutting, scan_folder, upkeep

Handler = Callable[[Runtime, Claim], None]
"""Does the work of a job and calls `outbox.keep` in the transaction of its effect."""

HANDLERS: Mapping[str, Handler] = {
    JobKind.RENDER_DOCUMENT: documents.render,
    JobKind.PREVIEW_LETTER: letter_previews.render,
    JobKind.SEND_MAIL: correspondence.send,
    JobKind.SORT_MAIL: mail_sorting.sort,
    JobKind.CHECK_LEDGER: mail_ledger.check,
    JobKind.SWEEP_SESSIONS: upkeep.sweep,
    JobKind.MAKE_BACKUP: backups.make_nightly,
    JobKind.WRITE_IMPLICIT_DECISIONS: deadlines.write_implicit_decisions,
    JobKind.WARN_OF_DEADLINES: deadlines.warn_of_deadlines,
    JobKind.REMIND_OF_TASKS: task_reminders.remind,
    JobKind.FOLLOW_UP_WAITING: waiting.follow_up,
    JobKind.PLACE_IN_DISTRICTS: district_rounds.place_open_cases,
    JobKind.REFRESH_DATES: deadlines.refresh_dates,
    JobKind.WRITE_BATCH: batch_letters.write,
    JobKind.JOIN_BATCH: batch_post.join,
    JobKind.RUN_BATCH: batch_running.run,
    JobKind.MAKE_BUNDLE: bundles.make,
    JobKind.MAKE_ARCHIVE_TRANSFER: archive_transfers.make,
    JobKind.SCAN_FILE: scans.scan,
    JobKind.ASK_SCANS_AGAIN: scans.ask_again,
    JobKind.SCAN_ANEW: scans.ask_anew,
    JobKind.PREPARE_FILE: file_preparing.prepare,
    JobKind.SEND_SMS: sms_notices.send,
    JobKind.SEND_SHEET_CODE: sheet_codes.send_by_sms,
    JobKind.MAKE_DATA_EXPORT: data_exports.make,
    JobKind.MAKE_EXPORT: export_jobs.make,
    JobKind.FREEZE_REPORT: saved_reports.make,
    JobKind.SEND_REPORTS: report_rounds.send_due,
    JobKind.REFRESH_OPEN_DATA: open_data_versions.refresh,
    JobKind.PUBLISH_OPEN_DATA: open_data_versions.publish,
    JobKind.LOCATE_CASE: nearby_reports.locate,
    JobKind.TELL_FOLLOWERS: followers.tell,
    JobKind.MEASURE_DELAYS: usual_delays.refresh,
    JobKind.ASK_FOR_PAPER_FORMS: paper_forms.ask_for_all,
    JobKind.PRINT_PAPER_FORM: paper_forms.print_form,
    JobKind.WATCH_SCAN_FOLDER: scan_folder.watch,
    JobKind.CUT_SCAN: scan_cutting.cut_file,
    JobKind.READ_SCAN: scan_cutting.read_letter,
    JobKind.BEGIN_ABSENCES: absences.begin,
    JobKind.TELL_WATCHERS: case_watchers.tell,
    JobKind.SUM_UP_NOTICES: staff_digests.send,
    JobKind.PROPOSE_ELIMINATIONS: eliminations.propose_monthly,
    JobKind.DRAW_ELIMINATION: elimination_papers.draw,
    JobKind.RUN_ELIMINATION: destruction.run,
}

DEFAULT_QUEUE = "default"
QUEUES: Mapping[str, frozenset[str]] = {
    "pdf": frozenset(
        {
            JobKind.RENDER_DOCUMENT,
            JobKind.PREVIEW_LETTER,
            JobKind.WRITE_BATCH,
            JobKind.JOIN_BATCH,
            JobKind.MAKE_BUNDLE,
            JobKind.MAKE_ARCHIVE_TRANSFER,
            JobKind.PRINT_PAPER_FORM,
            JobKind.MAKE_DATA_EXPORT,
            JobKind.MAKE_EXPORT,
            JobKind.FREEZE_REPORT,
            JobKind.PUBLISH_OPEN_DATA,
            JobKind.DRAW_ELIMINATION,
            JobKind.RUN_ELIMINATION,
            JobKind.CUT_SCAN,
            JobKind.READ_SCAN,
        }
    ),
    "mail": frozenset({JobKind.SEND_MAIL, JobKind.SORT_MAIL, JobKind.SEND_SMS, JobKind.SEND_SHEET_CODE}),
    DEFAULT_QUEUE: frozenset({JobKind.CHECK_LEDGER, JobKind.SWEEP_SESSIONS}),
}

log = structlog.get_logger("parvis.jobs")


def queue_of(kind: str) -> str:
    """The queue that carries the wake-ups of a kind; unknown kinds go where a worker will say that they are."""
    return next((name for name, kinds in QUEUES.items() if kind in kinds), DEFAULT_QUEUE)


def run(runtime: Runtime, handlers: Mapping[str, Handler], job_id: int) -> None:
    """Keep one promise if it is free and due; else do nothing. Raises nothing: a failure is a fact of the row."""
    try:
        with runtime.database.stroke() as session:
            claim = outbox.claim(session, job_id, timedelta(seconds=runtime.settings.job_lease_seconds))
    except SQLAlchemyError as error:
        log.warning("job not claimed: the database does not answer", job_id=job_id, error=type(error).__name__)
        return
    if claim is not None:
        with logs.bound(job_id=job_id, kind=claim.kind, attempt=claim.attempt):
            _handle(runtime, handlers, claim)


def _handle(runtime: Runtime, handlers: Mapping[str, Handler], claim: Claim) -> None:
    handler = handlers.get(claim.kind)
    if handler is None:
        log.error("job given up: no handler")
        with runtime.database.transaction() as session:
            outbox.give_up(session, claim, f"Aucun traitement n’existe pour une tâche « {claim.kind} ».")
        return
    started = time.perf_counter()
    try:
        handler(_for_its_authority(runtime, claim), claim)
    except LostLease:
        log.warning("job taken over by another process: undone here")
    except Exception as error:  # noqa: BLE001 (whatever a handler raises, the job is tried again and a person told)
        _note_failure(runtime, claim, error)
    else:
        log.info("job done", seconds=round(time.perf_counter() - started, 3))


def _for_its_authority(runtime: Runtime, claim: Claim) -> Runtime:
    """The same tools, whose links lead to the site of the authority that the promise is for, when it has its own."""
    if not runtime.settings.sites:
        return runtime
    with runtime.database.reading() as session:
        site = dict(runtime.settings.sites).get(queries.find_authority_code(session, claim.job_id))
    return replace(runtime, settings=replace(runtime.settings, public_url=site)) if site else runtime


def _note_failure(runtime: Runtime, claim: Claim, error: Exception) -> None:
    # The message of an error may quote a citizen: it stays in the database, the log gets its type and place.
    log.warning("job failed", error=type(error).__name__, place=logs.place_of(error))
    try:
        with runtime.database.transaction() as session:
            outbox.fail(session, claim, _describe(error))
    except SQLAlchemyError as silence:
        log.warning("failure not noted: the lease will end by itself", error=type(silence).__name__)


def _describe(error: Exception) -> str:
    """What a person reads beside « Réessayer »: one line (the next ones of a database error quote the data)."""
    if isinstance(error, BackofficeError):
        return error.sentence
    first = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__} : {first}" if first else type(error).__name__
