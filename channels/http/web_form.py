"""The public door: the form of a procedure, its sending, and the receipt."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import references
from backoffice.domain.answer_text import describe
from backoffice.domain.answers import Answers, read_answers
from backoffice.domain.fields import Field
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.plain_silence import implicit_in_words
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.regime import Regime
from backoffice.domain.requester import CONTACT_CHOICES, REQUESTER_FIELDS, read_requester
from backoffice.errors import Invalid
from backoffice.models.authorities import Department
from backoffice.queries import cases, catalogue
from backoffice.services import intake, procedures
from backoffice.services.intake import Intake
from backoffice.web import case_access, security
from backoffice.web.access import Audience, audience
from backoffice.web.catalogue import closure_of, retention_in_words
from backoffice.web.current import authority, runtime
from backoffice.web.pages import today_here
from channels.http import filled_form, form_view, signed_in, uploads
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm
from channels.http.signed_in import SignedIn
from channels.web_form import WebForm, WebSubmission

pages = Blueprint("web_form", __name__)

EXPIRED = (
    "Votre formulaire est resté ouvert longtemps : par sécurité, il faut l’envoyer de nouveau. "
    "Tout ce que vous avez écrit est là."
)
MORE_QUESTIONS = "Vos réponses ouvrent de nouvelles questions. Regardez-les, puis envoyez votre demande."
SIGN_IN_FIRST = (
    "Cette démarche demande d’être connecté. "
    "Connectez-vous dans un autre onglet, puis envoyez de nouveau ce formulaire."
)
REQUESTER_ROWS = (
    ("given_names", "family_name"),
    ("usage_name",),
    ("email", "phone"),
    ("address_line",),
    ("postcode", "city"),
    ("organisation",),
)
AUTOCOMPLETE = {
    "family_name": "family-name",
    "given_names": "given-name",
    "usage_name": "off",
    "organisation": "organization",
    "email": "email",
    "phone": "tel",
    "address_line": "street-address",
    "postcode": "postal-code",
    "city": "address-level2",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The procedure whose form is asked for, and why it takes no request now (empty when it does)."""

    definition: ProcedureDefinition
    department: Department
    closure: str


@pages.get("/demarches/<code>/demande")
@audience(Audience.PUBLIC)
def form(code: str) -> ResponseReturnValue:
    """The empty form, with what is known of a signed-in citizen."""
    asked = _asked(code)
    if asked.closure:
        return _closed(asked, asked.closure)
    citizen = signed_in.find()
    if asked.definition.requires_identity and not (citizen and citizen.proves_identity):
        return redirect(url_for("citizen_account.sign_in", next=request.path, identite=1))
    blank = filled_form.blank()
    if citizen is not None:
        blank = replace(blank, fields={**blank.fields, **citizen.begin()})
    response = make_response(_page(asked, blank, citizen, {}))
    if citizen is None:
        # « Back » from the receipt must find this very form: sent again, it is the same request.
        response.headers["Cache-Control"] = "private, no-cache"
    return response


@pages.post("/demarches/<code>/demande")
@security.answers_itself
@audience(Audience.PUBLIC)
def submit(code: str) -> ResponseReturnValue:
    """Let the request in, or give the form back with everything that was typed and what to correct."""
    asked = _asked(code)
    citizen = signed_in.find()
    form = filled_form.read(runtime(), asked.definition.max_attachments)
    if citizen is not None:
        form = replace(form, fields=citizen.complete(form.fields))
    if asked.closure:
        return _closed(asked, asked.closure, form)
    if not security.is_genuine_form():
        return _page(asked, form, citizen, {}, told=EXPIRED), 400
    if (changed := filled_form.rearranged(form, asked.definition)) is not None:
        return _page(asked, changed, citizen, {})
    answers, errors = _check(asked.definition, form, citizen)
    if errors or answers.ineligible:
        return _page(asked, form, citizen, errors, stop=answers.ineligible), 422
    view = form_view.build(asked.definition, form.fields, answers.values)
    if not form.shown.issuperset(view.shown):
        return _page(asked, form, citizen, {}, told=MORE_QUESTIONS), 422
    return _let_in(asked, form, citizen)


