"""`flask --app app upgrade`, `downgrade` and `maintenance`: from one version to the next, and back."""

import sys
from pathlib import Path

import click

from backoffice.cli.tools import runtime, saying_faults
from backoffice.infra import migrations
from backoffice.services import upgrading

WITHOUT_BACKUP = click.option("--without-backup", is_flag=True, help="You have a backup that Parvis did not make.")
BACKUPS = click.option(
    "--backups", type=click.Path(file_okay=False, path_type=Path), help="Their folder (BACKUP_DIR otherwise)."
)


@click.command("upgrade")
@click.argument("revision", default="head")
@WITHOUT_BACKUP
@BACKUPS
@saying_faults
def upgrade(revision: str, without_backup: bool, backups: Path | None) -> None:
    """Bring the database up to the newest schema, once it is safe; pages say that they come back meanwhile."""
    _stop_at(upgrading.list_obstacles(runtime(), backups, without_backup=without_backup))
    upgrading.upgrade(runtime(), revision)
    click.echo(f"Schema at {migrations.current(runtime().database.engine)}.")


@click.command("downgrade")
@click.argument("revision")
@WITHOUT_BACKUP
@BACKUPS
def downgrade(revision: str, without_backup: bool, backups: Path | None) -> None:
    """Bring the database back to an older schema, once it is safe; what newer columns hold goes with them."""
    _stop_at(upgrading.list_obstacles_back(runtime(), revision, backups, without_backup=without_backup))
    upgrading.downgrade(runtime(), revision)
    click.echo(f"Schema at {migrations.current(runtime().database.engine)}.")


def _stop_at(obstacles: list[str]) -> None:
    for obstacle in obstacles:
        click.echo(f"REFUSÉ : {obstacle}", err=True)
    if obstacles:
        sys.exit(1)


@click.command("maintenance")
@click.argument("state", type=click.Choice(["on", "off"]))
def maintenance(state: str) -> None:
    """Close the pages of this machine with the telephone and hours of the authority, or open them again."""
    if state == "on":
        upgrading.close(runtime())
    else:
        upgrading.open_again(runtime().settings)
    click.echo(f"Maintenance : {state}.")
