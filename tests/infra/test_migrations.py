"""The schema goes up and down on both engines, and says the same as the models."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Index, inspect, text

import backoffice.models
from backoffice.infra import migrations
from backoffice.infra.database import Base, Database


def _is_index_of_words(name: str | None) -> bool:
    """Whether a table is one of those that SQLite keeps its index of words in: no model is made of them."""
    return (name or "").startswith("case_texts_fts")


def _is_gin(difference: tuple[object, ...]) -> bool:
    """Whether it is an index that PostgreSQL alone has: `ddl_if` says so, and what compares does not hear it."""
    return isinstance(difference[1], Index) and difference[1].dialect_kwargs.get("postgresql_using") == "gin"


def _differences(url: str) -> list[object]:
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            options = {"compare_type": True, "include_name": lambda name, *_: not _is_index_of_words(name)}
            context = MigrationContext.configure(connection, opts=options)
            found = list(compare_metadata(context, Base.metadata))
            return [one for one in found if database.dialect != "sqlite" or not _is_gin(one)]
    finally:
        database.dispose()


def _tables(url: str) -> list[str]:
    database = Database(url)
    try:
        names = set(inspect(database.engine).get_table_names()) - {"alembic_version"}
        return sorted(name for name in names if not _is_index_of_words(name))
    finally:
        database.dispose()


def _triggers(url: str) -> list[str]:
    database = Database(url)
    sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    postgresql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    try:
        with database.engine.connect() as connection:
            return list(connection.execute(text(sqlite if database.dialect == "sqlite" else postgresql)).scalars())
    finally:
        database.dispose()


def test_the_migrations_say_the_same_as_the_models(database_url: str) -> None:
    assert backoffice.models.__all__
    assert _differences(database_url) == []


def test_the_schema_goes_down_to_nothing_and_up_again(database_url: str) -> None:
    full, triggers = _tables(database_url), _triggers(database_url)
    assert triggers
    migrations.downgrade(database_url, "base")
    assert _tables(database_url) == []
    assert _triggers(database_url) == []
    migrations.upgrade(database_url)
    assert _tables(database_url) == full == sorted(Base.metadata.tables)
    assert _differences(database_url) == []
    assert _triggers(database_url) == triggers


def test_the_current_revision_is_the_latest(database_url: str) -> None:
    database = Database(database_url)
    assert migrations.current(database.engine) == migrations.latest()
    database.dispose()


def test_every_row_that_belongs_to_an_authority_carries_it() -> None:
    without = {name for name, table in Base.metadata.tables.items() if "authority_id" not in table.columns}
    # The storage is one for all, its contents too: who may see them goes by the rows that name them.
    assert without == {"authorities", "failed_sign_ins", "held_files", "received_files"}
