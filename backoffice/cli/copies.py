"""Copies of the installation that people learn with."""

from pathlib import Path

import click

from backoffice.cli.tools import runtime, saying_faults
from backoffice.services import demo_copy


@click.command("demo-copy")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@saying_faults
def make_demo_copy(folder: Path) -> None:
    """Write a copy of this installation for training into a new FOLDER: other people, other words, other files."""
    place = folder.resolve()
    password = demo_copy.make(runtime(), place)
    click.echo(
        f"La copie est dans {place} : ni nom, ni adresse, ni texte, ni fichier d’origine ; aucun courriel n’en part."
    )
    click.echo(f"Pour l’ouvrir sur {demo_copy.ADDRESS} : env $(cat {place / demo_copy.ENVIRONMENT}) make run")
    click.echo(f"Mot de passe commun à tous ses agents, dit cette seule fois : {password}")
