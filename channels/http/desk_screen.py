"""What the screen of the desk shows: the person, the matter, the questions, and the field to begin with."""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from backoffice.domain.answers import read_answers
from backoffice.domain.arrived_letters import RECEIVED_ON
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.requester import CONTACT_CHOICES, PREFIX
from backoffice.models.people import Citizen
from backoffice.queries import catalogue, contacts, queue
from backoffice.web import maps, nearby_reports
from backoffice.web.current import actor, authority, runtime
from backoffice.web.nearby_reports import NearbyView
from backoffice.web.pages import today_here
from channels.desk_form import ANONYMOUS, NOTES
from channels.http import (
    desk_channel,
    desk_guards,
    desk_matter,
    desk_person,
    form_view,
    hats,
    uploads,
)
from channels.http.desk_matter import Matter
from channels.http.file_kinds import ACCEPT_ATTRIBUTE
from channels.http.filled_form import FilledForm


@dataclass(frozen=True, slots=True)
class Filled:
    """What is on the screen: the form, the sheet and the matter that were chosen."""

    form: FilledForm
    citizen: Citizen | None
    matter: Matter


def filled_of(session: Session, form: FilledForm) -> Filled:
    """What was chosen on it."""
    return Filled(form, desk_person.find_citizen(session, form), desk_matter.find(session, form))


def show(
    form: FilledForm,
    errors: dict[str, str],
    *,
    told: str = "",
    near: NearbyView | None = None,
    focus: str = "",
) -> str:
    """The screen, with what is to correct, what is told first (`told`), and the field to begin with (`focus`)."""
    settings = runtime().settings
    maps.show()  # a place may come later into this very page
    with runtime().database.reading() as session:
        filled = filled_of(session, form)
        candidates = desk_person.list_candidates(session, form, filled.citizen)
        listed = catalogue.list_procedures(session, authority().id)
        citizen, matter = filled.citizen, filled.matter
        rows = queue.list_of_citizen(session, actor(), citizen.id, 20) if citizen else []
        found = desk_matter.list_options(session, form.text(desk_matter.MATTER), citizen)
        earlier = contacts.list_of_citizen(session, actor(), citizen.id, 3) if citizen else []
    definition = matter.definition
    counted = uploads.counts(form.files)
    values = read_answers(definition, form.fields, counted, unknowns_allowed=True).values if definition else {}
    state: dict[str, Any] = {
        "told": told,
        "errors": errors,
        "typed": form.text,
        "posted": form.fields,
        "files": uploads.by_field(settings, form.submission, form.files),
        "submission": form.submission,
        "citizen": citizen,
        "candidates": candidates,
        "no_person": desk_person.told_of(form.text(desk_person.PERSON)),
        "open_cases": [row for row in rows if row.closed_on is None],
        "earlier_contacts": earlier,
        "asked_of_person": desk_person.asked_of(citizen),
        "procedures": [(one.code, one.title) for one in listed],
        "definition": definition,
        "matter": matter,
        "matters": found if form.text(desk_matter.MATTER) else [],
        "view": form_view.build(definition, form.fields, values) if definition else None,
        "near": near or (nearby_reports.view_of(definition, at_desk=True) if definition else None),
        "focus": focus or ("" if errors or told else _first_field(filled)),
    }
    channel = desk_channel.read(form)
    said_today = form.text(RECEIVED_ON) or today_here().isoformat()
    return render_template(
        "desk/entry.html",
        received_on=said_today,
        **state,
        door=desk_channel.DOORS[channel],
        endpoint="desk_entry.phone" if channel is ChannelCode.PHONE else "desk_entry.counter",
        channels=desk_channel.CHOICES,
        may_be_namesake=desk_guards.OWN_NAME in errors.values() or bool(form.text(desk_guards.NAMESAKE)),
        choice_options=form_view.options,
        accept=ACCEPT_ATTRIBUTE,
        max_bytes=settings.max_upload_bytes,
        hats=hats.OF_AGENT,
        at_desk=True,
        contact_options=[(str(choice.value), choice.label) for choice in CONTACT_CHOICES],
    )


def _first_field(filled: Filled) -> str:
    """Where a screen that was just opened begins."""
    if filled.citizen is None and not filled.form.text(ANONYMOUS) and not desk_person.is_said(filled.form):
        return desk_person.PERSON
    return NOTES if is_chosen(filled.form) else desk_matter.MATTER


def next_field(form: FilledForm, done: str) -> str:
    """The field that comes after the button that was pressed."""
    if done == desk_person.NEW:
        name = f"{PREFIX}given_names"
        return name if not form.text(name) else f"{PREFIX}phone"
    if done.startswith(desk_person.CHOOSE):
        return NOTES if is_chosen(form) else desk_matter.MATTER
    if done.startswith((desk_matter.MOTIVE, desk_matter.CHOOSE_ANSWER, desk_matter.CHOOSE_CASE)):
        return NOTES
    return desk_person.PERSON if done == desk_person.FORGET else ""


def is_chosen(form: FilledForm) -> bool:
    """Whether the matter is known."""
    return any(form.text(name) for name in (desk_matter.PROCEDURE, desk_matter.ANSWER, desk_matter.ABOUT))
