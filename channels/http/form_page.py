"""What the pages of a form share, whole or in steps: the procedure asked for, what is wrong, what templates show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import kiosks
from backoffice.domain.answer_text import describe
from backoffice.domain.answers import Answers, read_answers
from backoffice.domain.conditions import holds
from backoffice.domain.fields import Field
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.representation_form import read_represented
from backoffice.domain.requester import CONTACT_CHOICES, LANGUAGE, REQUESTER_FIELDS, lacks_address, read_requester
from backoffice.domain.wording import Wording
from backoffice.models.authorities import Department
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue
from backoffice.services import drafts, procedures
from backoffice.web import kiosk_device, nearby_reports, said_procedures
from backoffice.web.catalogue import closure_of, retention_in_words
from backoffice.web.current import authority, runtime
from backoffice.web.languages import spoken
from backoffice.web.nearby_reports import NearbyView
from backoffice.web.pages import today_here
from channels.http import earlier_files, form_view, hats, uploads
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm
from channels.http.form_view import FormView
from channels.http.signed_in import SignedIn
from channels.web_form import WebSubmission

EXPIRED = Wording(
    "Votre formulaire est resté ouvert longtemps : par sécurité, il faut l’envoyer de nouveau. "
    "Tout ce que vous avez écrit est là."
)
MORE_QUESTIONS = Wording("Vos réponses ouvrent de nouvelles questions. Regardez-les, puis envoyez votre demande.")
SAME_PLACE = Wording(
    "Le même problème est peut-être déjà signalé tout près. Regardez, puis suivez ce signalement ou envoyez le vôtre : "
    "tout ce que vous avez écrit est là."
)
SIGN_IN_FIRST = Wording(
    "Cette démarche demande d’être connecté. "
    "Connectez-vous dans un autre onglet, puis envoyez de nouveau ce formulaire."
)
REQUESTER_ROWS = (
    ("given_names", "family_name"),
    ("usage_name",),
    ("email", "phone"),
    ("address_line",),
    ("postcode", "city"),
)
AUTOCOMPLETE = {
    "family_name": "family-name",
    "given_names": "given-name",
    "usage_name": "off",
    "email": "email",
    "phone": "tel",
    "address_line": "street-address",
    "postcode": "postal-code",
    "city": "address-level2",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The procedure whose form is asked for, and why it takes no request now (empty when it does).

    `definition` is in the language of the page. `lacks_files` says that it asks for files, and not at this kiosk.
    """

    procedure: Procedure
    definition: ProcedureDefinition
    department: Department
    closure: str
    lacks_files: bool = False


def get_asked(code: str) -> Asked:
    """The procedure of this code; raises NotFound."""
    with runtime().database.reading() as session:
        return asked_of(catalogue.get_procedure(session, authority().id, code))


def asked_of(procedure: Procedure) -> Asked:
    """The procedure that a draft was begun for."""
    definition = said_procedures.definition_of(procedure)
    closure = closure_of(procedure, definition)
    if kiosk_device.here() is None:
        return Asked(procedure, definition, procedure.department, closure)
    lacks_files = kiosks.asks_for_files(definition)
    return Asked(procedure, kiosks.without_files(definition), procedure.department, closure, lacks_files)


def read_all(
    definition: ProcedureDefinition, form: FilledForm, citizen: SignedIn | None
) -> tuple[Answers, dict[str, str]]:
    """The answers, and all that is wrong: in them, in the files, about the sender (input name → sentence)."""
    fields = citizen.complete(form.fields) if citizen else form.fields
    answers = read_answers(definition, fields, uploads.counts(form.files), today=today_here())
    sender, faults = read_requester(fields, anonymous=definition.anonymous_allowed, channel=ChannelCode.WEB_FORM)
    represented, missing = read_represented(fields, ChannelCode.WEB_FORM)
    if definition.posted_when and holds(definition.posted_when, answers.values):
        faults = {**lacks_address(sender, represented), **faults}
    return answers, {**answers.errors, **form.file_errors, **missing, **faults}


def lacks_identity(definition: ProcedureDefinition, citizen: SignedIn | None) -> bool:
    """Whether the procedure wants an identity that nobody vouched for."""
    return definition.requires_identity and not (citizen and citizen.proves_identity)


