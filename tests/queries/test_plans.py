"""The lists of the queue walk their indexes, however many cases there are: the plans of both engines say so."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from backoffice.domain.addresses import Point, box_around
from backoffice.infra.database import Database
from backoffice.queries import nearby, queue, queue_waiting
from backoffice.queries.queue_filters import Filters, View
from backoffice.reports import moments, return_motives, returns
from backoffice.reports.base import Filters as Period
from backoffice.reports.base import Scope
from benchmarks import visits, volume
from benchmarks.bare import Statement
from tests import factories
from tests.services.postgres import Postgres

CASES = 20_000

INDEX: dict[View, str] = {
    View.MINE: "ix_cases_assignee_queue",
    View.DEPARTMENTS: "ix_cases_department_queue",
    View.UNASSIGNED: "ix_cases_assignee_queue",  # nobody is an assignee like another, in order of due dates too
    View.WAITING: "ix_cases_waiting_queue",
    View.LATE: "ix_cases_queue",
    View.OPEN: "ix_cases_queue",
    View.CLOSED: "ix_cases_closed",
}
"""But for what was not delivered: that list begins with the few mails that came back."""


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


def plans(database: Database, view: View | Filters | None) -> list[str]:
    """How the engine will run the page of a tab or of a list, or the counts of all tabs; one text a statement."""
    with database.reading() as session:
        actor, today = factories.actor_named(session, visits.AGENT), datetime.now(UTC).date()

        def read() -> object:
            if view is None:
                return queue.count_views(session, actor, today)
            filters = view if isinstance(view, Filters) else Filters(view)
            return queue.read_page(session, actor, filters, today)

        statements = visits.statements_of(database, read)
    return [plan(database, statement) for statement in statements]


def plan(database: Database, statement: Statement) -> str:
    sql, parameters = statement
    explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    with database.engine.connect() as connection:
        return "\n".join(str(line[-1]) for line in connection.exec_driver_sql(f"{explain} {sql}", parameters))


def plan_around(database: Database) -> str:
    """How the engine will look for the open reports around a point."""
    corners, since = box_around(Point(47.3, -0.85), 120), datetime.now(UTC).date()
    with database.reading() as session:
        authority_id = factories.the_authority(session).id

        def read() -> object:
            return nearby.list_open_around(session, authority_id, "street_issue", corners, since)

        (statement,) = visits.statements_of(database, read)
    return plan(database, statement)


def test_reports_around_a_point_are_found_along_an_index(large_postgres: Database, large_sqlite: Database) -> None:
    assert "ix_cases_places" in plan_around(large_postgres)
    assert "SEARCH cases USING INDEX ix_cases_places " in plan_around(large_sqlite)


@pytest.mark.parametrize("view", INDEX)
def test_a_tab_of_twenty_thousand_cases_is_read_along_an_index(large_postgres: Database, view: View) -> None:
    (found,) = plans(large_postgres, view)
    assert "Seq Scan on cases" not in found, found
    assert "ix_cases_" in found, found


def test_tabs_are_counted_along_indexes(large_postgres: Database) -> None:
    (found,) = plans(large_postgres, None)
    assert "Seq Scan on cases" not in found, found


@pytest.mark.parametrize("view", INDEX)
def test_the_embedded_engine_takes_the_index_of_the_tab(large_sqlite: Database, view: View) -> None:
    (found,) = plans(large_sqlite, view)
    assert f"SEARCH cases USING INDEX {INDEX[view]} " in found.replace("COVERING ", ""), found


def test_the_cases_of_a_district_are_read_along_their_index(large_sqlite: Database) -> None:
    for view, index in ((View.OPEN, "ix_cases_district_queue"), (View.CLOSED, "ix_cases_district_closed")):
        (found,) = plans(large_sqlite, Filters(view, district=1))
        assert f"USING INDEX {index} " in found.replace("COVERING ", ""), found


def test_a_change_is_counted_from_the_cases_of_its_person_alone(large_sqlite: Database) -> None:
    one = moments.Chosen(lambda column: column.in_([1]), lambda column: column.in_([1]))
    with large_sqlite.reading() as session:
        counted = visits.statements_of(
            large_sqlite, lambda: [session.execute(query) for query in moments.list_selects(one)]
        )
    found = "\n".join(plan(large_sqlite, statement) for statement in counted)
    assert "SEARCH cases_1 USING INDEX ix_cases_citizen (citizen_id=?)" in found, found
    assert not re.findall(r"SCAN cases.*|cases\w* USING (?:COVERING )?INDEX \w+ \(authority_id=\?\)", found), found


def test_who_came_back_is_found_from_the_cases_of_each_person(large_sqlite: Database) -> None:
    period, everything = Period(date(2026, 10, 1), date(2026, 10, 31)), Scope(1, None, None)
    reports = returns.REPEATED.rows(period, everything), return_motives.BY_ANSWER.select(period, everything)
    with large_sqlite.reading() as session:
        asked = visits.statements_of(large_sqlite, lambda: [session.execute(one) for one in reports])
    for statement in asked:
        found = plan(large_sqlite, statement)
        assert re.search(r"SEARCH cases_\d USING INDEX ix_cases_citizen \(citizen_id=\?\)", found), found
        assert not re.findall(r"cases_\d USING (?:COVERING )?INDEX \w+ \(authority_id=\?\)", found), found


def test_what_was_not_delivered_is_found_from_the_few_mails_that_came_back(
    large_postgres: Database, large_sqlite: Database
) -> None:
    (found,) = plans(large_postgres, View.RETURNED)
    assert "Seq Scan on cases" not in found, found
    (found,) = plans(large_sqlite, View.RETURNED)
    assert "ix_outgoing_mails_undelivered" in found, found
    assert set(re.findall(r"\w+ cases.*", found)) == {"SEARCH cases USING INTEGER PRIMARY KEY (rowid=?)"}, found


def test_the_embedded_engine_counts_tabs_along_the_same_indexes(large_sqlite: Database) -> None:
    (found,) = plans(large_sqlite, None)
    assert "SCAN cases" not in found, found
    for index in INDEX.values():
        assert f"{index} " in found, found
    of_mails = found[found.index("ix_outgoing_mails_undelivered") - 400 :]
    assert "SEARCH cases USING INTEGER PRIMARY KEY" in of_mails, found


def test_what_waits_is_counted_from_the_few_lines_and_drafts_that_wait(large_sqlite: Database) -> None:
    with large_sqlite.reading() as session:
        actor = factories.actor_named(session, visits.AGENT)

        def read() -> object:
            return queue_waiting.count_waiting(session, actor, datetime.now(UTC))

        (statement,) = visits.statements_of(large_sqlite, read)
    found = plan(large_sqlite, statement)
    assert "SEARCH mail_records USING INDEX ix_mail_records_waiting (authority_id=? AND outcome=?)" in found, found
    assert set(re.findall(r"\w+ cases.*", found)) == {"SEARCH cases USING INTEGER PRIMARY KEY (rowid=?)"}, found
