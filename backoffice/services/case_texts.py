"""Keeps the words that cases are found by: read again soon after each change, by whoever runs the relay."""

import structlog
from sqlalchemy.orm import Session

from backoffice.domain import answer_text, reserved_answers, search_terms
from backoffice.infra.runtime import Runtime
from backoffice.models.catalogue import ProcedureVersion
from backoffice.queries import case_texts as queries
from backoffice.queries.case_texts import Source
from backoffice.services import marked_rows, procedures
from backoffice.services.marked_rows import SECONDS

log = structlog.get_logger("parvis.case_texts")

# A batch is one transaction, which SQLite has one of at a time: some tens of milliseconds.
BATCH = 40


def catch_up(runtime: Runtime, seconds: float = SECONDS) -> int:
    """Read the cases that changed, for so long; answers how many were read. What is left waits for the next time."""
    return marked_rows.catch_up(runtime, queries.any_marked, _read_some, seconds)


def rebuild(runtime: Runtime) -> int:
    """Read every case again; answers how many."""
    with runtime.database.transaction() as session:
        queries.mark_all(session)
    return catch_up(runtime, float("inf"))


def _read_some(session: Session) -> int:
    case_ids = queries.claim_marked(session, BATCH)
    sources = queries.read_sources(session, case_ids)
    queries.write(session, {(one.authority_id, one.case_id): _words(session, one) for one in sources})
    if gone := set(case_ids) - {one.case_id for one in sources}:
        queries.forget(session, gone)
    return len(case_ids)


def _words(session: Session, source: Source) -> list[str]:
    return search_terms.words_in([*source.texts, *_answers(session, source)])


def _answers(session: Session, source: Source) -> list[str]:
    """The answers as people read them."""
    version = session.get(ProcedureVersion, source.version_id) if source.version_id is not None else None
    if version is None or not source.answers:
        return []
    try:
        definition = procedures.read_version(version)
        # What is reserved is found by nobody: a search would tell it to who may not read it.
        hidden = reserved_answers.list_reserved(definition)
        told = answer_text.describe(definition, source.answers, hidden=hidden)
        return [str(answer) for _, answer in told if answer != reserved_answers.RESERVED]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # Answers that their form does not fit (written past Parvis): the case is found by all the rest.
        log.exception("answers not read", case_id=source.case_id)
        return []
