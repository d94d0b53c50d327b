"""Citizens found by the words of their name and of their address, as they are, begun, or misspelt."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, intersect, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from backoffice.domain import search_keys
from backoffice.domain.search_keys import is_telling
from backoffice.models.people import Citizen
from backoffice.models.search import CitizenKey, KnownSpelling
from backoffice.queries.citizen_keys import NAME, STREET

SHEET = (
    Citizen.id,
    Citizen.merged_into_id,
    Citizen.family_name,
    Citizen.given_names,
    Citizen.usage_name,
    Citizen.organisation,
    Citizen.email,
    Citizen.phone,
    Citizen.address_line,
    Citizen.postcode,
    Citizen.city,
)
BY_NAME, BY_ADDRESS, BY_BOTH = "nom", "adresse", "nom et adresse"
MOST_WORDS = 6
MOST_BEGUN = 40
MOST_SCORED = 150
MOST_COUNTED = 1_000
FEWEST_LETTERS = 2
POSTCODE_LENGTH = 5
# Of so many words, one may be wrong.
FORGIVING = 3
_LAST = "z" * search_keys.LONGEST_WORD
ANY = "%"
_KEYS = (aliased(CitizenKey), aliased(CitizenKey))
# What a word is worth: as it is, begun, misspelt; in a name, then in an address.
IN_NAME, IN_ADDRESS = (10, 7, 5), (6, 4, 3)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word that was typed, and the words that sheets have for it."""

    word: str
    same: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()

    @property
    def is_number(self) -> bool:
        """Whether it is a number: of a house, or a postcode."""
        return self.word.isdigit()


def find(session: Session, authority_id: int, typed: str, enough: int) -> list[tuple[Row[Any], str]]:
    """The sheets that all these words lead to, the likeliest first, each with what was recognised.

    Other spellings are looked for until there are enough. Of three words or more, one may lead nowhere when nothing
    else is found. Numbers, towns and postcodes only choose among those whom the other words lead to.
    """
    said = search_keys.words_of(typed)[: 2 * MOST_WORDS]
    telling = [word for word in said if is_telling(word)][:MOST_WORDS] or said[:MOST_WORDS]
    asked = _look_up(session, authority_id, telling)
    found: dict[Row[Any], tuple[int, str]] = {}
    for groups, number, is_last_resort in _attempts(session, authority_id, asked):
        if len(found) >= enough or (found and is_last_resort):
            break
        for row in session.execute(_statement(len(groups)), _values(authority_id, groups) | {"number": number}):
            score = _score(row, asked, said)
            if score is not None:
                found[row] = score
    ranked = sorted(found, key=lambda row: (-found[row][0], row.family_name, row.given_names, row.id))
    return [(row, found[row][1]) for row in ranked]


def _number_of(asked: Sequence[_Asked]) -> str:
    """What the address holds when a number of a house was typed: a long street has more people than we score."""
    return next((f"%{one.word}%" for one in asked if one.is_number and len(one.word) < POSTCODE_LENGTH), ANY)


def _look_up(session: Session, authority_id: int, words: Sequence[str]) -> list[_Asked]:
    """The words of sheets that each of these may stand for."""
    wanted = {word: set(search_keys.spellings(word)) for word in dict.fromkeys(words) if not word.isdigit()}
    known: list[tuple[str, str]] = []
    if wanted:
        begun = [word for word in wanted if len(word) >= FEWEST_LETTERS]
        values: dict[str, Any] = {"authority_id": authority_id, "keys": sorted(set().union(*wanted.values()))}
        values |= {f"begun_{rank}": word for rank, word in enumerate(begun)}
        values |= {f"ended_{rank}": word + _LAST for rank, word in enumerate(begun)}
        known = [(row.spelling, row.word) for row in session.execute(_spellings(len(begun)), values)]
    return [_meant(word, wanted.get(word, set()), known) for word in dict.fromkeys(words)]


def _meant(typed: str, keys: set[str], known: Iterable[tuple[str, str]]) -> _Asked:
    words = {word for spelling, word in known if spelling in keys or spelling == word}
    same = {word for word in words if len(typed) >= FEWEST_LETTERS and word.startswith(typed)} | ({typed} & words)
    near = {word for spelling, word in known if spelling in keys and search_keys.is_near(typed, word)}
    return _Asked(typed, frozenset(same), frozenset(near - same))


def _attempts(
    session: Session, authority_id: int, asked: Sequence[_Asked]
) -> Iterator[tuple[Sequence[frozenset[str]], str, bool]]:
    """The words to have, and a number: as they were typed, however they are spelled, in the end one of the rarest.

    The two rarest lead to few people, whom the other words then choose among. The last value says a last resort.
    """
    number = _number_of(asked)
    as_typed = [one.same for one in asked if not one.is_number]
    if as_typed and all(as_typed):
        yield _rarest(session, authority_id, as_typed), number, False
    useful = [one.same | one.near for one in asked if one.same or one.near]
    rarest = _rarest(session, authority_id, useful)
    if useful and useful != as_typed:
        yield rarest, number, False
    if len(asked) > 1:
        yield from (([one], number, True) for number in dict.fromkeys((number, ANY)) for one in rarest)


