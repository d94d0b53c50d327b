"""Every command of the house, those of a first installation among them."""

import click

from backoffice.cli import backups, copies, examination, figures, keys, leaving, versions
from backoffice.cli.tools import ready_runtime, saying_faults
from backoffice.domain import policy
from backoffice.queries import accounts as account_queries
from backoffice.queries import citizen_keys, people
from backoffice.services import (
    account_history,
    accounts,
    case_texts,
    received_files,
    second_factors,
    setup,
    sign_in_rules,
)
from backoffice.services.account_history import Change


@click.command("seed")
@saying_faults
def seed() -> None:
    """Load the starter authority, departments and procedures; what exists is left alone."""
    house = ready_runtime()
    with house.database.transaction() as session:
        roles = () if house.settings.demo else sign_in_rules.USUAL_ROLES
        authority = setup.install_starter(session, roles)
    click.echo(f"{authority.name} is ready.")


@click.command("add-authority")
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=click.Choice(["commune", "epci", "departement"]), default="commune", show_default=True)
@saying_faults
def add_authority(code: str, name: str, kind: str) -> None:
    """Open one more authority; its processes and its first administrator then start with AUTHORITY=CODE."""
    with ready_runtime().database.transaction() as session:
        authority = setup.open_authority(session, code, name, kind, sign_in_rules.USUAL_ROLES)
    click.echo(f"{authority.name} is ready: AUTHORITY={code} flask --app app create-administrator ADDRESS NAME")


@click.command("index-people")
@saying_faults
def index_people() -> None:
    """Make again the index that people are found by, after rows were written past Parvis."""
    with ready_runtime().database.transaction() as session:
        citizen_keys.rebuild(session)
    click.echo("People are indexed.")


@click.command("index-cases")
@saying_faults
def index_cases() -> None:
    """Read every case again for the search of the queue; the relay does it by itself after each change."""
    house = ready_runtime()
    with house.database.transaction() as session:
        files = received_files.read_again(session)
    click.echo(f"{case_texts.rebuild(house)} cases are read; {files} files are to be read by a worker.")


@click.command("create-administrator")
@click.argument("email")
@click.argument("name")
@click.password_option()
@saying_faults
def create_administrator(email: str, name: str, password: str) -> None:
    """Create the first functional administrator, who then creates everybody else on screen."""
    house = ready_runtime()
    with house.database.transaction() as session:
        staff = accounts.create_administrator(session, house.settings.authority, email, name, password)
        by_command = policy.system(staff.authority_id, "Ligne de commande")
        account_history.record(session, by_command, staff, Change.CREATED, {}, {"Courriel": staff.email})
    click.echo(f"{staff.email} may sign in.")


@click.command("reset-second-factor")
@click.argument("email")
@click.argument("reason")
@saying_faults
def reset_second_factor(email: str, reason: str) -> None:
    """Take away the lost second factor of an account when no other administrator is left to do it on screen."""
    house = ready_runtime()
    with house.database.transaction() as session:
        staff = people.find_staff_by_email(session, email)
        if staff is None:
            raise click.ClickException(f"Nobody has the address {email}.")
        held = account_queries.claim_staff(session, staff.authority_id, staff.id)
        by_command = policy.system(staff.authority_id, "Ligne de commande")
        second_factors.reset(session, house, by_command, held, reason)
    click.echo(f"{email} signs in with the password alone, and enrols again if their role asks for it.")


COMMANDS: tuple[click.Command, ...] = (
    versions.upgrade,
    versions.downgrade,
    versions.maintenance,
    seed,
    add_authority,
    create_administrator,
    reset_second_factor,
    index_people,
    index_cases,
    figures.count_figures,
    figures.check_figures,
    examination.doctor,
    backups.backup,
    backups.restore,
    keys.rotate_secrets,
    leaving.export_all,
    leaving.import_all,
    copies.make_demo_copy,
)
