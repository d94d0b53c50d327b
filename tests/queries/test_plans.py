"""The lists of the queue walk their indexes, however many cases there are: the plans of both engines say so."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from backoffice.infra.database import Database
from backoffice.queries import queue
from backoffice.queries.queue_filters import COUNTED, Filters, View
from benchmarks import visits, volume
from benchmarks.bare import Statement
from tests import factories
from tests.services.postgres import Postgres

CASES = 20_000


@pytest.fixture(scope="module")
def large_postgres(postgres: Postgres, seeded_postgres: str) -> Iterator[Database]:
    """Twenty thousand cases, four thousand of them open, with fresh statistics."""
    with postgres.database(seeded_postgres) as url:
        volume.fill(url, CASES)
        database = Database(url)
        yield database
        database.dispose()


@pytest.fixture
def large_sqlite(seeded_sqlite_url: str) -> Iterator[Database]:
    """The same tables and indexes: this engine plans without looking at the rows."""
    database = Database(seeded_sqlite_url)
    yield database
    database.dispose()


def plans(database: Database, view: View | None) -> list[str]:
    """How the engine will run the page of a tab, or the counts of all tabs; one text a statement."""
    with database.reading() as session:
        actor, today = factories.actor_named(session, visits.AGENT), datetime.now(UTC).date()

        def read() -> object:
            if view is None:
                return queue.count_views(session, actor, today)
            return queue.read_page(session, actor, Filters(view), today)

        statements = visits.statements_of(database, read)
    return [plan(database, statement) for statement in statements]


def plan(database: Database, statement: Statement) -> str:
    sql, parameters = statement
    explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    with database.engine.connect() as connection:
        return "\n".join(str(line[-1]) for line in connection.exec_driver_sql(f"{explain} {sql}", parameters))


@pytest.mark.parametrize("view", COUNTED)
def test_a_tab_of_twenty_thousand_cases_is_read_along_an_index(large_postgres: Database, view: View) -> None:
    (found,) = plans(large_postgres, view)
    assert "Seq Scan on cases" not in found, found
    assert "ix_cases_" in found, found


def test_tabs_are_counted_along_indexes(large_postgres: Database) -> None:
    (found,) = plans(large_postgres, None)
    assert "Seq Scan on cases" not in found, found


@pytest.mark.parametrize("view", [*COUNTED, None])
def test_the_embedded_engine_walks_the_same_indexes(large_sqlite: Database, view: View | None) -> None:
    for found in plans(large_sqlite, view):
        touched = [line for line in found.splitlines() if " cases" in line]
        assert touched, found
        assert all("INDEX" in line or "PRIMARY KEY" in line for line in touched), found
