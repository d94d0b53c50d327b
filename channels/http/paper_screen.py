"""What the screens of paper share: a person, a procedure or a subject, and the open cases that a paper may join."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.answers import read_answers
from backoffice.domain.form_pages import PIECE_PREFIX
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.requester import CONTACT_CHOICES
from backoffice.models.people import Citizen
from backoffice.queries import cases, catalogue, legal, queue
from backoffice.queries.queue import Row
from backoffice.services import procedures
from backoffice.web import awaited_pieces, maps, post_tabs, security
from backoffice.web.awaited_pieces import Wanted
from backoffice.web.current import actor, authority, runtime
from backoffice.web.pages import today_here
from channels.desk_form import SUBJECT
from channels.http import desk_drafts, desk_person, desk_screen, filled_form, form_view, hats, uploads
from channels.http.desk_entry import LOOK_ALIKE
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED

Noted = TypeVar("Noted")

JOINS, PIECES = "joins", "piece"
MOST_CASES = 20
CLOSED = "Cette démarche ne prend plus de demande : choisissez-en une autre, ou aucune."
NOTHING_ASKED = "Choisissez une démarche, ou dites en quelques mots ce qui est demandé."
NOT_OPEN = "Ce dossier n’est plus ouvert pour cette personne : choisissez de nouveau."


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


class Show(Protocol):
    """The page with a form: what is to correct, and what must be told first."""

    def __call__(self, form: FilledForm, errors: dict[str, str], *, told: str = "") -> str:
        """The page as HTML."""


def posted(
    most_files: int,
    show: Show,
    channel_of: Callable[[FilledForm], ChannelCode],
    check_all: Callable[[Session, Filled], tuple[Noted | None, dict[str, str]]],
    record: Callable[[Filled, Noted], ResponseReturnValue],
) -> ResponseReturnValue:
    """Look somebody up, show the questions of a procedure, or record what `check_all` noted without an error.

    What is not recorded is a draft.
    """
    form = filled_form.read(runtime(), most_files)
    if not security.is_genuine_form():
        return show(form, {}, told=EXPIRED), 400
    done = form.text("do")
    form = desk_person.chosen_by(form, done)
    with runtime().database.reading() as session:
        filled = read(session, form)
        noted, errors = check_all(session, filled) if done == "save" else (None, {})
        alike = _list_unseen(session, channel_of(form), filled) if noted and not errors else []
    if noted is None or errors or alike:
        desk_drafts.keep(form)
    if done != "save":
        changed = filled_form.rearranged(form, filled.definition) if filled.definition else None
        return show(changed or form, {})
    if noted is None or errors:
        return show(form, errors), 422
    return (show(form, {}, told=LOOK_ALIKE), 422) if alike else record(filled, noted)


def read(session: Session, form: FilledForm) -> Filled:
    """The form with what it names."""
    citizen = desk_person.find_citizen(session, form)
    code = form.text("demarche")
    procedure = catalogue.find_procedure(session, authority().id, code) if code else None
    known = procedure is not None and procedure.open and procedure.current_version is not None
    definition = procedures.definition_of(procedure) if procedure and known else None
    return Filled(form, citizen, _open_cases(session, citizen), definition)


def check(session: Session, channel: ChannelCode, filled: Filled) -> dict[str, str]:
    """What must be corrected of the person and of what is asked, in the order of the screen."""
    form, definition, joins = filled.form, filled.definition, filled.form.text(JOINS)
    errors = desk_person.check(session, channel, form, filled.citizen, None if joins else definition)
    if joins:
        if joins not in {one.row.reference for one in filled.open_cases}:
            errors[JOINS] = NOT_OPEN
    elif definition is not None:
        counted = uploads.counts(form.files)
        errors |= read_answers(definition, form.fields, counted, today=today_here(), unknowns_allowed=True).errors
    else:
        if form.text("demarche"):
            errors["demarche"] = CLOSED
        if not form.text(SUBJECT).strip():
            errors[SUBJECT] = NOTHING_ASKED
    return {**errors, **form.file_errors}


def _list_unseen(session: Session, channel: ChannelCode, filled: Filled) -> list[int]:
    """The sheets like the one about to be made that the page has not shown; none once this very form was received."""
    found = desk_person.list_unseen(session, filled.form, filled.citizen)
    sent = found and cases.find_case_of_message(session, authority().id, channel, filled.form.submission)
    return [] if sent else found


def first_texts(form: FilledForm) -> Mapping[str, str]:
    """The first text posted under each name."""
    return {name: texts[0] for name, texts in form.fields.items() if texts}


def context(form: FilledForm, errors: Mapping[str, str]) -> dict[str, Any]:
    """What the templates of these screens show."""
    settings = runtime().settings
    maps.show()  # a place may come later into this very page
    with runtime().database.reading() as session:
        filled = read(session, form)
        candidates = desk_person.list_candidates(session, form, filled.citizen)
        listed = catalogue.list_procedures(session, authority().id)
    counted = uploads.counts(form.files)
    definition = filled.definition
    values = read_answers(definition, form.fields, counted, unknowns_allowed=True).values if definition else {}
    return {
        "errors": errors,
        "typed": form.text,
        "posted": form.fields,
        "files": uploads.by_field(settings, form.submission, form.files),
        "submission": form.submission,
        "citizen": filled.citizen,
        "candidates": candidates,
        "focus": "" if errors else desk_screen.next_field(form, form.text("do")),
        "no_person": desk_person.told_of(form.text(desk_person.PERSON)),
        "joinable": filled.open_cases,
        "open_cases": [],
        "asked_of_person": desk_person.asked_of(filled.citizen),
        "procedures": [(one.code, one.title) for one in listed],
        "definition": definition,
        "view": form_view.build(definition, form.fields, values) if definition else None,
        "near": None,
        "latest": today_here().isoformat(),
        "choice_options": form_view.options,
        "accept": ACCEPT_ATTRIBUTE,
        "max_bytes": settings.max_upload_bytes,
        "hats": hats.OF_AGENT,
        "at_desk": True,
        "contact_options": [(str(choice.value), choice.label) for choice in CONTACT_CHOICES],
        "tabs": post_tabs.tabs(),
    }


def _open_cases(session: Session, citizen: Citizen | None) -> tuple[Joinable, ...]:
    rows = queue.list_of_citizen(session, actor(), citizen.id, MOST_CASES) if citizen else []
    return tuple(Joinable(row, _awaited(session, row)) for row in rows if row.closed_on is None)


def _awaited(session: Session, row: Row) -> tuple[tuple[str, str], ...]:
    """The pieces that a case waits for."""
    requests = awaited_pieces.list_requests(legal.list_events(session, row.id), (), today_here())
    wanted: list[Wanted] = [piece for one in requests for piece in one.pieces]
    return tuple((piece.name.removeprefix(PIECE_PREFIX), piece.label) for piece in wanted)