@pages.get("/demandes/recue/<reference>")
@audience(Audience.PUBLIC)
def receipt(reference: str) -> ResponseReturnValue:
    """What was received and what happens next, for the browser that sent it."""
    with runtime().database.reading() as session:
        case = cases.find_case_by_reference(session, authority().id, reference)
    if case is None or not case_access.may_follow(case):
        return redirect(url_for("follow_up.form", reference=reference))
    return render_template(
        "citizen/receipt.html",
        case=case,
        code=references.show_code(case.tracking_code),
        department=case.department,
        email=case.citizen.email if case.citizen else "",
        target_on=case.target_on,
        implicit=implicit_in_words(Regime.from_data(case.regime), case.implicit_on, today_here()),
        repeated="deja" in request.args,
    )


def _asked(code: str) -> Asked:
    with runtime().database.reading() as session:
        found = catalogue.get_procedure(session, authority().id, code)
        definition = procedures.definition_of(found)
        return Asked(definition, found.department, closure_of(found, definition))


def _check(
    definition: ProcedureDefinition, form: FilledForm, citizen: SignedIn | None
) -> tuple[Answers, dict[str, str]]:
    answers = read_answers(definition, form.fields, uploads.counts(form.files), today=today_here())
    _, faults = read_requester(form.fields, anonymous=definition.anonymous_allowed, channel=ChannelCode.WEB_FORM)
    errors = {**answers.errors, **form.file_errors, **faults}
    if definition.requires_identity and not (citizen and citizen.proves_identity):
        errors[""] = SIGN_IN_FIRST
    view = form_view.build(definition, form.fields, answers.values)
    return answers, dict(sorted(errors.items(), key=lambda error: view.order(error[0])))


def _let_in(asked: Asked, form: FilledForm, citizen: SignedIn | None) -> ResponseReturnValue:
    mark = form.content_mark
    if sent := case_access.find_sent(mark):
        return _to_receipt(sent, again=True)
    submission = WebSubmission(
        id=form.submission,
        received_at=datetime.now(UTC),
        fields=form.fields,
        files=form.files,
        definition=asked.definition,
        authority=authority().code,
        citizen_id=citizen.sheet_id if citizen else None,
        identity=citizen.identity if citizen else None,
        email_proven=citizen is not None and citizen.email_proven,
    )
    try:
        received = intake.accept(runtime(), WebForm().normalise(submission))
    except Invalid as error:  # closed between the page and its sending
        return _closed(asked, error.sentence, form)
    case_access.grant(received.reference)
    case_access.note_sent(mark, received.reference)
    return _to_receipt(received.reference, again=received.outcome is Intake.REPEATED)


def _to_receipt(reference: str, *, again: bool) -> ResponseReturnValue:
    return redirect(url_for("web_form.receipt", reference=reference, deja=1 if again else None), 303)


def _closed(asked: Asked, sentence: str, form: FilledForm | None = None) -> ResponseReturnValue:
    values = read_answers(asked.definition, form.fields, unknowns_allowed=True).values if form else {}
    page = render_template(
        "citizen/closed.html",
        definition=asked.definition,
        department=asked.department,
        sentence=sentence,
        answered=describe(asked.definition, values),
    )
    return page, 200 if form is None else 409


def _page(asked: Asked, form: FilledForm, citizen: SignedIn | None, errors: dict[str, str], **more: Any) -> str:
    settings, definition = runtime().settings, asked.definition
    understood = read_answers(definition, form.fields, uploads.counts(form.files), unknowns_allowed=True)
    files: dict[str, list[tuple[str, Any]]] = {}
    for file in form.files:
        files.setdefault(file.field, []).append((uploads.keep_token(settings, form.submission, file), file))
    context: dict[str, Any] = {
        "definition": definition,
        "department": asked.department,
        "view": form_view.build(definition, form.fields, understood.values),
        "typed": form.text,
        "posted": form.fields,
        "errors": errors,
        "files": files,
        "submission": form.submission,
        "choice_options": form_view.options,
        "accept": ACCEPT_ATTRIBUTE,
        "max_bytes": settings.max_upload_bytes,
        "kept_in_words": retention_in_words(definition.retention),
        "verified": citizen,
        "requester_rows": _requester_rows(citizen),
        "contact_options": [(str(choice.value), choice.label) for choice in CONTACT_CHOICES],
        "autocomplete": AUTOCOMPLETE,
        "told": "",
        "stop": None,
    }
    return render_template("citizen/form.html", **(context | more))


def _requester_rows(citizen: SignedIn | None) -> list[list[Field]]:
    """The questions about the sender, as they stand beside each other; without those already answered."""
    by_code = {field.code: field for field in REQUESTER_FIELDS}
    asked = citizen.asked if citizen else tuple(by_code)
    rows = ([by_code[code] for code in row if code in asked] for row in REQUESTER_ROWS)
    return [row for row in rows if row]
