"""Where the words that were looked for stand in a text, and the piece of it to show."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from backoffice.domain.search_terms import PHONE, PLATE, REFERENCE, Term

EXCERPT = 160
LONGEST_READ = 20_000
"""Characters of a text that are looked through: a passage further on is not shown."""

_ACCENTED = {
    "a": "aàâäáãå", "c": "cç", "e": "eéèêë", "i": "iîïíì", "n": "nñ", "o": "oôöóòõø", "u": "uùûüú", "y": "yÿý",
}  # fmt: skip
_LIGATURES = {"[oôöóòõø][eéèêë]": "œ", "[aàâäáãå][eéèêë]": "æ"}
_BETWEEN_DIGITS = r"[\s.\-/()]*"
_ALIKE = {"0": "0OQ", "1": "1I"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `found` when it is what was looked for."""

    text: str
    found: bool = False


def mark(text: str, terms: Sequence[Term]) -> tuple[Piece, ...]:
    """The whole text in pieces."""
    return tuple(_pieces(text, _spans(text, tuple(terms))))


def excerpt(text: str, terms: Sequence[Term]) -> tuple[Piece, ...]:
    """The part of a text around the first place where the most terms stand together; nothing when none is there."""
    text = " ".join(text[:LONGEST_READ].split())
    spans = _spans(text, tuple(terms))
    if not spans:
        return ()
    first = max(spans, key=lambda span: (len(_said(text, spans, span[0])), -span[0]))[0]
    start, end = _around(text, first)
    inside = [(max(one, start) - start, min(other, end) - start) for one, other in spans if one < end and other > start]
    pieces = tuple(_pieces(text[start:end], inside))
    return (
        *([Piece("… ")] if start else []),
        *pieces,
        *([Piece(" …")] if end < len(text) else []),
    )


def _said(text: str, spans: Sequence[tuple[int, int]], start: int) -> set[str]:
    """The different words that were looked for and stand within an excerpt from here on."""
    return {text[one:other].casefold() for one, other in spans if start <= one < start + EXCERPT // 2}


def _around(text: str, place: int) -> tuple[int, int]:
    """Where an excerpt begins and ends, at spaces when there are some near."""
    start = max(0, place - EXCERPT // 3)
    if start and (space := text.find(" ", start, place)) >= 0:
        start = space + 1
    end = min(len(text), start + EXCERPT)
    if end < len(text) and (space := text.rfind(" ", place + 1, end)) > place:
        end = space
    return start, end


def _spans(text: str, terms: tuple[Term, ...]) -> list[tuple[int, int]]:
    pattern = _pattern(terms)
    return [found.span() for found in pattern.finditer(text)] if pattern else []


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    last = 0
    for start, end in spans:
        if start > last:
            yield Piece(text[last:start])
        yield Piece(text[start:end], found=True)
        last = end
    if last < len(text):
        yield Piece(text[last:])


@lru_cache(maxsize=256)
def _pattern(terms: tuple[Term, ...]) -> re.Pattern[str] | None:
    ways = [_way(term) for term in terms]
    return re.compile("|".join(ways), re.IGNORECASE) if ways else None


def _way(term: Term) -> str:
    """The regular expression of all that a term may be written as."""
    word = term.word
    if word.startswith(REFERENCE):
        year, number = word[len(REFERENCE) :][:4], word[len(REFERENCE) :][4:]
        return rf"(?<!\d){year}-{number}(?!\d)"
    if word.startswith(PHONE):
        digits = _BETWEEN_DIGITS.join(re.escape(digit) for digit in reversed(word[len(PHONE) :]))
        before = "" if term.begins else rf"(?:\+\d\d|00\d\d|0){_BETWEEN_DIGITS}(?:\(0\)\s*)?"
        return rf"{before}{digits}(?!\d)"
    if word.startswith(PLATE):
        return r"(?<!\w)" + r"[\s-]?".join(f"[{_ALIKE.get(sign, sign)}]" for sign in word[len(PLATE) :]) + r"(?!\w)"
    letters = "".join(f"[{_ACCENTED[sign]}]" if sign in _ACCENTED else re.escape(sign) for sign in word)
    for pair, ligature in _LIGATURES.items():
        letters = letters.replace(pair, f"(?:{pair}|{ligature})")
    return rf"(?<![^\W_]){letters}" + (r"[^\W_]*" if term.begins else r"(?![^\W_])")
