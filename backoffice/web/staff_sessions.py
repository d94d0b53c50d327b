"""Opening a session of staff, whatever proved who they are: a new token each time, the former one ended."""

import structlog
from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from backoffice.errors import Forbidden
from backoffice.infra import sealing
from backoffice.models.people import Staff, WebSession
from backoffice.queries import accounts as account_queries
from backoffice.queries import sign_in as queries
from backoffice.services import accounts, passkeys, second_factors
from backoffice.services.second_factors import BY_PROVIDER, Step
from backoffice.web import cookies, devices, kept_input, local_paths
from backoffice.web.access import STAFF_COOKIE
from backoffice.web.current import authority, runtime

NEXT = "after sign-in"
NOT_HERE = "Ce compte est celui d’une autre collectivité : connectez-vous sur son site."

log = structlog.get_logger("parvis.sign_in")


def open_for(
    staff: Staff, next_path: str, *, provider: str = "password", id_token: str = "", proved: bool = False
) -> ResponseReturnValue:
    """Whatever the browser held before the sign-in proves nothing any more: new token, empty form session.

    `proved` when a provider says that it asked for a second factor; else ours is asked for, of those who have one.
    """
    if staff.authority_id != authority().id:
        raise Forbidden(NOT_HERE)
    with runtime().database.reading() as database:
        known = account_queries.find_account(database, staff.id)
        step = second_factors.step_for(database, known or staff, proved=proved)
    sealed = sealing.seal(runtime().settings, id_token)
    token = _new(staff, provider, sealed, step, BY_PROVIDER if proved else "")
    if step == Step.NOTHING:
        return _enter(staff.name, token, next_path)
    kept = kept_input.carried()
    session.clear()
    if step == Step.ENROLMENT:
        session[NEXT] = next_path
        shown = kept_input.readable(kept)
        if shown:  # too much comes between to carry it: it is given back to be copied
            return with_cookie(make_response(render_template("staff/enrol_first.html", shown=shown)), token)
        return with_cookie(make_response(redirect(url_for("own_factors.show"), 303)), token)
    if not kept:
        return with_cookie(make_response(redirect(url_for("second_step.show", next=next_path or None), 303)), token)
    # The next page carries on what was typed before the session ended.
    return with_cookie(make_response(second_step_page(staff.id, kept=kept)), token)


def second_step_page(staff_id: int, fault: str = "", *, next_path: str = "", kept: list[tuple[str, str]]) -> str:
    """The page that asks for the second factor."""
    with runtime().database.reading() as database:
        staff = account_queries.find_account(database, staff_id)
        kinds = {one.kind for one in queries.list_factors(database, staff_id)}
        site = passkeys.site_for(database, runtime(), staff.authority_id) if staff else None
    return render_template(
        "staff/second_step.html",
        has_application="totp" in kinds,
        has_passkey="passkey" in kinds and site is not None,
        next_path=next_path,
        kept=kept,
        kept_path=local_paths.safe_path(request.form.get("kept_path", "")),
        errors={"code": fault} if fault else {},
    )


def complete(held: WebSession, factor: str, next_path: str) -> Response:
    """The second proof was given: the half-open session ends, and a whole one begins under a new token."""
    with runtime().database.reading() as database:
        staff = account_queries.find_account(database, held.staff_id or 0)
        sealed = database.get_one(WebSession, held.id).id_token
    assert staff is not None  # noqa: S101 (the session is of staff)
    return _enter(staff.name, _new(staff, held.provider, sealed, Step.NOTHING, factor), next_path)


def renew_after_enrolment(held_id: int, factor: str) -> str:
    """The token of the whole session that replaces the one of an enrolment."""
    with runtime().database.reading() as database:
        held = database.get_one(WebSession, held_id)
        staff, sealed = account_queries.find_account(database, held.staff_id or 0), held.id_token
    assert staff is not None  # noqa: S101 (the session is of staff)
    return _new(staff, held.provider, sealed, Step.NOTHING, factor)


def _new(staff: Staff, provider: str, id_token: str, step: Step, factor: str) -> str:
    old = cookies.read(STAFF_COOKIE)
    with runtime().database.transaction() as database:
        if old:
            accounts.close_session(database, old)
        log.info("staff session opened", staff=staff.id, way=provider, step=str(step))
        return accounts.open_session(
            database,
            runtime(),
            staff=staff,
            user_agent=request.headers.get("User-Agent", ""),
            provider=provider,
            id_token=id_token,
            network=devices.whereabouts(request.remote_addr or ""),
            step=step,
            second_factor=factor,
        )


def _enter(name: str, token: str, next_path: str) -> Response:
    kept, kept_path = kept_input.carried(), local_paths.safe_path(request.form.get("kept_path", ""))
    session.clear()
    return with_cookie(go_on(name, next_path, kept, kept_path), token)


def go_on(name: str, next_path: str, kept: list[tuple[str, str]], kept_path: str) -> Response:
    """The page that was asked for, or what was typed before the session ended, ready to be sent."""
    if kept_path and local_paths.accepts(kept_path, "POST"):
        shown = kept_input.readable(kept)
        return make_response(render_template("staff/kept.html", kept=kept, shown=shown, kept_path=kept_path, name=name))
    return make_response(redirect(next_path or url_for("staff_sign_in.home"), 303))


def with_cookie(response: Response, token: str) -> Response:
    """The answer, with the cookie of a session."""
    cookies.give(response, STAFF_COOKIE, token)
    return response
