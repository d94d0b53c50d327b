"""One command opens the house, keeps it open, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from backoffice import catalogue
from tests import factories
from tests.services.program import free_port
from tests.workers.crew import wait_until
from workers import succession
from workers.welcome import DEMO_PASSWORD

PATIENCE = 60


class House:
    """A demonstration started as a person starts it, on a free port, where a database waits or in an empty folder."""

    def __init__(self, folder: Path, port: int, database: Path | None = None) -> None:
        self.folder = folder
        self.port = port
        self.output = folder / "output"
        if database is not None:
            (folder / "var").mkdir()
            shutil.copy(database, folder / "var" / "parvis.db")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers.supervisor"],
                env={
                    "PARVIS_DEMO": "1",
                    "VAR_DIR": str(folder / "var"),
                    "PUBLIC_URL": f"http://127.0.0.1:{port}",
                    "DEMO_IDENTITY_PORT": str(free_port()),
                    "PARVIS_TEST": str(folder),  # what its processes are recognised by
                },
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE)

    def is_ready(self) -> bool:
        with suppress(requests.ConnectionError):
            return self.get("/sante/pret").ok
        return False

    def processes(self) -> set[int]:
        """Everything that was started, directly or not."""
        mark = f"PARVIS_TEST={self.folder}".encode()
        found = set()
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if mark in path.read_bytes():
                    found.add(int(path.parent.name))
        return found

    def children(self) -> list[int]:
        """The parts, oldest first: web server, relay, worker."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return sorted(int(number) for number in path.read_text().split())

    def said(self) -> str:
        return self.output.read_text()


@contextmanager
def opened(folder: Path, database: Path | None = None) -> Iterator[House]:
    """A house of which nothing is left when the block ends."""
    house = House(folder, free_port(), database)
    try:
        yield house
    finally:
        for pid in house.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        house.process.wait()


@pytest.fixture
def house(tmp_path: Path, seeded_sqlite: Path) -> Iterator[House]:
    """A house that has been opened before: its database is there."""
    with opened(tmp_path, seeded_sqlite) as found:
        yield found


@pytest.fixture
def new_house(tmp_path: Path) -> Iterator[House]:
    """A house that opens for the first time."""
    with opened(tmp_path) as found:
        yield found


def test_one_command_opens_the_house_says_where_and_ctrl_c_closes_it(new_house: House) -> None:
    house = new_house
    wait_until(house.is_ready)
    wait_until(lambda: "job done" in house.said())  # the first sweep: relay and worker are at work
    assert f"http://127.0.0.1:{house.port}" in house.said()
    assert DEMO_PASSWORD in house.said()
    assert all(agent.email in house.said() for agent in catalogue.load_staff())
    assert house.get("/agents/connexion").status_code == 200
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(PATIENCE) == 0
    assert house.processes() == set()
    assert "Traceback" not in house.said()


def test_each_part_that_is_killed_comes_back(house: House) -> None:
    wait_until(house.is_ready)
    wait_until(lambda: "job done" in house.said())
    first = house.children()
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(house.children()) == len(first) and not set(first) & set(house.children()))
    wait_until(house.is_ready)
    assert house.said().count("part ended by itself") == len(first)


def test_a_restart_under_load_fails_nobody(house: House) -> None:
    wait_until(house.is_ready)
    wait_until(lambda: "job done" in house.said())
    old = house.children()
    tools = factories.a_runtime(f"sqlite:///{house.folder}/var/parvis.db", house.folder / "var")
    lines = "SELECT sum(kind = 'document_rendered'), sum(kind = 'mail_sent') FROM case_events"

    def effects() -> tuple[int, ...]:
        """How many letters were printed and mailed, by the history of the cases, and how many mails there are."""
        with tools.database.reading() as session:
            return (*session.execute(text(lines)).one(), len(list((house.folder / "var" / "outbox").glob("*.eml"))))

    def write() -> None:
        """Somebody whose acknowledgement is printed and mailed, again and again: a job is mostly in hand."""
        while not done.is_set():
            received.append(factories.a_receipt(tools))
            time.sleep(1)

    done, failed, statuses, received = threading.Event(), [], [], []

    def ask() -> None:
        with requests.Session() as session:
            while not done.is_set():
                try:
                    statuses.append(
                        session.get(f"http://127.0.0.1:{house.port}/demarches", timeout=PATIENCE).status_code
                    )
                    statuses.append(house.get("/sante/pret").status_code)
                except requests.RequestException as error:
                    failed.append(error)
                time.sleep(0.05)

    visitors = [threading.Thread(target=one) for one in (ask, ask, write)]
    for visitor in visitors:
        visitor.start()
    try:
        house.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: not set(old) & set(house.children()), 120)
        wait_until(lambda: len(house.children()) == len(old))
        seen = len(statuses)
        wait_until(lambda: len(statuses) > seen + 20)  # the new pages serve too
    finally:
        done.set()
        for visitor in visitors:
            visitor.join()
    assert failed == []
    assert set(statuses) == {200}
    # What the old worker had in hand, it or the new one finished: each effect is there, and once.
    wait_until(lambda: effects() >= (len(received),) * 3, 120)
    assert effects() == (len(received),) * 3
    tools.database.dispose()
    house.process.send_signal(signal.SIGTERM)
    assert house.process.wait(PATIENCE) == 0
    assert house.processes() == set()
    assert "Traceback" not in house.said()


def test_a_program_that_does_not_load_takes_nothing_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "mairie")
    assert not succession.is_sound()


def test_a_supervisor_that_is_killed_takes_everything_with_it(house: House) -> None:
    wait_until(house.is_ready)
    wait_until(lambda: "job done" in house.said())
    house.process.kill()
    house.process.wait()
    wait_until(lambda: house.processes() == set(), PATIENCE)


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        house = House(tmp_path, taken.getsockname()[1])
        assert house.process.wait(PATIENCE) == 2
    assert f"Impossible d’ouvrir 127.0.0.1:{house.port}" in house.said()
    assert "Traceback" not in house.said()


def test_settings_that_are_wrong_are_all_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.supervisor"],
        env={"SECRET_KEYS": "courte", "PUBLIC_URL": "mairie", "MAX_UPLOAD_MB": "beaucoup"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    for name in ("SECRET_KEYS", "PUBLIC_URL", "MAX_UPLOAD_MB"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr
