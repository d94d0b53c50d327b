"""The streets of a district, one a line, with their numbers: « rue des Lilas : 1 à 45 impairs »."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from backoffice.domain.french import fold
from backoffice.errors import Invalid

MOST_STREETS = 2_000
LONGEST_STREET = 120
_NUMBERS = re.compile(
    r"(?:n°s?|numeros?)?\s*(?:du|de)?\s*"
    r"(?:(?P<first>\d{1,5})\s*(?:(?P<more>\+|et plus)|(?:a|au|)\s*(?P<last>\d{1,5}))?)?"
    r"\s*,?\s*(?:cote )?(?P<side>pairs?|impairs?)?"
)
# A number before a street, with what may follow it: « 12 bis, rue des Lilas ».
_NUMBER_BEFORE = re.compile(r"(?<!\w)(\d{1,5}) ?(?:bis|ter|quater|[a-d])?,? $")
# What may follow the name of a street, else it is the beginning of another's: « rue des Lilas blancs ».
_AFTER = re.compile(r"\s*(?:$|[,;.()\n]|\d{5}(?!\d))")
_SHORT = {"av": "avenue", "bd": "boulevard", "pl": "place", "ch": "chemin", "rte": "route", "imp": "impasse",
          "all": "allee", "sq": "square"}  # fmt: skip
_SHORTENED = re.compile(rf"(?<!\w)({'|'.join(_SHORT)})\.?(?= )")


class Side(StrEnum):
    """The numbers of one side of a street."""

    BOTH = ""
    EVEN = "pairs"
    ODD = "impairs"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A street, or the part of it between two numbers (both included; 0 and None: no limit), on one side or both.

    `street` is folded, as addresses are compared with it.
    """

    street: str
    first: int = 0
    last: int | None = None
    side: Side = Side.BOTH

    @property
    def is_whole(self) -> bool:
        """Whether an address without a number is in it."""
        return not self.first and self.last is None and self.side is Side.BOTH

    def holds(self, number: int | None) -> bool:
        """Whether a number of the street is in it."""
        if number is None:
            return self.is_whole
        on_side = self.side is Side.BOTH or (self.side is Side.EVEN) == (number % 2 == 0)
        return on_side and self.first <= number and (self.last is None or number <= self.last)

    def meets(self, other: "Stretch") -> bool:
        """Whether one address may be in both."""
        first = max(self.first, other.first)
        lasts = [one.last for one in (self, other) if one.last is not None]
        # Of two numbers that follow each other, one is on each side.
        tried = [number for number in (first, first + 1) if not lasts or number <= min(lasts)]
        return self.street == other.street and any(self.holds(one) and other.holds(one) for one in tried)


def read(typed: str) -> tuple[Stretch, ...]:
    """The streets of a text field, one a line; raise Invalid that names the first line that is not understood."""
    lines = [(rank, " ".join(line.split())) for rank, line in enumerate(typed.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_STREETS:
        raise Invalid(f"{MOST_STREETS} rues au plus : dessinez plutôt un contour.")
    return tuple(_stretch(rank, line) for rank, line in lines)


def folded(address: str) -> str:
    """An address as streets are compared with it: short words in full, a line a comma."""
    text = fold(", ".join(address.splitlines()))
    return _SHORTENED.sub(lambda found: _SHORT[found[1]], text)


def is_in(stretches: Iterable[Stretch], address: str) -> bool:
    """Whether a folded address names one of these streets, at one of its numbers."""
    return any(stretch.street in address and _names(stretch, address) for stretch in stretches)


def _names(stretch: Stretch, address: str) -> bool:
    start = address.find(stretch.street)
    while start >= 0:
        end = start + len(stretch.street)
        begins = not (start and address[start - 1].isalnum())
        if begins and _AFTER.match(address, end):
            number = _NUMBER_BEFORE.search(address[:start])
            if stretch.holds(int(number[1]) if number else None):
                return True
        start = address.find(stretch.street, start + 1)
    return False


def _stretch(rank: int, line: str) -> Stretch:
    name, _, numbers = line.partition(":")
    street, said = folded(name), _NUMBERS.fullmatch(fold(numbers))
    if not street or len(street) > LONGEST_STREET or said is None:
        raise Invalid(f"Ligne {rank}, « {line[:60]} » : écrivez par exemple « rue des Lilas : 1 à 45 impairs ».")
    first, last = int(said["first"] or 0), said["last"] or (None if said["more"] else said["first"])
    if last is not None and int(last) < first:
        raise Invalid(f"Ligne {rank}, « {line[:60]} » : le premier numéro dépasse le dernier.")
    side = Side.BOTH if not said["side"] else Side.EVEN if said["side"].startswith("pair") else Side.ODD
    return Stretch(street, first, int(last) if last is not None else None, side)
