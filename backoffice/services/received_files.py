"""Received contents: noted with what brings them, so that the antivirus looks at each once, and never opened before."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain.file_checks import MESSAGE, PREPARED, FileCheck, Scan, today
from backoffice.domain.incoming import IncomingFile
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Message
from backoffice.models.files import ReceivedFile
from backoffice.queries import received_files as queries
from backoffice.services import moment, outbox
from backoffice.services.outbox import JobKind

# A scan that was asked for and led nowhere within this time (its job was lost) is asked for again.
LOST_AFTER = timedelta(minutes=15)


def note(session: Session, runtime: Runtime, files: Iterable[IncomingFile]) -> None:
    """Know these contents, and promise what is still to be done about them, in the transaction that brings them."""
    # In one order for everybody: two forms with the same files never wait for each other.
    by_digest = {file.digest: file for file in sorted(files, key=lambda file: file.digest)}
    new = queries.insert_files(session, [_row(runtime, file) for file in by_digest.values()])
    known = queries.list_files(session, by_digest.keys() - new)
    for digest, file in by_digest.items():
        if digest in new:
            _promise_first_look(session, runtime, file)
        elif digest in known:
            _note_again(session, runtime, known[digest])


def attach(session: Session, runtime: Runtime, message: Message, files: Iterable[IncomingFile]) -> None:
    """Put files with a message that an agent writes in a case, and have them looked at."""
    kept = list(files)
    note(session, runtime, kept)
    for file in kept:
        session.add(
            Attachment(
                authority_id=message.authority_id,
                case_id=message.case_id,
                message_id=message.id,
                name=file.name[:255],
                field=file.field,
                media_type=file.media_type,
                size=file.size,
                digest=file.digest,
                created_at=message.received_at,
            )
        )
    session.flush()


def note_originals(session: Session, runtime: Runtime, digests: Iterable[str]) -> None:
    """The same for whole messages, which only the antivirus has to look at."""
    if runtime.antivirus:
        note(session, runtime, [IncomingFile("", MESSAGE, 0, digest) for digest in digests])


def _row(runtime: Runtime, file: IncomingFile) -> dict[str, Any]:
    now, scanner = moment.now(), runtime.antivirus
    return {
        "digest": file.digest,
        "media_type": file.media_type[:255],
        "first_at": now,
        "scan": Scan.WAITING if scanner else Scan.NONE,
        "retry_at": now + LOST_AFTER if scanner else None,
    }


def _promise_first_look(session: Session, runtime: Runtime, file: IncomingFile) -> None:
    if runtime.antivirus:
        outbox.promise(session, JobKind.SCAN_FILE, digest=file.digest)
    elif file.media_type in PREPARED:
        outbox.promise(session, JobKind.PREPARE_FILE, digest=file.digest)


def _note_again(session: Session, runtime: Runtime, known: ReceivedFile) -> None:
    if known.scan == Scan.INFECTED:
        # Its bytes are there again, and the case that has them now must be told too.
        known.erased_at, known.erased_by = None, ""
        outbox.promise(session, JobKind.SCAN_FILE, digest=known.digest)
    elif known.scan == Scan.NONE and runtime.antivirus:
        known.scan, known.retry_at = Scan.WAITING, moment.now() + LOST_AFTER
        outbox.promise(session, JobKind.SCAN_FILE, digest=known.digest)


def read_again(session: Session) -> int:
    """Promise to read the documents of which no word is kept, those that came before words were; answers how many."""
    found = queries.list_wordless(session)
    outbox.promise_each(session, JobKind.PREPARE_FILE, [{"digest": digest} for digest in found])
    return len(found)


def checks(session: Session, runtime: Runtime, digests: Iterable[str]) -> dict[str, FileCheck]:
    """What is known today of each of these contents, those never noted too."""
    wanted = set(digests)
    known = queries.list_files(session, wanted)
    return {digest: _check(known.get(digest), runtime) for digest in wanted}


def _check(known: ReceivedFile | None, runtime: Runtime) -> FileCheck:
    has_scanner = runtime.antivirus is not None
    if known is None:
        return FileCheck(today(Scan.NONE, has_scanner=has_scanner))
    prepared = known.prepared_at is not None
    return FileCheck(
        today(known.scan, has_scanner=has_scanner),
        known.virus,
        known=True,
        prepared=prepared,
        active=known.active or not prepared,
        damaged=known.damaged,
        preview=known.preview,
        thumbnail=known.thumbnail,
    )
