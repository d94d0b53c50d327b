"""What people ask of their data: the register with its clock, the full copy, the erasure of an identity."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import data_rights as rules
from backoffice.domain import row_ids
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.data_rights import Right
from backoffice.domain.exports import STATE_LABELS, ExportKind, ExportState
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid
from backoffice.queries import agent_exports, citizen_search, people
from backoffice.queries import data_rights as queries
from backoffice.services import data_rights, export_jobs, person_exports
from backoffice.web import batch_selection, files
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of

pages = Blueprint("data_rights", __name__, url_prefix="/agents/droits")

SHOWN, COPIES, FOUND = 50, 10, 10


@pages.get("/")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
def show() -> ResponseReturnValue:
    """The register, and the form of a new request."""
    return _list({})


@pages.post("/")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
def receive() -> ResponseReturnValue:
    """Write down a request."""
    try:
        with runtime().database.transaction() as session:
            found = data_rights.receive(session, actor(), request.form, _day(request.form.get("received_on", "")))
            request_id = found.id
    except Invalid as fault:
        return _list(fault.faults), 422
    return redirect(url_for("data_rights.show_one", rights_id=request_id), 303)


@pages.get("/<int:rights_id>")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
def show_one(rights_id: int) -> ResponseReturnValue:
    """One request: its clock, what was done of it, and what can be."""
    return _page(rights_id, {})


@pages.post("/<int:rights_id>/copie")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
@dangerous(DangerousAct.PERSONAL_EXPORT)
def copy(rights_id: int) -> ResponseReturnValue:
    """Have all that the house knows of the person put in one ZIP."""
    with runtime().database.transaction() as session:
        found = queries.get_request(session, actor().authority_id, rights_id, lock=True)
        if found.citizen_id is None:
            raise Conflict("Choisissez d’abord la fiche de la personne.")
        reason = f"Demande {found.number} : {rules.RIGHT_LABELS[Right(found.kind)]}"
        wanted = person_exports.wanted_for(found.citizen_id, reason, batch_selection.key_of(request.form))
        copy_id = export_jobs.ask_for(session, actor(), wanted).id
        data_rights.note(actor(), found, "Copie complète demandée")
    return redirect(url_for("data_rights.show_copy", own_export_id=copy_id), 303)


@pages.get("/copies/<int:own_export_id>")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
def show_copy(own_export_id: int) -> ResponseReturnValue:
    """How far a copy is, then its file."""
    with runtime().database.reading() as session:
        export = agent_exports.get_own(session, actor(), own_export_id)
    return render_template(
        "retention/copy.html",
        export=export,
        over=export.state not in agent_exports.PENDING,
        ready=export.state == ExportState.DONE and bool(export.digest),
        state=STATE_LABELS[ExportState(export.state)],
    )


@pages.get("/copies/<int:own_export_id>/fichier")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
def download(own_export_id: int) -> ResponseReturnValue:
    """The file, for who asked for it."""
    with runtime().database.transaction() as session:
        export = export_jobs.note_download(session, actor(), own_export_id)
        digest, name = export.digest, export.name
    return files.send_file(digest, name, "application/octet-stream")


@pages.post("/<int:rights_id>/prolonger")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
def extend(rights_id: int) -> ResponseReturnValue:
    """Two more months, once, for a reason."""
    return _act(
        rights_id,
        lambda session: data_rights.extend(session, actor(), rights_id, request.form.get("extend_reason", "")),
        "Le délai est prolongé : dites-le à la personne.",
    )


@pages.post("/<int:rights_id>/reponse")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
def answer(rights_id: int) -> ResponseReturnValue:
    """What was answered, and when."""
    given = request.form
    return _act(
        rights_id,
        lambda session: data_rights.answer(
            session, actor(), rights_id, given.get("outcome", ""), given.get("said", "")
        ),
        "La réponse est notée.",
    )


@pages.post("/<int:rights_id>/effacer")
@audience(Audience.STAFF, Permission.PERSON_RIGHTS_MANAGE)
@dangerous(DangerousAct.DELETION)
def anonymise(rights_id: int) -> ResponseReturnValue:
    """Take the person out of the house."""
    return _act(
        rights_id,
        lambda session: data_rights.anonymise(session, actor(), rights_id, request.form.get("reason", "")),
        "L’identité est effacée. Notez la réponse donnée à la personne.",
    )


def _act(rights_id: int, change: Any, done: str) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            change(session)
    except (Invalid, Conflict) as fault:
        faults = fault.faults if isinstance(fault, Invalid) and fault.faults else {"": fault.sentence}
        return _page(rights_id, faults), status_of(fault)
    flash(done, "success")
    return redirect(url_for("data_rights.show_one", rights_id=rights_id), 303)


def _list(errors: dict[str, str]) -> str:
    page = min(row_ids.read(request.args.get("page", "")) or 1, 10_000)
    words = request.args.get("q", "").replace("\x00", "").strip()[:200]
    chosen = row_ids.read(request.values.get("citizen_id", "") or request.args.get("usager", ""))
    with runtime().database.reading() as session:
        found = queries.page(session, actor().authority_id, SHOWN + 1, (page - 1) * SHOWN)
        sheets = citizen_search.search(session, actor(), words, FOUND) if words else []
        citizen = people.find_citizen(session, actor().authority_id, chosen) if chosen else None
    return render_template(
        "retention/rights.html",
        requests=found[:SHOWN],
        right_labels=rules.RIGHT_LABELS,
        outcome_labels=rules.OUTCOME_LABELS,
        words=words,
        sheets=sheets,
        citizen=citizen,
        errors=errors,
        typed=request.form,
        first_url=url_for("data_rights.show") if page > 1 else None,
        next_url=url_for("data_rights.show", page=page + 1) if len(found) > SHOWN else None,
    )


def _page(rights_id: int, errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        found = queries.get_request(session, actor().authority_id, rights_id)
        citizen = people.find_citizen(session, found.authority_id, found.citizen_id) if found.citizen_id else None
        copies = [
            one
            for one in queries.list_copies(session, actor().id or 0, ExportKind.PERSON, COPIES)
            if one.asked.get("citizen_id") == found.citizen_id
        ]
    return render_template(
        "retention/rights_one.html",
        found=found,
        right=rules.RIGHT_LABELS[Right(found.kind)],
        outcomes=[(one.value, label) for one, label in rules.OUTCOME_LABELS.items()],
        outcome_labels=rules.OUTCOME_LABELS,
        citizen=citizen,
        copies=copies,
        state_labels=STATE_LABELS,
        is_erasure=found.kind == Right.ERASURE,
        form_key=batch_selection.key_of({}),
        errors=errors,
        typed=request.form,
    )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None
