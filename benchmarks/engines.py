"""The two database engines, each lending throwaway installations with as many cases as asked."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg

from backoffice.infra import migrations
from backoffice.infra.database import Database
from backoffice.services import setup
from benchmarks import volume
from benchmarks.measure import cpu_seconds, family, pss_megabytes
from tests import factories
from tests.services.postgres import Postgres

SIZES = (0, 1_000, 10_000, 100_000)


class Engine(Protocol):
    """A database engine; `name` is the one that people know it by, `promised` says whether targets are for it."""

    name: str
    promised: bool

    def lend(self, cases: int = 0) -> AbstractContextManager[str]:
        """The address of an installation of its own, with the starter catalogue and so many cases."""

    def cpu(self) -> float:
        """CPU seconds used by the server so far (none for an engine that works in our own process)."""

    def memory(self) -> float:
        """Megabytes (PSS) of the server now (none for an engine that works in our own process)."""


class SqliteEngine:
    """SQLite in a file, as the embedded installation has it."""

    name, promised = "SQLite", False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)
        self.ready: dict[int, Path] = {}

    @contextmanager
    def lend(self, cases: int = 0) -> Iterator[str]:
        """A copy of a file of that volume."""
        path = Path(shutil.copy(self._volume(cases), self.folder / f"lent-{next(self.numbers)}.sqlite"))
        try:
            yield f"sqlite:///{path}"
        finally:
            for left in self.folder.glob(f"{path.name}*"):
                left.unlink()

    def cpu(self) -> float:
        """Nothing: it works in the process of the product."""
        return 0.0

    def memory(self) -> float:
        """Nothing of its own."""
        return 0.0

    def _volume(self, cases: int) -> Path:
        if cases not in self.ready:
            path = self.folder / f"volume-{cases}.sqlite"
            url = f"sqlite:///{path}"
            smaller = _next_smaller(cases)
            if smaller is None:
                _install(url)
            else:
                shutil.copy(self._volume(smaller), path)
                volume.fill(url, cases)
            self.ready[cases] = path
        return self.ready[cases]


class PostgresEngine:
    """A throwaway PostgreSQL cluster."""

    name, promised = "PostgreSQL", True

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.ready: set[int] = set()

    @contextmanager
    def lend(self, cases: int = 0) -> Iterator[str]:
        """A copy of a template of that volume."""
        with self.server.database(self._volume(cases)) as url:
            _settle(url)
            yield url

    def cpu(self) -> float:
        """The cluster: connections, writers, vacuum."""
        process = self.server.program.process
        return cpu_seconds(family(process.pid)) if process else 0.0

    def memory(self) -> float:
        """The cluster, its cache shared among its connections."""
        process = self.server.program.process
        return pss_megabytes(family(process.pid)) if process else 0.0

    def _volume(self, cases: int) -> str:
        name = f"volume_{cases}"
        if cases not in self.ready:
            smaller = _next_smaller(cases)
            if smaller is None:
                _install(self.server.create(name))
            else:
                volume.fill(self.server.create(name, self._volume(smaller)), cases)
            self.ready.add(cases)
        return name


def _settle(url: str) -> None:
    # The copy is written to the disk now: its cost belongs to none of the operations that are counted.
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def _next_smaller(cases: int) -> int | None:
    return max((size for size in SIZES if size < cases), default=None)


def _install(url: str) -> None:
    migrations.upgrade(url)
    database = Database(url)
    with database.transaction() as session:
        setup.install_staff(session, setup.install_starter(session), factories.PASSWORD)
    database.dispose()
