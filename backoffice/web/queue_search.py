"""What the shared queue says of a search beside its rows: the words that were meant, where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from backoffice.domain import highlights, search_terms
from backoffice.domain.highlights import Piece
from backoffice.domain.policy import Actor
from backoffice.domain.search_terms import Term
from backoffice.queries import case_search
from backoffice.queries.case_search import Passage
from backoffice.queries.queue import Row
from backoffice.queries.queue_filters import Filters


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The piece of a text of a case where most of what was looked for stands; `kind` and `origin` as of Passage."""

    kind: str
    origin: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """What is shown of a search: nothing is marked, and there are no excerpts, when nothing was looked for."""

    terms: tuple[Term, ...] = ()
    excerpts: dict[int, Excerpt] | None = None

    def mark(self, text: str) -> tuple[Piece, ...]:
        """A text in pieces, those that were looked for apart."""
        return highlights.mark(text, self.terms)

    def excerpt(self, case_id: int) -> Excerpt | None:
        """What to show under the row of a case."""
        return (self.excerpts or {}).get(case_id)


def as_meant(session: Session, actor: Actor, filters: Filters) -> Filters:
    """The same filters, each word that nothing has replaced by the nearest that something has."""
    return replace(filters, words=case_search.respell(session, actor, filters.words)) if filters.words else filters


def read_hits(session: Session, rows: Sequence[Row], words: str) -> Hits:
    """Where the words stand in the cases of a page."""
    terms = search_terms.read(words)
    if not terms or not rows:
        return Hits(terms)
    best: dict[int, tuple[int, Excerpt]] = {}
    for passage in case_search.list_passages(session, [row.id for row in rows]):
        shown = _excerpt(passage, terms)
        if shown is not None and shown[0] > best.get(passage.case_id, (0, None))[0]:
            best[passage.case_id] = shown
    return Hits(terms, {case_id: excerpt for case_id, (_, excerpt) in best.items()})


def _excerpt(passage: Passage, terms: tuple[Term, ...]) -> tuple[int, Excerpt] | None:
    """An excerpt of a passage, and how many different words of those looked for it shows."""
    pieces = highlights.excerpt(passage.text, terms)
    found = {piece.text.casefold() for piece in pieces if piece.found}
    return (len(found), Excerpt(passage.kind, passage.origin, pieces)) if found else None
