"""Every route names its audience; nobody can forget the guard, for a route without one is refused."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import ROLE_LABELS, Permission, Role
from backoffice.errors import Forbidden
from backoffice.identity_providers import EMAIL
from backoffice.models.people import Citizen, Staff, WebSession
from backoffice.queries import people
from backoffice.services import account_links, accounts, email_accounts
from backoffice.web import kept_input, limits
from backoffice.web.current import Viewer, runtime

STAFF_COOKIE = "parvis_agent"
CITIZEN_COOKIE = "parvis_usager"
STAFF_PAGES = "/agents"


class Audience(StrEnum):
    """Who a route is for."""

    PUBLIC = "public"
    CITIZEN = "citizen"
    STAFF = "staff"
    MACHINE = "machine"


View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def audience(who: Audience, permission: Permission | None = None) -> Callable[[View], View]:
    """Say who may come; with a permission, staff who hold it somewhere (the use case asks again, on the case)."""

    def mark(view: View) -> View:
        view.audience = (who, permission)  # type: ignore[attr-defined]
        return view

    return mark


def unattended(view: View) -> View:
    """Mark a view that a page asks for by itself: it does not show that somebody is still there."""
    view.unattended = True  # type: ignore[attr-defined]
    return view


def audience_of(app: Flask, endpoint: str) -> tuple[Audience, Permission | None] | None:
    """What a route said, None when it forgot."""
    if endpoint == "static":
        return Audience.PUBLIC, None
    return getattr(app.view_functions[endpoint], "audience", None)


def install(app: Flask) -> None:
    """Guard every request of the application."""

    @app.before_request
    def guard() -> ResponseReturnValue | None:
        if request.endpoint is None:  # the page that says so still knows who reads it
            g.viewer = _find_viewer(Audience.STAFF if is_read_by_staff() else Audience.PUBLIC)
            return None
        if request.endpoint == "static":
            return None
        said = audience_of(app, request.endpoint)
        if said is None:
            raise Forbidden("Cette page n’a pas de public déclaré.")
        who, permission = said
        if who is Audience.MACHINE:
            return None  # machines prove who they are by each sending, and a telephone rings as often as it must
        if who is not Audience.STAFF:
            limits.count_post()
        g.viewer = _find_viewer(who)
        if who is Audience.STAFF:
            return _let_staff_in(permission)
        if who is Audience.CITIZEN and g.viewer is None:
            asked = request.full_path.rstrip("?") if request.method == "GET" else url_for("citizen_space.show")
            return redirect(url_for("citizen_account.sign_in", next=asked), 302 if request.method == "GET" else 303)
        return None


def is_read_by_staff() -> bool:
    """Whether an address that leads nowhere was looked for by an agent, signed in or on the way."""
    return request.path.startswith(STAFF_PAGES) or STAFF_COOKIE in request.cookies


def _let_staff_in(permission: Permission | None) -> ResponseReturnValue | None:
    if g.viewer is None:
        if request.method == "GET":
            return redirect(url_for("staff_sign_in.form", next=request.full_path.rstrip("?")))
        limits.count_post()
        # What was typed before the session ended is carried through the sign-in.
        return kept_input.ask_to_sign_in()
    if permission is not None:
        policy.require(g.viewer.actor, permission)
    return None


def _find_viewer(who: Audience) -> Viewer | None:
    token = request.cookies.get(STAFF_COOKIE if who is Audience.STAFF else CITIZEN_COOKIE)
    if not token:
        return None
    with runtime().database.reading() as session:
        found = accounts.find_live_session(session, runtime(), token)
        if found is None:
            return None
        viewer = None
        if found.staff_id is not None and who is Audience.STAFF:
            viewer = _staff_viewer(people.find_viewer(session, found.staff_id), found.id)
        elif found.citizen_id is not None and who is not Audience.STAFF:
            viewer = _citizen_viewer(session, session.get_one(Citizen, found.citizen_id), found)
    if viewer is not None and not getattr(current_app.view_functions.get(request.endpoint or ""), "unattended", False):
        accounts.note_seen(runtime(), found)
    return viewer


def _staff_viewer(found: tuple[Staff, int] | None, session_id: int) -> Viewer | None:
    if found is None or not found[0].active:
        return None
    staff, unread = found
    roles = tuple(dict.fromkeys(ROLE_LABELS[Role(m.role)] for m in staff.memberships))
    return Viewer("staff", staff.name, accounts.actor_of(staff), roles, session_id, unread=unread)


def _citizen_viewer(session: Session, citizen: Citizen, found: WebSession) -> Viewer | None:
    addresses = email_accounts.addresses_of(session, citizen)
    # A link proved one address: when the account has another by now, this session is nobody's.
    if found.provider == EMAIL and found.address not in addresses:
        return None
    own = accounts.citizen_actor(citizen)
    is_weak = not account_links.proves_enough(session, citizen, found.address)
    name = found.address if is_weak else citizen.display_name
    return Viewer("citizen", name, own, (), found.id, found.address, addresses, is_weak)
