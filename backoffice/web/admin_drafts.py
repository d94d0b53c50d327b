"""Drafts of procedures: begun from nothing, from another procedure or from a file; read, checked, published."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice import catalogue as starter
from backoffice.domain import condition_words, procedure_comparison, procedure_files
from backoffice.domain.letters import LETTERS
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedure_words import FIELD_KINDS
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.catalogue import ProcedureDraft
from backoffice.queries import catalogue
from backoffice.queries import procedure_drafts as queries
from backoffice.services import procedure_drafts, procedure_letters, procedures
from backoffice.web import condition_form, draft_documents, draft_fields, draft_view, identity_form, law_words
from backoffice.web.access import Audience, audience
from backoffice.web.admin_procedures import LARGEST_FILE, file_text
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_drafts", __name__, url_prefix="/agents/demarches")

HERE, SHIPPED = "ici", "livree"
CHOOSE_MODEL = "Choisissez la démarche dont vous voulez partir."


@pages.get("/nouvelle")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def new() -> ResponseReturnValue:
    """The three ways to begin: from nothing, from another procedure, from a file."""
    return _new_page({})


@pages.post("/nouvelle")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def begin() -> ResponseReturnValue:
    """A procedure from nothing, with what was already said of it."""
    faults: dict[str, str] = {}

    def write(session: Session) -> ProcedureDraft:
        title, department = request.form.get("title", ""), request.form.get("department", "")
        draft = procedure_drafts.start_new(session, actor(), title, department)
        said = identity_form.NEW
        procedure_drafts.add(
            session, actor(), draft.code, lambda one: identity_form.read(request.form, one, faults, said)
        )
        return draft

    return _begun(write)


@pages.post("/nouvelle/modele")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def begin_like() -> ResponseReturnValue:
    """A new procedure that says what another one says."""

    def write(session: Session) -> ProcedureDraft:
        where, _, code = request.form.get("model", "").partition(":")
        try:
            if where == SHIPPED:
                model = starter.load_procedure(code)
            else:
                model = procedures.definition_of(catalogue.get_procedure(session, actor().authority_id, code))
        except NotFound:
            raise Invalid(faults={"model": CHOOSE_MODEL}) from None
        title = request.form.get("copy_title", "").strip() or f"{model.title} (copie)"
        return procedure_drafts.start_like(session, actor(), model, title)

    return _begun(write)


@pages.post("/nouvelle/fichier")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def begin_from_file() -> ResponseReturnValue:
    """What a file says, even if something in it is still to correct; what is not a procedure at all is explained.

    Opens on what the file changes: nobody publishes what a colleague sent without having read it.
    """
    sent = request.files.get("file")
    content = sent.read(LARGEST_FILE + 1) if sent else b""
    try:
        definition = procedure_files.read(procedure_files.load_yaml(file_text(content)))
    except Invalid as fault:
        details = [f"{path} : {sentence}" for path, sentence in fault.faults.items()]
        return _new_page({"file": " ".join([fault.sentence, *details])}), 422
    told = f"« {definition.title} » est en brouillon : lisez ce que le fichier change. Rien n’est encore publié."
    return _begun(lambda session: procedure_drafts.start_from_file(session, actor(), definition), "publish", told)


@pages.post("/<code>/brouillon/nouveau")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def begin_next(code: str) -> ResponseReturnValue:
    """The next version of a procedure, from the one in force or from an older one."""
    typed = request.form.get("number", "")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else None
    with runtime().database.transaction() as session:
        if queries.find_draft(session, actor().authority_id, code) is None or number is not None:
            procedure_drafts.start_next(session, actor(), code, number)
    return redirect(url_for("admin_drafts.show", code=code), 303)


@pages.get("/<code>/brouillon")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def show(code: str) -> ResponseReturnValue:
    """The whole draft: what prevents publishing, its form, and the way to each of its parts."""
    shown = draft_view.load(code)
    definition = shown.definition
    return render_template(
        "admin/drafts/show.html",
        shown=shown,
        definition=definition,
        kinds=FIELD_KINDS,
        kind_choices=draft_fields.choices_of_kind(),
        condition=condition_form.shown(None, definition.fields),
        steps=draft_fields.choices_of_step(definition),
        step_rank=request.args.get("etape", len(definition.steps) - 1),
        block="",
        letters=LETTERS.values(),
        drafted_letters={one.letter for one in definition.letters},
        pieces_seen=draft_view.print_of(definition, draft_documents.list_seen),
        in_words=lambda when: condition_words.in_words(when, shown.called),
        place_of=lambda path: draft_view.place_of(code, definition, path),
        plan=draft_view.print_of(definition, draft_view.form_seen),
        words=law_words,
        values={},
        errors={},
    )


@pages.get("/<code>/brouillon.yaml")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def export_file(code: str) -> ResponseReturnValue:
    """The draft as one file, letters included."""
    with runtime().database.reading() as session:
        definition = procedure_drafts.read(queries.get_draft(session, actor().authority_id, code))
        text = procedure_files.write_yaml(procedure_letters.with_letters(session, actor().authority_id, definition))
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{code}-brouillon.yaml"'
    return answer


@pages.post("/<code>/brouillon/abandon")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def discard(code: str) -> ResponseReturnValue:
    """Forget the draft."""
    with runtime().database.transaction() as session:
        procedure_drafts.discard(session, actor(), code)
    flash("Le brouillon est abandonné.", "success")
    return redirect(url_for("admin_procedures.show"), 303)


@pages.route("/<code>/brouillon/publication", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def publish(code: str) -> ResponseReturnValue:
    """What the draft changes, in words; then the version in force."""
    if request.method == "GET":
        return _publish_page(code, "")
    try:
        with runtime().database.transaction() as session:
            asked = {name: request.form.get(name, "") for name in ("reason", "seen", "over")}
            procedure = procedure_drafts.publish(session, actor(), code, **asked)
            number = procedure.current_version.number if procedure.current_version else 1
            done = f"« {procedure.title} » est publiée (version {number}). Les demandes à venir la suivent."
    except Conflict as conflict:
        return _publish_page(code, conflict.sentence), 409
    except Invalid as fault:
        return _publish_page(code, " ".join([fault.sentence, *fault.faults.values()])), 422
    flash(done, "success")
    return redirect(url_for("admin_regimes.show", code=code), 303)


def _publish_page(code: str, error: str) -> str:
    shown = draft_view.load(code)
    return render_template(
        "admin/drafts/publish.html",
        shown=shown,
        changes=_changes(code, shown.definition),
        place_of=lambda path: draft_view.place_of(code, shown.definition, path),
        seen=procedure_drafts.print_of(shown.draft.definition),
        reason=request.form.get("reason", ""),
        errors={"": error} if error else {},
    )


def _changes(code: str, definition: ProcedureDefinition) -> list[Change] | None:
    """What the draft changes of the version in force and of its letters; None when nothing was published yet."""
    with runtime().database.reading() as session:
        procedure = catalogue.find_procedure(session, actor().authority_id, code)
        if procedure is None or procedure.current_version is None:
            return None
        published = procedures.definition_of(procedure)
        before = procedure_letters.with_letters(session, actor().authority_id, published)
    return procedure_comparison.compare(before, definition)


def _begun(write: Callable[[Session], ProcedureDraft], page: str = "show", told: str = "") -> ResponseReturnValue:
    """To a page of the draft that begins, or back to the page with what is to correct."""
    try:
        with runtime().database.transaction() as session:
            code = write(session).code
    except Invalid as fault:
        return _new_page(fault.faults or {"": fault.sentence}), 422
    except Conflict as conflict:
        return _new_page({"": conflict.sentence}), 409
    if told:
        flash(told, "success")
    return redirect(url_for(f"admin_drafts.{page}", code=code), 303)


def _new_page(errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        here = catalogue.list_procedure_titles(session, actor().authority_id, open_only=False)
        departments = [(one.code, one.name) for one in catalogue.list_departments(session, actor().authority_id)]
        themes = identity_form.themes(session, actor().authority_id)
    return render_template(
        "admin/drafts/new.html",
        departments=departments,
        themes=[(one, one) for one in themes],
        models=[
            ("Vos démarches", [(f"{HERE}:{code}", title) for code, title in here]),
            ("Catalogue livré", [(f"{SHIPPED}:{code}", title) for code, title in starter.list_titles()]),
        ],
        values=request.form,
        errors=errors,
    )
