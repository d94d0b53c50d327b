"""What every command starts from."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click
from flask import current_app

from backoffice.errors import BackofficeError, Invalid, Unavailable
from backoffice.infra import migrations
from backoffice.infra.runtime import Runtime

Arguments = ParamSpec("Arguments")


def runtime() -> Runtime:
    """The tools of this process."""
    found: Runtime = current_app.extensions["parvis"]
    return found


def ready_runtime() -> Runtime:
    """The same, for what reads and writes rows; raises Unavailable when the database is at another schema."""
    found = runtime()
    known = migrations.known_numbers()[-1]
    here = migrations.current_number(found.database.engine)
    if here > known:
        raise Unavailable(
            f"La base est à la révision {here}, plus récente que ce programme ({known}) : mettez-le à jour."
        )
    if here != known:
        said = f"à la révision {here}" if here else "vide"
        raise Unavailable(f"La base est {said}, ce programme attend la {known} : lancez « flask --app app upgrade ».")
    return found


def saying_faults(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """A command whose faults are a French sentence and the exit code 1, never a trace."""

    @wraps(command)
    def run(*given: Arguments.args, **named: Arguments.kwargs) -> None:
        try:
            command(*given, **named)
        except BackofficeError as error:
            faults = error.faults.values() if isinstance(error, Invalid) else ()
            click.echo("\n".join([error.sentence, *faults]), err=True)
            sys.exit(1)

    return run
