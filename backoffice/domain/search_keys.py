"""The keys under which people are found: words however they are spelled, telephones, addresses, vehicle plates.

A word is found by itself, by its beginning, by what it becomes when one of its letters is left out (which covers a
letter too many, too few, wrong, or in another's place: the symmetric deletions of Wolf Garbe's SymSpell), and by a key
of how it sounds in French.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from backoffice.domain.french import fold

LONGEST_WORD = 40
# In words of three letters, one left out leaves something that most other words have too.
SHORTEST_MISSPELT = 4
# Words so long may have one letter wrong and another missing.
LONG_WORD = 8
SOUND = "~"
"""What sets a key of sound apart from a spelling: no word has it."""

STREET_KINDS = frozenset((
    "rue", "avenue", "av", "boulevard", "bd", "bld", "place", "pl", "allee", "allees", "chemin", "ch", "impasse", "imp",
    "route", "rte", "quai", "square", "sq", "cours", "passage", "sentier", "residence", "res", "lotissement", "lot",
    "hameau", "ham", "esplanade", "promenade", "faubourg", "fg", "ruelle", "villa", "cite", "lieu", "dit", "lieudit",
    "batiment", "bat", "appartement", "apt", "escalier", "etage", "bp", "cs", "cedex",
))  # fmt: skip
SMALL_WORDS = frozenset((
    "d", "de", "des", "du", "l", "la", "le", "les", "a", "au", "aux", "et", "en", "sur", "sous", "bis", "ter", "quater",
    "m", "mr", "mme", "mlle", "monsieur", "madame",
))  # fmt: skip

_WORD = re.compile(r"[^\W_]+")
_NOT_DIGIT = re.compile(r"\D+")
_PLATES = (
    re.compile(r"[A-HJ-NP-TV-Z]{2}-[0-9]{3}-[A-HJ-NP-TV-Z]{2}"),
    re.compile(r"[1-9][0-9]{0,3} [A-Z]{1,3} (?:0[1-9]|[1-9][0-9]|2[AB]|97[1-8])"),
    re.compile(r"\([A-Z]{1,3}\) [0-9A-Z][0-9A-Z -]{1,11}"),
)
# Read on a plate, or heard: one is taken for the other.
_ALIKE = str.maketrans("OIQ", "010")
# In this order: each rule reads what those before it wrote.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(.)\1+", r"\1"),
        (r"sch|sh", "ch"),
        (r"ph", "f"),
        (r"ch(?=[rlnt])|qu?|ck|c(?![eiyh])", "k"),
        (r"c(?=[eiy])|z", "s"),
        (r"gu(?=[eiy])", "G"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"(?<!c)h", ""),
        (r"w|bv", "v"),
        (r"y", "i"),
        (r"eau|au", "o"),
        (r"[ae]i(?![ln])", "e"),
        (r"(?:a|e)[nm](?![aeiou])", "A"),
        (r"(?:[ae]?i|u)[nm](?![aeiou])", "I"),
        (r"o[nm](?![aeiou])", "O"),
        (r"(?<=[^aeiou])e[stxdr]?$|[stxdpe]+$", ""),
        (r"G", "g"),
        (r"(.)\1+", r"\1"),
    )
)


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, without accents or case, in order."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def name_words(*parts: str) -> list[str]:
    """The words that a name is found by: each of them, and each part in one word (« delafontaine », « jeanpierre »)."""
    found: dict[str, None] = {}
    for part in parts:
        words = words_of(part)
        found |= dict.fromkeys(words)
        if len(words) > 1:
            found["".join(words)[:LONGEST_WORD]] = None
    return list(found)


def street_words(line: str) -> list[str]:
    """What tells a street from another: neither the kind of street, nor small words, nor numbers."""
    return [word for word in dict.fromkeys(words_of(line)) if is_telling(word) and not word.isdigit()]


def is_telling(word: str) -> bool:
    """Whether a word says something by itself."""
    return word not in SMALL_WORDS and word not in STREET_KINDS


def spellings(word: str) -> list[str]:
    """The keys that a word is found by: itself, without one of its letters, and its sound."""
    return [word, *_shortened(word), *_sounded(word)]


def is_near(typed: str, word: str) -> bool:
    """Whether two words that share a key are one, but for a letter (two in long words) or for how it is written."""
    return (len(typed) >= LONG_WORD and len(word) >= LONG_WORD) or is_slip(typed, word)


def is_slip(one: str, other: str) -> bool:
    """Whether two words differ by one letter, by the order of two, or only to the eye."""
    return (min(len(one), len(other)) >= SHORTEST_MISSPELT - 1 and _is_one_slip(one, other)) or (
        sound_of(one) == sound_of(other)
    )


@lru_cache(maxsize=4096)
def sound_of(word: str) -> str:
    """How a French reader says a word, roughly: « gauthier » as « gautier », « philippe » as « filip »."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


def phone_key(phone: str) -> str:
    """The last nine digits of a number from the last to the first: whatever its prefix, found by its end too."""
    return _NOT_DIGIT.sub("", phone)[-9:][::-1]


def plate_key(plate: str) -> str:
    """A plate without separators, its look-alikes as one."""
    return "".join(sign for sign in plate.upper() if sign.isascii() and sign.isalnum()).translate(_ALIKE)


def may_be_plate(key: str) -> bool:
    """Whether the key of something typed may be that of a plate: letters and figures, as many as a plate has."""
    return 4 <= len(key) <= 9 and any(sign.isdigit() for sign in key) and not key.isdigit()


def plates_in(answers: Any) -> Iterator[str]:
    """The keys of all that is a plate among the answers to a form, as these are kept."""
    if isinstance(answers, str):
        if any(pattern.fullmatch(answers) for pattern in _PLATES):
            yield plate_key(answers)
    elif isinstance(answers, Mapping):
        yield from _plates_of_each(answers.values())
    elif isinstance(answers, list | tuple):
        yield from _plates_of_each(answers)


def _plates_of_each(answers: Iterable[Any]) -> Iterator[str]:
    for answer in answers:
        yield from plates_in(answer)


def _shortened(word: str) -> list[str]:
    if len(word) < SHORTEST_MISSPELT or word.isdigit():
        return []
    return list(dict.fromkeys(word[:place] + word[place + 1 :] for place in range(len(word))))


def _sounded(word: str) -> list[str]:
    sound = sound_of(word)
    return [SOUND + sound] if len(sound) > 1 and not word.isdigit() else []


def _is_one_slip(one: str, other: str) -> bool:
    """Whether one letter was added, left out, changed, or two that follow one another changed places."""
    start = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return (len(one) <= 1 and len(other) <= 1) or (len(one) == 2 and one == other[::-1])
