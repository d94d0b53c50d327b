"""What a person typed before their session ended: carried through the sign-in, never lost."""

from collections.abc import Iterator

from flask import render_template, request
from flask.typing import ResponseReturnValue

# The sign-in form has fields of its own: those that it carries wear this before their name.
NAME_ON_THE_WAY = "kept."

# Never carried: the old proof of origin, and what must not be written into a page.
NOT_CARRIED = frozenset({"csrf_token", "password", "current_password", "new_password"})


def fields() -> Iterator[tuple[str, str]]:
    """The fields of the form that was just posted, in order."""
    for name, values in request.form.lists():
        if name not in NOT_CARRIED:
            for value in values:
                yield name, value


def carried() -> list[tuple[str, str]]:
    """The fields that the sign-in form carries, under their own names again."""
    return [
        (name.removeprefix(NAME_ON_THE_WAY), value)
        for name, values in request.form.lists()
        if name.startswith(NAME_ON_THE_WAY)
        for value in values
    ]


def ask_to_sign_in() -> ResponseReturnValue:
    """The sign-in page, holding what was typed: it is sent again after the sign-in, with a confirmation."""
    page = render_template(
        "staff/sign_in.html",
        kept=list(fields()),
        kept_path=request.full_path.rstrip("?"),
        files_lost=any(file.filename for file in request.files.values()),
        next_path="",
        email="",
        errors={},
    )
    return page, 401


def ask_to_send_again() -> ResponseReturnValue:
    """The page shown when a form outlived its session: everything typed is there, one button sends it."""
    page = render_template(
        "errors/send_again.html",
        kept=list(fields()),
        kept_path=request.full_path.rstrip("?"),
        files_lost=any(file.filename for file in request.files.values()),
    )
    return page, 400
