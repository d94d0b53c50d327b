"""The door of letters: one screen to register what arrived, the next one with the same model in one key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import references, row_ids
from backoffice.domain.answers import read_answers
from backoffice.domain.arrived_letters import NATURE, NATURE_LABELS, RECEIVED_ON, Particulars, chrono, read_particulars
from backoffice.domain.form_pages import FREE_FILES
from backoffice.domain.policy import Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.requester import CONTACT_CHOICES
from backoffice.errors import BackofficeError
from backoffice.models.people import Citizen
from backoffice.queries import arrived_letters as queries
from backoffice.queries import catalogue, legal, queue
from backoffice.queries import digitised_mail as digitised
from backoffice.queries.queue import Row
from backoffice.services import arrived_letters, digitised_mail, procedures
from backoffice.services.arrived_letters import Entry
from backoffice.web import awaited_pieces, maps, post_tabs, security
from backoffice.web.access import Audience, audience
from backoffice.web.awaited_pieces import Wanted
from backoffice.web.current import actor, authority, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here
from channels.desk_form import SUBJECT
from channels.http import desk_person, filled_form, form_view, hats, uploads
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED
from channels.letter import Letter, LetterSubmission

pages = Blueprint("letter_entry", __name__, url_prefix="/agents/courrier")

CHANNEL = Letter()
MOST_FILES = 20
MOST_CASES = 20
JOINS, PIECES = "joins", "piece"
SCAN = "scan"
"""The scanned letter that the screen shows, when there is one."""
MODEL = (RECEIVED_ON, NATURE, "demarche")
"""What the next letter of a pile has in common with this one."""


@dataclass(frozen=True, slots=True)
class Joinable:
    """An open case of the person, and the pieces that it waits for: (« number.code », label)."""

    row: Row
    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """What is on the screen: the form, the sheet, its open cases and the procedure that were chosen."""

    form: FilledForm
    citizen: Citizen | None
    open_cases: tuple[Joinable, ...]
    definition: ProcedureDefinition | None


@pages.get("/")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def show() -> ResponseReturnValue:
    """A blank letter, arrived today; or the next one of a pile, whose address says what it has in common."""
    blank = filled_form.blank()
    given = {name: [request.args[name]] for name in (*MODEL, SCAN, "usager") if request.args.get(name)}
    return _page(FilledForm(blank.submission, {RECEIVED_ON: [today_here().isoformat()], **given}), {})


@pages.post("/")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def record() -> ResponseReturnValue:
    """Look somebody up, show the questions of a procedure, or register the letter."""
    form = filled_form.read(runtime(), MOST_FILES)
    if not security.is_genuine_form():
        return _page(form, {}, told=EXPIRED), 400
    done = form.text("do")
    form = desk_person.chosen_by(form, done)
    with runtime().database.reading() as session:
        filled = _filled(session, form)
        noted, errors = _check(session, filled) if done == "save" else (None, {})
    if done != "save":
        changed = filled_form.rearranged(form, filled.definition) if filled.definition else None
        return _page(changed or form, {})
    if noted is None or errors:
        return _page(form, errors), 422
    return _register(filled, noted)


@pages.get("/<int:letter_id>")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def registered(letter_id: int) -> ResponseReturnValue:
    """What the letter became, its number to write on the paper, and the way to the next one."""
    with runtime().database.reading() as session:
        letter = queries.get_recorded(session, actor(), letter_id)
        scan = digitised.find_of_arrived(session, letter.id)
        next_scan = digitised.find_next(session, letter.authority_id, scan.id) if scan else None
    case = letter.case
    model = {RECEIVED_ON: letter.received_on.isoformat(), NATURE: letter.nature, "demarche": case.procedure_code}
    if next_scan is not None:
        model[SCAN] = str(next_scan)
    return render_template(
        "desk/letter_registered.html",
        letter=letter,
        case=case,
        chrono=chrono(letter.year, letter.number),
        nature=NATURE_LABELS,
        code=references.show_code(case.tracking_code),
        next_url=f"{url_for('letter_entry.show')}?{urlencode(model)}",
        tabs=post_tabs.tabs(),
    )


def _filled(session: Session, form: FilledForm) -> Filled:
    citizen = desk_person.find_citizen(session, form)
    code = form.text("demarche")
    procedure = catalogue.find_procedure(session, authority().id, code) if code else None
    known = procedure is not None and procedure.open and procedure.current_version is not None
    definition = procedures.definition_of(procedure) if procedure and known else None
    return Filled(form, citizen, _open_cases(session, citizen), definition)


def _open_cases(session: Session, citizen: Citizen | None) -> tuple[Joinable, ...]:
    rows = queue.list_of_citizen(session, actor(), citizen.id, MOST_CASES) if citizen else []
    return tuple(Joinable(row, _awaited(session, row)) for row in rows if row.closed_on is None)


def _awaited(session: Session, row: Row) -> tuple[tuple[str, str], ...]:
    """The pieces that a case waits for."""
    requests = awaited_pieces.list_requests(legal.list_events(session, row.id), (), today_here())
    wanted: list[Wanted] = [piece for one in requests for piece in one.pieces]
    return tuple((piece.name.removeprefix(awaited_pieces.PREFIX), piece.label) for piece in wanted)


def _check(session: Session, filled: Filled) -> tuple[Particulars | None, dict[str, str]]:
    """What is noted of the letter, and what must be corrected, in the order of the screen."""
    form, definition = filled.form, filled.definition
    noted, errors = read_particulars(_first_texts(form), today_here())
    joins = form.text(JOINS)
    errors |= desk_person.check(session, CHANNEL.code, form, filled.citizen, None if joins else definition)
    if joins:
        if joins not in {one.row.reference for one in filled.open_cases}:
            errors[JOINS] = "Ce dossier n’est plus ouvert pour cette personne : choisissez de nouveau."
        return noted, {**errors, **form.file_errors}
    if definition is None:
        if form.text("demarche"):
            errors["demarche"] = "Cette démarche ne prend plus de demande : choisissez-en une autre, ou aucune."
        if not form.text(SUBJECT).strip():
            errors[SUBJECT] = "Choisissez une démarche, ou dites en quelques mots l’objet du courrier."
        return noted, {**errors, **form.file_errors}
    counted = uploads.counts(form.files)
    answers = read_answers(definition, form.fields, counted, today=today_here(), unknowns_allowed=True)
    return noted, {**errors, **answers.errors, **form.file_errors}


def _register(filled: Filled, noted: Particulars) -> ResponseReturnValue:
    form = filled.form
    joins = form.text(JOINS)
    scan_id, files = row_ids.read(form.text(SCAN)), form.files
    if scan_id:
        with runtime().database.reading() as session:
            scan = digitised.get_letter(session, authority().id, scan_id)
        files = (digitised_mail.file_of(scan, FREE_FILES), *files)
    submission = LetterSubmission(
        id=form.submission,
        received_at=_instant_of(noted.received_on),
        fields=form.fields,
        files=files,
        definition=None if joins else filled.definition,
        authority=authority().code,
        citizen_id=filled.citizen.id if filled.citizen else None,
        recorded_by=actor().id,
        particulars=noted,
    )
    pieces = tuple(form.fields.get(PIECES, ())) if joins else ()
    entry = Entry(CHANNEL.normalise(submission), noted, joins, pieces, scan_id)
    try:
        letter = arrived_letters.register(runtime(), actor(), entry)
    except BackofficeError as error:  # closed between the page and its sending, or a piece dated before it was asked
        name = "" if scan_id else JOINS if joins else "demarche"
        return _page(form, {name: next(iter(getattr(error, "faults", {}).values()), error.sentence)}), status_of(error)
    return redirect(url_for("letter_entry.registered", letter_id=letter.id), 303)


def _instant_of(received_on: date) -> datetime:
    """Now for a letter of today; noon for one of a day before, whose hour nobody noted and the law does not ask for."""
    if received_on == today_here():
        return datetime.now(UTC)
    return datetime.combine(received_on, time(12), ZoneInfo(authority().timezone.key)).astimezone(UTC)


def _first_texts(form: FilledForm) -> Mapping[str, str]:
    return {name: texts[0] for name, texts in form.fields.items() if texts}


def _page(form: FilledForm, errors: dict[str, str], *, told: str = "") -> str:
    settings = runtime().settings
    maps.show()  # a place may come later into this very page
    with runtime().database.reading() as session:
        filled = _filled(session, form)
        candidates = desk_person.list_candidates(session, form, filled.citizen)
        listed = catalogue.list_procedures(session, authority().id)
        scan_id = row_ids.read(form.text(SCAN))
        scan = digitised.get_letter(session, authority().id, scan_id) if scan_id else None
    counted = uploads.counts(form.files)
    definition = filled.definition
    values = read_answers(definition, form.fields, counted, unknowns_allowed=True).values if definition else {}
    state: dict[str, Any] = {
        "told": told,
        "errors": errors,
        "typed": form.text,
        "posted": form.fields,
        "files": uploads.by_field(settings, form.submission, form.files),
        "submission": form.submission,
        "citizen": filled.citizen,
        "candidates": candidates,
        "joinable": filled.open_cases,
        "open_cases": [],
        "asked_of_person": desk_person.asked_of(filled.citizen),
        "procedures": [(one.code, one.title) for one in listed],
        "definition": definition,
        "view": form_view.build(definition, form.fields, values) if definition else None,
        "near": None,
        "scan": scan,
    }
    return render_template(
        "desk/letter.html",
        **state,
        endpoint="letter_entry.record",
        natures=list(NATURE_LABELS.items()),
        latest=today_here().isoformat(),
        choice_options=form_view.options,
        accept=ACCEPT_ATTRIBUTE,
        max_bytes=settings.max_upload_bytes,
        hats=hats.OF_AGENT,
        at_desk=True,
        contact_options=[(str(choice.value), choice.label) for choice in CONTACT_CHOICES],
        tabs=post_tabs.tabs(),
    )
