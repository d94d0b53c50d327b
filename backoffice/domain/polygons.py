"""Outlines on the ground: read from GeoJSON (RFC 7946, degrees WGS 84), and whether a point is inside."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from backoffice.domain.addresses import Point, read_point
from backoffice.errors import Invalid

MOST_POINTS = 20_000
"""Of all the outlines of a file: a town's limits have some hundreds."""
NAME_KEYS = ("nom", "name", "libelle", "libellé", "quartier")
NOT_GEOJSON = "Ce fichier n’est pas du GeoJSON : exportez la couche des quartiers au format GeoJSON (WGS 84)."
NOT_DEGREES = (
    "Les coordonnées doivent être en degrés (WGS 84, longitude puis latitude) : exportez de nouveau la couche."
)

Ring = tuple[Point, ...]


@dataclass(frozen=True)
class Outline:
    """A polygon: its limit, then its holes."""

    rings: tuple[Ring, ...]

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """South, west, north and east of the limit."""
        limit = self.rings[0]
        north, east = [point.latitude for point in limit], [point.longitude for point in limit]
        return min(north), min(east), max(north), max(east)

    def contains(self, point: Point) -> bool:
        """Whether a point is inside, and in none of the holes: a line to the east crosses the rings an odd number
        of times (even-odd rule)."""
        south, west, north, east = self.box
        if not (south <= point.latitude <= north and west <= point.longitude <= east):
            return False
        return sum(_crossings(ring, point) for ring in self.rings) % 2 == 1

    @cached_property
    def inner_point(self) -> Point:
        """A point inside, to stand for the whole: the middle of the longest stretch inside at half its height."""
        south, west, north, east = self.box
        latitude = (south + north) / 2
        met = sorted(longitude for ring in self.rings for longitude in _meetings(ring, latitude))
        stretches = zip(met[::2], met[1::2], strict=False)
        start, end = max(stretches, key=lambda one: one[1] - one[0], default=(west, east))
        return Point(latitude, (start + end) / 2)

    def to_data(self) -> list[list[list[float]]]:
        """As the rows keep it, and GeoJSON: [longitude, latitude]."""
        return [[[point.longitude, point.latitude] for point in ring] for ring in self.rings]


def from_data(data: list[list[list[float]]]) -> Outline:
    """The outline that a row keeps."""
    return Outline(tuple(tuple(Point(place[1], place[0]) for place in ring) for ring in data))


def read_geojson(text: str) -> dict[str, tuple[Outline, ...]]:
    """The outlines of a file by the name of their district; raise Invalid with what to correct."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid(NOT_GEOJSON) from None
    features = data.get("features") if isinstance(data, dict) and data.get("type") == "FeatureCollection" else [data]
    if not isinstance(features, list) or not features:
        raise Invalid("Ce fichier ne contient aucun quartier.")
    found: dict[str, tuple[Outline, ...]] = {}
    for rank, feature in enumerate(features, 1):
        name = _name_of(feature, rank)
        found[name] = found.get(name, ()) + tuple(_outlines(feature, name))
    if sum(len(ring) for outlines in found.values() for one in outlines for ring in one.rings) > MOST_POINTS:
        raise Invalid(f"Ces contours ont plus de {MOST_POINTS} points : simplifiez-les avant de les importer.")
    return found


def _crossings(ring: Ring, point: Point) -> int:
    return sum(point.longitude < longitude for longitude in _meetings(ring, point.latitude))


def _meetings(ring: Ring, latitude: float) -> Iterator[float]:
    """The longitudes at which a ring crosses a parallel."""
    before = ring[-1]
    for here in ring:
        if (here.latitude > latitude) != (before.latitude > latitude):
            share = (latitude - here.latitude) / (before.latitude - here.latitude)
            yield here.longitude + share * (before.longitude - here.longitude)
        before = here


def _name_of(feature: Any, rank: int) -> str:
    said = feature.get("properties") if isinstance(feature, dict) else None
    known = {str(key).casefold(): value for key, value in said.items()} if isinstance(said, Mapping) else {}
    for key in NAME_KEYS:
        if name := " ".join(str(known.get(key) or "").split())[:80]:
            return name
    raise Invalid(f"Le contour n° {rank} n’a pas de nom : donnez-lui une propriété « nom ».")


def _outlines(feature: Mapping[str, Any], name: str) -> Iterator[Outline]:
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    places = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(places, list) or not places:
        raise Invalid(f"« {name} » n’est pas un contour : dessinez-le comme un polygone.")
    for rings in places if kind == "MultiPolygon" else [places]:
        if not isinstance(rings, list) or not rings:
            raise Invalid(f"Le contour de « {name} » est vide.")
        yield Outline(tuple(_ring(ring, name) for ring in rings))


def _ring(places: Any, name: str) -> Ring:
    points = [_point(place) for place in places] if isinstance(places, list) else []
    if len(points) < 4:
        raise Invalid(f"Le contour de « {name} » a moins de trois côtés.")
    return tuple(points)


def _point(place: Any) -> Point:
    point = read_point(place[1], place[0]) if isinstance(place, list) and len(place) >= 2 else None
    if point is None:
        raise Invalid(NOT_DEGREES)
    return point
