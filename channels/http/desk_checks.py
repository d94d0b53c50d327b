"""What stands between the screen of the desk and its recording: what is to correct, and what must have been seen."""

from sqlalchemy.orm import Session

from backoffice.domain.answers import read_answers
from backoffice.domain.incoming import ChannelCode
from backoffice.queries import cases, contacts
from backoffice.services.contacts import NOTHING_SAID
from backoffice.web import nearby_reports
from backoffice.web.current import authority, runtime
from backoffice.web.nearby_reports import NearbyView
from backoffice.web.pages import today_here
from channels.desk_form import NOTES, SUBJECT
from channels.http import desk_channel, desk_letters, desk_person, form_view, uploads
from channels.http.desk_screen import Filled, is_chosen
from channels.http.filled_form import FilledForm

CLOSED = "Cette démarche ne prend plus de demande : choisissez-en une autre, ou aucune."
NOTHING_ASKED = "Choisissez une démarche, ou dites en quelques mots ce qui est demandé."


def check_case(session: Session, filled: Filled) -> dict[str, str]:
    """What must be corrected before it can be recorded as a case, in the order of the screen."""
    form, definition = filled.form, filled.matter.definition
    channel = desk_channel.read(form)
    errors = desk_letters.read(form)[1] if channel is ChannelCode.LETTER else {}
    errors |= desk_person.check(session, channel, form, filled.citizen, definition)
    if definition is None:
        if form.text("demarche"):
            errors["demarche"] = CLOSED
        if not (form.text(SUBJECT).strip() or form.text(NOTES).strip()):
            errors[SUBJECT] = NOTHING_ASKED
        return {**errors, **form.file_errors}
    counted = uploads.counts(form.files)
    answers = read_answers(definition, form.fields, counted, today=today_here(), unknowns_allowed=True)
    view = form_view.build(definition, form.fields, answers.values)
    wrong = sorted({**answers.errors, **form.file_errors}.items(), key=lambda error: view.order(error[0]))
    return {**errors, **dict(wrong)}


def check_answered(session: Session, filled: Filled) -> dict[str, str]:
    """The same for an answer given at once: whoever says nothing of themselves stays unknown."""
    form = filled.form
    nobody = filled.citizen is None and not desk_person.is_said(form) and not form.text(desk_person.PERSON).strip()
    errors = {} if nobody else desk_person.check(session, desk_channel.read(form), form, filled.citizen, None)
    if not (is_chosen(form) or form.text(NOTES).strip() or form.text(SUBJECT).strip()):
        errors[NOTES] = NOTHING_SAID
    return errors


def unseen_people(session: Session, filled: Filled) -> list[int]:
    """The sheets like the one about to be made, when the page has not shown them all."""
    found = desk_person.list_unseen(session, filled.form, filled.citizen)
    return [] if found and _is_received(session, filled.form) else found


def _is_received(session: Session, form: FilledForm) -> bool:
    """Whether this very form was sent before: a double click is shown nothing new."""
    channel = desk_channel.read(form)
    if contacts.find_contact_of_form(session, authority().id, form.submission) is not None:
        return True
    return cases.find_case_of_message(session, authority().id, channel, form.submission) is not None


def unseen_reports(filled: Filled) -> NearbyView | None:
    """The reports near the place, when the page has not shown them all; None once this very form was received."""
    definition, form = filled.matter.definition, filled.form
    if definition is None:
        return None
    values = read_answers(definition, form.fields, uploads.counts(form.files), unknowns_allowed=True).values
    found = nearby_reports.find_unseen(definition, values, form.text(nearby_reports.SEEN))
    with runtime().database.reading() as session:
        sent = bool(found) and _is_received(session, form)
    return nearby_reports.view_of(definition, found, at_desk=True) if found and not sent else None
