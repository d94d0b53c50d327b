"""Texts of the house put into the answer to a citizen: a ready answer, or what other services said."""

from collections.abc import Callable

from flask import request
from sqlalchemy.orm import Session

from backoffice.domain import row_ids
from backoffice.models.cases import Case
from backoffice.queries import ready_answers
from backoffice.services import blanks, case_tasks
from backoffice.web.current import actor


def _ready_answer(session: Session, case: Case) -> str:
    chosen = row_ids.read(request.form.get("ready_answer", "")) or 0
    found = ready_answers.find_version(session, actor().authority_id, chosen)
    return blanks.fill_known(session, case, found.text) if found else ""


KINDS: dict[str, Callable[[Session, Case], str]] = {
    "insert": _ready_answer,
    "insert-tasks": case_tasks.quote_answers,
}
"""What to insert, by what the button says (`do`)."""
