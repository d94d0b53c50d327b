"""The door of letters: one screen to register what arrived, the next one with the same model in one key."""

from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import references, row_ids
from backoffice.domain.arrived_letters import NATURE, NATURE_LABELS, RECEIVED_ON, Particulars, chrono, read_particulars
from backoffice.domain.form_pages import FREE_FILES
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError, NotFound
from backoffice.models.digitised_mail import DigitisedLetter
from backoffice.queries import arrived_letters as queries
from backoffice.queries import digitised_mail as digitised
from backoffice.services import digitised_mail
from backoffice.services.arrived_letters import Entry
from backoffice.web import post_tabs, security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here
from channels.http import desk_drafts, desk_letters, filled_form, paper_screen
from channels.http.desk_entry import CONTACT
from channels.http.filled_form import FilledForm
from channels.http.paper_screen import JOINS, PIECES, Filled
from channels.letter import Letter, LetterSubmission

pages = Blueprint("letter_entry", __name__, url_prefix="/agents/courrier")

CHANNEL = Letter()
MOST_FILES = 20
SCAN = "scan"
"""The scanned letter that the screen shows, when there is one."""
MODEL = (RECEIVED_ON, NATURE, "demarche")
"""What the next letter of a pile has in common with this one."""


@pages.get("/")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def show() -> ResponseReturnValue:
    """A blank letter, arrived today; the next one of a pile, whose address says what it has in common; or a draft."""
    draft = desk_drafts.find(request.args.get("brouillon", ""))
    if draft is not None:
        return _page(draft, {})
    blank = filled_form.blank()
    given = {name: [request.args[name]] for name in (*MODEL, SCAN, "usager") if request.args.get(name)}
    return _page(FilledForm(blank.submission, {RECEIVED_ON: [today_here().isoformat()], **given}), {})


@pages.post("/")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_RECORD)
def record() -> ResponseReturnValue:
    """Look somebody up, show the questions of a procedure, or register the letter."""
    return paper_screen.posted(MOST_FILES, _page, lambda _: CHANNEL.code, _check, _register)


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


def _check(session: Session, filled: Filled) -> tuple[Particulars | None, dict[str, str]]:
    """What is noted of the letter, and what must be corrected, in the order of the screen."""
    noted, errors = read_particulars(paper_screen.first_texts(filled.form), today_here())
    return noted, {**errors, **paper_screen.check(session, CHANNEL.code, filled)}


def _register(filled: Filled, noted: Particulars) -> ResponseReturnValue:
    form = filled.form
    joins = form.text(JOINS)
    scan_id = row_ids.read(form.text(SCAN))
    scan = _find_scan(form)
    if scan_id and scan is None:  # a colleague registered it meanwhile, in a case that this agent may not know of
        return _page(form, {"": digitised_mail.TAKEN}), 409
    files = (digitised_mail.file_of(scan, FREE_FILES), *form.files) if scan else form.files
    submission = LetterSubmission(
        id=form.submission,
        received_at=desk_letters.instant_of(noted.received_on),
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
        return desk_letters.enter(entry, row_ids.read(form.text(CONTACT)))
    except BackofficeError as error:  # closed between the page and its sending, or a piece dated before it was asked
        name = "" if scan_id else JOINS if joins else "demarche"
        return _page(form, {name: next(iter(getattr(error, "faults", {}).values()), error.sentence)}), status_of(error)


def _find_scan(form: FilledForm) -> DigitisedLetter | None:
    """The scanned letter that the screen shows, if the agent may still see it."""
    scan_id = row_ids.read(form.text(SCAN))
    if scan_id is None:
        return None
    with runtime().database.reading() as session:
        try:
            return digitised.get_letter(session, actor(), scan_id)
        except NotFound:
            return None


def _page(form: FilledForm, errors: dict[str, str], *, told: str = "") -> str:
    return render_template(
        "desk/letter.html",
        **paper_screen.context(form, errors),
        told=told,
        scan=_find_scan(form),
        endpoint="letter_entry.record",
        natures=list(NATURE_LABELS.items()),
    )
