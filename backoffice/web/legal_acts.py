"""The pages of the acts of the law: one form an act, with its effect on the dates said before it is done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.legal_events import Piece, list_pieces_asked
from backoffice.domain.policy import Permission
from backoffice.domain.tasks import awaited_in_words
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.queries import legal as queries
from backoffice.services import case_tasks, casework, clock, legal_facts, missing_pieces, procedures
from backoffice.web import act_forms, awaited_pieces, files
from backoffice.web.access import Audience, audience
from backoffice.web.act_forms import Act, Situation
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.legal_forms import ACTS, may_ask_for_pieces

pages = Blueprint("legal_acts", __name__, url_prefix="/agents/dossiers")

# The usual time given to send missing pieces: a month, to the next working day.
USUAL_TIME = timedelta(days=31)
FREE_PIECES = 3
TO_POST = (
    "L’usager n’est pas joint par courriel : imprimez le courrier depuis les documents du dossier, puis postez-le."
)
NOT_NOW = "Cet acte n’est pas possible sur ce dossier dans son état actuel."

Change = Callable[[Session, Case], str]


def situation_of(session: Session, case: Case) -> Situation:
    """What the offered acts depend on."""
    authority = session.get_one(Authority, case.authority_id)
    events = queries.list_events(session, case.id)
    return Situation(case, events, clock.deadlines(session, case, authority), legal_facts.today_of(authority))


@pages.route("/<reference>/actes/<code>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.CASE_NOTE)
def act(reference: str, code: str) -> ResponseReturnValue:
    """Any act that only asks a few questions."""
    found = next((one for one in ACTS if one.code == code), None)
    if found is None:
        raise NotFound
    if request.method == "GET":
        return _act_page(reference, found, {}, {})

    def change(session: Session, case: Case) -> str:
        if not found.is_offered(situation_of(session, case)):
            raise Conflict(NOT_NOW)
        missing = {
            ask.name: f"Complétez « {ask.label} »."
            for ask in found.asks
            if ask.required and not request.form.get(ask.name, "").strip()
        }
        if missing:
            raise Invalid(faults=missing)
        found.run(session, actor(), case, request.form)
        return f"{found.done} {TO_POST}" if found.writes and _is_posted(case) else found.done

    return perform(reference, change, lambda faults: _act_page(reference, found, request.form.to_dict(), faults))


@pages.route("/<reference>/pieces", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.CASE_DECIDE)
def ask_for_pieces(reference: str) -> ResponseReturnValue:
    """The L114-5 letter: pieces of the procedure ready to tick, others to write with their text."""
    if request.method == "GET":
        return _pieces_page(reference, {}, {})

    def change(session: Session, case: Case) -> str:
        if not may_ask_for_pieces(situation_of(session, case)):
            raise Conflict(NOT_NOW)
        limit_on = act_forms.day_in(request.form, "limit_on")
        missing_pieces.ask_for_pieces(session, actor(), case, _chosen_pieces(case), limit_on)
        done = "La demande de pièces est écrite. Les dates du dossier sont recalculées."
        return f"{done} {TO_POST}" if _is_posted(case) else f"{done} Elle part par courriel."

    return perform(reference, change, lambda faults: _pieces_page(reference, request.form.to_dict(flat=False), faults))


@pages.route("/<reference>/pieces-recues", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.CASE_NOTE)
def receive_pieces(reference: str) -> ResponseReturnValue:
    """Pieces that came by any channel."""
    if request.method == "GET":
        return _received_page(reference, {}, {})

    def change(session: Session, case: Case) -> str:
        number = request.form.get("request", "")
        asked = [one for one in list_pieces_asked(queries.list_events(session, case.id)) if str(one.number) == number]
        if not asked:
            raise Conflict("Cette demande de pièces n’est plus en cours.")
        on = act_forms.day_in(request.form)
        missing_pieces.receive_pieces(session, actor(), case, asked[0], request.form.getlist("codes"), on)
        return "Les pièces sont notées. Les dates du dossier sont recalculées."

    return perform(
        reference, change, lambda faults: _received_page(reference, request.form.to_dict(flat=False), faults)
    )


def perform(
    reference: str, change: Change, again: Callable[[dict[str, str]], str], *, after: str = ""
) -> ResponseReturnValue:
    """Change a case that is still as its page showed it; else its form again, with what is wrong and what was typed."""
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            casework.check_revision(case, _revision())
            done = change(session, case)
    except (Invalid, Conflict) as fault:
        faults = fault.faults if isinstance(fault, Invalid) else {}
        return again(faults or {"": fault.sentence}), status_of(fault)
    flash(done, "success")
    return redirect(after or url_for("case_page.show", reference=reference), 303)


def _is_posted(case: Case) -> bool:
    return case.citizen is not None and not case.citizen.is_answered_by_email


def _revision() -> int:
    return row_ids.read(request.form.get("revision", "")) or 0


def page_of(reference: str, template: str, fill: Callable[[Session, Situation], dict[str, Any]]) -> str:
    """A page about a case, its reading written down when the case is restricted."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        situation = situation_of(session, case)
        page = render_template(template, case=case, situation=situation, **fill(session, situation))
    files.note_reading(case)
    return page


