"""A worker or a relay of the house in a process of its own, which tests kill; and the handlers that tests need.

`python -m tests.workers.crew worker|relay|sorter|reader`: settings come from the environment, as in production.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import text

from backoffice.infra import logs, runtime
from backoffice.infra.runtime import Runtime
from backoffice.services import outbox
from backoffice.services.outbox import Claim, JobKind
from backoffice.settings import Settings
from workers import celery_app, inboxes, relay
from workers.jobs import HANDLERS

STEP_SECONDS = 0.3


def leave_a_trace(tools: Runtime, claim: Claim) -> None:
    """A slow effect with no protection of its own: done twice, it leaves two rows."""
    with (tools.settings.var_dir / "starts").open("a") as starts:
        starts.write(f"{claim.job_id}\n")
    time.sleep(STEP_SECONDS)
    with tools.database.transaction() as session:
        outbox.keep(session, claim)
        session.execute(text("INSERT INTO traces (job_id) VALUES (:id)"), {"id": claim.job_id})


def always_fail(tools: Runtime, claim: Claim) -> None:
    """What no attempt will ever achieve."""
    raise ValueError("l’imprimante n’a plus de papier\nDETAIL: (alice@example.org)")


TEST_HANDLERS = {**HANDLERS, JobKind.CHECK_LEDGER: leave_a_trace, JobKind.SORT_MAIL: always_fail}


def leave_to_others(tools: Runtime, claim: Claim) -> None:
    """What follows the sorting of a mail (letters, answers) has tests of its own."""
    with tools.database.transaction() as session:
        outbox.keep(session, claim)


SORTING_HANDLERS = {**dict.fromkeys(HANDLERS, leave_to_others), JobKind.SORT_MAIL: HANDLERS[JobKind.SORT_MAIL]}


class Crew:
    """The processes of one house under test."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.settings = Settings.from_environment(self.environment)
        self.settings.var_dir.mkdir(parents=True, exist_ok=True)
        self.tools = runtime.build(self.settings)
        self.processes: list[subprocess.Popen[bytes]] = []
        with self.tools.database.transaction() as session:
            session.execute(text("CREATE TABLE traces (job_id INTEGER)"))

    def start(self, part: str) -> subprocess.Popen[bytes]:
        """Start a `worker`, a `relay`, a `sorter` of mail or a `reader` of mailboxes, in a process group of its own."""
        with (self.settings.var_dir / f"{part}.log").open("ab") as log:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "tests.workers.crew", part],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def promise(self, kind: JobKind, count: int = 1, **ids: Any) -> None:
        """Promise work, each time in a transaction of its own."""
        for _ in range(count):
            with self.tools.database.transaction() as session:
                outbox.promise(session, kind, **ids)

    def starts(self) -> list[str]:
        """The job of each start, in their order."""
        path = self.settings.var_dir / "starts"
        return path.read_text().split() if path.exists() else []

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self.tools.database.reading() as session:
            return [tuple(row) for row in session.execute(text(statement))]

    def logged(self, part: str) -> str:
        """What a part wrote."""
        return (self.settings.var_dir / f"{part}.log").read_text()

    def close(self) -> None:
        """End every process."""
        for process in self.processes:
            kill(process)
        self.tools.database.dispose()

    def all_kept(self) -> bool:
        """Whether no promise is left to keep."""
        return self.rows("SELECT count(*) FROM jobs WHERE state <> 'done'") == [(0,)]


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 of the whole group, at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(happened: Callable[[], object], seconds: float = 45) -> None:
    """Wait for something that will happen; AssertionError if it does not."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@contextmanager
def crew(folder: Path, database_url: str, broker_url: str, lease_seconds: int = 2) -> Iterator[Crew]:
    """A house under test with its own folder; every process is gone when the block ends."""
    environment = {
        "SECRET_KEYS": "a-key-for-the-tests-of-the-workers-only",
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "VAR_DIR": str(folder),
        "STORAGE_URL": f"file://{folder}/files",
        "JOB_LEASE_SECONDS": str(lease_seconds),
        "RELAY_INTERVAL_SECONDS": "0.1",
    }
    house = Crew(environment)
    try:
        yield house
    finally:
        house.close()


def main(part: str) -> None:
    """Be one part of the house until SIGTERM."""
    settings = Settings.from_environment()
    logs.configure(settings)
    if part in {"worker", "sorter"}:
        handlers = TEST_HANDLERS if part == "worker" else SORTING_HANDLERS
        sys.exit(celery_app.start_worker(celery_app.build(settings, handlers)))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if part == "reader":
        inboxes.start(settings, stop)
    relay.run(settings, stop, periods=())


if __name__ == "__main__":
    main(sys.argv[1])
