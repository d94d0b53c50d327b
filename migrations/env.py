"""Alembic's environment: the connection comes from backoffice.infra.migrations, the metadata from the models."""

from alembic import context

import backoffice.models  # noqa: F401 (declares the tables)
from backoffice.infra.database import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