def _act_page(reference: str, act: Act, values: dict[str, Any], errors: dict[str, str]) -> str:
    def fill(session: Session, situation: Situation) -> dict[str, Any]:
        if not errors and not act.is_offered(situation):
            raise Conflict(NOT_NOW)
        days = {ask.name: situation.today.isoformat() for ask in act.asks if ask.kind == "day"}
        choices = {ask.name: ask.choices_in(situation) for ask in act.asks}
        awaited = len(case_tasks.list_awaited(session, situation.case))
        said = awaited_in_words(awaited) if awaited else ""
        return {"act": act, "choices": choices, "values": days | values, "errors": errors, "open_tasks": said}

    return page_of(reference, "legal/act.html", fill)


def _pieces_page(reference: str, values: dict[str, Any], errors: dict[str, str]) -> str:
    def fill(session: Session, situation: Situation) -> dict[str, Any]:
        policy.require(actor(), Permission.CASE_DECIDE, situation.case)
        if not errors and not may_ask_for_pieces(situation):
            raise Conflict(NOT_NOW)
        authority = session.get_one(Authority, situation.case.authority_id)
        usual = clock.calendar_of(authority).next_working_day(situation.today + USUAL_TIME)
        return {
            "known": _known_pieces(situation.case),
            "free": range(1, FREE_PIECES + 1),
            "values": values,
            "limit_on": values.get("limit_on", [usual.isoformat()])[0],
            "errors": errors,
        }

    return page_of(reference, "legal/pieces.html", fill)


def _received_page(reference: str, values: dict[str, Any], errors: dict[str, str]) -> str:
    def fill(session: Session, situation: Situation) -> dict[str, Any]:
        waiting = [one for one in list_pieces_asked(situation.events) if one.missing]
        timezone = ZoneInfo(session.get_one(Authority, situation.case.authority_id).timezone)
        attachments = cases.list_attachments(session, situation.case.id)
        sent = {one.number: awaited_pieces.list_sent(one, attachments, timezone) for one in waiting}
        return {"waiting": waiting, "sent": sent, "values": values, "errors": errors, "today": situation.today}

    return page_of(reference, "legal/pieces_received.html", fill)


def _known_pieces(case: Case) -> list[Piece]:
    """The pieces that the procedure itself asks for, each with its text."""
    if case.procedure_version is None:
        return []
    documents = procedures.read_version(case.procedure_version).list_documents(case.answers_to_procedure)
    return [Piece(one.code, one.label, one.legal_basis, one.blocking) for one in documents]


def _chosen_pieces(case: Case) -> list[Piece]:
    form = request.form
    chosen = [piece for piece in _known_pieces(case) if piece.code in form.getlist("known")]
    for number in range(1, FREE_PIECES + 1):
        label = form.get(f"label.{number}", "").strip()
        if label:
            basis, blocking = form.get(f"basis.free_{number}", ""), form.get(f"blocking.{number}") == "yes"
            chosen.append(Piece(f"free_{number}", label, basis, blocking))
    return chosen
