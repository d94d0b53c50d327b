"""What agents have not finished: kept as it is typed and at each post, shown on the desk, gone on with or given up."""

from datetime import datetime

from flask import Blueprint, flash, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.arrived_letters import NATURE, RECEIVED_ON
from backoffice.domain.drafts import DraftContent
from backoffice.domain.late_entry import LATE, LATE_ON, LATE_REASON
from backoffice.domain.policy import Permission
from backoffice.domain.representation_form import FOR
from backoffice.domain.requester import LANGUAGE, PREFIX
from backoffice.errors import Invalid
from backoffice.services import desk_drafts
from backoffice.web import security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.languages import spoken
from channels.desk_form import NOTES, SUBJECT
from channels.http import desk_channel, desk_matter, desk_person, filled_form, uploads
from channels.http.filled_form import CARRIED, FilledForm

pages = Blueprint("desk_drafts", __name__, url_prefix="/agents/brouillons")

MOST_FILES = 10
LONGEST_TITLE = 80
NOT_KEPT = CARRIED | {"do", desk_channel.CHANNEL}
PRESET = frozenset({RECEIVED_ON, NATURE, LANGUAGE, FOR, "seen_people", "scan", LATE, LATE_ON, LATE_REASON})
"""What is on the screen though nobody said anything yet."""
SEARCHED = frozenset({desk_person.PERSON, desk_matter.MATTER})
"""The boxes of search: looking somebody up is no draft, unless one is set aside."""


@pages.post("/")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def save() -> ResponseReturnValue:
    """Keep what is on the screen, for its script: when it was saved, the files received, the refused ones."""
    form = filled_form.read(runtime(), MOST_FILES)
    if not security.is_genuine_form():
        return jsonify(error="session"), 400
    try:
        saved_at = keep(form)
    except Invalid as error:
        return jsonify(error=error.sentence), 409
    files = [
        {
            "field": file.field,
            "name": file.name,
            "size": spoken().writing.file_size(file.size),
            "token": uploads.keep_token(runtime().settings, form.submission, file),
        }
        for file in form.files
    ]
    time = spoken().writing.clock_time(saved_at, authority().timezone) if saved_at else ""
    told = f"Brouillon enregistré à {time}" if time else ""
    return jsonify(saved=told, files=files, errors=dict(form.file_errors))


@pages.post("/<key>/abandon")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def give_up(key: str) -> ResponseReturnValue:
    """Delete a draft and all that it holds."""
    with runtime().database.transaction() as session:
        desk_drafts.give_up(session, actor(), key)
    flash("Le brouillon est effacé.", "success")
    return redirect(url_for("desk_entry.counter"), 303)


def keep(form: FilledForm, *, set_aside: bool = False) -> datetime | None:
    """Keep a screen where something was said, and give when; forget it once it is blank again. Raises Invalid."""
    blank = PRESET if set_aside else PRESET | SEARCHED
    said = {name: texts for name, texts in form.fields.items() if name not in NOT_KEPT and any(map(str.strip, texts))}
    with runtime().database.transaction() as session:
        if said.keys() <= blank and not form.files:
            desk_drafts.give_up(session, actor(), form.submission)
            return None
        channel = desk_channel.read(form)
        content = DraftContent({**said, desk_channel.CHANNEL: [channel.value]}, form.files)
        draft = desk_drafts.keep(session, actor(), form.submission, channel, content, _title(session, form))
        return draft.saved_at if draft is not None else None


def find(key: str) -> FilledForm | None:
    """The screen as it was left."""
    with runtime().database.reading() as session:
        draft = desk_drafts.find(session, actor(), key)
    if draft is None:
        return None
    content = DraftContent.from_data(draft.content)
    return FilledForm(draft.key, content.fields, content.files)


def _title(session: Session, form: FilledForm) -> str:
    """Who and what, in a few words."""
    citizen = desk_person.find_citizen(session, form)
    typed = " ".join(form.text(f"{PREFIX}{code}") for code in ("given_names", "family_name"))
    who = citizen.display_name if citizen else typed.strip() or form.text("person")
    what = desk_matter.find(session, form).title or form.text(SUBJECT) or form.text(NOTES) or form.text("what")
    return " – ".join(" ".join(part.split())[:LONGEST_TITLE] for part in (who, what) if part.strip())