def submission(asked: Asked, form: FilledForm, citizen: SignedIn | None) -> WebSubmission:
    """The form as its channel takes it."""
    return WebSubmission(
        id=form.submission,
        received_at=datetime.now(UTC),
        fields={LANGUAGE: [spoken().language.code], **(citizen.complete(form.fields) if citizen else form.fields)},
        files=form.files,
        definition=procedures.definition_of(asked.procedure),
        authority=authority().code,
        citizen_id=citizen.sheet_id if citizen else None,
        identity=citizen.identity if citizen else None,
        email_proven=citizen is not None and citizen.email_proven,
        kiosk=here.place if (here := kiosk_device.here()) else "",
    )


def unseen_reports(asked: Asked, form: FilledForm, values: dict[str, Any]) -> NearbyView | None:
    """The reports near the place, when the page has not shown them all; None once this very form was received."""
    found = nearby_reports.find_unseen(asked.definition, values, form.text(nearby_reports.SEEN))
    if not found:
        return None
    with runtime().database.reading() as session:
        if drafts.find_sent(session, authority().id, form.submission) is not None:
            return None
    return nearby_reports.view_of(asked.definition, found)


def in_order(errors: Mapping[str, str], view: FormView) -> dict[str, str]:
    """The errors as they are told: from the top of the page to its end."""
    return dict(sorted(errors.items(), key=lambda error: view.order(error[0])))


def context(asked: Asked, form: FilledForm, citizen: SignedIn | None) -> dict[str, Any]:
    """What the templates of a form need, whole or not, besides its view and its errors."""
    settings, definition = runtime().settings, asked.definition
    return {
        "definition": definition,
        "department": asked.department,
        "typed": form.text,
        "posted": form.fields,
        "files": uploads.by_field(settings, form.submission, form.files),
        "earlier": earlier_files.list_mine(),
        "submission": form.submission,
        "choice_options": form_view.options,
        "accept": ACCEPT_ATTRIBUTE,
        "max_bytes": settings.max_upload_bytes,
        "kept_in_words": retention_in_words(definition.retention),
        "verified": citizen,
        "requester_rows": _requester_rows(citizen),
        "hats": hats.OF_CITIZEN,
        "at_desk": False,
        "contact_options": [(str(choice.value), choice.label) for choice in CONTACT_CHOICES],
        "autocomplete": AUTOCOMPLETE,
        "return_to": url_for("web_form.form", code=definition.code),
        "told": "",
        "stop": None,
        "lacks_files": asked.lacks_files,
        "begun": None,
        "near": nearby_reports.view_of(definition),
    }


def whole(asked: Asked, form: FilledForm, citizen: SignedIn | None, errors: Mapping[str, str], **more: Any) -> str:
    """The form in one page."""
    understood = read_answers(asked.definition, form.fields, uploads.counts(form.files), unknowns_allowed=True)
    view = form_view.build(asked.definition, form.fields, understood.values)
    rules = form_view.rules(asked.definition, understood.values)
    errors = said_procedures.marked_errors(errors, asked.definition)
    return render_template(
        "citizen/form.html", **(context(asked, form, citizen) | {"view": view, "errors": errors, "rules": rules} | more)
    )


def closed(asked: Asked, sentence: str, form: FilledForm | None = None) -> ResponseReturnValue:
    """Why nothing can be sent, with what was answered so far, to be copied."""
    values = read_answers(asked.definition, form.fields, unknowns_allowed=True).values if form else {}
    page = render_template(
        "citizen/closed.html",
        definition=asked.definition,
        department=asked.department,
        sentence=sentence,
        answered=said_procedures.marked_answers(describe(asked.definition, values), asked.definition),
    )
    return page, 200 if form is None else 409


def _requester_rows(citizen: SignedIn | None) -> list[list[Field]]:
    """The questions about the sender, as they stand beside each other; without those already answered."""
    by_code = {field.code: field for field in REQUESTER_FIELDS}
    asked = citizen.asked if citizen else tuple(by_code)
    rows = ([by_code[code] for code in row if code in asked] for row in REQUESTER_ROWS)
    return [row for row in rows if row]
