"""A small load: a few visitors with keep-alive connections, so many requests in all, to this machine only."""

import http.client
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

CONNECTIONS = 8
MOST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to send."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


BROWSER: Mapping[str, str] = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}
"""What a person's browser says of itself: what people do is counted, what machines do is not."""

Maker = Callable[[int], Ask]
"""Makes the nth request."""


def send(port: int, count: int, ask: Maker, expected: int = 200) -> int:
    """Send `count` requests, the nth made by `ask(n)`; gives the count, raises RuntimeError at any other answer."""
    deadline = time.monotonic() + MOST_SECONDS

    def visit(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in range(first, count, CONNECTIONS):
            if time.monotonic() > deadline:
                raise RuntimeError(f"more than {MOST_SECONDS} seconds for {count} requests")
            one = ask(number)
            connection.request(one.method, one.path, one.body or None, dict(one.headers))
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != expected:
                raise RuntimeError(f"{one.method} {one.path}: {answer.status}\n{text[:2000].decode(errors='replace')}")
        connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as visitors:
        for visitor in [visitors.submit(visit, first) for first in range(min(CONNECTIONS, count))]:
            visitor.result()
    return count
