"""Prepares a received file for being looked at and found, never in a request.

A JPEG of a picture, a word of caution on a PDF, and the words of a document for the search.
"""

from typing import Any

from backoffice.domain.file_checks import PDF, PICTURES, WORDED
from backoffice.infra import document_words
from backoffice.infra.runtime import Runtime
from backoffice.models.files import ReceivedFile
from backoffice.queries import received_files as queries
from backoffice.services import moment, outbox, received_files
from backoffice.services.outbox import Claim
from workers.time_limit import at_most

# A file that kills those who look at it is left alone after so many starts, and is only ever downloaded.
MOST_STARTS = 2
LONGEST_SECONDS = 30


def prepare(runtime: Runtime, claim: Claim) -> None:
    """Look inside a file that may be opened, once; the original stays as it came."""
    digest = claim.payload["digest"]
    with runtime.database.reading() as session:
        known = queries.find_file(session, digest)
        check = received_files.checks(session, runtime, [digest])[digest]
    found: dict[str, Any] | None = None
    words = ""
    if known is not None and check.may_leave:
        if known.prepared_at is None:
            found = _look(runtime, known) if claim.attempt <= MOST_STARTS else _unknown(known)
        # Whatever opening a file does to its reader, it is known by the second start, which reads no words.
        if claim.attempt == 1 and known.media_type in WORDED:
            words = _read(runtime, known)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        row = queries.claim_file(session, digest)
        if row is not None and found is not None:
            row.prepared_at = moment.now()
            for name, value in found.items():
                setattr(row, name, value)
        if row is not None and words and not row.text:  # what was recognised on a scanned letter stays
            row.text = words


def _unknown(known: ReceivedFile) -> dict[str, Any]:
    return {"active": True, "damaged": True} if known.media_type == PDF else {}


def _read(runtime: Runtime, known: ReceivedFile) -> str:
    with at_most(LONGEST_SECONDS):
        return document_words.read(runtime.storage.get(known.digest), known.media_type)


def _look(runtime: Runtime, known: ReceivedFile) -> dict[str, Any]:
    content = runtime.storage.get(known.digest)
    with at_most(LONGEST_SECONDS):
        if known.media_type == PDF:
            from backoffice.infra import pdf_actions

            found = pdf_actions.nature(content)
            quiet, damaged = pdf_actions.Nature.QUIET, pdf_actions.Nature.DAMAGED
            return {"active": found is not quiet, "damaged": found is damaged}
        from backoffice.infra import pictures

        made = pictures.make(content, known.media_type) if known.media_type in PICTURES else None
    if made is None:
        return {}
    return {"preview": runtime.storage.put(made.preview), "thumbnail": runtime.storage.put(made.thumbnail)}
