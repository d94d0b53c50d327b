"""The screen of the desk, one for a visit, a call and a letter: who, what, then answered at once or a case."""

from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import row_ids
from backoffice.domain.incoming import ChannelCode, IncomingRequest
from backoffice.domain.policy import Permission
from backoffice.domain.requester import PREFIX
from backoffice.errors import Invalid, NotFound
from backoffice.queries import contacts as contact_queries
from backoffice.services import contacts
from backoffice.services.contacts import Answered
from backoffice.web import desk_reports, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from channels.base import Channel, Submission
from channels.counter_entry import CounterEntry
from channels.desk_form import ANONYMOUS, NOTES, SUBJECT, sender_of
from channels.http import (
    desk_channel,
    desk_checks,
    desk_drafts,
    desk_letters,
    desk_matter,
    desk_person,
    desk_screen,
    filled_form,
)
from channels.http.desk_screen import Filled
from channels.http.filled_form import FilledForm
from channels.http.form_page import EXPIRED
from channels.phone_log import PhoneLog

pages = Blueprint("desk_entry", __name__)

LOOK_FIRST = "Un signalement a déjà été fait tout près : voyez s’il s’agit du même, sous le lieu."
LOOK_ALIKE = "Une fiche ressemble à cette personne : choisissez-la, ou continuez si c’est quelqu’un d’autre."
NO_EMAIL = "Écrivez l’adresse électronique de la personne, où part le lien. Sans adresse, enregistrez sa demande."
SET_ASIDE = "La saisie est mise de côté dans « Mes brouillons »."
MOST_FILES = 10
SAVE, ANSWERED, PARK = "save", "answered", "park"
CONTACT, CALL = "contact", "call"
"""Carried by the form: the contact that becomes a case, and the call it is about."""
GIVEN = ("usager", "demarche", desk_matter.ANSWER, desk_channel.CHANNEL, desk_person.PERSON, CALL)
"""What the address of a blank screen may say."""

CASE_CHANNELS: dict[ChannelCode, Channel[Submission]] = {
    ChannelCode.COUNTER: CounterEntry(),
    ChannelCode.PHONE: PhoneLog(),
}


@pages.get("/agents/accueil")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def counter() -> ResponseReturnValue:
    """A blank screen with the channel used last (a visit rather than a call), or a draft to go on with."""
    last = desk_channel.remembered()
    return _blank(ChannelCode.COUNTER if last is ChannelCode.PHONE else last)


@pages.post("/agents/accueil")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def record_visit() -> ResponseReturnValue:
    """Look somebody up, show the questions of a procedure, or record."""
    return _posted(ChannelCode.COUNTER)


@pages.get("/agents/appel")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def phone() -> ResponseReturnValue:
    """A blank call."""
    return _blank(ChannelCode.PHONE)


@pages.post("/agents/appel")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def record_call() -> ResponseReturnValue:
    """The same, for a call."""
    return _posted(ChannelCode.PHONE)


@pages.get("/agents/accueil/personnes")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def suggest_people() -> ResponseReturnValue:
    """Who may be meant by what is typed, and last a new person of these words, or why they are none."""
    words = request.args.get("q", "").strip()[:200]
    with runtime().database.reading() as session:
        form = FilledForm("", {desk_person.PERSON: [words]})
        found = [
            {
                "press": f"{desk_person.CHOOSE}{one.citizen_id}",
                "label": one.name,
                "details": [one.details, *(f"{case.reference} {case.subject}" for case in one.open_cases)],
            }
            for one in desk_person.list_candidates(session, form, None)
        ]
    new = {"press": desk_person.NEW, "label": f"Nouvelle personne : {words}", "details": []}
    told = desk_person.told_of(words)
    return jsonify(suggestions=[*found, new] if words and not told else found, told="" if found else told)


@pages.get("/agents/accueil/motifs")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def suggest_matters() -> ResponseReturnValue:
    """What may be meant by what is typed: running cases of the person, procedures, ready answers."""
    with runtime().database.reading() as session:
        citizen = desk_person.find_citizen(session, FilledForm("", {"usager": [request.args.get("usager", "")]}))
        found = desk_matter.list_options(session, request.args.get("q", ""), citizen)
    return jsonify(suggestions=[{"press": one.press, "label": one.label, "details": one.details} for one in found])


def _blank(channel: ChannelCode) -> ResponseReturnValue:
    key = request.args.get("brouillon", "")
    draft = desk_drafts.find(key) if key else None
    if draft is not None:
        return desk_screen.show(draft, {})
    given = {name: [request.args[name]] for name in GIVEN if request.args.get(name)}
    given.setdefault(desk_channel.CHANNEL, [channel.value])
    form = FilledForm(filled_form.blank().submission, {**given, **_of_contact()})
    return desk_screen.show(form, {})


def _of_contact() -> dict[str, list[str]]:
    """What a contact said, when it takes more than an answer."""
    contact_id = row_ids.read(request.args.get(CONTACT, ""))
    if contact_id is None:
        return {}
    with runtime().database.reading() as session:
        contact = contact_queries.get_contact(session, actor(), contact_id)
    said = {
        CONTACT: str(contact.id),
        "usager": str(contact.citizen_id or ""),
        "demarche": contact.motive,
        NOTES: contact.line,
        desk_channel.CHANNEL: contact.channel,
        ANONYMOUS: "" if contact.citizen_id else "yes",
    }
    return {name: [text] for name, text in said.items() if text}


