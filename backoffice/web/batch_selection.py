"""The cases that an action in bulk is about: those ticked in the queue, or its whole list; and the form's own key."""

import secrets
from collections.abc import Mapping

from flask import request

from backoffice.domain import references
from backoffice.domain.batches import MOST_LETTERS
from backoffice.errors import Invalid
from backoffice.queries.queue_filters import Filters
from backoffice.services import batches
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here


def chosen(filters: Filters) -> tuple[str, ...]:
    """The references that the address names; raise Invalid when there are none."""
    if "tout" in request.args:
        with runtime().database.reading() as session:
            return tuple(batches.list_references(session, actor(), filters, today_here()))
    ticked = references_of(request.args.getlist("dossier"))
    if not ticked:
        raise Invalid("Cochez au moins un dossier de la liste avant de choisir une action.")
    return ticked


def references_of(given: list[str]) -> tuple[str, ...]:
    """The references among what was given, each once, one too many at most."""
    read = (references.find_reference(one) for one in given[: MOST_LETTERS + 1])
    return tuple(dict.fromkeys(one for one in read if one))


def key_of(given: Mapping[str, str]) -> str:
    """The key that a form carries, a new one when it is not one of ours."""
    key = given.get("form_key", "")
    known = len(key) == 32 and key.isalnum() and key.isascii()
    return key if known else secrets.token_hex(16)
