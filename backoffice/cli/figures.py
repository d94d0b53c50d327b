"""The commands about what figures are summed from."""

import click

from backoffice.cli.tools import runtime
from backoffice.services import counting


@click.command("count-figures")
def count_figures() -> None:
    """Count again all that figures are summed from; the relay does it by itself after each change."""
    counting.rebuild(runtime())
    click.echo("Everything is counted.")


@click.command("check-figures")
def check_figures() -> None:
    """Count everything from scratch beside what figures are summed from, and say what differs."""
    if found := counting.check(runtime()):
        raise click.ClickException("\n".join(["What figures are summed from is wrong:", *found]))
    click.echo("Figures are summed right.")