def _posted(channel: ChannelCode) -> ResponseReturnValue:
    form = filled_form.read(runtime(), MOST_FILES)
    form = replace(form, fields={desk_channel.CHANNEL: [channel.value], **form.fields})
    if not security.is_genuine_form():
        return desk_screen.show(form, {}, told=EXPIRED), 400
    done = form.text("do")
    if done.startswith("follow:"):
        return _follow(form, done.removeprefix("follow:"))
    desk_channel.remember(desk_channel.read(form))
    with runtime().database.reading() as session:
        form = desk_matter.chosen_by(desk_person.chosen_by(form, done), done, session)
        filled = desk_screen.filled_of(session, form)
        check = {SAVE: desk_checks.check_case, ANSWERED: desk_checks.check_answered}.get(done)
        errors = check(session, filled) if check else {}
        makes_sheet = done in (SAVE, ANSWERED, desk_person.NEW) and not errors
        alike = desk_checks.unseen_people(session, filled) if makes_sheet else []
    if done == SAVE and not errors and not alike:
        near = desk_checks.unseen_reports(filled)
        if near is None:
            return _record(filled)
        desk_drafts.keep(form)
        return desk_screen.show(form, {}, told=LOOK_FIRST, near=near), 422
    if done == ANSWERED and not errors and not alike:
        return _answer(filled)
    desk_drafts.keep(form, set_aside=done == PARK)
    if done == PARK:
        flash(SET_ASIDE, "success")
        return redirect(desk_channel.DOORS[desk_channel.read(form)].url, 303)
    if done in (SAVE, ANSWERED):
        return desk_screen.show(form, errors, told=LOOK_ALIKE if alike else "", focus="" if errors else "alike"), 422
    definition = filled.matter.definition
    changed = filled_form.rearranged(form, definition) if definition else None
    told = LOOK_ALIKE if alike else ""
    return desk_screen.show(changed or form, {}, told=told, focus=desk_screen.next_field(form, done))


def _follow(form: FilledForm, mark: str) -> ResponseReturnValue:
    """The person on the screen follows a report instead; the form comes back as it was when they cannot."""
    with runtime().database.reading() as session:
        citizen = desk_person.find_citizen(session, form)
    email = (citizen.email if citizen is not None else "") or form.text(f"{PREFIX}email").strip()[:255]
    if not email:
        return desk_screen.show(form, {f"{PREFIX}email": NO_EMAIL}), 422
    try:
        told = desk_reports.follow(mark, email)
    except NotFound as error:
        return desk_screen.show(form, {}, told=error.sentence), 422
    except Invalid as error:
        return desk_screen.show(form, {f"{PREFIX}email": error.sentence}), 422
    flash(told, "success")
    return redirect(url_for("staff_sign_in.home"), 303)


def _submission(filled: Filled) -> Submission:
    form, definition = filled.form, filled.matter.definition
    fields = form.fields
    if definition is None and not form.text(SUBJECT).strip():
        fields = {**fields, SUBJECT: [" ".join(form.text(NOTES).split())[:120]]}
    return Submission(
        id=form.submission,
        received_at=datetime.now(UTC),
        fields=fields,
        files=form.files,
        definition=definition,
        authority=authority().code,
        citizen_id=filled.citizen.id if filled.citizen else None,
        recorded_by=actor().id,
    )


def _record(filled: Filled) -> ResponseReturnValue:
    form, channel = filled.form, desk_channel.read(filled.form)
    contact_id = row_ids.read(form.text(CONTACT))
    try:
        if channel is ChannelCode.LETTER and (noted := desk_letters.read(form)[0]) is not None:
            return desk_letters.register(_submission(filled), noted, contact_id)
        incoming: IncomingRequest = CASE_CHANNELS[channel].normalise(_submission(filled))
        call_id = row_ids.read(form.text(CALL))
        received = contacts.accept_case(runtime(), actor(), incoming, contact_id, call_id)
    except Invalid as error:  # closed between the page and its sending
        return desk_screen.show(form, {"demarche": error.sentence}), 422
    return redirect(url_for("desk_proof.receipt", reference=received.reference), 303)


def _answer(filled: Filled) -> ResponseReturnValue:
    form, channel, matter = filled.form, desk_channel.read(filled.form), filled.matter
    said = " ".join(text for text in (form.text(SUBJECT).strip(), form.text(NOTES).strip()) if text)
    answered = Answered(
        form.submission,
        channel,
        said,
        replace(sender_of(channel, _submission(filled)), contact_preference=None),
        matter.definition.code if matter.definition else matter.about.procedure_code if matter.about else "",
        matter.answer.id if matter.answer else None,
        row_ids.read(form.text(CALL)),
        matter.about.id if matter.about else None,
    )
    with runtime().database.transaction() as session:
        contact = contacts.record(session, actor(), answered)
    return redirect(url_for("desk_proof.contact", contact_id=contact.id), 303)
