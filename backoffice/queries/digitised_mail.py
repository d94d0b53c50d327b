"""SELECTs on scanned files and on the letters that they were cut into."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.digitised_mail import DigitisedFile, DigitisedLetter
from backoffice.queries import arrived_letters
from backoffice.queries.once import insert_each_once

WAITING, CUT, ASIDE, REPEATED = "waiting", "cut", "aside", "repeated"
"""The outcomes of a file: still to be cut, cut into letters, set aside with a reason, the same as another."""
REGISTERED, PUT_AWAY, DESTROYED = "registered", "put_away", "destroyed"
"""What becomes of a letter that waited, and of what was put away."""
PAGE_SIZE = 30
NO_FILE = "Ce fichier numérisé n’existe pas, ou il a été détruit."
NO_LETTER = "Ce courrier numérisé n’existe pas."


def insert_file(session: Session, **values: Any) -> int | None:
    """A new line; None when this very arrival has one."""
    row = {"cuts_at_blanks": False, "staff_id": None, "reason": "", "cut": "", "page_count": 0, "settled_at": None}
    added = insert_each_once(session, DigitisedFile, ("authority_id", "source_key"), [row | values], "id")
    return added[0].id if added else None


def find_same(session: Session, authority_id: int, digest: str, file_id: int) -> DigitisedFile | None:
    """An earlier file with the very same bytes, that was not set aside."""
    same = (DigitisedFile.authority_id == authority_id, DigitisedFile.digest == digest, DigitisedFile.id < file_id)
    query = select(DigitisedFile).where(*same, DigitisedFile.state.in_((WAITING, CUT)))
    return session.scalar(query.order_by(DigitisedFile.id).limit(1))


def find_uncut(session: Session, file_id: int) -> DigitisedFile | None:
    """A file that is still to be cut."""
    return session.scalar(select(DigitisedFile).where(DigitisedFile.id == file_id, DigitisedFile.state == WAITING))


def claim_uncut(session: Session, file_id: int) -> DigitisedFile | None:
    """The same, locked."""
    mine = (DigitisedFile.id == file_id, DigitisedFile.state == WAITING)
    return session.scalar(select(DigitisedFile).where(*mine).with_for_update())


def get_readable_file(session: Session, actor: Actor, file_id: int) -> DigitisedFile:
    """A file, or NotFound when one of the letters in its bytes, whichever line they came by, is closed to the actor."""
    found = get_file(session, actor.authority_id, file_id)
    if not found.digest:
        raise NotFound(NO_FILE)
    same = (DigitisedFile.authority_id == actor.authority_id, DigitisedFile.digest == found.digest)
    registered = select(ArrivedLetter.id).join(DigitisedLetter, DigitisedLetter.arrived_letter_id == ArrivedLetter.id)
    for letter_id in session.scalars(registered.join(DigitisedLetter.file).where(*same)):
        arrived_letters.get_recorded(session, actor, letter_id)
    return found


def get_file(session: Session, authority_id: int, file_id: int) -> DigitisedFile:
    """A file of this authority, or NotFound."""
    found = session.get(DigitisedFile, file_id)
    if found is None or found.authority_id != authority_id:
        raise NotFound(NO_FILE)
    return found


def get_letter(session: Session, actor: Actor, letter_id: int) -> DigitisedLetter:
    """A scanned letter of the actor's authority with its file; NotFound once it is of a case closed to them."""
    query = select(DigitisedLetter).where(DigitisedLetter.id == letter_id).options(joinedload(DigitisedLetter.file))
    found = session.scalar(query.where(DigitisedLetter.authority_id == actor.authority_id))
    if found is None:
        raise NotFound(NO_LETTER)
    if found.arrived_letter_id is not None:
        arrived_letters.get_recorded(session, actor, found.arrived_letter_id)
    return found


def claim_letter(session: Session, authority_id: int, letter_id: int) -> DigitisedLetter:
    """The same, locked until the transaction ends."""
    query = select(DigitisedLetter).where(DigitisedLetter.id == letter_id).with_for_update()
    found = session.scalar(query.where(DigitisedLetter.authority_id == authority_id))
    if found is None:
        raise NotFound(NO_LETTER)
    return found


def find_unread(session: Session, letter_id: int) -> DigitisedLetter | None:
    """A scanned letter whose text nobody tried to read."""
    return session.scalar(
        select(DigitisedLetter).where(DigitisedLetter.id == letter_id, DigitisedLetter.read_at.is_(None))
    )


