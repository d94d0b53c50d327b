"""Moves the database's schema up and down with Alembic (numbered, reversible, the same on both engines)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, column, inspect, select, table

from backoffice.infra.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

VERSIONS = table("alembic_version", column("version_num"))
FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to a revision; on PostgreSQL all of it or nothing."""
    from alembic import command

    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Bring the schema back down to a revision (`base` for an empty database)."""
    from alembic import command

    _run(url, lambda config: command.downgrade(config, revision))


def latest() -> str:
    """The newest revision that this code knows."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(engine: Engine) -> str:
    """The revision that the database is at, empty when it has none."""
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def known_numbers() -> list[str]:
    """The numbers of the revisions that this code knows, oldest first, without loading Alembic."""
    return sorted(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def current_number(engine: Engine) -> str:
    """The revision that the database is at, empty when it has none, without loading Alembic."""
    if not inspect(engine).has_table(VERSIONS.name):
        return ""
    with engine.connect() as connection:
        return connection.scalar(select(VERSIONS.c.version_num)) or ""


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def _run(url: str, move: "Callable[[Config], None]") -> None:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    database = Database(url)
    try:
        with database.engine.execution_options(parvis_write=True).begin() as connection:
            move(_config(connection))
    finally:
        database.dispose()
