"""Points on the ground and addresses of the Base Adresse Nationale: what is proposed, and what stays of a choice."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.domain.french import fold

EARTH_RADIUS = 6_371_000
DECIMALS = 6
"""Digits kept of a coordinate: a tenth of a metre."""
MOST_FOUND = 7
"""Suggestions at once: more are not read."""
NEAR_METRES = 100
"""Farther than that, an address says nothing of a point."""
SURE_SCORE = 0.7
"""Under it, what a geocoder found is not what was written (domain.md §6)."""
_WINDS = ("nord", "nord-est", "est", "sud-est", "sud", "sud-ouest", "ouest", "nord-ouest")


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the globe, in degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """An address that a geocoder knows: `line` is number and street, `city_code` the commune's INSEE code (a text).

    `kind` is the BAN's: housenumber, street, locality or municipality. `score`, from 0 to 1, is how sure the match is.
    """

    id: str
    label: str
    line: str
    street: str
    postcode: str
    city: str
    city_code: str
    kind: str
    point: Point
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class StreetLine:
    """A street as a plan draws it: its name, and points along it."""

    name: str
    points: tuple[Point, ...]


def read_point(latitude: Any, longitude: Any) -> Point | None:
    """The point that these two numbers, or texts, make; None when they make none."""
    try:
        north, east = float(latitude), float(longitude)
    except (OverflowError, TypeError, ValueError):
        return None
    if not (-90 <= north <= 90 and -180 <= east <= 180):  # nor are NaN and infinities
        return None
    return Point(round(north, DECIMALS), round(east, DECIMALS))


def metres_between(one: Point, other: Point) -> float:
    """How far two points are, in metres, within a region (equirectangular: better than 0.1 % up to 100 km)."""
    north = math.radians(other.latitude - one.latitude)
    east = math.radians(other.longitude - one.longitude) * math.cos(math.radians(one.latitude))
    return EARTH_RADIUS * math.hypot(north, east)


def box_around(point: Point, metres: float) -> tuple[Point, Point]:
    """The south-western and north-eastern corners of the square whose sides are `metres` away from the point."""
    north = math.degrees(metres / EARTH_RADIUS)
    east = north / max(math.cos(math.radians(point.latitude)), 0.01)
    return (
        Point(point.latitude - north, point.longitude - east),
        Point(point.latitude + north, point.longitude + east),
    )


def direction(origin: Point, towards: Point) -> str:
    """« nord-est »: which way one point is from another."""
    north = towards.latitude - origin.latitude
    east = (towards.longitude - origin.longitude) * math.cos(math.radians(origin.latitude))
    return _WINDS[round(math.degrees(math.atan2(east, north)) / 45) % 8]


def says_the_same(typed: str, label: str) -> bool:
    """Whether what is written is still the address that was chosen, whatever its commas and capitals."""
    return _words(typed) == _words(label) != []


def point_of(value: Mapping[str, Any]) -> Point | None:
    """The point of an answer to a question of place or address, if it has one."""
    return read_point(value.get("latitude"), value.get("longitude"))


def _words(text: str) -> list[str]:
    return fold(text).replace(",", " ").split()
