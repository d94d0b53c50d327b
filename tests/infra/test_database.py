"""The database: one place commits, readings see what is committed, and a server that restarted is found again."""

import signal
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from backoffice.infra.database import Database
from backoffice.models.authorities import Authority
from backoffice.services import moment
from tests.services import postgres as postgresql

# A transaction begins at its first statement.
LOOK = text("SELECT 1")


@pytest.fixture
def sqlite_file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/parvis.db"


def an_authority(code: str) -> Authority:
    return Authority(code=code, kind="commune", name="Saint-Aubin", created_at=moment.now())


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Authority)) or 0


def test_leaving_by_an_exception_undoes_everything(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        session.add(an_authority("one"))
        session.flush()
        raise ZeroDivisionError
    assert count(database) == 0
    database.dispose()


def test_what_one_statement_does_is_committed_on_leaving_too(database_url: str) -> None:
    database = Database(database_url)
    with database.stroke() as session:
        session.add(an_authority("one"))
    assert count(database) == 1
    with pytest.raises(DBAPIError), database.stroke() as session:
        session.execute(text("UPDATE nowhere SET one = 1"))
    assert count(database) == 1
    database.dispose()


def test_an_error_names_its_statement_and_never_what_people_wrote(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(DBAPIError) as refused, database.reading() as session:
        session.execute(text("SELECT :said FROM nowhere"), {"said": "un secret"})
    assert "nowhere" in str(refused.value)
    assert "un secret" not in str(refused.value)
    database.dispose()


def test_what_a_reading_session_holds_is_never_written(database_url: str) -> None:
    database = Database(database_url)
    with database.reading() as session:
        session.add(an_authority("one"))
        session.scalars(select(Authority)).all()
    assert count(database) == 0
    database.dispose()


def test_a_page_finds_its_turn_to_write_between_workers_that_write_without_end(
    sqlite_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The wait of SQLite itself, which looks ten times a second, would end without a turn.
    monkeypatch.setattr("backoffice.infra.database.BUSY_MILLISECONDS", 5_000)
    database = Database(sqlite_file)
    over = threading.Event()

    def write_without_end() -> None:
        mine = Database(sqlite_file)
        while not over.is_set():
            with mine.transaction() as session:
                session.execute(LOOK)
                time.sleep(0.05)
            time.sleep(0.002)  # what a worker does between two jobs
        mine.dispose()

    workers = [threading.Thread(target=write_without_end) for _ in range(3)]
    for one in workers:
        one.start()
    turns = 0
    try:
        for _ in range(12):
            with database.transaction() as session:
                turns += session.execute(LOOK).scalar_one()
            time.sleep(0.02)
    finally:
        over.set()
        for one in workers:
            one.join()
        database.dispose()
    assert turns == 12


def test_a_database_that_somebody_keeps_for_themselves_is_said_busy_in_time(
    sqlite_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.infra.database.BUSY_MILLISECONDS", 100)
    database, other = Database(sqlite_file), Database(sqlite_file)
    with database.transaction() as held:
        held.execute(LOOK)
        with pytest.raises(OperationalError, match="locked"), other.transaction() as session:
            session.execute(LOOK)
    with other.transaction() as session:
        session.execute(LOOK)
    database.dispose()
    other.dispose()


def test_a_server_that_restarted_between_two_uses_is_found_again() -> None:
    with postgresql.running() as server:
        database = Database(server.create("restarted"))
        for use in (database.transaction, database.reading, database.transaction):
            with use() as session:
                assert session.scalar(text("SELECT 1")) == 1
            server.program.stop(signal.SIGINT)  # at once, whoever is connected
            server.program.start()
        with database.transaction() as session:
            assert session.scalar(text("SELECT 1")) == 1
        database.dispose()
