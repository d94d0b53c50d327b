"""For whom a case is: an agent writes it down when a letter, a call or a visit did not say it, with the mandate."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.policy import Permission
from backoffice.domain.representation_form import FOR, MANDATE, as_posted, read_represented
from backoffice.errors import BackofficeError, Conflict, Invalid
from backoffice.queries import cases
from backoffice.services import casework, representations
from backoffice.web import files, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from channels.http import filled_form, hats, uploads
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED

pages = Blueprint("case_representation", __name__)

MOST_FILES = 10
NOT_CHOSEN = "Dites pour qui cette demande est faite."


@pages.get("/agents/dossiers/<reference>/pour-qui")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def show(reference: str) -> ResponseReturnValue:
    """What is known of it."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        known = representations.find(session, case.id)
    files.note_reading(case)
    form = filled_form.blank()
    return _page(reference, FilledForm(form.submission, as_posted(known) if known else {}), {})


@pages.post("/agents/dossiers/<reference>/pour-qui")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_NOTE)
def save(reference: str) -> ResponseReturnValue:
    """Keep what is said, with the mandate; whatever is wrong, the page comes back with what was written."""
    form = filled_form.read(runtime(), MOST_FILES)
    if not security.is_genuine_form():
        return _page(reference, form, {}, told=EXPIRED), 400
    represented, errors = read_represented(form.fields, ChannelCode.COUNTER)
    if form.text(FOR) not in {code for code, _ in hats.OF_AGENT.choices}:
        errors[FOR] = NOT_CHOSEN
    errors |= form.file_errors
    if errors:
        return _page(reference, form, errors), 422
    mandates = [file for file in form.files if file.field == MANDATE] if represented and represented.is_person else []
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            is_news = bool(mandates) or representations.find(session, case.id) != represented
            if is_news and not casework.is_repeat(session, case, form.submission):
                casework.check_revision(case, row_ids.read(form.text("revision")) or 0)
                representations.change(session, runtime(), actor(), case, represented, mandates, key=form.submission)
    except (Conflict, Invalid) as error:
        return _refused(reference, form, error)
    flash("C’est noté. Les prochains courriers le diront.", "success")
    return redirect(url_for("case_page.show", reference=reference), 303)


def _refused(reference: str, form: FilledForm, error: BackofficeError) -> ResponseReturnValue:
    if isinstance(error, Conflict):
        # Its author reads what changed on the page of the case, comes back to this one, and may then save it.
        return _page(reference, form, {}, told=error.sentence), status_of(error)
    faults = error.faults if isinstance(error, Invalid) else {}
    return _page(reference, form, dict(faults) or {"": error.sentence}), status_of(error)


def _page(reference: str, form: FilledForm, errors: dict[str, str], *, told: str = "") -> str:
    settings = runtime().settings
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        speaker = case.citizen.display_name if case.citizen else ""
        known = representations.find(session, case.id)
        proofs = representations.find_proof(session, case.id, known)[1] if known else []
    return render_template(
        "cases/representation.html",
        case=case,
        speaker=speaker,
        proofs=proofs,
        told=told,
        errors=errors,
        typed=form.text,
        posted=form.fields,
        files=uploads.by_field(settings, form.submission, form.files),
        submission=form.submission,
        accept=ACCEPT_ATTRIBUTE,
        max_bytes=settings.max_upload_bytes,
        hats=hats.OF_AGENT,
        at_desk=True,
    )
