"""A case is in the district whose outline has its point, failing that in the one whose streets have its address."""

import json

import pytest

from backoffice.domain import districts, polygons, street_lists
from backoffice.domain.addresses import Point
from backoffice.domain.districts import District, Spot
from backoffice.errors import Invalid

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]


def feature(name: str, *rings: object, kind: str = "Polygon") -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"Nom": name},
        "geometry": {"type": kind, "coordinates": list(rings)},
    }


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def test_a_point_is_in_an_outline_but_for_its_holes() -> None:
    island = [[[10, 0], [12, 0], [11, 3], [10, 0]]]
    found = polygons.read_geojson(
        collection(feature("Port", SQUARE, HOLE), feature("Port", island, kind="MultiPolygon"))
    )
    port = District(1, "Port", found["Port"])
    for latitude, longitude, inside in (
        (3, 3, True),
        (1.5, 1.5, False),
        (1, 11, True),
        (5, 3, False),
        (2.9, 10.1, False),
    ):
        assert (districts.find([port], Spot(Point(latitude, longitude))) is port) is inside
    assert tuple(polygons.from_data(one.to_data()) for one in found["Port"]) == found["Port"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "pas du GeoJSON"),
        (collection(), "aucun quartier"),
        (collection({"type": "Feature", "properties": {}, "geometry": None}), "n° 1 n’a pas de nom"),
        (collection(feature("Port", [0, 0], kind="Point")), "« Port » n’est pas un contour"),
        (collection(feature("Port", SQUARE[:3])), "moins de trois côtés"),
        (collection(feature("Port", [[432000, 6689000]] * 4)), "doivent être en degrés"),
    ],
)
def test_a_file_that_draws_no_district_says_why(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        polygons.read_geojson(text)
    assert said in refused.value.sentence


LILAS, FOCH = (
    "rue des Lilas : 1 à 45 impairs\nplace du 8 Mai 1945",
    "Av. Foch : n° 12 et plus, pairs\nrue des Lilas : pairs",
)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("13 bis, rue des Lilas 49990 Saint-Aubin", "Lilas"),
        ("devant le 12 rue des lilas, près de l’école", "Foch"),
        ("47 rue des Lilas", ""),
        ("13 rue des Lilas blancs", ""),
        ("rue des Lilas", ""),  # the street is in two districts: its number would tell
        ("3 pl. du 8 mai 1945", "Lilas"),
        ("Place du 8-Mai-1945", "Lilas"),
        ("14 avenue Foch", "Foch"),
        ("10 avenue Foch", ""),
        ("", ""),
    ],
)
def test_an_address_is_in_the_district_of_its_street_and_number(address: str, name: str) -> None:
    known = [
        District(1, "Lilas", streets=street_lists.read(LILAS)),
        District(2, "Foch", streets=street_lists.read(FOCH)),
    ]
    found = districts.find(known, Spot(None, address))
    assert (found.name if found else "") == name


def test_a_line_that_is_no_street_is_told_with_its_number() -> None:
    for typed in ("rue A\nrue B : au milieu", "rue A\nrue B : 12 à 3"):
        with pytest.raises(Invalid, match="Ligne 2, « rue B"):
            street_lists.read(typed)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("rue des Lilas", "Rue des lilas", True),
        ("rue des Lilas", "rue des Lilas : 12 à 30 pairs", True),
        ("rue des Lilas : 1 à 45 impairs", "rue des Lilas : 2 à 46 pairs", False),
        ("rue des Lilas : 1 à 45", "rue des Lilas : 46 et plus", False),
        ("rue des Lilas : 1 à 45", "rue des Lilas : 45 et plus", True),
        ("rue des Lilas : 4 à 5", "rue des Lilas : 4 à 5 impairs", True),
        ("rue des Lilas", "rue des Roses", False),
    ],
)
def test_streets_of_two_districts_are_told_when_one_address_may_be_in_both(one: str, other: str, shared: bool) -> None:
    known = [District(number, name, (), street_lists.read(streets)) for number, name, streets in
             ((1, "Nord", one), (2, "Sud", other))]  # fmt: skip
    assert districts.list_shared_streets(known) == ([("rue des lilas", ["Nord", "Sud"])] if shared else [])
