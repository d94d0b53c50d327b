"""The public door: the form of a procedure, its sending, and the receipt."""

from dataclasses import replace

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import references
from backoffice.domain.plain_silence import implicit_in_words
from backoffice.domain.regime import Regime
from backoffice.errors import Invalid
from backoffice.queries import cases
from backoffice.services import drafts, representations, sms_notices
from backoffice.services.intake import Intake
from backoffice.web import case_access, kiosk_device, limits, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.pages import today_here
from channels.http import draft_access, filled_form, form_page, form_tally, form_view, prefilled, signed_in, step_form
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED, MORE_QUESTIONS, SAME_PLACE, SIGN_IN_FIRST, Asked
from channels.http.signed_in import SignedIn
from channels.web_form import WebForm

pages = Blueprint("web_form", __name__)


@pages.get("/demarches/<code>/demande")
@audience(Audience.PUBLIC)
def form(code: str) -> ResponseReturnValue:
    """The empty form, or its first page, with what is known of a signed-in citizen."""
    asked = form_page.get_asked(code)
    if asked.closure:
        return form_page.closed(asked, asked.closure)
    citizen = signed_in.find()
    if form_page.lacks_identity(asked.definition, citizen):
        return redirect(url_for("citizen_account.sign_in", next=request.path, identite=1))
    blank = replace(filled_form.blank(), fields=prefilled.read(asked.definition, request.args))
    if draft_access.owner().citizen_id is None:
        draft_access.grant(blank.submission)
    if citizen is not None:
        blank = replace(blank, fields={**blank.fields, **citizen.begin()})
    if asked.definition.step_by_step:
        page = step_form.first_page(asked, blank, citizen)
    else:
        page = form_page.whole(asked, blank, citizen, {}, begun=draft_access.find_begun(code))
    response = form_tally.opened(make_response(page), asked)
    if citizen is None:
        # « Back » from the receipt must find this very form: sent again, it is the same request.
        response.headers["Cache-Control"] = "private, no-cache"
    return response


@pages.post("/demarches/<code>/demande")
@security.answers_itself
@audience(Audience.PUBLIC)
def submit(code: str) -> ResponseReturnValue:
    """Let the request in, or give the form back with everything that was typed and what to correct."""
    asked = form_page.get_asked(code)
    citizen = signed_in.find()
    form = filled_form.read(runtime(), asked.definition.max_attachments)
    if citizen is not None:
        form = replace(form, fields=citizen.complete(form.fields))
    if asked.closure:
        return form_page.closed(asked, asked.closure, form)
    if asked.definition.step_by_step:
        return step_form.receive_first(asked, form)
    if not security.is_genuine_form():
        return form_page.whole(asked, form, citizen, {}, told=EXPIRED), 400
    if (changed := filled_form.rearranged(form, asked.definition)) is not None:
        return form_page.whole(asked, changed, citizen, {})
    answers, errors = form_page.read_all(asked.definition, form, citizen)
    if form_page.lacks_identity(asked.definition, citizen):
        errors[""] = SIGN_IN_FIRST
    view = form_view.build(asked.definition, form.fields, answers.values)
    if errors or answers.ineligible:
        told = form_page.in_order(errors, view)
        given_back = make_response(form_page.whole(asked, form, citizen, told, stop=answers.ineligible), 422)
        return form_tally.refused(given_back, asked, form, errors)
    if not form.shown.issuperset(view.shown):
        return form_page.whole(asked, form, citizen, {}, told=MORE_QUESTIONS), 422
    sent = case_access.find_sent(form.content_mark, form.file_marks)
    if not sent and (near := form_page.unseen_reports(asked, form, answers.values)):
        return form_page.whole(asked, form, citizen, {}, near=near, told=SAME_PLACE), 422
    return _let_in(asked, form, citizen, sent)


@pages.get("/demandes/recue/<reference>")
@audience(Audience.PUBLIC)
def receipt(reference: str) -> ResponseReturnValue:
    """What was received and what happens next, for the browser that sent it."""
    with runtime().database.reading() as session:
        case = cases.find_case_by_reference(session, authority().id, reference)
        represented = representations.find(session, case.id) if case else None
    if case is None or not case_access.may_follow(case):
        return redirect(url_for("follow_up.form", reference=reference))
    return render_template(
        "kiosk/receipt.html" if kiosk_device.here() else "citizen/receipt.html",
        represented=represented,
        case=case,
        code=references.show_code(case.tracking_code),
        department=case.department,
        email=case.citizen.email if case.citizen else "",
        texted=sms_notices.is_texted(runtime(), case),
        target_on=case.target_on,
        implicit=implicit_in_words(Regime.from_data(case.regime), case.implicit_on, today_here()),
        repeated="deja" in request.args,
    )


def _let_in(asked: Asked, form: FilledForm, citizen: SignedIn | None, sent: str) -> ResponseReturnValue:
    if sent:
        draft_access.delete(form.submission)
        return _to_receipt(sent, again=True)
    incoming = WebForm().normalise(form_page.submission(asked, form, citizen))
    limits.count_request()
    try:
        tally = form_tally.find(asked.procedure.current_version_id)
        received = drafts.send(runtime(), authority().id, incoming, tally=tally)
    except Invalid as error:  # closed between the page and its sending
        return form_page.closed(asked, error.sentence, form)
    draft_access.forget(form.submission)
    case_access.grant(received.reference)
    case_access.note_sent(form.content_mark, form.file_marks, received.reference)
    return _to_receipt(received.reference, again=received.outcome is Intake.REPEATED)


def _to_receipt(reference: str, *, again: bool) -> ResponseReturnValue:
    return redirect(url_for("web_form.receipt", reference=reference, deja=1 if again else None), 303)
