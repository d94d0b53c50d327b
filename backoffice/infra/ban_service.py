"""A geocoding service that speaks like the Base Adresse Nationale's (addok, Géoplateforme): never waited for."""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Lock, Thread
from typing import Any

import requests
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
from backoffice.domain.field_reading import clean
from backoffice.infra.breaker import Breaker

SECONDS = 1.5
"""All of it: name, connection, headers and body."""
SILENCE_SECONDS = 1.0
MOST_BYTES = 128 * 1024
AT_ONCE = 2
"""Calls of a process under way together: were the service slow, the other threads still serve pages."""
KEPT, KEPT_SECONDS = 512, 3600.0
LONGEST_TEXT = 200
LONGEST_QUIET = 600.0
TOO_MANY_REQUESTS = 429
_TYPES = frozenset({"housenumber", "street", "locality", "municipality"})

log = structlog.get_logger("parvis.addresses")


class _Fault(Exception):
    """What came is not an answer; `quiet_seconds` when the service asked for rest."""

    def __init__(self, reason: str, quiet_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.quiet_seconds = quiet_seconds


class BanService:
    """The service whose `/search` and `/reverse` are below `url`; nothing is contacted until it is asked.

    `patience` is how many times as long as usual it is waited for.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic, *, patience: float = 1.0) -> None:
        self.url = url.rstrip("/")
        self._clock = clock
        self._seconds, self._silence = SECONDS * patience, SILENCE_SECONDS * patience
        self._breaker = Breaker(clock)
        self._seats = BoundedSemaphore(AT_ONCE)
        self._kept: OrderedDict[tuple[str, ...], tuple[float, list[KnownAddress]]] = OrderedDict()
        self._lock = Lock()
        self._session = requests.Session()

    def search(self, text: str, near: Point | None = None) -> list[KnownAddress] | None:
        """The addresses that begin like this text; None when the service is down, slow, busy or absurd."""
        around = {"lat": f"{near.latitude}", "lon": f"{near.longitude}"} if near else {}
        return self._ask("search", {"q": text[:LONGEST_TEXT], "limit": f"{MOST_FOUND}", "autocomplete": "1", **around})

    def nearest(self, point: Point) -> KnownAddress | None:
        """The address of a point, if the service says one within `NEAR_METRES`."""
        found = self._ask("reverse", {"lat": f"{point.latitude}", "lon": f"{point.longitude}", "limit": "1"})
        return next((one for one in found or [] if metres_between(point, one.point) <= NEAR_METRES), None)

    def plan(self, around: Point) -> list[StreetLine]:
        """Nothing: such a service draws no streets."""
        return []

    def _ask(self, what: str, parameters: Mapping[str, str]) -> list[KnownAddress] | None:
        key = (what, *parameters.values())
        kept = self._find_kept(key)
        if kept is not None:
            return kept
        if not self._seats.acquire(blocking=False):
            return None
        if not self._breaker.allows():
            self._seats.release()
            return None
        try:
            found = self._within(lambda: self._fetch(what, parameters))
        except (_Fault, requests.RequestException) as fault:
            if self._breaker.note_failure(getattr(fault, "quiet_seconds", 0.0)):
                log.warning("address service left alone", error=type(fault).__name__, reason=str(fault)[:80])
            return None
        self._breaker.note_success()
        self._keep(key, found)
        return found

    def _within(self, fetch: Callable[[], list[KnownAddress]]) -> list[KnownAddress]:
        """What `fetch` gives, unless it takes too long: no timeout of a socket bounds a name or a drip of bytes."""
        outcomes: SimpleQueue[list[KnownAddress] | Exception] = SimpleQueue()

        def work() -> None:
            try:
                outcomes.put(fetch())
            except Exception as error:  # noqa: BLE001 (whatever it is, it is for the caller, in the other thread)
                outcomes.put(error)
            finally:
                self._seats.release()

        Thread(target=work, name="addresses", daemon=True).start()
        try:
            outcome = outcomes.get(timeout=self._seconds)
        except Empty:
            raise _Fault("too slow") from None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _fetch(self, what: str, parameters: Mapping[str, str]) -> list[KnownAddress]:
        with self._session.get(
            f"{self.url}/{what}", params=parameters, timeout=self._silence, stream=True, allow_redirects=False
        ) as answer:
            if answer.status_code == TOO_MANY_REQUESTS:
                raise _Fault("too many requests", _seconds(answer.headers.get("retry-after", "")))
            if answer.status_code != requests.codes.ok:
                raise _Fault(f"HTTP {answer.status_code}")
            body = self._body(answer)
        try:
            return list(_read(json.loads(body)))[:MOST_FOUND]
        except (ValueError, RecursionError) as error:
            raise _Fault("not JSON") from error

    def _body(self, answer: requests.Response) -> bytes:
        body, until = b"", self._clock() + self._seconds
        while piece := answer.raw.read1(MOST_BYTES, decode_content=True):
            body += piece
            if len(body) > MOST_BYTES:
                raise _Fault("too large")
            if self._clock() > until:
                raise _Fault("too slow")
        return body

    def _find_kept(self, key: tuple[str, ...]) -> list[KnownAddress] | None:
        with self._lock:
            until, found = self._kept.get(key, (0.0, []))
            return found if until > self._clock() else None

    def _keep(self, key: tuple[str, ...], found: list[KnownAddress]) -> None:
        with self._lock:
            self._kept[key] = (self._clock() + KEPT_SECONDS, found)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _seconds(written: str) -> float:
    return min(float(written), LONGEST_QUIET) if written.isascii() and written.isdigit() else 5.0


def _read(answer: Any) -> Iterator[KnownAddress]:
    """The sound features of a GeoJSON collection; ValueError when it is none."""
    features = answer.get("features") if isinstance(answer, dict) else None
    if not isinstance(features, list):
        raise ValueError("no features")  # noqa: TRY004 (said of data, not of a type of ours)
    for feature in features[: 2 * MOST_FOUND]:
        if (known := _address(feature)) is not None:
            yield known


def _address(feature: Any) -> KnownAddress | None:
    try:
        said = feature["properties"]
        longitude, latitude = feature["geometry"]["coordinates"][:2]
        texts = {name: said.get(name) for name in ("id", "label", "name", "street", "postcode", "city", "citycode")}
        kind, score = str(said["type"]), float(said.get("score", 0.0))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return None
    point = read_point(latitude, longitude)
    plain = {name: clean(text)[:LONGEST_TEXT] if isinstance(text, str) else "" for name, text in texts.items()}
    if point is None or kind not in _TYPES or not (plain["id"] and plain["label"] and plain["name"] and plain["city"]):
        return None
    return KnownAddress(
        id=plain["id"][:60],
        label=plain["label"],
        line=plain["name"],
        street=plain["street"] or plain["name"],
        postcode=plain["postcode"][:5],
        city=plain["city"],
        city_code=plain["citycode"][:5],
        kind=kind,
        point=point,
        score=score,
    )
