"""Cuts scanned files into letters, and reads the text on them: page by page, bounded, one outcome a file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain.file_checks import FileCheck
from backoffice.domain.scan_cutting import PageKind, cut
from backoffice.infra import scanned_pages, text_recognition
from backoffice.infra.runtime import Runtime
from backoffice.infra.scanned_pages import READ_SIDE, ScannedPages, UnreadableScan
from backoffice.models.digitised_mail import DigitisedFile, DigitisedLetter
from backoffice.queries import digitised_mail as queries
from backoffice.queries.digitised_mail import ASIDE, CUT, WAITING
from backoffice.services import digitised_mail, outbox, received_files
from backoffice.services.outbox import Claim, JobKind
from workers.time_limit import at_most

# A file that kills those who open it is set aside after so many starts.
MOST_STARTS = 2
LONGEST_SECONDS_A_PAGE, LONGEST_SECONDS_TO_OPEN = 30, 60
MOST_PAGES = 500
# What is read of a letter: the first pages say who writes and why.
MOST_PAGES_READ = 5
RENEWED_EVERY = 10
ANTIVIRUS_PAUSE = timedelta(seconds=30)

KILLER = "Ce fichier arrête les programmes qui l’ouvrent : ouvrez-le sur un poste à part, ou numérisez de nouveau."
UNREADABLE = "Ce fichier est abîmé, ou protégé par un mot de passe : numérisez de nouveau."
TOO_MANY = f"Ce fichier a plus de {MOST_PAGES} pages : numérisez en plusieurs fois."
NO_PAGE = "Ce fichier n’a aucune page écrite."
INFECTED = "L’antivirus a trouvé un virus dans ce fichier."


class _TooManyPages(ValueError):
    """A file that nobody could look at in one go."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """A letter to write: its PDF in the storage, and the pictures of its pages."""

    digest: str
    size: int
    pages: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Made:
    """What a file was cut into: none when it could not be."""

    how: str = ""
    letters: tuple[_Letter, ...] = ()
    page_count: int = 0


def cut_file(runtime: Runtime, claim: Claim) -> None:
    """Make the letters of a file, once; a file that cannot be cut is set aside with the reason, its bytes kept."""
    with runtime.database.reading() as session:
        file = queries.find_uncut(session, claim.payload["file_id"])
        check = received_files.checks(session, runtime, [file.digest])[file.digest] if file else FileCheck()
    if not check.may_leave and not check.is_infected:
        with runtime.database.transaction() as session:
            outbox.postpone(session, claim, ANTIVIRUS_PAUSE, check.sentence)
        return
    made, reason = _Made(), INFECTED
    if file is not None and not check.is_infected:
        made, reason = _make(runtime, claim, file)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        file = queries.claim_uncut(session, claim.payload["file_id"])
        if file is not None:
            _write(session, file, made, reason)


def _make(runtime: Runtime, claim: Claim, file: DigitisedFile) -> tuple["_Made", str]:
    """The letters of a file, or why it makes none."""
    if claim.attempt > MOST_STARTS:
        return _Made(), KILLER
    try:
        with at_most(LONGEST_SECONDS_TO_OPEN):
            content = scanned_pages.as_pdf(runtime.storage.get(file.digest), file.media_type)
        return _cut(runtime, claim, content, at_blanks=file.cuts_at_blanks), NO_PAGE
    except _TooManyPages:
        return _Made(), TOO_MANY
    except UnreadableScan:
        return _Made(), UNREADABLE


def _write(session: Session, file: DigitisedFile, made: "_Made", reason: str) -> None:
    if not made.letters:
        digitised_mail.settle(file, ASIDE, reason)
        return
    digitised_mail.settle(file, CUT)
    file.cut, file.page_count = made.how, made.page_count
    for position, one in enumerate(made.letters):
        letter = DigitisedLetter(
            authority_id=file.authority_id,
            file_id=file.id,
            position=position,
            digest=one.digest,
            size=one.size,
            pages={"pages": one.pages},
            state=WAITING,
        )
        session.add(letter)
        session.flush()
        outbox.promise(session, JobKind.READ_SCAN, authority_id=file.authority_id, letter_id=letter.id)


def read_letter(runtime: Runtime, claim: Claim) -> None:
    """Read the text of a letter when the machine can; else nothing is lost but the search in it."""
    with runtime.database.reading() as session:
        letter = queries.find_unread(session, claim.payload["letter_id"])
    text = ""
    if letter is not None and text_recognition.is_installed() and claim.attempt <= MOST_STARTS:
        text = _read(runtime, claim, runtime.storage.get(letter.digest))
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        letter = queries.find_unread(session, claim.payload["letter_id"])
        if letter is not None:
            digitised_mail.note_text(session, letter, text)


def _cut(runtime: Runtime, claim: Claim, content: bytes, *, at_blanks: bool) -> _Made:
    from backoffice.infra import pictures

    kinds: list[PageKind] = []
    shown: list[dict[str, str]] = []

    def look(page: Any) -> None:
        kinds.append(scanned_pages.kind_of(page))
        made = pictures.make_of_page(page)
        shown.append({"preview": runtime.storage.put(made.preview), "thumbnail": runtime.storage.put(made.thumbnail)})

    count = _each_page(runtime, claim, content, look)
    how, letters = cut(kinds, at_blanks=at_blanks)
    return _Made(how, tuple(_letter(runtime, content, pages, shown) for pages in letters), count)


def _letter(runtime: Runtime, content: bytes, pages: tuple[int, ...], shown: list[dict[str, str]]) -> _Letter:
    made = scanned_pages.some_pages(content, pages)
    return _Letter(runtime.storage.put(made), len(made), [shown[number] for number in pages])


def _read(runtime: Runtime, claim: Claim, content: bytes) -> str:
    texts: list[str] = []
    _each_page(runtime, claim, content, lambda page: texts.append(text_recognition.read(page)), reading=True)
    return "\n\n".join(text for text in texts if text)


def _each_page(
    runtime: Runtime, claim: Claim, content: bytes, look: Callable[[Any], None], *, reading: bool = False
) -> int:
    """Show each page to `look`, the job held meanwhile; answers how many the file has."""
    with scanned_pages.opened(content) as pages:
        count = _checked(pages)
        for number in range(min(count, MOST_PAGES_READ) if reading else count):
            with at_most(LONGEST_SECONDS_A_PAGE + (text_recognition.LONGEST_SECONDS if reading else 0)):
                look(pages.picture(number, READ_SIDE) if reading else pages.picture(number))
            if reading or number % RENEWED_EVERY == RENEWED_EVERY - 1:
                with runtime.database.transaction() as session:
                    outbox.renew(session, claim, timedelta(seconds=runtime.settings.job_lease_seconds))
    return count


def _checked(pages: ScannedPages) -> int:
    if pages.count > MOST_PAGES:
        raise _TooManyPages
    return pages.count
