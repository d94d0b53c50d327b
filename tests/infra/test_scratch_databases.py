"""The database in which a backup is proved goes away, even after its process was killed; never one in use."""

import os
import signal
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import text

from backoffice.infra import database_copy
from backoffice.infra.database import Database
from tests.services.postgres import Postgres


def scratch_names(url: str) -> list[str]:
    """The scratch databases of the server."""
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            found = connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'parvis_prove_%'"))
            return sorted(found)
    finally:
        database.dispose()


def _prove(url: str, folder: Path, told: Connection) -> None:
    """A proof that goes on until it is killed."""
    with database_copy.scratch_database(url, folder) as scratch:
        told.send(scratch)
        signal.pause()


@pytest.fixture
def prover(postgres_url: str, tmp_path: Path) -> Iterator[int]:
    """The number of a process that is proving a backup."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_prove, args=(postgres_url, tmp_path, there), daemon=True)
    process.start()
    assert "parvis_prove_" in here.recv()
    yield process.pid or 0
    process.kill()
    process.join()
    database_copy.sweep_scratch_databases(postgres_url)


def test_what_a_killed_proof_left_is_swept_and_a_living_one_is_left_in_peace(
    postgres: Postgres, postgres_url: str, prover: int, tmp_path: Path
) -> None:
    (in_use,) = scratch_names(postgres_url)
    assert database_copy.sweep_scratch_databases(postgres_url) == 0
    assert scratch_names(postgres_url) == [in_use]
    with database_copy.scratch_database(postgres_url, tmp_path):
        assert len(scratch_names(postgres_url)) == 2
    assert scratch_names(postgres_url) == [in_use], "one that ends takes its own away"
    os.kill(prover, signal.SIGKILL)
    with postgres.database() as other:
        assert database_copy.sweep_scratch_databases(other) == 0, "that of another installation on the same server"
    for _ in range(50):  # the server notices that the connection is gone
        if database_copy.sweep_scratch_databases(postgres_url):
            break
        time.sleep(0.1)
    assert scratch_names(postgres_url) == []


def test_no_sweep_passes_while_one_is_being_made(postgres_url: str, tmp_path: Path) -> None:
    with database_copy._server(postgres_url) as making:
        making.execute(text("SELECT pg_advisory_lock_shared(:lock)"), {"lock": database_copy.SWEEP_LOCK})
        name = f"{database_copy._scratch_prefix(database_copy.make_url(postgres_url))}0a1b2c3d"
        making.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        assert database_copy.sweep_scratch_databases(postgres_url) == 0
    assert database_copy.sweep_scratch_databases(postgres_url) == 1
    assert database_copy.sweep_scratch_databases(f"sqlite:///{tmp_path}/x.sqlite") == 0
