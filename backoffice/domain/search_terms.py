"""What a text is found by, and what somebody asks of texts: the same words on both sides, however they are written."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from backoffice.domain import references, search_keys
from backoffice.domain.search_keys import SMALL_WORDS

MOST_TERMS = 8
# Of one case: a word more than these is in a register that somebody joined, not in what was said.
MOST_WORDS = 20_000
# A shorter word begins too many others, a shorter end of a number is that of too many people.
FEWEST_LETTERS, FEWEST_DIGITS = 3, 6
PHONE_DIGITS = 9
PHONE, PLATE, REFERENCE = "tel0", "plaque0", "ref0"
"""What keys begin with: no word of a text does."""

_PHONE = re.compile(r"(?<!\w)(?:\+|00|0)\d?(?:(?:[\s.\-/\u00a0\u202f]|\(0?\))*\d){8,12}(?!\w)")
_PLATE = re.compile(r"(?<!\w)[A-HJ-NP-TV-Z]{2}[\s-]?[0-9]{3}[\s-]?[A-HJ-NP-TV-Z]{2}(?!\w)", re.IGNORECASE)
_BARE_REFERENCE = re.compile(r"20\d{2}(?:[\s.\-/]{1,3}\d{1,9}|\d{6})")
_ONLY_NUMBER = re.compile(r"[\d\s+().\-/]+")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a key to find; `begins` when a word that goes on will do. `typed` is what it was read from."""

    word: str
    begins: bool
    typed: str

    @property
    def is_key(self) -> bool:
        """Whether it is a telephone, a plate or a reference, not a word."""
        return self.word.startswith((PHONE, PLATE, REFERENCE))

    @property
    def may_be_misspelt(self) -> bool:
        """Whether another word may be meant."""
        return not self.is_key and not any(sign.isdigit() for sign in self.word)


def words_in(texts: Iterable[str]) -> list[str]:
    """The words and keys of these texts, each once, in order; small words say nothing and are left out."""
    found: dict[str, None] = {}
    for text in texts:
        found |= dict.fromkeys(key for _, key in _keys(text))
        found |= dict.fromkeys(_telling(text))
        if len(found) > MOST_WORDS:
            break
    return list(found)[:MOST_WORDS]


def read(typed: str) -> tuple[Term, ...]:
    """What is asked: every term is to be found. Nothing when only small words were typed.

    A whole reference is all that is asked: « le dossier n° 2026-000123 de Mme Martin ».
    """
    typed = typed.replace("\x00", "")
    if _ONLY_NUMBER.fullmatch(typed) and (number := _only_number(typed.strip())):
        return (number,)
    if reference := references.find_reference(typed):
        return (Term(_reference_key(reference), begins=False, typed=reference),)
    terms = []
    for found, key in _keys(typed):
        terms.append(Term(key, begins=False, typed=found))
        typed = typed.replace(found, " ")
    for word in _telling(typed):
        begins = len(word) >= FEWEST_LETTERS and not word.isdigit()
        terms += [Term(word, begins, typed=word)]
    return tuple({term.word: term for term in terms}.values())[:MOST_TERMS]


def respelled(typed: str, instead: dict[str, str]) -> str:
    """The words of what was typed, some replaced by others."""
    return " ".join(instead.get(term.word, term.typed) for term in read(typed))


def _telling(text: str) -> list[str]:
    words = search_keys.words_of(text)
    return [word for word in words if word not in SMALL_WORDS and (len(word) > 1 or word.isdigit())]


def _only_number(typed: str) -> Term | None:
    """A reference however it is separated, a telephone, or the end of one; None for a mere number."""
    if _BARE_REFERENCE.fullmatch(typed):
        return Term(_reference_key(references.read_reference(typed)), begins=False, typed=typed)
    digits = search_keys.phone_key(typed)
    if len(digits) < FEWEST_DIGITS or digits.endswith("00"):  # « 000123 » is the number of a case
        return None
    return Term(PHONE + digits, begins=len(digits) < PHONE_DIGITS, typed=typed)


def _keys(text: str) -> Iterator[tuple[str, str]]:
    """What is a reference, a telephone or a plate in a text, with its key."""
    for found in references.REFERENCE.finditer(text):
        yield found[0], _reference_key(found[0])
    for found in _PHONE.finditer(text):
        yield found[0], PHONE + search_keys.phone_key(found[0])
    for found in _PLATE.finditer(text):
        yield found[0], PLATE + search_keys.plate_key(found[0]).lower()


def _reference_key(reference: str) -> str:
    return REFERENCE + reference.replace("-", "")
