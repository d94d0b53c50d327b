"""Addresses come from a service that may be slow, down or hostile, or in a file of one's own, never waited for."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backoffice.domain.addresses import KnownAddress, Point
from backoffice.infra.ban_file import BanFile
from backoffice.infra.ban_service import BanService
from backoffice.infra.breaker import MOST_FAILURES, QUIET_SECONDS
from backoffice.infra.geocoding import Geocoder, NoGeocoder, open_geocoder
from backoffice.settings import STARTER_ADDRESSES
from tests.services import ban as fake
from tests.services.ban import Ban
from tests.services.program import free_port

TOWN_HALL = Point(47.3052, -0.8504)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def ban_of_module() -> Iterator[Ban]:
    with fake.running() as service:
        yield service


@pytest.fixture
def ban(ban_of_module: Ban) -> Ban:
    ban_of_module.be_honest()
    return ban_of_module


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def town() -> BanFile:
    return BanFile(str(STARTER_ADDRESSES))


def found(geocoder: Geocoder, text: str, near: Point | None = None) -> list[KnownAddress]:
    """What is proposed, from a service that answers."""
    proposed = geocoder.search(text, near)
    assert proposed is not None
    return proposed


def patient(url: str, clock: Callable[[], float] = time.monotonic) -> BanService:
    """The service, on a machine that may be busy with something else."""
    return BanService(url, clock, patience=20)


def test_the_service_is_asked_as_its_documentation_says(ban: Ban) -> None:
    listed = found(patient(ban.url + "/"), "12 rue des lil", near=TOWN_HALL)
    assert ban.asked == [
        ("/search", {"q": "12 rue des lil", "limit": "7", "autocomplete": "1", "lat": "47.3052", "lon": "-0.8504"})
    ]
    first = listed[0]
    assert (first.id, first.line, first.street) == ("49999_0180_00012", "12 Rue des Lilas", "Rue des Lilas")
    assert (first.postcode, first.city, first.city_code) == ("49990", "Saint-Aubin-les-Tilleuls", "49999")
    assert (first.kind, first.label) == ("housenumber", "12 Rue des Lilas 49990 Saint-Aubin-les-Tilleuls")


def test_a_point_is_given_the_address_that_is_near_it(ban: Ban) -> None:
    service = patient(ban.url)
    there = found(service, "12 rue des lilas")[0]
    assert service.nearest(there.point) == there
    assert service.nearest(Point(48.0, 2.0)) is None


def test_the_same_question_is_asked_once_an_hour(ban: Ban, clock: Clock) -> None:
    service = patient(ban.url, clock)
    assert found(service, "rue du lavoir") == service.search("rue du lavoir") != []
    assert len(ban.asked) == 1
    clock.now += 3601
    service.search("rue du lavoir")
    assert len(ban.asked) == 2


@pytest.mark.parametrize("behaviour", [fake.silent, fake.dripping])
def test_nobody_waits_for_a_slow_service(ban: Ban, behaviour: fake.Answer) -> None:
    ban.behave = behaviour
    started = time.monotonic()
    assert BanService(ban.url).search("rue du lavoir") is None
    assert time.monotonic() - started < 20  # of the minute that the service takes


FEATURE = {
    "geometry": {"coordinates": [-0.85, 47.3]},
    "properties": {"id": "a", "label": "1 Rue A 1 B", "name": "1 Rue A", "city": "B", "type": "street", "score": 1},
}


@pytest.mark.parametrize(
    "answer",
    [
        fake.saying(b"<html>maintenance</html>"),
        fake.saying(b"null"),
        fake.saying(b'{"features": {}}'),
        fake.saying(b"[" * 100_000),
        fake.saying(b'{"features": [' + b" " * 200_000 + b"]}"),
        fake.saying(b"", 500),
        fake.saying(b"", 302, Location="http://127.0.0.1:1/"),
    ],
)
def test_what_is_no_answer_is_no_suggestion(ban: Ban, answer: fake.Answer) -> None:
    ban.behave = answer
    service = patient(ban.url)
    for text in ("rue a", "rue b", "rue c", "rue d"):
        assert service.search(text) is None
    assert len(ban.asked) == MOST_FAILURES, "then it is left alone"


@pytest.mark.parametrize(
    "changes",
    [
        {"geometry": None},
        {"geometry": {"coordinates": []}},
        {"geometry": {"coordinates": [float("nan"), 47.3]}},
        {"geometry": {"coordinates": [10**400, 47.3]}},
        {"geometry": {"coordinates": [-0.85, 147.3]}},
        {"properties": []},
        {"properties": FEATURE["properties"] | {"type": ["street"]}},
        {"properties": FEATURE["properties"] | {"label": {"a": 1}}},
        {"properties": FEATURE["properties"] | {"score": "high"}},
        {"properties": FEATURE["properties"] | {"id": ""}},
    ],
)
def test_an_absurd_feature_is_left_out_of_the_others(ban: Ban, changes: dict[str, object]) -> None:
    ban.behave = fake.saying(json.dumps({"features": [FEATURE | changes, FEATURE, 7]}).encode())
    (only,) = found(patient(ban.url), "rue a")
    assert only.point == Point(47.3, -0.85)


def test_a_long_text_is_cut_and_its_control_signs_are_gone(ban: Ban) -> None:
    hostile = FEATURE | {"properties": FEATURE["properties"] | {"label": "\x00<b>\n" + "x" * 9000}}
    ban.behave = fake.saying(json.dumps({"features": [hostile]}).encode())
    (only,) = found(patient(ban.url), "rue a")
    assert only.label.startswith("<b>")
    assert len(only.label) <= 200


def test_a_service_that_is_down_is_left_alone_for_a_minute_then_tried_once(ban: Ban, clock: Clock) -> None:
    service = patient(ban.url, clock)
    ban.behave = fake.saying(b"", 503)
    for number in range(MOST_FAILURES + 3):
        assert service.search(f"rue {number}") is None
    assert len(ban.asked) == MOST_FAILURES
    clock.now += QUIET_SECONDS + 1
    assert service.search("rue encore") is None
    assert service.search("rue toujours") is None
    assert len(ban.asked) == MOST_FAILURES + 1
    clock.now += QUIET_SECONDS + 1
    ban.behave = None
    assert found(service, "rue du lavoir")
    assert found(service, "rue du moulin")


def test_a_service_that_asks_for_rest_is_left_alone_as_long_as_it_says(ban: Ban, clock: Clock) -> None:
    service = patient(ban.url, clock)
    ban.behave = fake.saying(b"", 429, retry_after="300")
    assert service.search("rue a") is None
    ban.behave = None
    clock.now += 299
    assert service.search("rue du lavoir") is None
    clock.now += 2
    assert found(service, "rue du lavoir")
    assert len(ban.asked) == 2


def test_a_service_that_is_not_there_suggests_nothing() -> None:
    assert BanService(f"http://127.0.0.1:{free_port()}").search("rue du lavoir") is None
    assert BanService("https://adresses.invalid").nearest(TOWN_HALL) is None


def test_the_setting_chooses_the_service_the_file_or_nothing() -> None:
    assert isinstance(open_geocoder("https://data.geopf.fr/geocodage"), BanService)
    assert isinstance(open_geocoder(STARTER_ADDRESSES.as_uri()), BanFile)
    nothing = open_geocoder("")
    assert isinstance(nothing, NoGeocoder)
    assert (nothing.search("rue du lavoir"), nothing.nearest(TOWN_HALL)) == ([], None)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12 rue des lil", "12 Rue des Lilas"),
        ("12, RUE DES LILAS", "12 Rue des Lilas"),
        ("12bis rue des lilas", "12 bis Rue des Lilas"),
        ("devant le 12 bis de la rue des Lilas", "12 bis Rue des Lilas"),
        ("3 bd simone veil", "3 Boulevard Simone-Veil"),
        ("7 rue jule fery", "7 Rue Jules-Ferry"),
        ("rue du lavoir saint aubin", "Rue du Lavoir"),
        ("999 rue du lavoir", "Rue du Lavoir"),
        ("4 place des tilleuls 49990", "4 Place des Tilleuls"),
    ],
)
def test_a_file_of_addresses_is_searched_as_people_write(town: BanFile, typed: str, expected: str) -> None:
    assert found(town, typed)[0].line == expected


@pytest.mark.parametrize("typed", ["", "12", "de la", "xyzzy", "le trou est devant chez moi"])
def test_a_file_of_addresses_says_nothing_of_what_is_none(town: BanFile, typed: str) -> None:
    assert town.search(typed) == []


def test_of_two_alike_the_nearer_comes_first(town: BanFile) -> None:
    acacias = found(town, "1 avenue des acacias")[0].point
    assert found(town, "1 avenue", near=acacias)[0].street == "Avenue des Acacias"
    assert town.nearest(acacias).line == "1 Avenue des Acacias"  # type: ignore[union-attr]
    assert town.nearest(Point(47.5, -0.85)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"", b"a;b\n1;2\n", b"\xff\xfe\x00", b"id;numero\n1;2\n",
        b"id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat\nx;1;;Rue A;1;2;B;loin;47\nx;1\n",
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_of_addresses_suggests_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "adresses.csv"
    file.write_bytes(content)
    assert BanFile(str(file)).search("rue a") is None
    assert BanFile(str(tmp_path / "absent.csv")).nearest(TOWN_HALL) is None
