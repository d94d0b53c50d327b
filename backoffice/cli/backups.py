"""`flask --app app backup` and `restore`: the whole installation, kept elsewhere and proven."""

import sys
from pathlib import Path

import click

from backoffice.cli.tools import runtime, saying_faults
from backoffice.domain import french
from backoffice.services import backups, restoring
from backoffice.services.restoring import Proof

PLACE = click.Path(file_okay=False, path_type=Path)


@click.command("backup")
@click.option("--to", "folder", type=PLACE, help="The folder of backups (BACKUP_DIR when none is said).")
@saying_faults
def backup(folder: Path | None) -> None:
    """Back up the database and every file; those that an earlier backup copied are not copied again."""
    made = backups.make(runtime(), backups.folder_of(runtime().settings, folder))
    told = made.manifest
    click.echo(f"Sauvegarde {made.name} dans {made.folder.parent} ({'chiffrée' if told.sealed else 'non chiffrée'}).")
    click.echo(f"  {told.engine}, révision {told.revision}, {sum(told.tables.values())} lignes, {told.files} fichiers.")
    click.echo(f"  {french.plural(told.copied, 'fichier nouveau', 'fichiers nouveaux')} ({told.copied_size} octets).")
    click.echo("À garder ailleurs, car aucune sauvegarde ne les contient :")
    for name in told.secrets:
        click.echo(f"  - {name}")


@click.command("restore")
@click.argument("name", default="")
@click.option("--from", "folder", type=PLACE, help="The folder of backups (BACKUP_DIR when none is said).")
@click.option("--prove", is_flag=True, help="Restore into a scratch place, check everything, start it, and tell.")
@saying_faults
def restore(name: str, folder: Path | None, prove: bool) -> None:
    """Restore a backup (the newest when no NAME is said) into the empty database and storage of the settings."""
    place = backups.folder_of(runtime().settings, folder)
    proof = restoring.prove(runtime(), place, name) if prove else restoring.restore(runtime(), place, name)
    click.echo(_report(proof))
    if proof.faults:
        sys.exit(1)


def _report(proof: Proof) -> str:
    lines = [f"Sauvegarde {proof.name}, faite le {proof.made_at}."]
    lines += [f"  {table:<28} {found:>9} lignes" for table, (_, found) in proof.tables.items() if found]
    lines.append(
        f"  {proof.rows} lignes dans {len(proof.tables)} tables, {proof.files} fichiers ({proof.files_size} octets)."
    )
    lines += [f"  {page} : {status}" for page, status in proof.pages.items()]
    lines += [f"À savoir : {note}" for note in proof.notes]
    lines += [f"FAUTE : {fault}" for fault in proof.faults]
    lines.append("Cette sauvegarde ne suffit pas." if proof.faults else "Tout est là, et tout est juste.")
    return "\n".join(lines)
