"""The two houses that promises must be kept in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.redis import RedisServer
from tests.workers.crew import Crew, crew


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
    """Both, one after the other."""
    chosen: Crew = request.getfixturevalue(request.param)
    return chosen
