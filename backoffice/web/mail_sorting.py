"""Mail that waits for a person: what it says, beside the case it may belong to, and three ways to place it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.file_checks import FileCheck
from backoffice.domain.french import file_size
from backoffice.domain.incoming import IncomingFile, IncomingRequest, Sender
from backoffice.domain.mail_outcomes import FILED, OUTCOME_LABELS, MailOutcome
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError, Invalid, NotFound
from backoffice.models.cases import Case, Message
from backoffice.models.mail import MailRecord
from backoffice.queries import cases
from backoffice.queries import mail_ledger as queries
from backoffice.services import parked_mail, received_files
from backoffice.web import files
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.shown_files import ShownFile

pages = Blueprint("mail_sorting", __name__, url_prefix="/agents/courriels")

# View in the address: label, outcomes shown, how many at a time.
VIEWS: dict[str, tuple[str, frozenset[MailOutcome], int]] = {
    "a-trier": ("À trier", frozenset({MailOutcome.PARKED}), 10),
    "quarantaine": ("En quarantaine", frozenset({MailOutcome.QUARANTINED}), 50),
    "ecartes": ("Écartés", FILED, 50),
}
FIRST_VIEW = "a-trier"
LAST_MESSAGES = 2
FIRST_WRITER = "origine"
UNKNOWN_CASE = "Ce dossier n’existe pas ou n’est pas accessible avec votre compte. Vérifiez la référence."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line as the page shows it: what the message says, the case it may belong to, and the last words there.

    `closed` says why the antivirus keeps the original shut. `first` wrote what a colleague passes on.
    """

    line: MailRecord
    incoming: IncomingRequest | None
    files: list[ShownFile]
    closed: str
    case: Case | None
    last: list[Message]
    first: Sender | None


@pages.get("")
@audience(Audience.STAFF, Permission.MAIL_SORT)
def show() -> ResponseReturnValue:
    """Parked mail with its candidates, mail in quarantine, or mail put aside."""
    view = request.args.get("vue", FIRST_VIEW)
    return _page(view if view in VIEWS else FIRST_VIEW)


@pages.post("/<int:line_id>/rattacher")
@audience(Audience.STAFF, Permission.MAIL_SORT)
def join(line_id: int) -> ResponseReturnValue:
    """It belongs to its candidate, or to the case whose reference was typed."""
    field = f"reference_{line_id}"
    typed = (request.form.get("reference") or request.form.get(field, "")).strip()
    try:
        with runtime().database.transaction() as session:
            case = parked_mail.join(session, actor(), line_id, typed)
            reference = case.reference
    except Invalid as fault:
        return _page(FIRST_VIEW, {field: fault.sentence}, {field: typed}), 422
    except NotFound as fault:
        if fault.sentence == parked_mail.GONE:
            raise
        return _page(FIRST_VIEW, {field: UNKNOWN_CASE}, {field: typed}), 422
    except BackofficeError as fault:
        flash(fault.sentence, "error")
        return _back()
    flash(f"Le courriel est rattaché au dossier {reference}.", "success")
    return _back()


@pages.post("/<int:line_id>/nouveau")
@audience(Audience.STAFF, Permission.MAIL_SORT)
def open_case(line_id: int) -> ResponseReturnValue:
    """It is a new request, of its sender or of whoever wrote what a colleague passes on."""
    first = request.form.get("usager") == FIRST_WRITER

    def change(session: Session) -> str:
        case = parked_mail.open_case(session, actor(), line_id, for_first_writer=first)
        return f"Le dossier {case.reference} est ouvert."

    return _do(change)


@pages.post("/<int:line_id>/ecarter")
@audience(Audience.STAFF, Permission.MAIL_SORT)
def dismiss(line_id: int) -> ResponseReturnValue:
    """It asks nothing."""

    def change(session: Session) -> str:
        parked_mail.dismiss(session, actor(), line_id)
        return "Le courriel est écarté. Vous le retrouverez parmi les écartés."

    return _do(change)


