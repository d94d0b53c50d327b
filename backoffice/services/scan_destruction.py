"""What was put away in the tray of scans is destroyed after some days, and a line stays that says so."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.french import long_date, plural
from backoffice.models.authorities import Authority
from backoffice.models.digitised_mail import DigitisedFile, DigitisedLetter
from backoffice.models.people import Staff
from backoffice.queries import digitised_mail as queries
from backoffice.queries import held_files as file_queries
from backoffice.queries import legal, received_files
from backoffice.queries.digitised_mail import CUT, DESTROYED
from backoffice.services import held_files, moment

DAYS_SETTING = "put_away_scan_days"
USUAL_DAYS = 90
MOST_AT_ONCE = 200


def days_kept(details: Mapping[str, Any]) -> int:
    """How long an authority keeps what its agents put away, in days, by what it says of itself."""
    return int(details.get(DAYS_SETTING, USUAL_DAYS))


def destroy_due(session: Session) -> int:
    """Destroy the pages, the text and the bytes of what was put away too long ago; give how many lines now say so.

    The bytes leave with the next sweep of files, unless something else in the house has the same. A file as the scanner
    made it goes once none of its letters waits and one of them was destroyed: the others are in their cases.
    """
    now, done = moment.now(), 0
    for authority in legal.list_authorities(session):
        before = now - timedelta(days=days_kept(authority.details))
        letters = queries.claim_put_away(session, authority.id, before, MOST_AT_ONCE)
        forgotten = _pictures_of(session, letters) | {letter.digest for letter in letters}
        for letter in letters:
            _destroy(session, letter, authority, now)
        session.flush()
        files = queries.claim_ended_files(session, authority.id, before, MOST_AT_ONCE)
        for file in files:
            forgotten.add(file.digest)
            repeats = queries.list_same(session, authority.id, file.digest) if file.state == CUT else []
            for line in {file, *repeats}:
                line.digest, line.reason = "", _said(line, authority, now)
        session.flush()
        _let_go(session, forgotten)
        done += len(letters) + len(files)
    return done


def _destroy(session: Session, letter: DigitisedLetter, authority: Authority, now: datetime) -> None:
    agent = session.get(Staff, letter.staff_id) if letter.staff_id else None
    put_away = letter.settled_at or now
    pages = plural(len(letter.pages["pages"]), "page")
    on = long_date(_day(put_away, authority))
    letter.state, letter.settled_at = DESTROYED, now
    by = f" par {agent.name}" if agent else ""
    letter.reason = f"Écarté le {on}{by}, {pages} : {letter.reason}"
    letter.digest, letter.text, letter.pages = "", "", {"pages": []}


def _said(file: DigitisedFile, authority: Authority, now: datetime) -> str:
    """What the line of a file says of it, and that its bytes are no more."""
    destroyed = f"Fichier détruit le {long_date(_day(now, authority))}."
    return f"{file.reason} {destroyed}".strip()


def _day(at: datetime, authority: Authority) -> date:
    return at.astimezone(ZoneInfo(authority.timezone)).date()


def _pictures_of(session: Session, letters: Sequence[DigitisedLetter]) -> set[str]:
    """The pictures of these letters that no other letter shows: two blank pages may be one picture."""
    shown = _digests(letter.pages for letter in letters)
    return shown - queries.list_shown(session, shown, but=[letter.id for letter in letters]) if shown else set()


def _digests(pages: Iterable[dict[str, list[dict[str, str]]]]) -> set[str]:
    return {digest for one in pages for page in one["pages"] for digest in page.values()}


def _let_go(session: Session, digests: set[str]) -> None:
    digests.discard("")
    needed = file_queries.list_named(session, digests, received=False) if digests else set()
    for digest in digests - needed:
        if (known := received_files.find_file(session, digest)) is not None:
            session.delete(known)
    held_files.let_go(session, digests - needed)
