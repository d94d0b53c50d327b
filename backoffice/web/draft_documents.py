"""The documents that the procedure of a draft asks for, each with the text that allows it."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain import procedure_editing, records
from backoffice.domain.law import Confidence
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedures import DocumentSource, ProcedureDefinition, RequiredDocument
from backoffice.errors import NotFound
from backoffice.web import condition_form, draft_view, field_form, law_words
from backoffice.web.access import Audience, audience

pages = Blueprint("draft_documents", __name__, url_prefix="/agents/demarches/<code>/brouillon/pieces")

NEW = RequiredDocument("", "", "", confidence=Confidence.TO_CONFIRM)
NO_LABEL = "Nommez la pièce comme les usagers la connaissent."
LIST = "pieces"


def list_seen(definition: ProcedureDefinition) -> Any:
    """Which documents are asked, in which order."""
    return [one.code for one in definition.documents]


def document_seen(piece: str) -> draft_view.Part:
    """What one document says."""
    return lambda definition: records.write(definition.documents[_rank(definition, piece)])


@pages.route("/nouvelle", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def add(code: str) -> ResponseReturnValue:
    """One more document."""
    if request.method == "GET":
        return _page(code, "", NEW, {}, [])
    document, faults = _read(NEW)
    if faults:
        return _page(code, "", document, faults, []), 422

    def edit(definition: ProcedureDefinition) -> ProcedureDefinition:
        named = replace(document, code=procedure_editing.code_for(definition, document.label))
        return replace(definition, documents=(*definition.documents, named)[:100])

    return draft_view.save(
        code,
        edit,
        list_seen,
        lambda errors, theirs, status: (_page(code, "", document, errors, theirs), status),
        LIST,
    )


@pages.route("/<piece>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit(code: str, piece: str) -> ResponseReturnValue:
    """One document; right or wrong, what is typed is kept."""
    kept = _get(draft_view.load(code).definition, piece)
    if request.method == "GET":
        return _page(code, piece, kept, {}, [])
    document, faults = _read(kept)
    if faults:
        return _page(code, piece, document, faults, []), 422

    def put(definition: ProcedureDefinition) -> ProcedureDefinition:
        documents = procedure_editing.put(definition.documents, _rank(definition, piece), document)
        return replace(definition, documents=documents)

    return draft_view.save(
        code,
        put,
        document_seen(piece),
        lambda errors, theirs, status: (_page(code, piece, document, errors, theirs), status),
        LIST,
    )


@pages.post("/<piece>/retrait")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def remove(code: str, piece: str) -> ResponseReturnValue:
    """Without the document."""

    def without(definition: ProcedureDefinition) -> ProcedureDefinition:
        return replace(definition, documents=procedure_editing.without(definition.documents, _rank(definition, piece)))

    return draft_view.rearrange(code, without, list_seen, LIST)


@pages.post("/<piece>/place")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def move(code: str, piece: str) -> ResponseReturnValue:
    """The document one rank up or down."""

    def edit(definition: ProcedureDefinition) -> ProcedureDefinition:
        rank = _rank(definition, piece)
        to = max(rank - 1, 0) if request.form.get("vers") == "haut" else rank + 1
        return replace(definition, documents=procedure_editing.moved(definition.documents, rank, to))

    return draft_view.rearrange(code, edit, list_seen, LIST)


def _get(definition: ProcedureDefinition, piece: str) -> RequiredDocument:
    return definition.documents[_rank(definition, piece)]


def _rank(definition: ProcedureDefinition, piece: str) -> int:
    rank = next((rank for rank, one in enumerate(definition.documents) if one.code == piece), None)
    if rank is None:
        raise NotFound(procedure_editing.GONE)
    return rank


def _read(before: RequiredDocument) -> tuple[RequiredDocument, dict[str, str]]:
    form, faults = request.form, dict[str, str]()
    source, confidence = form.get("source", ""), form.get("confidence", "")
    document = replace(
        before,
        label=field_form.line(form, "label"),
        legal_basis=field_form.line(form, "legal_basis"),
        hint=field_form.line(form, "hint"),
        source=DocumentSource(source) if source in set(DocumentSource) else before.source,
        confidence=Confidence(confidence) if confidence in set(Confidence) else before.confidence,
        blocking=bool(form.get("blocking")),
        readers=tuple(form.getlist("readers")),
        when=condition_form.read(form, faults),
    )
    return document, faults if document.label else {"label": NO_LABEL} | faults


def _page(code: str, piece: str, document: RequiredDocument, errors: dict[str, str], theirs: list[Change]) -> str:
    shown = draft_view.load(code)
    part = document_seen(piece) if piece else list_seen
    every = condition_form.fields_before(shown.definition, len(shown.definition.steps), 0)
    return render_template(
        "admin/drafts/document.html",
        shown=shown,
        piece=piece,
        document=document,
        condition=condition_form.shown(document.when, every, shown.called),
        words=law_words,
        errors=errors,
        theirs=theirs,
        seen=draft_view.print_of(shown.definition, part),
    )
