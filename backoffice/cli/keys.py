"""`flask --app app rotate-secrets`: the new key takes over from the old ones."""

import click

from backoffice.cli.tools import ready_runtime, saying_faults
from backoffice.services import key_rotation


@click.command("rotate-secrets")
@saying_faults
def rotate_secrets() -> None:
    """Seal everything again with the first of SECRET_KEYS; the others may then be withdrawn (docs/operations.md)."""
    house = ready_runtime()
    with house.database.transaction() as session:
        found = key_rotation.reseal(session, house)
    click.echo(f"{found.done} textes sont scellés avec la première clé de SECRET_KEYS.")
    if found.lost:
        click.echo(f"{found.lost} ne s’ouvrent avec aucune clé : remettez l’ancienne clé en second, et recommencez.")
        raise SystemExit(1)
