"""The antivirus' word on each received content: asked for by a job, told to the cases when it is bad."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.file_checks import MESSAGE, PREPARED, SETTLED, Scan
from backoffice.errors import Unavailable
from backoffice.infra.antivirus import Verdict
from backoffice.infra.runtime import Runtime
from backoffice.models.files import ReceivedFile
from backoffice.queries import cases
from backoffice.queries import received_files as queries
from backoffice.services import journal, moment, outbox, received_files
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim, JobKind
from backoffice.services.received_files import LOST_AFTER

# Starts of a job while the antivirus is away; after these, the periodic look asks again once it answers.
QUICK_STARTS = 3
TOO_LARGE_PAUSE = timedelta(days=1)
MOST_AT_ONCE = 500
# What signatures learn late is learnt within weeks: older files were looked at with those of their month.
RECENT = timedelta(days=30)
# Signatures that have no date of their own are taken for new once a day.
UNDATED = timedelta(days=1)
ORIGINAL = "Message d’origine"
TOLD = frozenset({Event.FILE_INFECTED, Event.FILE_CLEARED})


def scan(runtime: Runtime, claim: Claim) -> None:
    """Have a content looked at; what is found in it is written on its row, then in the history of its cases."""
    digest = claim.payload["digest"]
    with runtime.database.reading() as session:
        known = queries.find_file(session, digest)
    anew = bool(claim.payload.get("anew"))
    if known is not None and _is_due(known, anew=anew) and runtime.antivirus is not None:
        try:
            verdict = runtime.antivirus.scan(_pieces(runtime, digest))
        except Unavailable:
            verdict = Verdict(Scan.UNAVAILABLE)
        with runtime.database.transaction() as session:
            _write(session, digest, verdict, anew=anew)
        if verdict.scan is Scan.UNAVAILABLE and claim.attempt < QUICK_STARTS:
            raise Unavailable("L’antivirus ne répond pas.")
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        _settle(session, digest)
        if claim.payload.get("again"):
            _clear(session, digest)


def ask_again(runtime: Runtime, claim: Claim) -> None:
    """Ask again for the scans that led nowhere, and for those of the time without an antivirus, once it answers."""
    is_there = runtime.antivirus is not None and runtime.antivirus.answers()
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        if not is_there:
            return
        received_files.note(session, runtime, queries.list_unknown(session, MOST_AT_ONCE))
        now = moment.now()
        for file in queries.claim_to_scan(session, now, MOST_AT_ONCE):
            file.retry_at = now + LOST_AFTER
            outbox.promise(session, JobKind.SCAN_FILE, digest=file.digest)


def ask_anew(runtime: Runtime, claim: Claim) -> None:
    """Once a night, have recent clean files looked at with signatures newer than those that found nothing in them.

    They stay open meanwhile. So many a night at most, those looked at longest ago first.
    """
    now = moment.now()
    base = runtime.antivirus.base_at() if runtime.antivirus is not None else None
    is_there = runtime.antivirus is not None and (base is not None or runtime.antivirus.answers())
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        if is_there:
            before = base or now - UNDATED
            for digest in queries.list_clean_since(session, now - RECENT, before, MOST_AT_ONCE):
                outbox.promise(session, JobKind.SCAN_FILE, digest=digest, anew=True)


def _is_due(known: ReceivedFile, *, anew: bool) -> bool:
    return known.scan not in SETTLED or (anew and known.scan == Scan.CLEAN)


def _pieces(runtime: Runtime, digest: str) -> Iterator[bytes]:
    # Opened when the first piece is asked for: an antivirus that is away leaves no open file behind.
    yield from runtime.storage.chunks(digest)


def _write(session: Session, digest: str, verdict: Verdict, *, anew: bool) -> None:
    known = queries.claim_file(session, digest)
    if known is None or not _is_due(known, anew=anew):
        return
    if known.scan == Scan.CLEAN and verdict.scan not in SETTLED:
        return  # a new look that led nowhere closes nothing: the next night asks again
    now = moment.now()
    known.scan, known.virus, known.scanned_at = verdict.scan, verdict.virus, now
    known.retry_at = now + TOO_LARGE_PAUSE if verdict.scan is Scan.TOO_LARGE else now


def _settle(session: Session, digest: str) -> None:
    """Draw the consequences of what was found; no row of a content is locked meanwhile, for cases come first."""
    known = queries.find_file(session, digest)
    if known is None:
        return
    if known.scan == Scan.CLEAN and known.prepared_at is None and known.media_type in PREPARED:
        outbox.promise(session, JobKind.PREPARE_FILE, digest=digest)
    if known.scan != Scan.INFECTED:
        return
    for case_id in queries.list_case_ids(session, digest):
        _tell(session, case_id, known)
    for raw in queries.list_raw_with(session, digest):
        _taint(session, raw, known)


def _tell(session: Session, case_id: int, known: ReceivedFile) -> None:
    """Write it in the history of a case, once."""
    case = cases.claim_case_by_id(session, case_id)
    if _last_told(session, case_id, known.digest) == Event.FILE_INFECTED:
        return
    names = queries.list_names(session, case_id, known.digest) or [ORIGINAL]
    house = policy.system(case.authority_id)
    facts = {"name": ", ".join(names), "virus": known.virus, "digest": known.digest}
    journal.record(session, house, case, Event.FILE_INFECTED, **facts)


def _clear(session: Session, digest: str) -> None:
    """A new look found nothing: the cases that were told of a virus are told so."""
    known = queries.find_file(session, digest)
    if known is None or known.scan != Scan.CLEAN:
        return
    for case_id in queries.list_case_ids(session, digest):
        case = cases.claim_case_by_id(session, case_id)
        if _last_told(session, case_id, digest) == Event.FILE_INFECTED:
            names = queries.list_names(session, case_id, digest) or [ORIGINAL]
            house = policy.system(case.authority_id)
            journal.record(session, house, case, Event.FILE_CLEARED, name=", ".join(names), digest=digest)


def _last_told(session: Session, case_id: int, digest: str) -> str:
    told = [event for event in cases.list_events(session, case_id) if event.kind in TOLD]
    return next((event.kind for event in reversed(told) if event.data["digest"] == digest), "")


def _taint(session: Session, raw: str, known: ReceivedFile) -> None:
    """A message that brought an infected file is infected, whatever was found in it as a whole."""
    now = moment.now()
    queries.insert_files(session, [{"digest": raw, "media_type": MESSAGE, "first_at": now, "scan": Scan.WAITING}])
    whole = queries.claim_file(session, raw)
    if whole is not None and whole.scan != Scan.INFECTED:
        whole.scan, whole.virus, whole.scanned_at, whole.retry_at = Scan.INFECTED, known.virus, now, None
