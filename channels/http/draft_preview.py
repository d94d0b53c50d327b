"""A draft of a procedure as citizens and agents will see it: the pages that cases come by, where nothing is kept."""

from dataclasses import replace

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain import answer_text, procedure_editing, sample_answers
from backoffice.domain.answers import read_answers
from backoffice.domain.fields import Field
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.policy import Permission
from backoffice.domain.procedures import ProcedureDefinition, Step
from backoffice.models.authorities import Department
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue
from backoffice.web import draft_view, field_form, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here
from channels.http import filled_form, form_page, form_view
from channels.http.filled_form import FilledForm
from channels.http.form_page import Asked

pages = Blueprint("draft_preview", __name__, url_prefix="/agents/demarches/<code>/brouillon")

FRAMED = "; ".join(
    one.replace("frame-ancestors 'none'", "frame-ancestors 'self'") for one in security.CONTENT_SECURITY_POLICY
)


@pages.route("/apercu", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def as_citizen(code: str) -> ResponseReturnValue:
    """The form, to fill in and send as citizens will; sent, it says what is wrong, and nothing leaves."""
    shown = draft_view.load(code)
    form = FilledForm(f"{'apercu':_<22}")
    errors: dict[str, str] = {}
    accepted, stop = False, None
    asked = _asked(shown.definition)
    if request.method == "POST":
        form = replace(form, fields={name: list(texts) for name, texts in request.form.lists()})
        rearranged = filled_form.rearranged(form, shown.definition)
        if rearranged is None:
            answers, errors = form_page.read_all(shown.definition, replace(form, files=_files()), None)
            stop = answers.ineligible
            accepted = not errors and stop is None
        form = rearranged or form
    understood = read_answers(shown.definition, form.fields, unknowns_allowed=True)
    view = form_view.build(shown.definition, form.fields, understood.values)
    return render_template(
        "admin/drafts/preview.html",
        **form_page.context(asked, form, None)
        | {
            "shown": shown,
            "view": view,
            "errors": form_page.in_order(errors, view),
            "rules": form_view.rules(shown.definition, understood.values),
            "stop": stop,
            "accepted": accepted,
        },
    )


@pages.get("/apercu-agent")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def as_agent(code: str) -> ResponseReturnValue:
    """What the page of a case will show of a request, with answers made up."""
    shown = draft_view.load(code)
    values = sample_answers.sample_answers(shown.definition, today_here())
    return render_template(
        "admin/drafts/preview_agent.html",
        shown=shown,
        definition=shown.definition,
        answers=answer_text.describe(shown.definition, values),
        documents=shown.definition.list_documents(values),
    )


@pages.route("/apercu-question", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def question(code: str) -> ResponseReturnValue:
    """One question as it is being written, for the frame beside its form."""
    definition = draft_view.load(code).definition
    field = procedure_editing.get_field(definition, request.args.get("question", ""))
    if request.method == "POST":
        field, _ = field_form.read(request.form, field)
    alone = replace(definition, steps=(Step(field.label, (_always(field),)),), documents=(), translations={})
    form = FilledForm("")
    page = render_template(
        "admin/drafts/preview_question.html",
        **form_page.context(_asked(alone), form, None)
        | {"view": form_view.build(alone, {}, {}), "errors": {}, "has_condition": field.when is not None},
    )
    return Response(page, headers={"Content-Security-Policy": FRAMED, "X-Frame-Options": "SAMEORIGIN"})


def _always(field: Field) -> Field:
    """The question alone: nothing hides it, and its formula has no answers to look at."""
    return replace(field, when=None, label=field.label or "…")


def _asked(definition: ProcedureDefinition) -> Asked:
    with runtime().database.reading() as session:
        found = catalogue.find_department(session, actor().authority_id, definition.department)
    department = found or Department(name=definition.department)
    return Asked(Procedure(code=definition.code, title=definition.title), definition, department, "")


def _files() -> tuple[IncomingFile, ...]:
    """The files chosen, by name alone: none is kept."""
    return tuple(
        IncomingFile(one.filename or "", one.mimetype, 0, "", field=name)
        for name, one in request.files.items(multi=True)
        if one.filename
    )
