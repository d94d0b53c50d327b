"""Whole copies of the database, each by the engine's own tool, as it is at one instant and while others write."""

import gzip
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO

from sqlalchemy import Connection, create_engine, func, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from backoffice.errors import Conflict, Invalid, Unavailable
from backoffice.infra import leftovers
from backoffice.infra.database import Base, Database

PIECE = 1024 * 1024
NAMES = {"sqlite": "database.sqlite.gz", "postgresql": "database.dump"}
"""The file of each engine: a SQLite database compressed by gzip, or the custom format of pg_dump."""

SWEEP_LOCK = 7_265_020
"""The advisory lock of PostgreSQL under which scratch databases are made (shared) and swept (alone)."""

Counts = Mapping[str, int]


@contextmanager
def copied(database: Database, scratch: Path) -> Iterator[tuple[Counts, Iterator[bytes]]]:
    """The rows of each table, and the bytes of a copy that holds exactly these; raise Unavailable.

    `scratch` is a folder of this machine: SQLite is copied there first.
    """
    copy = _of_sqlite if database.dialect == "sqlite" else _of_postgresql
    with copy(database, scratch) as found:
        yield found


@contextmanager
def _of_sqlite(database: Database, scratch: Path) -> Iterator[tuple[Counts, Iterator[bytes]]]:
    with leftovers.scratch(scratch, "copy-") as folder:
        path = folder / "parvis.sqlite"
        with (
            closing(sqlite3.connect(str(database.engine.url.database))) as source,
            closing(sqlite3.connect(path)) as copy,
        ):
            source.backup(copy)
        engine = create_engine(f"sqlite:///{path}")
        try:
            with engine.connect() as connection:
                counts = count_rows(connection)
        finally:
            engine.dispose()
        packed = path.with_suffix(".gz")
        with path.open("rb") as plain, gzip.open(packed, "wb", compresslevel=3) as target:
            shutil.copyfileobj(plain, target, PIECE)
        with packed.open("rb") as stream:
            yield counts, _pieces(stream)


@contextmanager
def _of_postgresql(database: Database, _scratch: Path) -> Iterator[tuple[Counts, Iterator[bytes]]]:
    with database.snapshot() as connection:
        # What is counted and what is copied are one instant.
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        counts = count_rows(connection)
        address, environment = _address(database.url)
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--dbname={address}"]
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                [_program("pg_dump"), *options], env=environment, stdout=subprocess.PIPE, stderr=complaints
            )
            assert process.stdout is not None  # noqa: S101 (asked for just above)
            try:
                yield counts, _pieces(process.stdout)
                if process.wait():
                    raise Unavailable(f"pg_dump n’a pas pu copier la base : {_last_words(complaints)}")
            finally:
                process.kill()
                process.stdout.close()
                process.wait()


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table of the house has; those that the database has not yet are passed over."""
    found, there = {}, set(inspect(connection).get_table_names())
    for name, table in sorted((name, table) for name, table in Base.metadata.tables.items() if name in there):
        found[name] = connection.scalar(select(func.count()).select_from(table)) or 0
    return found


def put_back(url: str, chunks: Iterable[bytes]) -> None:
    """Make an empty database what a copy holds.

    Raises Unavailable when the engine's tool refuses, Invalid when the copy is spoilt.
    """
    if make_url(url).get_backend_name() == "sqlite":
        _unpack(Path(make_url(url).database or ""), chunks)
        return
    address, environment = _address(url)
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={address}"]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [_program("pg_restore"), *options],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        )
        assert process.stdin is not None  # noqa: S101 (asked for just above)
        try:
            process.stdin.writelines(chunks)
        except BrokenPipeError:
            pass  # its last words say why
        except BaseException:
            process.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()
        if process.returncode:
            raise Unavailable(f"pg_restore n’a pas pu écrire la base : {_last_words(complaints)}")


def _unpack(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path.parent) as packed:
        packed.writelines(chunks)
        packed.seek(0)
        try:
            with gzip.open(packed) as stream, path.open("wb") as target:
                shutil.copyfileobj(stream, target, PIECE)
                target.flush()
                os.fsync(target.fileno())
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Invalid("La copie de la base ne se décompresse pas : elle est abîmée.") from error


@contextmanager
def scratch_database(url: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of the same engine, gone when the block ends; raise Unavailable."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        yield f"sqlite:///{folder}/scratch.sqlite"
        return
    name = f"{_scratch_prefix(address)}{token_hex(4)}"
    inside = address.set(database=name).render_as_string(hide_password=False)
    with _server(url) as server:
        # No sweep passes between the creation and the connection that says that somebody is at work there.
        server.execute(text("SELECT pg_advisory_lock_shared(:lock)"), {"lock": SWEEP_LOCK})
        server.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        try:
            with _server(inside):
                server.execute(text("SELECT pg_advisory_unlock_shared(:lock)"), {"lock": SWEEP_LOCK})
                yield inside
        finally:
            server.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def sweep_scratch_databases(url: str) -> int:
    """Drop the scratch databases of this one whose process is gone, and say how many; never one in use.

    Whoever made one stays connected to it as long as it serves: PostgreSQL itself refuses to drop it until then.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return 0  # a file of a scratch folder, which goes with it (infra/leftovers)
    with _server(url) as server:
        if not server.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": SWEEP_LOCK}):
            return 0  # one is just being made, or swept by another
        mine = text(
            "SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)"
            " AND pg_get_userbyid(datdba) = current_user"
            " AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE pg_stat_activity.datid = pg_database.oid)"
        )
        return sum(_drop_unused(server, one) for one in server.scalars(mine, {"prefix": _scratch_prefix(address)}))


def _drop_unused(server: Connection, name: str) -> bool:
    try:
        server.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
    except OperationalError:  # somebody came in meanwhile
        return False
    return True


def _scratch_prefix(address: URL) -> str:
    """What the scratch databases of this database are called: several installations may share a server and a user."""
    return f"parvis_prove_{hashlib.sha256(str(address.database).encode()).hexdigest()[:8]}_"


@contextmanager
def _server(url: str) -> Iterator[Connection]:
    """A connection of its own, on which each statement stands alone; its locks end with it."""
    server = Database(url, isolation_level="AUTOCOMMIT")
    try:
        with server.engine.connect() as connection:
            yield connection
    finally:
        server.dispose()


def refuse_unless_empty(url: str) -> None:
    """Raise Conflict when a database has a table already: a restoration never writes over anything."""
    if url.startswith("sqlite:") and not Path(make_url(url).database or "").exists():
        return
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            names = database.engine.dialect.get_table_names(connection)
    finally:
        database.dispose()
    if names:
        raise Conflict(
            "La base de données n’est pas vide : donnez dans DATABASE_URL une base nouvelle, puis recommencez."
        )


def _address(url: str) -> tuple[str, dict[str, str]]:
    """What PostgreSQL's tools are told; the password goes by the environment, which other users do not see."""
    known = make_url(url)
    without_it = URL.create("postgresql", known.username, None, known.host, known.port, known.database, known.query)
    address = without_it.render_as_string()
    secret = {"PGPASSWORD": str(known.password)} if known.password else {}
    return address, {"PATH": os.defpath, **secret}


def _program(name: str) -> str:
    found = shutil.which(name, path=os.defpath) or shutil.which(name)
    if found is None:
        raise Unavailable(f"Le programme {name} n’est pas installé : « apt-get install postgresql-client ».")
    return found


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(PIECE):
        yield chunk


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "aucune explication."
