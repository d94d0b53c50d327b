"""The database: Flask-SQLAlchemy's metadata, engine and session, and the only place that commits."""

import select
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Table,
    TypeDecorator,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

BUSY_MILLISECONDS = 30_000
TURN_SECONDS = 0.002
# A connection that slept longer may have been forgotten by something on its way without a word.
AWAKE_SECONDS = 30.0
# What SQLite calls the day of an instant in a time zone, which only PostgreSQL knows by itself.
LOCAL_DAY = "local_day"
# And the hour of the week there, 0 being Monday from midnight to one.
LOCAL_WEEK_HOUR = "local_week_hour"
# Errors go to the logs with their statement: never with the values, which are what people wrote.
PRIVATE = {"hide_parameters": True}

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the house hangs on this metadata."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model  # built when the program runs: checkers see its base


def table_of(model: type[Model]) -> Table:
    """The table of a model: what a statement names that has no object of the session to tell of its rows."""
    return cast("Table", model.__table__)


Json = JSON().with_variant(JSONB(), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime on both engines (SQLite keeps no zone: it is given back on the way out)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values: a date without its zone is a wrong legal date one day."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One engine and its sessions; `transaction` is the only commit site of the house."""

    def __init__(self, url: str, **engine_options: Any) -> None:
        self.url = url
        self.engine = _engine(url, engine_options)
        self._reading = sessionmaker(_without_begin(self.engine), expire_on_commit=False, autoflush=False)
        writer = self.engine.execution_options(parvis_write=True)
        self._writing = sessionmaker(writer, expire_on_commit=False)
        self._stroke = sessionmaker(_without_begin(writer), expire_on_commit=False)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    def transaction(self) -> AbstractContextManager[Session]:
        """Commit on leaving; leaving by an exception undoes everything."""
        return _committed(self._writing())

    def stroke(self) -> AbstractContextManager[Session]:
        """The same for what is done by one statement: it is its own transaction, where the engine can do without BEGIN.

        An exception after that statement undoes nothing of it.
        """
        return _committed(self._stroke())

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to look with: it never writes, and each SELECT sees what is committed when it runs."""
        session = self._reading()
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One instant of the database for many SELECTs, while others write."""
        isolated = self.engine.execution_options(isolation_level="REPEATABLE READ")
        with (self.engine if self.dialect == "sqlite" else isolated).connect() as connection:
            yield connection

    def ping(self) -> None:
        """Hear the database answer; raises SQLAlchemyError when it does not."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close every connection (after a fork, at the end of a test)."""
        self.engine.dispose()


def load_driver(url: str) -> None:
    """Load the driver of this database without opening it: what a process has loaded, those it forks share."""
    make_url(_with_driver(url)).get_dialect().import_dbapi()


def _engine(url: str, options: dict[str, Any]) -> Engine:
    """Flask-SQLAlchemy makes engines for an application; workers have none, so a bare one carries it."""
    carrier = Flask("parvis.database")
    carrier.config["SQLALCHEMY_DATABASE_URI"] = _with_driver(url)
    carrier.config["SQLALCHEMY_ENGINE_OPTIONS"] = _defaults(url) | options
    db.init_app(carrier)
    with carrier.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        engine.dialect.statement_compiler = _SqliteCompiler
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        _check_on_the_way_out(engine)
    return engine


@contextmanager
def _committed(session: Session) -> Iterator[Session]:
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


def _without_begin(engine: Engine) -> Engine:
    # Elsewhere than in SQLite, BEGIN and ROLLBACK are two more journeys to the server, for nothing: each SELECT of a
    # transaction sees what is committed when it runs, with or without them (READ COMMITTED).
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")


class _SqliteCompiler(SQLiteCompiler):
    """Writes the hints of a FROM clause (« NOT INDEXED »), which SQLAlchemy leaves out for this engine."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _defaults(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return PRIVATE | {"connect_args": {"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False}}
    return PRIVATE | {"pool_size": 8, "max_overflow": 8}


def _check_on_the_way_out(engine: Engine) -> None:
    """Lend no connection that its server has closed; the pool opens another in its place."""
    # A ping at each loan (`pool_pre_ping`) is a journey to the server for each page and each transaction. One that was
    # just used, and on which the server has said nothing since (good-byes included), is good without asking.

    def note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    def check(connection: Any, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        now = time.monotonic()
        try:
            if now - record.info.get("used_at", now) > AWAKE_SECONDS or _has_news(connection):
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", check)


def _has_news(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function(LOCAL_DAY, 2, _local_day, deterministic=True)
    connection.create_function(LOCAL_WEEK_HOUR, 2, _local_week_hour, deterministic=True)


def _local_day(instant: str | None, timezone: str) -> str | None:
    return None if instant is None else _there(instant, timezone).date().isoformat()


def _local_week_hour(instant: str | None, timezone: str) -> int | None:
    if instant is None:
        return None
    there = _there(instant, timezone)
    return there.weekday() * 24 + there.hour


def _there(instant: str, timezone: str) -> datetime:
    return datetime.fromisoformat(instant).replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))


def _begin_sqlite(connection: Any) -> None:
    # A writer that starts as a reader loses its turn with "database is locked": say what it will be at once.
    if not connection.get_execution_options().get("parvis_write"):
        connection.exec_driver_sql("BEGIN")
        return
    driver: sqlite3.Connection = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        if not _took_turn(driver):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, for the error to be one that callers know
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def _took_turn(connection: sqlite3.Connection) -> bool:
    """Begin to write as soon as nobody else does; whether that came within BUSY_MILLISECONDS.

    SQLite's own wait looks ten times a second: workers that write one transaction after another would keep a page
    waiting for half a minute. Whoever looks often enough finds a moment between two of them.
    """
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    while time.monotonic() < until:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            time.sleep(TURN_SECONDS)
        else:
            return True
    return False
