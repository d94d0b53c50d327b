"""Addresses kept in a file, for a town that asks nobody: the CSV of the Base Adresse Nationale, or part of it.

Columns used: id, numero, rep, nom_voie, code_postal, code_insee, nom_commune, lon, lat (https://adresse.data.gouv.fr).
"""

import csv
import difflib
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import structlog

from backoffice.domain.addresses import (
    MOST_FOUND,
    NEAR_METRES,
    KnownAddress,
    Point,
    StreetLine,
    metres_between,
    read_point,
)
from backoffice.domain.french import fold

MOST_ADDRESSES = 200_000
"""What a process holds at most: the communes of a large intercommunalité, not a whole département."""
CELL_DEGREES = 0.002
CLOSE_ENOUGH = 0.8
PLAN_METRES, PLAN_STREETS, PLAN_POINTS = 1500, 150, 10
"""A plan: how far around a point, how many streets, how many points of each."""
_NEEDED = ("id", "numero", "nom_voie", "code_postal", "code_insee", "nom_commune")
_NUMBER = re.compile(r"([0-9]{1,4})(bis|ter|quater|[a-z])?")
_REPETITIONS = frozenset({"bis", "ter", "quater", *"abcdef"})
_ABBREVIATIONS = {
    "av": "avenue", "bd": "boulevard", "bld": "boulevard", "bvd": "boulevard", "ch": "chemin", "imp": "impasse",
    "pl": "place", "r": "rue", "rte": "route", "sq": "square", "st": "saint", "ste": "sainte",
}  # fmt: skip
_LITTLE_WORDS = frozenset({"a", "au", "aux", "d", "de", "des", "du", "en", "l", "la", "le", "les"})

log = structlog.get_logger("parvis.addresses")


