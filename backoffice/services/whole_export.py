"""Leaving: everything that an installation holds, in a documented open format (docs/export-format.md)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table

from backoffice.domain import open_values
from backoffice.domain.open_values import INSTANT
from backoffice.errors import NotFound
from backoffice.infra import migrations
from backoffice.infra.open_export import ExportFolder
from backoffice.infra.runtime import Runtime
from backoffice.queries import whole_tables as queries
from backoffice.services import mail_secrets
from backoffice.settings import Settings

Change = Callable[[Table, dict[str, Any]], dict[str, Any]]
"""What becomes of a row on its way out."""


def export(runtime: Runtime, place: Path, change: Change = mail_secrets.without_links) -> dict[str, Any]:
    """Write every table as it is at one instant, then every file; answers the manifest.

    Raises Conflict when the folder is not empty.
    """
    folder = ExportFolder(place)
    folder.begin()
    with runtime.database.snapshot() as connection:
        tables = [_write(folder, connection, table, change) for table in queries.list_tables()]
    count = size = 0
    for digest in runtime.storage.digests():
        try:
            size += folder.write_file(digest, runtime.storage.chunks(digest))
        except NotFound:
            continue  # destroyed meanwhile
        count += 1
    manifest = describe(runtime, tables, {"count": count, "size": size})
    folder.finish(manifest)
    return manifest


def describe(runtime: Runtime, tables: list[dict[str, Any]], files: Mapping[str, int]) -> dict[str, Any]:
    """The manifest of an export."""
    return {
        "made_at": datetime.now(UTC).strftime(INSTANT),
        "revision": migrations.current_number(runtime.database.engine),
        "tables": tables,
        "files": dict(files),
        "settings": settings_without_secrets(runtime.settings),
        "left_out": {**queries.LEFT_OUT, **queries.LEFT_OUT_COLUMNS},
    }


def _write(folder: ExportFolder, connection: Connection, table: Table, change: Change) -> dict[str, Any]:
    kinds = {column.name: queries.kind_of(column) for column in queries.columns_of(table)}

    def rows() -> Iterator[dict[str, Any]]:
        for row in queries.read_rows(connection, table):
            yield {name: open_values.write(kinds[name], value) for name, value in change(table, row).items()}

    count, digest = folder.write_table(table.name, rows())
    return {"name": table.name, "rows": count, "sha256": digest, "columns": kinds}


def settings_without_secrets(settings: Settings) -> dict[str, Any]:
    """The settings of the environment as text: none of those that are secret, of the lists the names alone."""
    said: dict[str, Any] = {
        one.name: str(getattr(settings, one.name)) for one in fields(settings) if one.repr and one.name not in _LISTS
    }
    said["mailboxes"] = [{"code": one.code, "address": one.address} for one in settings.mailboxes]
    said["identity_providers"] = [{"name": one.name, "issuer": one.issuer} for one in settings.identity_providers]
    return said


_LISTS = frozenset({"mailboxes", "identity_providers"})
