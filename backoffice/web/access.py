"""Every route names its audience; nobody can forget the guard, for a route without one is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import dangerous_acts, policy
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.policy import ROLE_LABELS, Actor, Permission, Role
from backoffice.errors import Forbidden
from backoffice.identity_providers import EMAIL
from backoffice.models.people import Citizen, Staff, WebSession
from backoffice.queries import shared_services
from backoffice.services import account_links, accounts, email_accounts, shared_members
from backoffice.services.second_factors import Step
from backoffice.web import cookies, kept_input, limits, proofs
from backoffice.web.current import Viewer, authority, runtime

STAFF_COOKIE = "parvis_agent"
CITIZEN_COOKIE = "parvis_usager"
STAFF_PAGES = "/agents"
NOTHING_TO_SAY = 204


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


def _always() -> bool:
    return True


def dangerous(act: DangerousAct, when: Callable[[], bool] = _always) -> Callable[[View], View]:
    """Mark a view that asks for the password again, when it was not given a moment ago; `when` reads what is sent."""

    def mark(view: View) -> View:
        view.dangerous = (act, when)  # type: ignore[attr-defined]
        return view

    return mark


def enrolling(view: View) -> View:
    """Mark a view that is also for those whose role demands a second factor, and who have none yet."""
    view.enrolling = True  # type: ignore[attr-defined]
    return view


def _mark(name: str) -> Any:
    return getattr(current_app.view_functions.get(request.endpoint or ""), name, None)


def halted() -> WebSession | None:
    """The session of this browser that opens nothing for now: locked, or with something still to prove."""
    return cast("WebSession | None", g.get("halted"))


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
    return request.path.startswith(STAFF_PAGES) or bool(cookies.read(STAFF_COOKIE))


def _let_staff_in(permission: Permission | None) -> ResponseReturnValue | None:
    if g.viewer is None:
        stopped = halted()
        if stopped is not None and _mark("unattended"):
            return Response(status=NOTHING_TO_SAY)  # the page that asks is hidden, and asks again
        if request.method == "GET":
            door = door_of(stopped) if stopped is not None else "staff_sign_in.form"
            return redirect(url_for(door, next=request.full_path.rstrip("?")))
        limits.count_post()
        # What was typed before the session ended, or was locked, is carried through.
        return (
            kept_input.ask_to_unlock(g.halted_name)
            if stopped is not None and stopped.locked_at
            else kept_input.ask_to_sign_in()
        )
    if permission is not None:
        policy.require(g.viewer.actor, permission)
    act, when = _mark("dangerous") or (None, _always)
    if act is not None and when() and not dangerous_acts.is_fresh(g.viewer.proved_at, datetime.now(UTC)):
        return proofs.ask(act)
    return None


def door_of(stopped: WebSession) -> str:
    """The page where a session that is halted goes on."""
    if stopped.step:
        return "second_step.show" if stopped.step == Step.FACTOR else "own_factors.show"
    return "staff_lock.show"


def read_staff() -> Viewer | None:
    """Who of the staff is at this browser, on a page for everybody."""
    return _find_viewer(Audience.STAFF)


def read_halted() -> WebSession | None:
    """Their session on such a page, when it opens nothing for now: where it goes on."""
    read_staff()
    return halted()


def _find_viewer(who: Audience) -> Viewer | None:
    token = cookies.read(STAFF_COOKIE if who is Audience.STAFF else CITIZEN_COOKIE)
    if not token:
        return None
    with runtime().database.reading() as session:
        held, viewer = (_read_staff if who is Audience.STAFF else _read_citizen)(session, token)
    if held is not None and viewer is not None and not _mark("unattended"):
        accounts.note_seen(runtime(), held)
    return viewer


def _read_staff(session: Session, token: str) -> tuple[WebSession | None, Viewer | None]:
    found = accounts.find_live_viewer(session, runtime(), token)
    return (found[0], _staff_viewer(session, *found)) if found else (None, None)


def _read_citizen(session: Session, token: str) -> tuple[WebSession | None, Viewer | None]:
    held = accounts.find_live_session(session, runtime(), token)
    if held is None or held.citizen_id is None:
        return None, None
    return held, _citizen_viewer(session, session.get_one(Citizen, held.citizen_id), held)


def _staff_viewer(session: Session, held: WebSession, staff: Staff, unread: int) -> Viewer | None:
    # An account opens the site of its own authority, and no other.
    if not staff.active or staff.authority_id != authority().id:
        return None
    if held.step or held.locked_at:
        g.halted, g.halted_name = held, staff.name
        if held.step != Step.ENROLMENT or held.locked_at or not _mark("enrolling"):
            return None
        # Known, and without any right until there is a second factor.
        own = Actor("staff", staff.authority_id, staff.id, staff.name)
        return Viewer("staff", staff.name, own, (), held.id, proved_at=held.proved_at)
    until = held.emergency_until if held.emergency_until and held.emergency_until > datetime.now(UTC) else None
    own = accounts.actor_of(staff, emergency=until is not None)
    roles = tuple(dict.fromkeys(ROLE_LABELS[Role(m.role)] for m in staff.memberships))
    return Viewer(
        "staff",
        staff.name,
        own,
        roles,
        held.id,
        unread=unread,
        proved_at=held.proved_at,
        emergency_until=until,
        home_site=_home_site(session, staff),
    )


def _home_site(session: Session, staff: Staff) -> str:
    """Where an agent of another authority comes from, and goes back to."""
    access = shared_services.find_home(session, staff.id) if staff.home_id is not None else None
    return f"{access.service.home_site}{shared_members.PATH}" if access is not None else ""


def _citizen_viewer(session: Session, citizen: Citizen, found: WebSession) -> Viewer | None:
    addresses = email_accounts.addresses_of(session, citizen)
    # A link proved one address: when the account has another by now, this session is nobody's.
    if found.provider == EMAIL and found.address not in addresses:
        return None
    own = accounts.citizen_actor(citizen)
    is_weak = not account_links.proves_enough(session, citizen, found.address)
    name = found.address if is_weak else citizen.display_name
    return Viewer("citizen", name, own, (), found.id, found.address, addresses, is_weak)
