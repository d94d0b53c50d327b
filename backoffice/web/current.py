"""What the page being served can reach: the runtime, the authority, and who is looking."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import current_app, g

from backoffice.domain.policy import Actor
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue, shared_services

AUTHORITY_KEPT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """What layouts show of the authority; `works_elsewhere` when a department of its works for another one too."""

    id: int
    code: str
    name: str
    email: str
    phone: str
    address: str
    opening_hours: str
    accessibility_state: str
    timezone: ZoneInfo
    details: dict[str, Any]
    works_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in, as pages show them; `actor` is the same person as the policy sees them.

    `email` is the address that a link proved, when that is all that is known of a citizen; `addresses` are all those
    that open their account. `is_weak` says that the address is not enough: a provider vouches for the account. `unread`
    is how many notices an agent has not read, `proved_at` when they last proved who they are, `emergency_until` until
    when an administrator reads cases. `home_site` is where somebody of another authority comes from.
    """

    kind: str
    name: str
    actor: Actor
    roles: tuple[str, ...]
    session_id: int
    email: str = ""
    addresses: tuple[str, ...] = ()
    is_weak: bool = False
    unread: int = 0
    proved_at: datetime | None = None
    emergency_until: datetime | None = None
    home_site: str = ""


def runtime() -> Runtime:
    """The tools of this process."""
    return cast("Runtime", current_app.extensions["parvis"])


def authority() -> AuthorityView:
    """The authority of this installation; raise NotFound before any is created."""
    if "authority" not in g:
        g.authority = _kept_authority()
    return cast("AuthorityView", g.authority)


def known_authority() -> AuthorityView | None:
    """The same; None for a page that must do without the database and never had it."""
    return None if g.get("does_without") else authority()


def do_without_database() -> None:
    """From here on this request shows what is known without the database: who we are and how to call us, maybe."""
    kept = current_app.extensions.get("parvis.authority")
    g.does_without = kept is None
    if kept is not None:
        g.authority = kept[1]


def _kept_authority() -> AuthorityView:
    # Read again every ten seconds: cheap for a page, soon enough for an administrator.
    kept = current_app.extensions.get("parvis.authority")
    if kept is not None and kept[0] > time.monotonic():
        return cast("AuthorityView", kept[1])
    with runtime().database.reading() as session:
        found = catalogue.get_authority(session, runtime().settings.authority)
        view = _view(found, works_elsewhere=shared_services.works_elsewhere(session, found.id))
    current_app.extensions["parvis.authority"] = (time.monotonic() + AUTHORITY_KEPT_SECONDS, view)
    return view


def forget_authority() -> None:
    """Have the next page of this process read the authority again: an administrator has just changed it."""
    current_app.extensions.pop("parvis.authority", None)


def _view(authority: Authority, *, works_elsewhere: bool) -> AuthorityView:
    details = dict(authority.details)
    return AuthorityView(
        id=authority.id,
        code=authority.code,
        name=authority.name,
        email=authority.email,
        phone=authority.phone,
        address=details.get("address", ""),
        opening_hours=details.get("opening_hours", ""),
        accessibility_state=details.get("accessibility_state", ""),
        timezone=ZoneInfo(authority.timezone),
        details=details,
        works_elsewhere=works_elsewhere,
    )


def viewer() -> Viewer | None:
    """Who is signed in on this request, set by `access` before the view runs."""
    return cast("Viewer | None", g.get("viewer"))


def actor() -> Actor:
    """The signed-in member of staff or citizen; only views whose audience demands one call this."""
    found = viewer()
    assert found is not None  # noqa: S101 (access let nobody else in)
    return found.actor
