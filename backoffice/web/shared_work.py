"""The other authorities that an agent of a shared service works for: say yes, see what waits, pass to their site."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from backoffice.errors import Forbidden
from backoffice.models.shared_services import SharedMember
from backoffice.queries import people
from backoffice.queries import shared_services as queries
from backoffice.services import accounts, crossings, shared_members
from backoffice.web import cookies, devices, staff_sessions
from backoffice.web.access import STAFF_COOKIE, Audience, audience
from backoffice.web.current import actor, authority, runtime, viewer

pages = Blueprint("shared_work", __name__, url_prefix="/agents")


@pages.get("/autres-collectivites/")
@audience(Audience.STAFF)
def show() -> ResponseReturnValue:
    """Each of them, with what waits there: figures of what the agent may read there, and nothing else."""
    return _page()


@pages.post("/autres-collectivites/<int:member_id>/accepter")
@audience(Audience.STAFF)
def accept(member_id: int) -> ResponseReturnValue:
    """Say yes to an invitation."""
    with runtime().database.transaction() as database:
        shared_members.accept(database, actor(), member_id)
    flash("C’est accepté : vous pouvez y travailler dès maintenant.", "success")
    return redirect(url_for("shared_work.show"), 303)


@pages.post("/autres-collectivites/<int:member_id>/renoncer")
@audience(Audience.STAFF)
def give_up(member_id: int) -> ResponseReturnValue:
    """Say no, or stop."""
    with runtime().database.transaction() as database:
        shared_members.give_up(database, runtime(), actor(), member_id)
    flash("C’est noté : votre accès est fermé.", "success")
    return redirect(url_for("shared_work.show"), 303)


@pages.post("/autres-collectivites/<int:member_id>/passer")
@audience(Audience.STAFF)
def leave(member_id: int) -> ResponseReturnValue:
    """Go to the site of another authority, without signing in again."""
    seen = viewer()
    assert seen is not None  # noqa: S101 (the audience is staff)
    try:
        with runtime().database.transaction() as database:
            place = crossings.leave(database, runtime(), actor(), seen.session_id, member_id)
    except Forbidden as error:
        return _page(error.sentence), 403
    return redirect(place, 303)


@pages.get(f"{crossings.PATH.removeprefix('/agents')}/<token>")
@audience(Audience.PUBLIC)
def arrive(token: str) -> ResponseReturnValue:
    """The other side: say for whom one is about to work; a link alone opens nothing."""
    with runtime().database.reading() as database:
        member = crossings.find(database, runtime(), authority().id, token)
    return render_template("staff/arrival.html", member=member, token=token)


@pages.post(f"{crossings.PATH.removeprefix('/agents')}/<token>")
@audience(Audience.PUBLIC)
def enter(token: str) -> ResponseReturnValue:
    """Open the session of this side, in the place of the one that the browser held here."""
    old, agent = cookies.read(STAFF_COOKIE), request.headers.get("User-Agent", "")
    network = devices.whereabouts(request.remote_addr or "")
    with runtime().database.transaction() as database:
        opened, _ = crossings.enter(database, runtime(), authority().id, token, user_agent=agent, network=network)
        held = people.find_session(database, accounts.token_hash(old)) if old else None
        if held is not None and held.authority_id == authority().id:
            accounts.close_session(database, old)
    session.clear()
    return staff_sessions.with_cookie(make_response(redirect(url_for("staff_sign_in.home"), 303)), opened)


def _page(fault: str = "") -> str:
    with runtime().database.reading() as database:
        found = queries.list_of_agent(database, actor().id or 0)
        here = queries.count_waiting(database, actor())
        waiting: list[tuple[SharedMember, tuple[int, int] | None]] = []
        for member in found:
            own = people.find_staff_with_memberships(database, member.staff_id) if member.accepted_at else None
            counts = queries.count_waiting(database, accounts.actor_of(own)) if own is not None and own.active else None
            waiting.append((member, counts))
    # Browsers apply form-action to the redirections of a form: these lead to the sites of the other authorities.
    g.form_targets = sorted({_origin(member.service.site) for member in found if member.service.site})
    return render_template("staff/shared_work.html", waiting=waiting, here=here, fault=fault)


def _origin(site: str) -> str:
    parts = urlsplit(site)
    return f"{parts.scheme}://{parts.netloc}"
