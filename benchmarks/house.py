"""The whole house as `make run` starts it: supervisor, web, relay and worker, on a database that is already there."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backoffice.infra.database import Database
from backoffice.queries import jobs
from tests.factories import SECRET
from tests.services.program import free_port

PATIENCE = 30.0
# For all that a new installation has to print.
FIRST_DAY = 120.0


class House:
    """The supervisor and its parts."""

    def __init__(self, url: str, folder: Path, python: str) -> None:
        folder.mkdir()
        self.port = free_port()
        self.log = folder / "house.log"
        environment = os.environ | {"DATABASE_URL": url, "VAR_DIR": str(folder), "SECRET_KEYS": SECRET}
        started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [python, "-m", "workers.supervisor", "--bind", f"127.0.0.1:{self.port}"],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._wait(started + PATIENCE)
        self.first_page_seconds = time.monotonic() - started

    @property
    def pid(self) -> int:
        """Of the supervisor."""
        return self.process.pid

    def _wait(self, deadline: float) -> None:
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(f"the house did not open:\n{self.log.read_text()}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            connection.request("GET", "/")
            answer = connection.getresponse()
            return bool(answer.read()) and answer.status == 200
        return False

    def stop(self) -> None:
        """Ask it to stop, and wait."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)


@contextmanager
def opened(url: str, folder: Path, python: str = sys.executable) -> Iterator[House]:
    """Start it on this database with this interpreter, and stop it at the end of the block."""
    house = House(url, folder, python)
    try:
        yield house
    finally:
        house.stop()


def work_off(url: str) -> None:
    """Wait until no job is left: a new installation prints its paper forms first."""
    database = Database(url)
    deadline = time.monotonic() + FIRST_DAY
    while True:
        time.sleep(1)
        with database.reading() as session:
            states = jobs.count_by_state(session)
        if "queued" not in states and "running" not in states:
            break
        if time.monotonic() > deadline:
            raise RuntimeError(f"jobs are left after {FIRST_DAY:.0f} seconds")
    database.dispose()
