"""A PostgreSQL cluster in a temporary folder, with a fresh database for each test that asks."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.services.program import IS_ROOT, Program, find_program, free_port

# PostgreSQL refuses to run as root; its Debian package makes this user.
USER = "postgres" if IS_ROOT else None
# As in production: this one signs in with a password, the tests' own user without.
GUARDED, PASSWORD = "guarded", "p@ss:w/rd%"
BINARIES = "/usr/lib/postgresql/*/bin"
# Nothing here has to survive a power cut.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=128MB",
    "max_connections=60",
    "shared_buffers=64MB",
)


class Postgres:
    """The cluster: `database()` lends a new database, a copy of a template."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        data = folder / "data"
        as_user = ["runuser", "-u", USER, "--"] if USER else []
        initdb = find_program("initdb", "postgresql", BINARIES)
        options = [
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-D",
            str(data),
        ]
        subprocess.run([*as_user, initdb, *options], check=True, capture_output=True, cwd=folder)
        rules = data / "pg_hba.conf"
        rules.write_text(f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        settings = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={folder}",
            *FAST,
        ]
        command = [find_program("postgres", "postgresql", BINARIES), "-D", str(data)]
        for setting in settings:
            command += ["-c", setting]
        self.program = Program(command, folder / "postgres.log", self._answers, user=USER)
        self.numbers = count(1)

    def url(self, name: str) -> str:
        """The SQLAlchemy address of a database of this cluster."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def guarded_url(self, url: str) -> str:
        """The address of the same database for somebody who gives a password."""
        with suppress(psycopg.errors.DuplicateObject):
            self._run(
                sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(
                    sql.Identifier(GUARDED), sql.Literal(PASSWORD)
                )
            )
        return make_url(url).set(username=GUARDED, password=PASSWORD).render_as_string(hide_password=False)

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database, a copy of a template that nobody is connected to; gives its address."""
        copied = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._run(copied.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, even when a connection to it was forgotten."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Lend the address of a new database, which is dropped afterwards."""
        name = f"test_{next(self.numbers)}"
        try:
            yield self.create(name, template)
        finally:
            self.drop(name)

    def restart(self) -> None:
        """Hang up on everybody and come back: what was committed stays."""
        self.program.stop(signal.SIGINT)
        self.program.start()

    def _run(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), self._connect():
            return True
        return False


@contextmanager
def running() -> Iterator[Postgres]:
    """A cluster that lives as long as the block."""
    with TemporaryDirectory(prefix="parvis-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        if USER:
            subprocess.run(["chown", f"{USER}:", name], check=True)
        server = Postgres(folder)
        try:
            server.program.start()
            yield server
        finally:
            server.program.stop()
