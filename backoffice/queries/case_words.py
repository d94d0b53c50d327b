"""« This case has these words »: what was typed looked up in the index, then said to each engine in its own way."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    CompoundSelect,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    column,
    join,
    select,
    table,
    union_all,
)
from sqlalchemy import ColumnElement as Column
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from backoffice.domain import search_terms
from backoffice.domain.search_keys import LONGEST_WORD
from backoffice.domain.search_terms import Term
from backoffice.infra.database import table_of
from backoffice.models.cases import Case
from backoffice.models.search import CaseText, TextSpelling

# So few cases are named one by one: a planner then knows how many they are, and reads nothing else.
MOST_NAMED = 500
# Words that begin with what was typed; past so many, the engine looks for the beginning itself, which costs more.
MOST_BEGUN = 10
_LAST = "z" * LONGEST_WORD
_FTS = table("case_texts_fts", column("rowid", Integer), column("case_texts_fts", String))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, in the language of one engine; `case_ids` when few cases have it, whoever may see them."""

    dialect: str
    query: str
    case_ids: tuple[int, ...] | None = None

    @property
    def is_common(self) -> bool:
        """Whether many cases have it."""
        return self.case_ids is None


def look_up(session: Session, authority_id: int, typed: str) -> Asked:
    """What was typed as the engine is asked for it: each word or one that it begins, telephones, references, plates."""
    dialect = session.get_bind().dialect.name
    terms = search_terms.read(typed)
    if not terms:
        return Asked(dialect, "", ())
    begun = _begun_by(session, authority_id, [term.word for term in terms if term.begins and not term.is_key])
    return _read(session, Asked(dialect, _query(dialect, [_ways(term, begun) for term in terms])))


def exactly(session: Session, word: str) -> Asked:
    """One word as it is, and not those that it begins."""
    dialect = session.get_bind().dialect.name
    return _read(session, Asked(dialect, _query(dialect, [[Term(word, begins=False, typed=word)]])))


def narrow(query: Select[Any], asked: Asked | None) -> Select[Any]:
    """A query of cases narrowed to those that have what is asked; None asks for nothing."""
    if asked is None:
        return query
    if asked.case_ids is None:
        return query.where(Case.id.in_(select(id_of(asked)).where(matches(asked))))
    named: BindParameter[Any] = bindparam(None, asked.case_ids, expanding=True, literal_execute=True, unique=True)
    # SQLite, which knows nothing of the rows, takes all the cases of an authority for fewer than ten that are named.
    return query.where(Case.id.in_(named)).with_hint(Case, "NOT INDEXED", "sqlite")


def walk(query: Select[Any], asked: Asked) -> Select[Any]:
    """The same along the index of words: in its order (`id_of`), the first cases of a common word come at once."""
    if not asked.is_common:
        return narrow(query, asked)
    index: Any = _FTS if asked.dialect == "sqlite" else CaseText
    return query.select_from(join(index, table_of(Case), id_of(asked) == Case.id)).where(matches(asked))


def gather(query: Select[Any], asked: Asked) -> Select[Any]:
    """The same in no order, for as many as are wanted: to be counted, not to be shown."""
    if not asked.is_common:
        return narrow(query, asked)
    hits = _hits(asked)
    return query.select_from(join(hits, table_of(Case), hits.c.id == Case.id))


def id_of(asked: Asked) -> Column[Any]:
    """The id of the case, in the index."""
    return _FTS.c.rowid if asked.dialect == "sqlite" else CaseText.case_id.expression


def matches(asked: Asked) -> Column[Any]:
    """Whether a row of the index has what is asked."""
    # Written out, not bound: a planner only knows a rare word from a common one when it sees it.
    query: BindParameter[str] = bindparam(None, asked.query, String(), unique=True, literal_execute=True)
    if asked.dialect == "sqlite":
        return _FTS.c.case_texts_fts.op("MATCH")(query)
    return CaseText.words.op("@@")(cast(query, TSQUERY))


def _read(session: Session, asked: Asked) -> Asked:
    """The same with its cases when they are few."""
    hits = _hits(asked)
    found = session.scalars(select(hits.c.id).limit(MOST_NAMED + 1)).all()
    return asked if len(found) > MOST_NAMED else Asked(asked.dialect, asked.query, tuple(found))


def _hits(asked: Asked) -> CTE:
    # As a CTE, the hits are read for themselves: with a limit in sight, a planner may walk a million cases for one.
    hits = select(id_of(asked).label("id")).where(matches(asked)).cte("hits")
    return hits.prefix_with("MATERIALIZED", dialect="postgresql")


def _begun_by(session: Session, authority_id: int, words: Sequence[str]) -> dict[str, list[str]]:
    """The words of cases that each of these begins, one more than MOST_BEGUN when there are so many."""
    if not words:
        return {}
    values: dict[str, Any] = {"authority_id": authority_id}
    values |= {f"begun_{rank}": word for rank, word in enumerate(words)}
    values |= {f"ended_{rank}": word + _LAST for rank, word in enumerate(words)}
    known = session.scalars(_beginnings(len(words)), values).all()
    return {word: [one for one in known if one.startswith(word)] for word in words}


def _ways(term: Term, begun: dict[str, list[str]]) -> list[Term]:
    """A term as it is, or as each of the words that it begins."""
    if not term.begins or term.is_key:
        return [term]
    words = dict.fromkeys((term.word, *begun[term.word]))
    return [term] if len(words) > MOST_BEGUN else [Term(word, begins=False, typed=term.typed) for word in words]


def _query(dialect: str, groups: Sequence[Sequence[Term]]) -> str:
    # Words are made of letters and figures (`search_keys.words_of`): they mean nothing to either language.
    quote, goes_on, either, both = ('"', "*", " OR ", " AND ") if dialect == "sqlite" else ("'", ":*", " | ", " & ")
    written = ([f"{quote}{one.word}{quote}{goes_on if one.begins else ''}" for one in group] for group in groups)
    return both.join(f"({either.join(group)})" for group in written)


@lru_cache(maxsize=search_terms.MOST_TERMS + 1)
def _beginnings(count: int) -> CompoundSelect[Any]:
    parts = []
    for rank in range(count):
        inside = (
            TextSpelling.authority_id == bindparam("authority_id"),
            TextSpelling.spelling >= bindparam(f"begun_{rank}"),
            TextSpelling.spelling <= bindparam(f"ended_{rank}"),
            TextSpelling.spelling == TextSpelling.word,
        )
        some = select(TextSpelling.word).where(*inside).order_by(TextSpelling.spelling).limit(MOST_BEGUN + 1).subquery()
        parts.append(select(some.c.word))
    return union_all(*parts)
