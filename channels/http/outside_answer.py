"""The door of those who are asked outside: whoever holds the link reads one question and answers it, with files."""

from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.file_checks import FileCheck
from backoffice.errors import BackofficeError, Conflict, Invalid, NotFound
from backoffice.models.cases import Attachment
from backoffice.queries import tasks as queries
from backoffice.services import outside_opinions, received_files
from backoffice.services.outside_opinions import Opened
from backoffice.web import security, shown_files
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.errors import status_of
from backoffice.web.languages import spoken
from backoffice.web.shown_files import ShownFile
from backoffice.web.task_files import find_opened
from channels.http import filled_form, uploads
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED
from channels.http.task_answer import ANSWER, FILES, MOST_FILES, begun

pages = Blueprint("outside_answer", __name__, url_prefix="/avis")

GONE = 410
SENT = "Votre réponse est enregistrée. Merci. Vous pouvez la corriger ici tant qu’elle n’a pas été lue."


@pages.get("/<token>")
@audience(Audience.PUBLIC)
def show(token: str) -> ResponseReturnValue:
    """The question, or why the link opens nothing; scanners of mail follow links, and press nothing."""
    with runtime().database.reading() as session:
        opened = find_opened(session, token)
        return _answered(_page(session, token, opened, None), 200 if opened and opened.shows else _why(opened))


@pages.post("/<token>")
@security.answers_itself
@audience(Audience.PUBLIC)
def answer(token: str) -> ResponseReturnValue:
    """Keep the answer; whatever is wrong, the page comes back with what was written."""
    with runtime().database.reading() as session:
        opened = find_opened(session, token)
        if opened is None or not opened.takes:
            return _answered(_page(session, token, opened, None), _why(opened))
    form = filled_form.read(runtime(), MOST_FILES)
    if not security.is_genuine_form():
        return _again(token, form, {}, 400, told=EXPIRED)
    if form.file_errors:
        return _again(token, form, dict(form.file_errors), 422)
    files = [replace(file, field="") for file in form.files]
    try:
        with runtime().database.transaction() as session:
            text = form.text(ANSWER)
            outside_opinions.answer(session, runtime(), authority().id, token, text, files, form.submission)
    except (Conflict, Invalid, NotFound) as fault:
        return _again(token, form, _faults(fault), status_of(fault))
    flash(SENT, "success")
    return redirect(url_for("outside_answer.show", token=token), 303)


def _why(opened: Opened | None) -> int:
    if opened is None:
        return 404
    return 409 if opened.shows else GONE


def _faults(fault: BackofficeError) -> dict[str, str]:
    return (dict(fault.faults) if isinstance(fault, Invalid) else {}) or {"": fault.sentence}


def _again(token: str, form: FilledForm, errors: dict[str, str], status: int, *, told: str = "") -> ResponseReturnValue:
    with runtime().database.reading() as session:
        opened = outside_opinions.find(session, runtime(), authority().id, token)
        return _answered(_page(session, token, opened, form, errors=errors, told=told), status)


def _answered(page: str, status: int) -> ResponseReturnValue:
    response = make_response(page, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # The address is the key: it is said to nobody.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _page(
    session: Session,
    token: str,
    opened: Opened | None,
    form: FilledForm | None,
    *,
    errors: dict[str, str] | None = None,
    told: str = "",
) -> str:
    if opened is None or not opened.shows:
        return render_template("tasks/closed_link.html", door=opened.door if opened else "unknown", opened=opened)
    task = opened.task
    joined, letters = queries.list_joined(session, task)
    known = queries.list_answer_files(session, [task.message_id])
    checks = received_files.checks(session, runtime(), [one.digest for one in (*joined, *known)])
    form = form or begun(task, known)
    return render_template(
        "tasks/outside.html",
        opened=opened,
        task=task,
        joined=[_shown(token, one, checks[one.digest]) for one in joined],
        letters=[
            (
                one.title,
                url_for("task_files.shown_document", token=token, document_id=one.id),
                shown_files.of_document(one),
            )
            for one in letters
        ],
        sent=[_shown(token, one, checks[one.digest]) for one in known],
        typed=form.text,
        kept=uploads.by_field(runtime().settings, form.submission, form.files).get(FILES, []),
        submission=form.submission,
        accept=ACCEPT_ATTRIBUTE,
        errors=errors or {},
        told=told,
    )


def _shown(token: str, one: Attachment, check: FileCheck) -> ShownFile:
    address = url_for("task_files.shown_attachment", token=token, attachment_id=one.id)
    size = spoken().writing.file_size(one.size)
    return ShownFile(one.name, size, address) if check.may_leave else ShownFile(one.name, size, closed=check.sentence)
