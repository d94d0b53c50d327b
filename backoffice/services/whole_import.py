"""Arriving: an export taken in by an empty installation, which is then equal to the one that was left."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from backoffice.domain import open_values
from backoffice.errors import Conflict, Invalid
from backoffice.infra import migrations
from backoffice.infra.open_export import ExportFolder
from backoffice.infra.runtime import Runtime
from backoffice.queries import citizen_keys
from backoffice.queries import whole_tables as queries


def take_in(runtime: Runtime, place: Path) -> dict[str, int]:
    """Write every file, then every row, all or nothing; answers the rows of each table.

    The words of cases and the sums of figures are made again by the relay, within seconds of its start.
    Raises Conflict when the installation is not empty, Invalid when the export is not whole or of another schema.
    """
    folder = ExportFolder(place)
    manifest = folder.manifest()
    _check(runtime, manifest)
    for digest in folder.digests():
        with folder.open_file(digest) as stream:
            found, _ = runtime.storage.put_stream(stream)
        if found != digest:
            raise Invalid(f"Le fichier {digest} de l’export a été changé depuis qu’il a été écrit.")
    said = {one["name"]: one for one in manifest["tables"]}
    written = {}
    with runtime.database.transaction() as session:
        if filled := queries.list_filled(session):
            some = ", ".join(filled[:5])
            raise Conflict(f"L’installation n’est pas vide ({some}) : importez dans une base neuve, après « upgrade ».")
        for table in queries.list_tables():
            written[table.name] = queries.write_rows(session, table, _rows(folder, table, said[table.name]))
        queries.go_on_counting(session)
        citizen_keys.rebuild(session)
    return written


def _check(runtime: Runtime, manifest: dict[str, Any]) -> None:
    here = migrations.current_number(runtime.database.engine)
    if not here:
        raise Invalid("Cette base n’a pas encore de tables : lancez « flask --app app upgrade », puis importez.")
    if manifest["revision"] != here:
        said = f"L’export est à la révision {manifest['revision']} du schéma, cette installation à la {here}."
        raise Invalid(f"{said} Installez la même version du programme, importez, puis mettez à jour.")
    missing = {table.name for table in queries.list_tables()} - {one["name"] for one in manifest["tables"]}
    if missing:
        raise Invalid(f"Il manque des tables à l’export : {', '.join(sorted(missing))}.")


def _rows(folder: ExportFolder, table: Table, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kinds = {column.name: queries.kind_of(column) for column in queries.columns_of(table)}
    count = 0
    for row in folder.read_table(table.name, said["sha256"]):
        if row.keys() != kinds.keys():
            raise Invalid(f"La table {table.name} de l’export n’a pas les colonnes de ce programme.")
        count += 1
        try:
            yield {name: open_values.read(kinds[name], value) for name, value in row.items()}
        except (TypeError, ValueError) as error:
            raise Invalid(f"La ligne {count} de la table {table.name} de l’export ne se lit pas.") from error
    if count != said["rows"]:
        raise Invalid(f"La table {table.name} de l’export a {count} lignes, le manifeste en annonce {said['rows']}.")
