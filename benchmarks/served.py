"""The product or a bare page behind the very web server of the house: gunicorn, 2 processes of 4 threads.

`python -m benchmarks.served PORT product | insert CONNECTIONS | select CONNECTIONS FILE`, with DATABASE_URL set.
"""

import http.client
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any

from benchmarks import bare
from benchmarks.measure import cpu_seconds, family
from tests.factories import SECRET
from tests.services.program import Program, free_port
from workers import web

BACKLOG = 2048


@dataclass(frozen=True, slots=True)
class Served:
    """A web server that answers on this port."""

    port: int
    pid: int

    def cpu(self) -> float:
        """CPU seconds of all its processes."""
        return cpu_seconds(family(self.pid))


@contextmanager
def serving(kind: str, url: str, folder: Path, *arguments: str) -> Iterator[Served]:
    """Start a server on this database, and stop it at the end of the block."""
    port = free_port()
    environment = {
        "DATABASE_URL": url,
        "VAR_DIR": str(folder),
        "SECRET_KEYS": SECRET,
        # Each visitor has an address: what one address may do in a minute stays as it is.
        "TRUSTED_PROXIES": "1",
    }
    program = Program(
        [
            "env",
            *(f"{name}={value}" for name, value in environment.items()),
            sys.executable,
            "-m",
            "benchmarks.served",
            str(port),
            kind,
            *arguments,
        ],
        folder / f"{kind}.log",
        lambda: _answers(port),
    )
    program.start()
    try:
        assert program.process is not None
        yield Served(port, program.process.pid)
    finally:
        program.stop()


def _answers(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        connection.getresponse().read()
        return True
    return False


class BareServer(web.WebServer):
    """The same server, with another application."""

    def __init__(self, socket_number: int, kind: str, *arguments: str) -> None:
        self.kind, self.arguments = kind, arguments
        super().__init__(socket_number, lambda: None)

    def load(self) -> Any:
        """A bare page."""
        url = os.environ["DATABASE_URL"]
        connections = bare.Connections(self.arguments[0])
        if self.kind == "insert":
            return bare.create_insert_app(url, connections)
        return bare.create_select_app(url, connections, bare.load(Path(self.arguments[1])))


def main(port: str, kind: str, *arguments: str) -> None:
    """Serve until stopped."""
    with create_server(("127.0.0.1", int(port)), backlog=BACKLOG) as listener:
        if kind == "product":
            web.preload()
            web.serve(listener.fileno(), lambda: None)
        else:
            BareServer(listener.fileno(), kind, *arguments).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
