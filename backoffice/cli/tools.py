"""What every command starts from."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click
from flask import current_app

from backoffice.errors import BackofficeError
from backoffice.infra.runtime import Runtime

Arguments = ParamSpec("Arguments")


def runtime() -> Runtime:
    """The tools of this process."""
    found: Runtime = current_app.extensions["parvis"]
    return found


def saying_faults(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """A command whose faults are a French sentence and the exit code 1, never a trace."""

    @wraps(command)
    def run(*given: Arguments.args, **named: Arguments.kwargs) -> None:
        try:
            command(*given, **named)
        except BackofficeError as error:
            click.echo(error.sentence, err=True)
            sys.exit(1)

    return run
