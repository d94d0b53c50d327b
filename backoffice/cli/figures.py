"""The commands about what figures are summed from."""

import click

from backoffice.cli.tools import ready_runtime, saying_faults
from backoffice.services import counting


@click.command("count-figures")
@saying_faults
def count_figures() -> None:
    """Count again all that figures are summed from; the relay does it by itself after each change."""
    counting.rebuild(ready_runtime())
    click.echo("Everything is counted.")


@click.command("check-figures")
@saying_faults
def check_figures() -> None:
    """Count everything from scratch beside what figures are summed from, and say what differs."""
    if found := counting.check(ready_runtime()):
        raise click.ClickException("\n".join(["What figures are summed from is wrong:", *found]))
    click.echo("Figures are summed right.")
