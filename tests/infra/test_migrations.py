"""The schema goes up and down on both engines, and says the same as the models."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

import backoffice.models
from backoffice.infra import migrations
from backoffice.infra.database import Base, Database


def _differences(url: str) -> list[object]:
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, Base.metadata))
    finally:
        database.dispose()


def _tables(url: str) -> list[str]:
    database = Database(url)
    try:
        return sorted(set(inspect(database.engine).get_table_names()) - {"alembic_version"})
    finally:
        database.dispose()


def test_the_migrations_say_the_same_as_the_models(database_url: str) -> None:
    assert backoffice.models.__all__
    assert _differences(database_url) == []


def test_the_schema_goes_down_to_nothing_and_up_again(database_url: str) -> None:
    full = _tables(database_url)
    migrations.downgrade(database_url, "base")
    assert _tables(database_url) == []
    migrations.upgrade(database_url)
    assert _tables(database_url) == full == sorted(Base.metadata.tables)
    assert _differences(database_url) == []


def test_the_current_revision_is_the_latest(database_url: str) -> None:
    database = Database(database_url)
    assert migrations.current(database.engine) == migrations.latest()
    database.dispose()


def test_every_row_that_belongs_to_an_authority_carries_it() -> None:
    without = {name for name, table in Base.metadata.tables.items() if "authority_id" not in table.columns}
    # The storage is one for all, its contents too: who may see them goes by the rows that name them.
    assert without == {"authorities", "failed_sign_ins", "held_files", "received_files"}
