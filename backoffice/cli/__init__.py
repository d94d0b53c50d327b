"""The commands of the house: `flask --app app <command>`."""

from functools import cached_property

import click
from flask import Flask
from flask.cli import AppGroup


class _House(AppGroup):
    """Its commands are loaded when one is asked for: the processes that serve pages never need them."""

    @cached_property
    def ours(self) -> dict[str, click.Command]:
        """By name."""
        from backoffice.cli.commands import COMMANDS  # noqa: PLC0415 (late, as said above)

        return {str(command.name): command for command in COMMANDS}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all."""
        return sorted({*super().list_commands(ctx), *self.ours})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The one of this name."""
        return self.ours.get(cmd_name) or super().get_command(ctx, cmd_name)


def install(app: Flask) -> None:
    """Make every command known to `flask`."""
    app.cli = _House(app.name)