@pages.post("/<int:line_id>/reprendre")
@audience(Audience.STAFF, Permission.MAIL_SORT)
def take_back(line_id: int) -> ResponseReturnValue:
    """It was put aside and is a real request."""

    def change(session: Session) -> str:
        parked_mail.take_back(session, actor(), line_id)
        return "Le courriel va être traité comme une demande : il rejoint la file dans quelques secondes."

    return _do(change)


@pages.post("/<int:line_id>/relancer")
@audience(Audience.STAFF, Permission.MAIL_SORT)
def replay(line_id: int) -> ResponseReturnValue:
    """Treat a mail in quarantine again."""

    def change(session: Session) -> str:
        parked_mail.replay(session, actor(), line_id)
        return "Le courriel va être traité de nouveau, dans quelques secondes."

    return _do(change)


@pages.get("/<int:line_id>/original")
@audience(Audience.STAFF, Permission.MAIL_SORT)
def original(line_id: int) -> ResponseReturnValue:
    """A message exactly as it came in."""
    line = _line(line_id)
    return files.send_received(line.raw_digest, f"courriel-{line.id}.eml", "message/rfc822")


@pages.get("/<int:line_id>/pieces/<int:number>")
@audience(Audience.STAFF, Permission.MAIL_SORT)
def attachment(line_id: int, number: int) -> ResponseReturnValue:
    """A file of a parked message, numbered from 1."""
    kept = _line(line_id).content.get("files", [])
    if not 1 <= number <= len(kept):
        raise NotFound(files.GONE)
    file = kept[number - 1]
    return files.send_received(file["digest"], file["name"], file["media_type"], shown="apercu" in request.args)


def _line(line_id: int) -> MailRecord:
    with runtime().database.reading() as session:
        found = queries.find_visible_line(session, actor(), line_id)
    if found is None:
        raise NotFound(parked_mail.GONE)
    line, case = found
    if case is not None:
        files.note_reading(case, mail_line_id=line.id)
    return line


def _do(change: Callable[[Session], str]) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            done = change(session)
        flash(done, "success")
    except BackofficeError as fault:
        flash(fault.sentence, "error")
    return _back()


def _back() -> ResponseReturnValue:
    view = request.form.get("vue", FIRST_VIEW)
    return redirect(url_for("mail_sorting.show", vue=view if view in VIEWS else FIRST_VIEW), 303)


def _page(view: str, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    _, outcomes, most = VIEWS[view]
    with runtime().database.reading() as session:
        found = queries.list_visible(session, actor(), outcomes, most, newest_first=view == "ecartes")
        waiting = [_waiting(session, line, case) for line, case in found]
        page = render_template(
            "mail/sorting.html",
            view=view,
            views=[
                (label, url_for("mail_sorting.show", vue=code), code == view, _count(session, code))
                for code, (label, _, _) in VIEWS.items()
            ],
            waiting=waiting,
            errors=errors or {},
            typed=typed or {},
            mail_outcome_labels=OUTCOME_LABELS,
        )
    for one in waiting:
        if one.case is not None and one.last:
            files.note_reading(one.case, mail_line_id=one.line.id)
    return page


def _count(session: Session, view: str) -> int | None:
    # What was put aside only grows: its number says nothing.
    return queries.count_visible(session, actor(), VIEWS[view][1]) if view != "ecartes" else None


def _waiting(session: Session, line: MailRecord, case: Case | None) -> Waiting:
    incoming = parked_mail.from_data(line.content) if line.content else None
    shown = incoming is not None and case is not None
    last = cases.list_messages(session, case.id)[-LAST_MESSAGES:] if shown and case is not None else []
    files = incoming.files if incoming is not None else ()
    known = received_files.checks(session, runtime(), [line.raw_digest, *(file.digest for file in files)])
    shown_files = [_shown(line, number, file, known[file.digest]) for number, file in enumerate(files, 1)]
    first = parked_mail.first_writer(incoming) if incoming is not None else None
    return Waiting(line, incoming, shown_files, known[line.raw_digest].sentence, case, last, first)


def _shown(line: MailRecord, number: int, file: IncomingFile, check: FileCheck) -> ShownFile:
    url = url_for("mail_sorting.attachment", line_id=line.id, number=number) if check.may_leave else ""
    return ShownFile(file.name, file_size(file.size), url, closed=check.sentence)
