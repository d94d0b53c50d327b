"""The answers that a request came without: an agent notes them from a call, a visit, a mail or what the service saw."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.answers import as_posted
from backoffice.domain.noted_answers import SOURCE_LABELS
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.queries import cases
from backoffice.services import casework, noted_answers
from backoffice.web import files, form_numbers
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from channels.http import form_view

pages = Blueprint("case_answers", __name__)

Posted = Mapping[str, Sequence[str]]


@pages.get("/agents/dossiers/<reference>/reponses")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def show(reference: str) -> ResponseReturnValue:
    """The questions that have no answer, and those that were noted here."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        posted = as_posted(case.answers)
    files.note_reading(case)
    return _page(reference, posted, form_numbers.new(), {})


@pages.post("/agents/dossiers/<reference>/reponses")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def save(reference: str) -> ResponseReturnValue:
    """Note what was typed; whatever is wrong, the page comes back with it."""
    posted = dict(request.form.lists())
    number = request.form.get("submission", "")[:40]
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            if not casework.is_repeat(session, case, number):
                casework.check_revision(case, row_ids.read(request.form.get("revision", "")) or 0)
                source = request.form.get("source", "")
                noted_answers.note(session, actor(), case, posted, source, key=number)
    except Conflict as error:
        return _page(reference, posted, number, {}, error.sentence), status_of(error)
    except Invalid as error:
        return _page(reference, posted, number, error.faults or {"": error.sentence}), status_of(error)
    flash("C’est noté, dans les réponses et dans les échanges du dossier.", "success")
    return redirect(url_for("case_page.show", reference=reference, _anchor="reponses"), 303)


def _page(reference: str, posted: Posted, number: str, errors: Mapping[str, str], told: str = "") -> str:
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        questions = noted_answers.list_open(session, actor(), case)
        definition = noted_answers.definition_of(case)
    # Nothing is compulsory, what the agent does not know stays unanswered; and their conditions hold already.
    free = tuple(replace(one, required=False, when=None) for one in questions)
    return render_template(
        "cases/answers.html",
        case=case,
        definition=definition,
        shown=form_view.list_questions(free, posted, case.answers),
        told=told,
        errors=errors,
        typed=lambda name: (posted.get(name) or ("",))[0],
        posted=posted,
        sources=[(code.value, label) for code, label in SOURCE_LABELS.items()],
        choice_options=form_view.options,
        files={},
        accept="",
        submission=number,
        at_desk=True,
    )
