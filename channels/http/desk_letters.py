"""A letter written down on the screen of the desk: a simple one, whose day of arrival is all that is noted of it."""

from datetime import UTC, date, datetime, time

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.arrived_letters import NATURE, RECEIVED_ON, Nature, Particulars, read_particulars
from backoffice.services import arrived_letters, contacts
from backoffice.services.arrived_letters import Entry
from backoffice.web.current import actor, authority, runtime
from backoffice.web.pages import today_here
from channels.base import Submission
from channels.http.filled_form import FilledForm
from channels.letter import Letter, LetterSubmission

CHANNEL = Letter()


def read(form: FilledForm) -> tuple[Particulars | None, dict[str, str]]:
    """What is noted of the letter, and what is to correct: input name → French sentence."""
    return read_particulars({RECEIVED_ON: form.text(RECEIVED_ON), NATURE: Nature.SIMPLE.value}, today_here())


def register(submission: Submission, noted: Particulars, contact_id: int | None) -> ResponseReturnValue:
    """Enter the letter in the register with the case that it opens; raises Invalid and writes nothing."""
    raw = LetterSubmission(
        id=submission.id,
        received_at=instant_of(noted.received_on),
        fields=submission.fields,
        files=submission.files,
        definition=submission.definition,
        authority=submission.authority,
        citizen_id=submission.citizen_id,
        recorded_by=submission.recorded_by,
        particulars=noted,
    )
    return enter(Entry(CHANNEL.normalise(raw), noted), contact_id)


def enter(entry: Entry, contact_id: int | None) -> ResponseReturnValue:
    """Write a letter down, from either screen; its draft goes, and the contact it was first says what it became."""
    letter = arrived_letters.register(runtime(), actor(), entry)
    with runtime().database.transaction() as session:
        contacts.note_case(session, actor(), entry.incoming.source_id, letter.case_id, contact_id)
    return redirect(url_for("letter_entry.registered", letter_id=letter.id), 303)


def instant_of(received_on: date) -> datetime:
    """Now for a letter of today; noon for one of a day before, whose hour nobody noted and the law does not ask for."""
    if received_on == today_here():
        return datetime.now(UTC)
    return datetime.combine(received_on, time(12), authority().timezone).astimezone(UTC)
