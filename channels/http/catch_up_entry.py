"""Catching up after an outage: a visit or a call that was taken on paper, entered with its true day and hour."""

from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.incoming import CHANNEL_LABELS, ChannelCode
from backoffice.domain.late_entry import (
    FACT,
    LATE_ON,
    LATE_REASON,
    MOST_DAYS_SETTING,
    USUAL_MOST_DAYS,
    read_late_entry,
)
from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
from backoffice.services import contacts
from backoffice.web import security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.pages import today_here
from channels.base import Channel, Submission
from channels.counter_entry import CounterEntry
from channels.http import desk_drafts, filled_form, paper_screen
from channels.http.desk_channel import CHANNEL as DOOR
from channels.http.filled_form import FilledForm
from channels.http.paper_screen import Filled
from channels.phone_log import PhoneLog

pages = Blueprint("catch_up_entry", __name__, url_prefix="/agents/courrier/rattrapage")

DOORS: dict[str, Channel[Submission]] = {
    ChannelCode.COUNTER: CounterEntry(),
    ChannelCode.PHONE: PhoneLog(),
}
KEPT = (DOOR, LATE_ON, LATE_REASON)
"""What the next sheet of a pile has in common with this one."""
MOST_FILES = 10
NO_DOOR = "Dites si la personne est venue ou a appelé."


@pages.get("")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def show() -> ResponseReturnValue:
    """A blank sheet, the next one of a pile, or a draft."""
    draft = desk_drafts.find(request.args.get("brouillon", ""))
    if draft is not None:
        return _page(draft, {})
    blank = filled_form.blank()
    given = {name: [request.args[name]] for name in KEPT if request.args.get(name)}
    usual = {DOOR: [ChannelCode.COUNTER.value], LATE_ON: [today_here().isoformat()]}
    return _page(FilledForm(blank.submission, {**usual, **given}), {})


@pages.post("")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def record() -> ResponseReturnValue:
    """Look somebody up, show the questions of a procedure, or record the sheet."""
    return paper_screen.posted(MOST_FILES, _page, _door_of, _check, _record)


def _check(session: Session, filled: Filled) -> tuple[datetime | None, dict[str, str]]:
    form = filled.form
    received_at, errors = read_late_entry(
        paper_screen.first_texts(form), datetime.now(UTC), authority().timezone, _most_days()
    )
    if form.text(DOOR) not in DOORS:
        errors = {DOOR: NO_DOOR, **errors}
    return received_at, {**errors, **paper_screen.check(session, _door_of(form), filled)}


def _door_of(form: FilledForm) -> ChannelCode:
    door = form.text(DOOR)
    return ChannelCode(door) if door in DOORS else ChannelCode.COUNTER


def _record(filled: Filled, received_at: datetime) -> ResponseReturnValue:
    form = filled.form
    submission = Submission(
        id=form.submission,
        received_at=received_at,
        fields=form.fields,
        files=form.files,
        definition=filled.definition,
        authority=authority().code,
        citizen_id=filled.citizen.id if filled.citizen else None,
        recorded_by=actor().id,
    )
    incoming = DOORS[form.text(DOOR)].normalise(submission)
    late = {**incoming.facts, FACT: form.text(LATE_REASON).strip()}
    try:
        received = contacts.accept_case(runtime(), actor(), replace(incoming, facts=late))
    except Invalid as error:  # closed between the page and its sending
        return _page(form, {"demarche": error.sentence}), 422
    return redirect(url_for("desk_proof.receipt", reference=received.reference), 303)


def _most_days() -> int:
    return int(authority().details.get(MOST_DAYS_SETTING, USUAL_MOST_DAYS))


def _page(form: FilledForm, errors: dict[str, str], *, told: str = "") -> str:
    return render_template(
        "desk/catch_up.html",
        **paper_screen.context(form, errors) | {"joinable": ()},
        told=told,
        endpoint="catch_up_entry.record",
        doors=[(code, CHANNEL_LABELS[ChannelCode(code)]) for code in DOORS],
        most_days=_most_days(),
    )
