"""Whatever dies or goes away, each promise is kept exactly once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.services.outbox import JobKind
from tests.services.redis import RedisServer
from tests.workers.crew import Crew, crew, kill, wait_until

TRACE = JobKind.CHECK_LEDGER


@pytest.fixture
def embedded(tmp_path: Path, sqlite_url: str) -> Iterator[Crew]:
    """The house on one machine: a folder for a broker, SQLite."""
    with crew(tmp_path / "var", sqlite_url, f"filesystem://{tmp_path}/var/broker") as house:
        yield house


@pytest.fixture
def shared(tmp_path: Path, postgres_url: str, redis_server: RedisServer) -> Iterator[Crew]:
    """The house on several machines: Redis, PostgreSQL."""
    with crew(tmp_path / "var", postgres_url, redis_server.url) as house:
        yield house


@pytest.fixture(params=["embedded", "shared"])
def house(request: pytest.FixtureRequest) -> Crew:
    chosen: Crew = request.getfixturevalue(request.param)
    return chosen


def all_kept(house: Crew) -> bool:
    return house.rows("SELECT count(*) FROM jobs WHERE state <> 'done'") == [(0,)]


def assert_each_kept_once(house: Crew, count: int) -> None:
    assert house.rows("SELECT count(*), count(DISTINCT job_id) FROM traces") == [(count, count)]
    assert house.rows("SELECT DISTINCT state FROM jobs") == [("done",)]


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(house: Crew) -> None:
    house.start("relay")
    worker = house.start("worker")
    house.promise(TRACE, 8)
    wait_until(lambda: len(house.starts()) >= 3)
    kill(worker)
    interrupted = house.rows("SELECT count(*) FROM jobs WHERE state = 'running'")
    house.start("worker")
    wait_until(lambda: all_kept(house))
    assert interrupted != [(0,)]
    assert len(house.starts()) > 8
    assert_each_kept_once(house, 8)
