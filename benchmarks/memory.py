"""Idle memory of the whole house (web with 2 processes, worker, relay) and the time from start to first page."""

import time
from collections.abc import Iterator

from benchmarks import house, installed
from benchmarks.measure import ROUNDS, Line, family, pss_megabytes
from benchmarks.subject import Bench

MOST_MEGABYTES = 280.0
MOST_SECONDS = 1.5
# Every part is up, and has looked a few times for work.
SETTLING_SECONDS = 8.0


def run(bench: Bench) -> Iterator[Line]:
    """Installed and started as in production, on a database that is there already, without any demonstration.

    A new installation prints its paper forms first: idle is what comes back after that day.
    """
    python = installed.python_of(bench.folder)
    for engine in bench.engines:
        starts, idle = [], []
        with engine.lend() as url:
            with house.opened(url, bench.folder / f"house-{engine.name}-new", python) as running:
                house.work_off(url)
                printed = pss_megabytes(family(running.pid))
            for number in range(1 if bench.quick else ROUNDS):
                with house.opened(url, bench.folder / f"house-{engine.name}-{number}", python) as running:
                    starts.append(running.first_page_seconds)
                    time.sleep(SETTLING_SECONDS)
                    idle.append(pss_megabytes(family(running.pid)))
        parts = "supervisor, web × 2, relay, worker"
        yield Line("memory", engine.name, f"idle PSS: {parts}", "MB", min(idle), None, MOST_MEGABYTES)
        yield Line("memory", engine.name, f"PSS once the worker has printed: {parts}", "MB", printed)
        yield Line("memory", engine.name, "start to first page (wall)", "s", min(starts), None, MOST_SECONDS)
