"""What a search of cases says beside its list: the words that were meant, and the passages that have them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import CompoundSelect, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from backoffice.domain import search_keys, search_terms
from backoffice.domain.highlights import LONGEST_READ
from backoffice.domain.policy import Actor
from backoffice.models.cases import Attachment, Message
from backoffice.models.files import ReceivedFile
from backoffice.models.search import TextSpelling
from backoffice.queries.case_words import Asked, exactly, look_up, walk
from backoffice.queries.cases import visible_to

# Words that one may have been misspelt from, and cases of each that are counted: the likeliest is the one of the most.
MOST_NEAR, MOST_COUNTED = 8, 20
MOST_SPELLINGS = 200
MOST_MESSAGES = 400
MESSAGE, NOTE, ATTACHMENT, SCAN = "message", "note", "attachment", "scan"


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a case; `kind` is message, note, attachment (its name) or scan (what was read on it).

    `origin` is who wrote it, or what it was read on.
    """

    case_id: int
    kind: str
    origin: str
    text: str


def respell(session: Session, actor: Actor, typed: str) -> str:
    """What was typed, each word that no case has replaced by the nearest that one has; the same when there is none.

    Only cases that the actor may see count: the words of others are neither found nor proposed.
    """
    words = [term.word for term in search_terms.read(typed) if term.may_be_misspelt]
    found = _count(session, actor, {word: look_up(session, actor.authority_id, word) for word in words})
    near = {word: _near(session, actor.authority_id, word) for word in words if not found[word]}
    proposed = sorted({one for alike in near.values() for one in alike})
    counts = _count(session, actor, {word: exactly(session, word) for word in proposed})
    instead = {}
    for word, alike in near.items():
        if known := [one for one in alike if counts[one]]:
            instead[word] = max(known, key=lambda one: (_likeness(word, one), counts[one], one))
    return search_terms.respelled(typed, instead) if instead else typed


def list_passages(session: Session, case_ids: Collection[int]) -> list[Passage]:
    """What the cases of a page hold that an excerpt may be shown of, the newest messages first."""
    if not case_ids:
        return []
    return [Passage(*row) for row in session.execute(_passages(case_ids))]


def _count(session: Session, actor: Actor, words: Mapping[str, Asked]) -> dict[str, int]:
    """How many cases that the actor may see have each of these words, up to MOST_COUNTED."""
    if not words:
        return {}
    mine = visible_to(actor, select(literal(1).label("one")))
    some = (walk(mine, asked).limit(MOST_COUNTED) for asked in words.values())
    counts = (select(func.count()).select_from(one.subquery()).scalar_subquery() for one in some)
    return dict(zip(words, session.execute(select(*counts)).one(), strict=True))


def _near(session: Session, authority_id: int, typed: str) -> list[str]:
    """The words of cases that this may be a misspelling of, the likeliest first."""
    words = session.scalars(
        select(TextSpelling.word)
        .where(TextSpelling.authority_id == authority_id, TextSpelling.spelling.in_(search_keys.spellings(typed)))
        .limit(MOST_SPELLINGS)
    )
    near = [word for word in dict.fromkeys(words) if search_keys.is_near(typed, word)]
    return sorted(near, key=lambda word: (-_likeness(typed, word)[0], -_likeness(typed, word)[1], word))[:MOST_NEAR]


def _likeness(typed: str, word: str) -> tuple[bool, float]:
    return search_keys.is_slip(typed, word), round(SequenceMatcher(None, typed, word).ratio(), 1)


def _passages(case_ids: Collection[int]) -> CompoundSelect[Any]:
    body = func.substr(Message.body, 1, LONGEST_READ)
    kind = case((Message.direction == NOTE, NOTE), else_=MESSAGE)
    newest = (
        select(Message.case_id, kind.label("kind"), Message.author.label("origin"), body.label("text"))
        .where(Message.case_id.in_(case_ids))
        .order_by(Message.id.desc())
        .limit(MOST_MESSAGES)
        .subquery()
    )
    read = func.substr(ReceivedFile.text, 1, LONGEST_READ)
    scans = (
        select(Attachment.case_id, literal(SCAN), Attachment.name, read)
        .join(ReceivedFile, ReceivedFile.digest == Attachment.digest)
        .where(Attachment.case_id.in_(case_ids), Attachment.reserved.is_(False), ReceivedFile.text != "")
    )
    files = select(Attachment.case_id, literal(ATTACHMENT), literal(""), Attachment.name)
    files = files.where(Attachment.case_id.in_(case_ids), Attachment.reserved.is_(False))
    return union_all(select(newest), scans, files)
