"""A geocoding service like the Base Adresse Nationale's, on real HTTP, that knows Saint-Aubin and may misbehave."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from backoffice.domain.addresses import KnownAddress, Point
from backoffice.infra.ban_file import BanFile
from backoffice.settings import STARTER_ADDRESSES

Answer = Callable[[BaseHTTPRequestHandler], None]


class Ban:
    """The service: `asked` keeps what it was asked; `behave` replaces its honest answers."""

    def __init__(self) -> None:
        self.known = BanFile(str(STARTER_ADDRESSES))
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.behave: Answer | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def be_honest(self) -> None:
        """Forget what was asked, and answer again."""
        self.asked.clear()
        self.behave = None

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """The GeoJSON of an honest answer (domain.md §6)."""
        if path == "/reverse":
            found = self.known.nearest(Point(float(query["lat"]), float(query["lon"])))
            listed = [found] if found else []
        else:
            listed = self.known.search(query["q"]) or []
        features = [feature(one) for one in listed]
        return {"type": "FeatureCollection", "version": "draft", "features": features, "limit": 7}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                query = {name: texts[0] for name, texts in parse_qs(address.query).items()}
                service.asked.append((address.path, query))
                with suppress(OSError):  # the client may have left
                    if service.behave:
                        service.behave(self)
                    else:
                        send(self, json.dumps(service.answer(address.path, query)).encode())

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def feature(known: KnownAddress) -> dict[str, Any]:
    """An address as addok writes it."""
    point = known.point
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [point.longitude, point.latitude]},
        "properties": {
            "label": known.label, "score": known.score, "id": known.id, "name": known.line, "street": known.street,
            "postcode": known.postcode, "citycode": known.city_code, "city": known.city, "type": known.kind,
            "x": 400000.0, "y": 6690000.0, "context": "49, Maine-et-Loire, Pays de la Loire", "importance": 0.6,
        },
    }  # fmt: skip


def send(to: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """A whole answer."""
    to.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        to.send_header(name.replace("_", "-"), value)
    to.end_headers()
    to.wfile.write(body)


def saying(body: bytes, status: int = 200, **headers: str) -> Answer:
    """The same answer to everything."""
    return lambda to: send(to, body, status, **headers)


def silent(to: BaseHTTPRequestHandler) -> None:
    """Nothing, for longer than anybody should wait."""
    time.sleep(60)


def dripping(to: BaseHTTPRequestHandler) -> None:
    """One byte now and then, so that no socket ever seems dead."""
    to.send_response(200)
    to.end_headers()
    for _ in range(300):
        to.wfile.write(b" ")
        time.sleep(0.2)


@contextmanager
def running() -> Iterator[Ban]:
    """The service, as long as the block lasts."""
    ban = Ban()
    thread = Thread(target=ban.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield ban
    finally:
        ban.server.shutdown()
        ban.server.server_close()
        thread.join()
