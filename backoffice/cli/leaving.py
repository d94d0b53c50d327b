"""`flask --app app export-all` and `import-all`: leave with everything, or arrive with it."""

from pathlib import Path

import click

from backoffice.cli.tools import runtime, saying_faults
from backoffice.services import whole_export, whole_import

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("export-all")
@click.argument("folder", type=FOLDER)
@saying_faults
def export_all(folder: Path) -> None:
    """Write everything into a new FOLDER: tables as JSON lines, files, a manifest (docs/export-format.md)."""
    told = whole_export.export(runtime(), folder)
    rows = sum(table["rows"] for table in told["tables"])
    click.echo(f"{rows} lignes de {len(told['tables'])} tables et {told['files']['count']} fichiers dans {folder}.")


@click.command("import-all")
@click.argument("folder", type=FOLDER)
@saying_faults
def import_all(folder: Path) -> None:
    """Take an export in; the database must be empty, at the same schema (`flask --app app upgrade`)."""
    written = whole_import.take_in(runtime(), folder)
    click.echo(f"{sum(written.values())} lignes de {len(written)} tables sont là.")
    click.echo("Les agents n’ont pas de mot de passe : « create-administrator », puis un lien pour chacun.")