@dataclass(frozen=True, slots=True)
class Street:
    """A street of a commune, with its numbers (« 12 bis ») in the order of the file: their keys and points."""

    key: str
    name: str
    postcode: str
    city: str
    city_code: str
    words: tuple[str, ...]
    numbers: dict[str, tuple[str, Point]] = field(default_factory=dict)

    def address(self, number: str, score: float) -> KnownAddress:
        """One of its numbers."""
        key, point = self.numbers[number]
        return self._known(key, f"{number} {self.name}", "housenumber", point, score)

    def whole(self, score: float) -> KnownAddress:
        """The street itself, at its middle number."""
        _, point = list(self.numbers.values())[len(self.numbers) // 2]
        return self._known(self.key, self.name, "street", point, score)

    def line(self) -> StreetLine:
        """A line between its two sides: through the middles of neighbouring numbers, in the order of the numbers."""
        ordered = sorted((one for one in self.numbers if one.isdecimal()), key=int) or list(self.numbers)
        points = [self.numbers[number][1] for number in ordered]
        pairs = list(pairwise(points)) or [(points[0], points[0])]
        kept = [*pairs[:: max(1, len(pairs) // PLAN_POINTS)], pairs[-1]]
        return StreetLine(self.name, tuple(_middle(one, other) for one, other in kept))

    def _known(self, key: str, line: str, kind: str, point: Point, score: float) -> KnownAddress:
        label = f"{line} {self.postcode} {self.city}"
        return KnownAddress(
            key, label, line, self.name, self.postcode, self.city, self.city_code, kind, point, round(score, 2)
        )


@dataclass(frozen=True, slots=True)
class _Streets:
    all: tuple[Street, ...]
    words: tuple[str, ...]  # in order, so that those that begin alike are together
    by_word: Mapping[str, set[int]]
    cells: Mapping[tuple[int, int], list[tuple[Street, str, Point]]]


class BanFile:
    """The addresses of a file; it is read when first asked, once a process."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._plan: tuple[Point, list[StreetLine]] | None = None

    def search(self, text: str, near: Point | None = None) -> list[KnownAddress] | None:
        """The addresses that begin like this text, with a slip of the finger at most, best first.

        None when the file has no address at all: it was lost or spoilt.
        """
        if not self._streets.all:
            return None
        found = next((found for reading in _readings(text) if (found := self._matching(*reading))), None)
        if found is None:
            corrected = ((number, self._corrected(words)) for number, words in _readings(text))
            found = next((found for reading in corrected if (found := self._matching(*reading))), [])

        def rank(one: KnownAddress) -> tuple[float, float, str]:
            return -one.score, metres_between(near, one.point) if near else 0.0, one.label

        return sorted(found, key=rank)[:MOST_FOUND]

    def nearest(self, point: Point) -> KnownAddress | None:
        """The address of a point, if one is within `NEAR_METRES`."""
        row, column = _cell(point)
        around = [(row + north, column + east) for north in (-1, 0, 1) for east in (-1, 0, 1)]
        near = (
            (metres_between(point, place), street, number)
            for cell in around
            for street, number, place in self._streets.cells.get(cell, ())
        )
        metres, street, number = min(near, default=(NEAR_METRES + 1.0, None, ""), key=lambda one: one[0])
        return street.address(number, 1.0) if street and metres <= NEAR_METRES else None

    def plan(self, around: Point) -> list[StreetLine]:
        """The streets that come within `PLAN_METRES` of a point, the nearest first."""
        drawn = self._plan
        if drawn is None or drawn[0] != around:  # an installation opens its maps at one place
            lines = ((min(metres_between(around, one) for one in line.points), line) for line in self._lines)
            near = sorted((one for one in lines if one[0] <= PLAN_METRES), key=lambda one: one[0])
            drawn = self._plan = (around, [line for _, line in near[:PLAN_STREETS]])
        return drawn[1]

    @cached_property
    def _lines(self) -> tuple[StreetLine, ...]:
        return tuple(street.line() for street in self._streets.all)

    @cached_property
    def _streets(self) -> _Streets:
        streets: dict[tuple[str, str], Street] = {}
        cells: defaultdict[tuple[int, int], list[tuple[Street, str, Point]]] = defaultdict(list)
        for row, point in self._rows():
            name, city_code = row["nom_voie"].strip(), row["code_insee"].strip()
            known = streets.get((city_code, name))
            if known is None:
                words = tuple(fold(f"{name} {row['code_postal']} {row['nom_commune']}").split())
                key = row["id"].rpartition("_")[0] or f"{city_code}_{len(streets)}"
                known = Street(key, name, row["code_postal"].strip(), row["nom_commune"].strip(), city_code, words)
                streets[city_code, name] = known
            number = f"{row['numero'].strip()} {row.get('rep') or ''}".strip()
            known.numbers[number] = (row["id"].strip(), point)
            cells[_cell(point)].append((known, number, point))
        listed = tuple(streets.values())
        by_word: defaultdict[str, set[int]] = defaultdict(set)
        for rank, street in enumerate(listed):
            for word in street.words:
                by_word[word].add(rank)
        return _Streets(listed, tuple(sorted(by_word)), by_word, cells)

    def _rows(self) -> Iterator[tuple[dict[str, str], Point]]:
        """The rows that are addresses; a file that is not there, or not such a file, gives none and is told of."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for number, row in enumerate(csv.DictReader(file, delimiter=";")):
                    if number >= MOST_ADDRESSES:
                        log.warning("address file cut short", most=MOST_ADDRESSES)
                        return
                    point = read_point(row["lat"], row["lon"])
                    if point and all(row[column] for column in _NEEDED):
                        yield row, point
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            log.warning("address file unreadable", error=type(error).__name__)

    def _matching(self, number: str, words: list[str]) -> list[KnownAddress]:
        ranks = set[int].intersection(*(self._beginning(word) for word in words))
        scored = ((self._streets.all[rank], _score(self._streets.all[rank].words, words)) for rank in ranks)
        # With a number that it does not have, a street comes after the addresses.
        return [
            street.address(number, score)
            if number in street.numbers
            else street.whole(score * 0.8 if number else score)
            for street, score in scored
        ]

    def _beginning(self, typed: str) -> set[int]:
        """The ranks of the streets that have a word that begins so."""
        known = self._streets.words
        start, end = bisect_left(known, typed), bisect_left(known, f"{typed}\uffff")
        return set().union(*(self._streets.by_word[word] for word in known[start:end]))

    def _corrected(self, words: list[str]) -> list[str]:
        """The words as they may have been meant: those who slip do it after the first letter."""
        known = self._streets.words
        alike = (known[bisect_left(known, word[0]) : bisect_left(known, f"{word[0]}\uffff")] for word in words)
        close = (
            difflib.get_close_matches(word, near, n=1, cutoff=CLOSE_ENOUGH)
            for word, near in zip(words, alike, strict=True)
        )
        return [found[0] if found else word for word, found in zip(words, close, strict=True)]


def _readings(text: str) -> list[tuple[str, list[str]]]:
    """What may be meant, number and words: « devant le 12bis, av. de la Gare » is 12 bis, and avenue gare.

    « rue du 8 mai » is first a street of that name. What comes before a number says nothing of the place.
    """
    words = re.findall(r"[a-z0-9]+", fold(text))
    numbered = [(rank, found) for rank, word in enumerate(words[:-1]) if (found := _NUMBER.fullmatch(word))]
    readings = [] if numbered and numbered[0][0] == 0 else [("", words)]
    for rank, found in numbered[:1]:
        after = words[rank + 1 :]
        repetition = found[2] or ""
        if not repetition and after[0] in _REPETITIONS:
            repetition, after = after[0], after[1:]
        readings.append((f"{found[1]} {repetition}".strip(), after))
    plain = ((number, [_ABBREVIATIONS.get(one, one) for one in known]) for number, known in readings)
    kept = ((number, [one for one in known if one not in _LITTLE_WORDS]) for number, known in plain)
    return [reading for reading in kept if reading[1]]


def _score(known: tuple[str, ...], words: list[str]) -> float:
    """How much of what was typed is whole words of the street, from 0.9 to 1: the others are beginnings."""
    return sum(1.0 if word in known else 0.9 for word in words) / len(words)


def _middle(one: Point, other: Point) -> Point:
    return Point(round((one.latitude + other.latitude) / 2, 6), round((one.longitude + other.longitude) / 2, 6))


def _cell(point: Point) -> tuple[int, int]:
    return int(point.latitude // CELL_DEGREES), int(point.longitude // CELL_DEGREES)