def _rarest(session: Session, authority_id: int, groups: Sequence[frozenset[str]]) -> Sequence[frozenset[str]]:
    """The two groups of words that the fewest sheets have, the rarer first."""
    if len(groups) < 2:
        return groups
    counts = session.execute(_counts(len(groups)), _values(authority_id, groups)).one()
    return [group for _, _, group in sorted(zip(counts, range(len(groups)), groups, strict=True))][:2]


def _values(authority_id: int, groups: Sequence[frozenset[str]]) -> dict[str, Any]:
    return {"authority_id": authority_id} | {f"words_{rank}": sorted(words) for rank, words in enumerate(groups)}


@lru_cache(maxsize=MOST_WORDS + 1)
def _counts(groups: int) -> Select[Any]:
    """How many sheets have a word of each of so many groups; past MOST_COUNTED they are simply many."""
    some = (select(literal(1)).where(*_has(CitizenKey, rank)).limit(MOST_COUNTED) for rank in range(groups))
    return select(*(select(func.count()).select_from(one.subquery()).scalar_subquery() for one in some))


@lru_cache(maxsize=MOST_WORDS + 1)
def _spellings(begun: int) -> Select[Any]:
    """Words by the keys of what was typed, and by so many beginnings."""
    mine = KnownSpelling.authority_id == bindparam("authority_id")
    columns = (KnownSpelling.spelling, KnownSpelling.word)
    whole = select(*columns).where(mine, KnownSpelling.spelling.in_(bindparam("keys", expanding=True)))
    parts: list[Any] = [whole]
    for rank in range(begun):
        inside = (
            KnownSpelling.spelling >= bindparam(f"begun_{rank}"),
            KnownSpelling.spelling <= bindparam(f"ended_{rank}"),
            KnownSpelling.spelling == KnownSpelling.word,
        )
        shortest = select(*columns).where(mine, *inside).order_by(func.length(KnownSpelling.word)).limit(MOST_BEGUN)
        parts.append(select(shortest.subquery()))
    every = union_all(*parts).subquery()
    return select(every.c.spelling, every.c.word)


@lru_cache(maxsize=2)
def _statement(groups: int) -> Select[Any]:
    """The sheets that have a word of the first group, and of the second if there is one, and that number."""
    having = [select(key.citizen_id).where(*_has(key, rank)) for rank, key in enumerate(_KEYS[:groups])]
    both: Any = intersect(*having) if groups > 1 else having[0]
    query = select(*SHEET).where(Citizen.id.in_(both), Citizen.address_line.like(bindparam("number")))
    return query.limit(MOST_SCORED)


def _has(key: type[CitizenKey], rank: int) -> tuple[ColumnElement[bool], ...]:
    return (
        key.authority_id == bindparam("authority_id"),
        key.kind.in_((NAME, STREET)),
        key.key.in_(bindparam(f"words_{rank}", expanding=True)),
    )


def _score(row: Row[Any], asked: Sequence[_Asked], said: Sequence[str]) -> tuple[int, str] | None:
    """How well a sheet answers what was typed, and by what; None when it does not."""
    names = _names_of(row.family_name, row.given_names, row.usage_name, row.organisation)
    places: frozenset[str] | None = None
    total = missing = 0
    by_name = by_address = False
    for one in asked:
        in_name, in_address = _worth(one, names, IN_NAME), 0
        if in_name < IN_NAME[0]:
            if places is None:
                places = _places_of(row.address_line) | _places_of(row.postcode) | _places_of(row.city)
            in_address = _worth(one, places, IN_ADDRESS)
        total += max(in_name, in_address)
        missing += not (in_name or in_address)
        by_name |= in_name >= max(in_address, 1)
        by_address |= in_address > in_name
    if missing > (len(asked) >= FORGIVING) or not (by_name or by_address):
        return None
    total += sum(word in names for word in said)  # small words too: « Le Goff » before « Goff »
    return total, BY_BOTH if by_name and by_address else BY_NAME if by_name else BY_ADDRESS


@lru_cache(maxsize=4096)
def _names_of(*parts: str) -> frozenset[str]:
    return frozenset(search_keys.name_words(*parts))


@lru_cache(maxsize=4096)
def _places_of(part: str) -> frozenset[str]:
    return frozenset(search_keys.words_of(part))


def _worth(one: _Asked, words: frozenset[str], values: tuple[int, int, int]) -> int:
    same, begun, near = values
    if one.word in words:
        return same
    if not one.is_number and any(word.startswith(one.word) for word in words):
        return begun
    return 0 if one.near.isdisjoint(words) else near
