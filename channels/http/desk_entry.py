"""The doors of the desk: one screen for a visit, one for a call, and the receipt that is handed over."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import references
from backoffice.domain.answer_text import describe
from backoffice.domain.answers import read_answers
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.policy import Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.requester import CONTACT_CHOICES, PREFIX
from backoffice.errors import Invalid, NotFound
from backoffice.models.people import Citizen
from backoffice.queries import cases, catalogue, queue
from backoffice.services import intake, procedures, representations
from backoffice.web import desk_reports, maps, nearby_reports, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.nearby_reports import NearbyView
from backoffice.web.pages import today_here
from channels.base import Channel, Submission
from channels.counter_entry import CounterEntry
from channels.desk_form import SUBJECT
from channels.http import desk_person, filled_form, form_view, hats, uploads
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED
from channels.phone_log import PhoneLog

pages = Blueprint("desk_entry", __name__)

LOOK_FIRST = "Un signalement a déjà été fait tout près : voyez s’il s’agit du même, sous le lieu."
NO_EMAIL = "Écrivez l’adresse électronique de la personne, où part le lien. Sans adresse, enregistrez sa demande."
MOST_FILES = 10


@dataclass(frozen=True, slots=True)
class Door:
    """One of the two screens: its channel, its address and its words."""

    channel: Channel[Submission]
    endpoint: str
    title: str
    lead: str


COUNTER = Door(CounterEntry(), "desk_entry.counter", "Une visite au guichet", "Le visiteur est devant vous.")
PHONE = Door(PhoneLog(), "desk_entry.phone", "Un appel", "La personne est au bout du fil.")


@dataclass(frozen=True, slots=True)
class Filled:
    """What is on the screen: the form, the sheet and the procedure that were chosen."""

    form: FilledForm
    citizen: Citizen | None
    definition: ProcedureDefinition | None


@pages.get("/agents/accueil")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def counter() -> ResponseReturnValue:
    """A blank visit."""
    return _blank(COUNTER)


@pages.post("/agents/accueil")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def record_visit() -> ResponseReturnValue:
    """Look somebody up, show the questions of a procedure, or record the visit."""
    return _posted(COUNTER)


@pages.get("/agents/appel")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def phone() -> ResponseReturnValue:
    """A blank call."""
    return _blank(PHONE)


@pages.post("/agents/appel")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def record_call() -> ResponseReturnValue:
    """The same, for a call."""
    return _posted(PHONE)


@pages.get("/agents/recepisse/<reference>")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def receipt(reference: str) -> ResponseReturnValue:
    """What is read aloud, printed and handed over; the agent who recorded a sensitive request may still do it."""
    with runtime().database.reading() as session:
        case = cases.find_recorded_case(session, actor(), reference) or cases.get_case(session, actor(), reference)
        documents = [one for one in cases.list_documents(session, case.id) if one.template == "receipt"]
        messages = cases.list_messages(session, case.id, with_notes=False)
        represented = representations.find(session, case.id)
    version = case.form_version
    definition = procedures.read_version(version) if version else None
    return render_template(
        "desk/receipt.html",
        represented=represented,
        case=case,
        code=references.show_code(case.tracking_code),
        definition=definition,
        answers=describe(definition, case.answers, sensitive=False) if definition else [],
        message=messages[0] if messages else None,
        document=next((one for one in documents if one.digest), None),
        door=PHONE if case.channel == ChannelCode.PHONE else COUNTER,
        reference=case.reference,
        back_url=url_for("staff_sign_in.home"),
    )


def _blank(door: Door) -> str:
    form = filled_form.blank()
    given = {name: [request.args[name]] for name in ("usager", "demarche") if request.args.get(name)}
    return _page(door, FilledForm(form.submission, given), {})


def _posted(door: Door) -> ResponseReturnValue:
    form = filled_form.read(runtime(), MOST_FILES)
    if not security.is_genuine_form():
        return _page(door, form, {}, told=EXPIRED), 400
    done = form.text("do")
    if done.startswith("follow:"):
        return _follow(door, form, done.removeprefix("follow:"))
    form = desk_person.chosen_by(form, done)
    with runtime().database.reading() as session:
        filled = _filled(session, form)
        errors = _check(session, door, filled) if done == "save" else {}
    if done != "save":
        changed = filled_form.rearranged(form, filled.definition) if filled.definition else None
        return _page(door, changed or form, {})
    if errors:
        return _page(door, form, errors), 422
    near = _unseen_reports(door, filled)
    return (_page(door, form, {}, told=LOOK_FIRST, near=near), 422) if near else _record(door, filled)


def _unseen_reports(door: Door, filled: Filled) -> NearbyView | None:
    """The reports near the place, when the page has not shown them all; None once this very form was received."""
    definition, form = filled.definition, filled.form
    if definition is None:
        return None
    values = read_answers(definition, form.fields, uploads.counts(form.files), unknowns_allowed=True).values
    found = nearby_reports.find_unseen(definition, values, form.text(nearby_reports.SEEN))
    with runtime().database.reading() as session:
        sent = found and cases.find_case_of_message(session, authority().id, door.channel.code, form.submission)
    return nearby_reports.view_of(definition, found, at_desk=True) if found and sent is None else None


def _follow(door: Door, form: FilledForm, mark: str) -> ResponseReturnValue:
    """The person on the screen follows a report instead; the form comes back as it was when they cannot."""
    email = _email_of(form)
    if not email:
        return _page(door, form, {f"{PREFIX}email": NO_EMAIL}), 422
    try:
        told = desk_reports.follow(mark, email)
    except NotFound as error:
        return _page(door, form, {}, told=error.sentence), 422
    except Invalid as error:
        return _page(door, form, {f"{PREFIX}email": error.sentence}), 422
    flash(told, "success")
    return redirect(url_for("staff_sign_in.home"), 303)


def _email_of(form: FilledForm) -> str:
    """The address of the person on the screen, when it is known."""
    with runtime().database.reading() as session:
        citizen = desk_person.find_citizen(session, form)
    return (citizen.email if citizen is not None else "") or form.text(f"{PREFIX}email").strip()[:255]


def _filled(session: Session, form: FilledForm) -> Filled:
    code = form.text("demarche")
    citizen = desk_person.find_citizen(session, form)
    procedure = catalogue.find_procedure(session, authority().id, code) if code else None
    known = procedure is not None and procedure.open and procedure.current_version is not None
    return Filled(form, citizen, procedures.definition_of(procedure) if procedure and known else None)


def _check(session: Session, door: Door, filled: Filled) -> dict[str, str]:
    """What must be corrected before it can be recorded, in the order of the screen."""
    form, definition = filled.form, filled.definition
    errors = desk_person.check(session, door.channel.code, form, filled.citizen, definition)
    if definition is None:
        if form.text("demarche"):
            errors["demarche"] = "Cette démarche ne prend plus de demande : choisissez-en une autre, ou aucune."
        if not form.text(SUBJECT).strip():
            errors[SUBJECT] = "Choisissez une démarche, ou dites en quelques mots ce qui est demandé."
        return {**errors, **form.file_errors}
    counted = uploads.counts(form.files)
    answers = read_answers(definition, form.fields, counted, today=today_here(), unknowns_allowed=True)
    view = form_view.build(definition, form.fields, answers.values)
    wrong = sorted({**answers.errors, **form.file_errors}.items(), key=lambda error: view.order(error[0]))
    return {**errors, **dict(wrong)}


def _record(door: Door, filled: Filled) -> ResponseReturnValue:
    submission = Submission(
        id=filled.form.submission,
        received_at=datetime.now(UTC),
        fields=filled.form.fields,
        files=filled.form.files,
        definition=filled.definition,
        authority=authority().code,
        citizen_id=filled.citizen.id if filled.citizen else None,
        recorded_by=actor().id,
    )
    try:
        received = intake.accept(runtime(), door.channel.normalise(submission))
    except Invalid as error:  # closed between the page and its sending
        return _page(door, filled.form, {"demarche": error.sentence}), 422
    return redirect(url_for("desk_entry.receipt", reference=received.reference), 303)


def _page(
    door: Door, form: FilledForm, errors: dict[str, str], *, told: str = "", near: NearbyView | None = None
) -> str:
    settings = runtime().settings
    maps.show()  # a place may come later into this very page
    with runtime().database.reading() as session:
        filled = _filled(session, form)
        candidates = desk_person.list_candidates(session, form, filled.citizen)
        listed = catalogue.list_procedures(session, authority().id)
        citizen = filled.citizen
        rows = queue.list_of_citizen(session, actor(), citizen.id, 20) if citizen else []
    counted = uploads.counts(form.files)
    definition = filled.definition
    values = read_answers(definition, form.fields, counted, unknowns_allowed=True).values if definition else {}
    return render_template(
        "desk/entry.html",
        door=door,
        told=told,
        errors=errors,
        typed=form.text,
        posted=form.fields,
        files=uploads.by_field(settings, form.submission, form.files),
        submission=form.submission,
        citizen=citizen,
        candidates=candidates,
        open_cases=[row for row in rows if row.closed_on is None],
        asked_of_person=desk_person.asked_of(citizen),
        procedures=[(one.code, one.title) for one in listed],
        definition=definition,
        view=form_view.build(definition, form.fields, values) if definition else None,
        choice_options=form_view.options,
        accept=ACCEPT_ATTRIBUTE,
        max_bytes=settings.max_upload_bytes,
        hats=hats.OF_AGENT,
        at_desk=True,
        near=near or (nearby_reports.view_of(definition, at_desk=True) if definition else None),
        contact_options=[(str(choice.value), choice.label) for choice in CONTACT_CHOICES],
    )
