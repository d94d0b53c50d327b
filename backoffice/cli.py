"""The commands of the house: `flask --app app <command>`."""

import click
from flask import Flask, current_app

from backoffice.domain import policy
from backoffice.infra import migrations
from backoffice.infra.runtime import Runtime
from backoffice.queries import citizen_keys
from backoffice.services import account_history, accounts, case_texts, setup
from backoffice.services.account_history import Change


def install(app: Flask) -> None:
    """Register every command."""
    for command in (upgrade, downgrade, seed, create_administrator, index_people, index_cases):
        app.cli.add_command(command)


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["parvis"]
    return found


@click.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database up to the newest schema."""
    migrations.upgrade(_runtime().settings.database_url, revision)
    click.echo(f"Schema at {migrations.current(_runtime().database.engine)}.")


@click.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Bring the database back to an older schema."""
    migrations.downgrade(_runtime().settings.database_url, revision)
    click.echo(f"Schema at {migrations.current(_runtime().database.engine) or 'nothing'}.")


@click.command("seed")
def seed() -> None:
    """Load the starter authority, departments and procedures; what exists is left alone."""
    with _runtime().database.transaction() as session:
        authority = setup.install_starter(session)
    click.echo(f"{authority.name} is ready.")


@click.command("index-people")
def index_people() -> None:
    """Make again the index that people are found by, after rows were written past Parvis."""
    with _runtime().database.transaction() as session:
        citizen_keys.rebuild(session)
    click.echo("People are indexed.")


@click.command("index-cases")
def index_cases() -> None:
    """Read every case again for the search of the queue; the relay does it by itself after each change."""
    click.echo(f"{case_texts.rebuild(_runtime())} cases are read.")


@click.command("create-administrator")
@click.argument("email")
@click.argument("name")
@click.password_option()
def create_administrator(email: str, name: str, password: str) -> None:
    """Create the first functional administrator, who then creates everybody else on screen."""
    with _runtime().database.transaction() as session:
        staff = accounts.create_administrator(session, _runtime().settings.authority, email, name, password)
        by_command = policy.system(staff.authority_id, "Ligne de commande")
        account_history.record(session, by_command, staff, Change.CREATED, {}, {"Courriel": staff.email})
    click.echo(f"{staff.email} may sign in.")
