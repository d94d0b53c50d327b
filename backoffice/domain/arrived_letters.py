"""Letters that come in by post or by hand: what the envelope and the paper say, and the number they get."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backoffice.domain.days import day_of_field
from backoffice.domain.french import plain_date

RECEIVED_ON, DATED_ON, POSTED_ON = "received_on", "dated_on", "posted_on"
NATURE, REGISTERED_NUMBER = "nature", "registered_number"

NOT_YET = "Un courrier ne peut pas être arrivé dans le futur : écrivez le jour où il est arrivé chez nous."
NO_NATURE = "Dites comment le courrier est arrivé."
WRITTEN_LATER = "La date de la lettre ne peut pas suivre celle de son arrivée."
POSTED_LATER = "Le cachet de la poste ne peut pas suivre l’arrivée du courrier."
POSTED_BEFORE_WRITTEN = "Le cachet de la poste ne peut pas précéder la date de la lettre."
NOT_POSTED = "Un courrier déposé n’a pas de cachet de la poste : retirez cette date, ou changez la nature."
NOT_REGISTERED = "Seul un recommandé porte un numéro : retirez-le, ou changez la nature."
BAD_NUMBER = (
    "Recopiez les 13 signes du recommandé : un chiffre, une lettre et 11 chiffres (1A 123 456 7890 1), "
    "ou deux lettres, 9 chiffres et deux lettres (RK 123 456 785 FR)."
)
BAD_KEY = "Ce numéro de recommandé est mal recopié : sa clé de contrôle ne convient pas."

_DOMESTIC = re.compile(r"[0-9][A-Z][0-9]{11}")
_INTERNATIONAL = re.compile(r"[A-Z]{2}([0-9]{8})([0-9])[A-Z]{2}")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


class Nature(StrEnum):
    """How a letter came."""

    SIMPLE = "simple"
    REGISTERED = "registered"
    WITH_RECEIPT = "with_receipt"
    DROPPED = "dropped"


NATURE_LABELS: dict[Nature, str] = {
    Nature.SIMPLE: "Lettre simple",
    Nature.REGISTERED: "Recommandé sans avis de réception",
    Nature.WITH_RECEIPT: "Recommandé avec avis de réception",
    Nature.DROPPED: "Déposé dans la boîte ou à l’accueil",
}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is noted of a letter: `received_on`, the day it reached the building, starts the legal clock.

    `dated_on` is what the writer put on it, `posted_on` the postmark (L112-1 of the CRPA: it counts for a date limite).
    """

    received_on: date
    nature: Nature
    dated_on: date | None = None
    posted_on: date | None = None
    registered_number: str = ""

    def to_data(self) -> dict[str, str]:
        """As JSON, for the facts of the message."""
        days = {RECEIVED_ON: self.received_on, DATED_ON: self.dated_on, POSTED_ON: self.posted_on}
        said = {name: day.isoformat() for name, day in days.items() if day}
        return said | {NATURE: self.nature.value, REGISTERED_NUMBER: self.registered_number}


def chrono(year: int, number: int) -> str:
    """`CA-2026-000123` (courrier arrivé): the year of arrival, and a number without holes in each authority."""
    return f"CA-{year}-{number:06d}"


def series(year: int) -> str:
    """What the numbers of a year are counted under."""
    return f"letter-{year}"


def describe(said: Mapping[str, str]) -> str:
    """« recommandé avec avis de réception nº 1A12345678901, daté du 2 juin 2026 », in the middle of a sentence."""
    label = NATURE_LABELS[Nature(said[NATURE])]
    number = f" nº {said[REGISTERED_NUMBER]}" if said.get(REGISTERED_NUMBER) else ""
    days = ((", lettre datée du ", DATED_ON), (", cachet de la poste du ", POSTED_ON))
    told = "".join(f"{words}{plain_date(date.fromisoformat(said[name]))}" for words, name in days if said.get(name))
    return f"{label[0].lower()}{label[1:]}{number}{told}"


def read_particulars(typed: Mapping[str, str], today: date) -> tuple[Particulars | None, dict[str, str]]:
    """What the form says of a letter, and what is to correct: input name → French sentence."""
    errors: dict[str, str] = {}
    received_on = day_of_field(typed, RECEIVED_ON, errors)
    dated_on = day_of_field(typed, DATED_ON, errors, required=False)
    posted_on = day_of_field(typed, POSTED_ON, errors, required=False)
    chosen = typed.get(NATURE, "")
    nature = Nature(chosen) if chosen in set(Nature) else None
    if nature is None:
        errors[NATURE] = NO_NATURE
    number = read_registered_number(typed.get(REGISTERED_NUMBER, ""), nature, errors)
    if received_on is not None:
        errors |= _out_of_order(received_on, dated_on, posted_on, today) | errors
    if posted_on is not None and nature is Nature.DROPPED:
        errors.setdefault(POSTED_ON, NOT_POSTED)
    if errors or received_on is None or nature is None:
        return None, errors
    return Particulars(received_on, nature, dated_on, posted_on, number), {}


def read_registered_number(text: str, nature: Nature | None, errors: dict[str, str]) -> str:
    """The number of a registered letter without its spaces; faults are told beside its field. It may be unreadable.

    Domestic: one digit, one letter, eleven digits. International: UPU standard S10, whose ninth digit is a key.
    """
    number = re.sub(r"[\s.\-\u00a0\u202f]", "", text).upper()
    if not number:
        return ""
    if nature in (Nature.SIMPLE, Nature.DROPPED):
        errors[REGISTERED_NUMBER] = NOT_REGISTERED
    elif found := _INTERNATIONAL.fullmatch(number):
        if _key(found[1]) != int(found[2]):
            errors[REGISTERED_NUMBER] = BAD_KEY
    elif not _DOMESTIC.fullmatch(number):
        errors[REGISTERED_NUMBER] = BAD_NUMBER
    return number


def _key(digits: str) -> int:
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def _out_of_order(received_on: date, dated_on: date | None, posted_on: date | None, today: date) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if received_on > today:
        wrong[RECEIVED_ON] = NOT_YET
    if dated_on and dated_on > received_on:
        wrong[DATED_ON] = WRITTEN_LATER
    if posted_on and posted_on > received_on:
        wrong[POSTED_ON] = POSTED_LATER
    elif posted_on and dated_on and posted_on < dated_on:
        wrong[POSTED_ON] = POSTED_BEFORE_WRITTEN
    return wrong
