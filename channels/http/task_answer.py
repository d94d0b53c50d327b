"""The door of those who are asked inside: an agent reads what another department asks, and answers with files."""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.file_checks import FileCheck
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError, Conflict, Invalid
from backoffice.models.cases import Attachment
from backoffice.models.tasks import Task
from backoffice.queries import tasks as queries
from backoffice.services import received_files, task_answers
from backoffice.web import files, security, shown_files, staff_notices, task_panel
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.languages import spoken
from backoffice.web.shown_files import ShownFile
from channels.http import filled_form, uploads
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED

pages = Blueprint("task_answer", __name__, url_prefix="/agents/questions")

MOST_FILES = 10
ANSWER, FILES, SEEN = "answer", "attachments", "seen"


@pages.get("/<int:task_id>")
@audience(Audience.STAFF, Permission.CASE_READ)
def show(task_id: int) -> ResponseReturnValue:
    """The question, and the answer as far as it is written."""
    staff_notices.note_page_seen()
    return _page(task_id, None)


@pages.post("/<int:task_id>")
@security.answers_itself
@audience(Audience.STAFF, Permission.TASK_ANSWER)
def answer(task_id: int) -> ResponseReturnValue:
    """Answer; whatever is wrong, the page comes back with what was written."""
    form = filled_form.read(runtime(), MOST_FILES)
    if not security.is_genuine_form():
        return _page(task_id, form, told=EXPIRED), 400
    if form.file_errors:
        return _page(task_id, form, errors=dict(form.file_errors)), 422
    try:
        with runtime().database.transaction() as session:
            said = [replace(file, field="") for file in form.files]
            seen = row_ids.read(form.text(SEEN)) or 0
            task_answers.answer(
                session, runtime(), actor(), task_id, form.text(ANSWER), said, form.submission, seen=seen
            )
    except (Conflict, Invalid) as fault:
        return _refused(task_id, form, fault)
    flash("Votre réponse est au dossier. Vous pouvez la corriger tant qu’elle n’a pas été lue.", "success")
    return redirect(url_for("task_answer.show", task_id=task_id), 303)


@pages.post("/<int:task_id>/commencer")
@audience(Audience.STAFF, Permission.TASK_ANSWER)
def start(task_id: int) -> ResponseReturnValue:
    """I see to it."""
    return _do(task_id, lambda session: task_answers.start(session, actor(), task_id), "Vous vous en occupez.")


@pages.post("/<int:task_id>/decliner")
@audience(Audience.STAFF, Permission.TASK_ANSWER)
def decline(task_id: int) -> ResponseReturnValue:
    """We cannot answer, and say why."""
    reason = request.form.get("reason", "")
    said = "C’est noté : le service qui demande lira votre raison."
    return _do(task_id, lambda session: task_answers.decline(session, actor(), task_id, reason), said)


def _do(task_id: int, change: Callable[[Session], Task], said: str) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            change(session)
    except (Conflict, Invalid) as fault:
        typed = {name: list(texts) for name, texts in request.form.lists()}
        return _refused(task_id, FilledForm(filled_form.blank().submission, typed), fault)
    flash(said, "success")
    return redirect(url_for("task_answer.show", task_id=task_id), 303)


def _refused(task_id: int, form: FilledForm, fault: BackofficeError) -> ResponseReturnValue:
    faults = dict(fault.faults) if isinstance(fault, Invalid) else {}
    return _page(task_id, form, errors=faults or {"": fault.sentence}), status_of(fault)


def _page(task_id: int, form: FilledForm | None, *, errors: dict[str, str] | None = None, told: str = "") -> str:
    settings = runtime().settings
    with runtime().database.reading() as session:
        task = queries.get_task(session, actor(), task_id)
        joined, letters = queries.list_joined(session, task)
        known = queries.list_answer_files(session, [task.message_id])
        form = form or begun(task, known)
        checks = received_files.checks(session, runtime(), [one.digest for one in (*joined, *known)])
        page = render_template(
            "tasks/show.html",
            one=task_panel.show(task, [_shown(task, file, checks[file.digest]) for file in known]),
            task=task,
            readable=policy.allows(actor(), Permission.CASE_READ, task.case),
            joined=[_shown(task, file, checks[file.digest]) for file in joined],
            letters=[
                (
                    letter.title,
                    url_for("task_files.document", task_id=task.id, document_id=letter.id),
                    shown_files.of_document(letter),
                )
                for letter in letters
            ],
            may_answer=task_answers.may_answer(actor(), task),
            takes=task_answers.is_answerable(task),
            typed=form.text,
            kept=uploads.by_field(settings, form.submission, form.files).get(FILES, []),
            submission=form.submission,
            accept=ACCEPT_ATTRIBUTE,
            errors=errors or {},
            told=told,
        )
    files.note_reading(task.case, task_id=task.id)
    return page


def begun(task: Task, known: list[Attachment]) -> FilledForm:
    """The form as the last answer left it, its files with it."""
    kept = tuple(IncomingFile(one.name, one.media_type, one.size, one.digest, field=FILES) for one in known)
    return replace(filled_form.blank(), fields={ANSWER: [task.answer]}, files=kept)


def _shown(task: Task, one: Attachment, check: FileCheck) -> ShownFile:
    address = url_for("task_files.attachment", task_id=task.id, attachment_id=one.id)
    size = spoken().writing.file_size(one.size)
    return ShownFile(one.name, size, address) if check.may_leave else ShownFile(one.name, size, closed=check.sentence)
