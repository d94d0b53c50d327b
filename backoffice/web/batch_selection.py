"""The cases that an action in bulk is about: those ticked in the queue, or its whole list; and the form's own key."""

import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import request, url_for

from backoffice.domain import references
from backoffice.domain.batches import MOST_LETTERS
from backoffice.errors import Invalid
from backoffice.queries import queue as queries
from backoffice.queries.queue_filters import Filters
from backoffice.services import batches
from backoffice.web import queue
from backoffice.web.current import actor, runtime
from backoffice.web.local_paths import safe_path
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


def list_left(given: Mapping[str, str]) -> str:
    """The list of the queue that a form was reached from, as its address or its fields carry it; else the usual one."""
    return safe_path(given.get("retour", "")) or url_for("queue.show")


def list_to_return_to(filters: Filters) -> str:
    """The list that the address comes from, as it was left: its filters, its page, what was ticked."""
    left = safe_path(request.args.get("retour", "")) or url_for("queue.show", **queue.fields_of(filters))
    ticked = () if "tout" in request.args else references_of(request.args.getlist("dossier"))[: queries.PAGE_SIZE]
    ticks = urlencode([(queue.TICKED, one) for one in ticked])
    return f"{left}{'&' if '?' in left else '?'}{ticks}" if ticks else left


def key_of(given: Mapping[str, str]) -> str:
    """The key that a form carries, a new one when it is not one of ours."""
    key = given.get("form_key", "")
    known = len(key) == 32 and key.isalnum() and key.isascii()
    return key if known else secrets.token_hex(16)
