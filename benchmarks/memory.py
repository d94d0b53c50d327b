"""Idle memory of the whole house (web with 2 processes, worker, relay) and the time from start to first page."""

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
from benchmarks.measure import ROUNDS, Line, family, pss_megabytes
from benchmarks.subject import Bench
from tests.factories import SECRET
from tests.services.program import free_port

MOST_MEGABYTES = 280.0
MOST_SECONDS = 1.5
# Every part is up, and has looked a few times for work.
SETTLING_SECONDS = 8.0
PATIENCE = 30.0
# For all that a new installation has to print.
FIRST_DAY = 120.0


def run(bench: Bench) -> Iterator[Line]:
    """Started as `make run` starts it, on a database that is already there, without the demonstration's own parts.

    A new installation prints its paper forms first: idle is what comes back after that day.
    """
    for engine in bench.engines:
        starts, idle = [], []
        with engine.lend() as url:
            with _house(url, bench.folder / f"house-{engine.name}-new") as house:
                _work_off(url)
                printed = pss_megabytes(family(house.pid))
            for number in range(1 if bench.quick else ROUNDS):
                with _house(url, bench.folder / f"house-{engine.name}-{number}") as house:
                    starts.append(house.first_page_seconds)
                    time.sleep(SETTLING_SECONDS)
                    idle.append(pss_megabytes(family(house.pid)))
        parts = "supervisor, web × 2, relay, worker"
        yield Line("memory", engine.name, f"idle PSS: {parts}", "MB", min(idle), None, MOST_MEGABYTES)
        yield Line("memory", engine.name, f"PSS once the worker has printed: {parts}", "MB", printed)
        yield Line("memory", engine.name, "start to first page (wall)", "s", min(starts), None, MOST_SECONDS)


def _work_off(url: str) -> None:
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


class _House:
    """The supervisor and its parts."""

    def __init__(self, url: str, folder: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        self.log = folder / "house.log"
        environment = os.environ | {"DATABASE_URL": url, "VAR_DIR": str(folder), "SECRET_KEYS": SECRET}
        started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers.supervisor", "--bind", f"127.0.0.1:{self.port}"],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._wait(started + PATIENCE)
        self.first_page_seconds = time.monotonic() - started

    @property
    def pid(self) -> int:
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
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)


@contextmanager
def _house(url: str, folder: Path) -> Iterator[_House]:
    house = _House(url, folder)
    try:
        yield house
    finally:
        house.stop()
