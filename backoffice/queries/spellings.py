"""Words and the ways to write them, learned when somebody first says one."""

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from backoffice.domain import search_keys
from backoffice.models.search import KnownSpelling, TextSpelling
from backoffice.queries.once import insert_each_once

Vocabulary = type[KnownSpelling] | type[TextSpelling]
"""The words of people's sheets, or those of cases."""


def learn(session: Session, vocabulary: Vocabulary, authority_id: int, words: set[str]) -> None:
    """Write the spellings of the words that nobody said before."""
    if not words:
        return
    known = set(session.scalars(_known(vocabulary), {"authority_id": authority_id, "words": sorted(words)}))
    learn_new(session, vocabulary, authority_id, words - known)


def learn_new(session: Session, vocabulary: Vocabulary, authority_id: int, words: set[str]) -> None:
    """The same for words of which none was known a moment ago."""
    rows = [
        {"authority_id": authority_id, "spelling": spelling, "word": word}
        for word in sorted(words)  # in one order: two that learn the same words do not wait for each other
        for spelling in search_keys.spellings(word)
    ]
    insert_each_once(session, vocabulary, ("authority_id", "spelling", "word"), rows, "word")


@cache
def _known(vocabulary: Vocabulary) -> Select[Any]:
    # Building a statement costs more than running it: one a vocabulary.
    return select(vocabulary.word).where(
        vocabulary.authority_id == bindparam("authority_id"),
        vocabulary.spelling == vocabulary.word,
        vocabulary.spelling.in_(bindparam("words", expanding=True)),
    )
