"""The door of answers: what a citizen adds to a case from its follow-up page, sent twice or not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import french
from backoffice.domain.form_pages import FREE_FILES
from backoffice.domain.wording import Wording
from backoffice.models.cases import Case
from backoffice.queries import legal
from backoffice.services import intake
from backoffice.services.intake import Intake
from backoffice.web import awaited_pieces, follow_up, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.languages import said
from backoffice.web.pages import today_here
from channels.http import filled_form, uploads
from channels.http.filled_form import NOT_OURS, FilledForm
from channels.http.form_page import EXPIRED
from channels.web_form import WebReply, WebSubmission

pages = Blueprint("web_reply", __name__)

MOST_FILES = 10
# A file that was not taken, of an answer that waits for its code: its writer is told before anything is sent.
LOST_FILE = "lost_file"
LONGEST_MESSAGE = 10_000


@pages.post("/suivi/<reference>/reponse")
@security.answers_itself
@audience(Audience.PUBLIC)
def submit(reference: str) -> ResponseReturnValue:
    """Add the message to the case; whatever is wrong, the page comes back with what was written."""
    form = filled_form.read(runtime(), MOST_FILES)
    case = follow_up.find_followed(reference)
    if case is None:
        # Two hours, and the case is closed in this browser: whoever was writing gives the code, and loses nothing.
        tried = _try_code(reference, form)
        if not tried.reference:
            return follow_up.ask_for_code(reference, _carried(form), tried, form.text("code")[:40])
        case = follow_up.get_followed(reference)
    if not security.is_genuine_form():
        return _page(reference, form, {}, told=EXPIRED), 400
    errors = _check(form)
    if form.text(LOST_FILE):
        errors.setdefault(FREE_FILES, NOT_OURS)
    if errors:
        return _page(reference, form, errors), 422
    wanted = _wanted(case)
    submission = WebSubmission(
        id=f"{case.id}.{form.submission}",
        received_at=datetime.now(UTC),
        fields={**form.fields, "message": [_with_pieces(form, wanted)]},
        files=tuple(replace(file, field=file.field if file.field in wanted else "") for file in form.files),
        authority=authority().code,
        citizen_id=case.citizen_id,
    )
    received = intake.accept_answer(runtime(), case.id, WebReply().normalise(submission))
    if received.outcome is Intake.REPEATED:
        flash(said(Wording("Votre réponse était déjà enregistrée.")), "info")
    else:
        flash(said(Wording("Votre réponse est enregistrée et transmise au service.")), "success")
    return redirect(url_for("follow_up.show", reference=reference), 303)


def _try_code(reference: str, form: FilledForm) -> follow_up.Tried:
    if "code" in form.fields and security.is_genuine_form():
        return follow_up.try_posted_code(reference)
    refused = next(iter(form.file_errors.values()), "")
    return follow_up.Tried(faults={"": refused} if refused else {}, status=422)


def _carried(form: FilledForm) -> dict[str, list[str]]:
    """The answer as hidden fields: its words, its number, and the marks of its files."""
    kept = uploads.by_field(runtime().settings, form.submission, form.files)
    marks = [token for files in kept.values() for token, _ in files]
    lost = ["1"] if form.file_errors or form.text(LOST_FILE) else []
    words = {"message": [form.text("message")], "submission": [form.submission]}
    return {**words, uploads.KEPT_FILE: marks, LOST_FILE: lost}


def _wanted(case: Case) -> dict[str, str]:
    """The pieces that the case waits for: the name of their input, and what they are."""
    with runtime().database.reading() as session:
        events = legal.list_events(session, case.id)
    requests = awaited_pieces.list_requests(events, (), today_here())
    return {piece.name: piece.label for one in requests for piece in one.pieces}


def _with_pieces(form: FilledForm, wanted: Mapping[str, str]) -> str:
    """The message, after what each file answers: an agent reads it whatever the file is called."""
    sent: dict[str, list[str]] = {}
    for file in form.files:
        if file.field in wanted:
            sent.setdefault(wanted[file.field], []).append(file.name)
    lines = [f"– {label}{french.NBSP}: {', '.join(names)}" for label, names in sent.items()]
    told = "\n".join([f"Pièces envoyées{french.NBSP}:", *lines]) if lines else ""
    return "\n\n".join(part for part in (told, form.text("message")) if part)


def _check(form: FilledForm) -> dict[str, str]:
    errors = dict(form.file_errors)
    message = form.text("message").strip()
    if not message and not form.files and not errors:
        errors["message"] = Wording("Écrivez votre message, ou ajoutez au moins un fichier.")
    if len(message) > LONGEST_MESSAGE:
        errors["message"] = Wording(
            "Votre message dépasse %(most)s caractères : raccourcissez-le.", most=LONGEST_MESSAGE
        )
    return errors


def _page(reference: str, form: FilledForm, errors: dict[str, str], **more: Any) -> str:
    kept = uploads.by_field(runtime().settings, form.submission, form.files)
    state = {
        "typed": form.text("message"),
        "errors": errors,
        "kept": kept.get(FREE_FILES, []),
        "kept_pieces": kept,
        "submission": form.submission,
    }
    return follow_up.case_page(reference, **(state | more))