def list_letters(
    session: Session, authority_id: int, state: str, *, words: str = "", after: int = 0, limit: int = PAGE_SIZE + 1
) -> list[DigitisedLetter]:
    """The letters in this state, the oldest first; only those that say all these words, when there are some."""
    query = select(DigitisedLetter).where(*_tests(authority_id, state, words), DigitisedLetter.id > after)
    query = query.order_by(DigitisedLetter.id).limit(limit).options(joinedload(DigitisedLetter.file))
    return list(session.scalars(query))


def count_letters(session: Session, authority_id: int, state: str, words: str = "") -> int:
    """How many."""
    return session.scalar(select(func.count(DigitisedLetter.id)).where(*_tests(authority_id, state, words))) or 0


def find_next(session: Session, authority_id: int, after: int) -> int | None:
    """The letter that waits after this one, else the first that waits."""
    waiting = select(DigitisedLetter.id).where(*_tests(authority_id, WAITING, "")).order_by(DigitisedLetter.id).limit(1)
    return session.scalar(waiting.where(DigitisedLetter.id > after)) or session.scalar(waiting)


def claim_put_away(session: Session, authority_id: int, before: datetime, limit: int) -> list[DigitisedLetter]:
    """Letters put away before then, locked, the oldest first."""
    query = select(DigitisedLetter).where(*_tests(authority_id, PUT_AWAY, ""), DigitisedLetter.settled_at < before)
    return list(session.scalars(query.order_by(DigitisedLetter.id).limit(limit).with_for_update(skip_locked=True)))


def claim_ended_files(session: Session, authority_id: int, before: datetime, limit: int) -> list[DigitisedFile]:
    """Files whose bytes are needed no more, locked: set aside before then, or with a letter destroyed and none left."""
    of_file = DigitisedLetter.file_id == DigitisedFile.id
    destroyed = exists().where(of_file, DigitisedLetter.state == DESTROYED)
    left = exists().where(of_file, DigitisedLetter.state.in_((WAITING, PUT_AWAY)))
    aside = and_(DigitisedFile.state == ASIDE, DigitisedFile.settled_at < before)
    mine = (DigitisedFile.authority_id == authority_id, DigitisedFile.digest != "")
    query = select(DigitisedFile).where(*mine, or_(aside, and_(destroyed, ~left)))
    return list(session.scalars(query.order_by(DigitisedFile.id).limit(limit).with_for_update(skip_locked=True)))


def list_same(session: Session, authority_id: int, digest: str) -> list[DigitisedFile]:
    """Every line of an authority with these bytes."""
    same = (DigitisedFile.authority_id == authority_id, DigitisedFile.digest == digest)
    return list(session.scalars(select(DigitisedFile).where(*same)))


def list_shown(session: Session, digests: Collection[str], *, but: Collection[int]) -> set[str]:
    """Those of these pictures that letters other than these show: their lines are read once."""
    query = select(DigitisedLetter.pages).where(DigitisedLetter.id.not_in(but)).execution_options(yield_per=1000)
    pages = (page for one in session.scalars(query) for page in one["pages"])
    return {digest for page in pages for digest in page.values()} & set(digests)


def find_of_arrived(session: Session, arrived_letter_id: int) -> DigitisedLetter | None:
    """The scan that a line of the register was made from."""
    return session.scalar(select(DigitisedLetter).where(DigitisedLetter.arrived_letter_id == arrived_letter_id))


def list_files(session: Session, authority_id: int, states: Sequence[str], limit: int) -> list[DigitisedFile]:
    """Files in these states, the last first."""
    mine = (DigitisedFile.authority_id == authority_id, DigitisedFile.state.in_(states))
    return list(session.scalars(select(DigitisedFile).where(*mine).order_by(DigitisedFile.id.desc()).limit(limit)))


def count_files(session: Session, authority_id: int) -> dict[str, int]:
    """How many files have each outcome: their sum is what was received."""
    query = select(DigitisedFile.state, func.count()).where(DigitisedFile.authority_id == authority_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(DigitisedFile.state))}


def _tests(authority_id: int, state: str, words: str) -> list[Any]:
    tests: list[Any] = [DigitisedLetter.authority_id == authority_id, DigitisedLetter.state == state]
    for word in words.split()[:6]:
        safe = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        named = DigitisedLetter.file.has(DigitisedFile.name.ilike(f"%{safe}%", escape="\\"))
        tests.append(or_(DigitisedLetter.text.ilike(f"%{safe}%", escape="\\"), named))
    return tests
