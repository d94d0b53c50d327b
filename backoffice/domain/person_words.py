"""What the words of the box of people can be: somebody's name or contact details, or something that they have."""

import re
from dataclasses import dataclass
from enum import StrEnum

from backoffice.domain import identity, references
from backoffice.domain.french import fold
from backoffice.errors import Invalid

FEWEST_DIGITS = 6
"""As many digits of the end of a telephone tell a few people apart; fewer are none."""
ONLY_NUMBER = re.compile(r"[\d\s+().\-/]+")
WHOLE_PHONE = re.compile(r"(?:\+|\b00|\b0)\d?(?:[\s().\-/]*\d){8,12}")
BEGINS_AS_REFERENCE = re.compile(r"20\d\d[\s+().\-/]*\d[\d\s]*$")
PARTICLES = frozenset(
    (
        "le",
        "la",
        "les",
        "de",
        "du",
        "des",
        "da",
        "do",
        "dos",
        "di",
        "del",
        "van",
        "von",
        "der",
        "den",
        "el",
        "al",
        "ben",
    )
)
"""Words that a family name begins with: « Le Goff Anne » is Anne Le Goff."""


class Sort(StrEnum):
    """A name, or what is not one, as agents say it."""

    PERSON = "personne"
    REFERENCE = "cette référence"
    CODE = "ce code de suivi"
    PLATE = "cette plaque"
    NUMBER = "ce numéro"
    ADDRESS = "cette adresse"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody new, as far as one box says: the family name first."""

    family_name: str = ""
    given_names: str = ""
    phone: str = ""
    email: str = ""


def sort_of(words: str) -> Sort:
    """What was typed: only the first can be somebody new. No name of a person has a digit in it."""
    words = " ".join(words.split())
    if "@" in words or not any(sign.isdigit() for sign in words):
        return Sort.PERSON
    if BEGINS_AS_REFERENCE.match(words):
        return Sort.REFERENCE
    if ONLY_NUMBER.fullmatch(words):
        return Sort.PERSON if sum(sign.isdigit() for sign in words) >= FEWEST_DIGITS else Sort.NUMBER
    if references.find_reference(words):
        return Sort.REFERENCE
    if not any(sign.isdigit() for sign in WHOLE_PHONE.sub("", words)):
        return Sort.PERSON
    if _is_plate(words):
        return Sort.PLATE
    code = references.read_code(words)
    if len(code) == references.CODE_LENGTH and set(code) <= set(references.ALPHABET):
        return Sort.CODE
    return Sort.ADDRESS if " " in words else Sort.NUMBER


def read_person(words: str) -> Person:
    """Somebody new, by these words; nobody when they can be no person."""
    if sort_of(words) is not Sort.PERSON:
        return Person()
    email = next((word for word in words.split() if "@" in word), "")
    left = " ".join(word for word in words.split() if word != email)
    found = WHOLE_PHONE.search(left)
    phone = left if ONLY_NUMBER.fullmatch(left) else found[0].strip() if found else ""
    name = left.replace(phone, " ") if phone else left
    words_of_name = name.split()
    end = 1 + next((at for at, word in enumerate(words_of_name) if fold(word) not in PARTICLES), 0)
    return Person(" ".join(words_of_name[:end]), " ".join(words_of_name[end:]), phone, email)


def _is_plate(words: str) -> bool:
    try:
        identity.check_plate(words)
    except Invalid:
        return False
    return True
