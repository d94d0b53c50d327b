"""Signing in by a link sent to an address: asked for, looked at as often as a scanner likes, used once by a button."""

import structlog
from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from backoffice.domain import identity
from backoffice.errors import Forbidden, Invalid, NotFound
from backoffice.identity_providers import EMAIL
from backoffice.models.people import Citizen
from backoffice.services import email_accounts
from backoffice.web import citizen_session, limits, local_paths
from backoffice.web.access import Audience, audience
from backoffice.web.citizen_account import sign_in_page
from backoffice.web.current import authority, runtime
from backoffice.web.languages import spoken

pages = Blueprint("email_sign_in", __name__, url_prefix="/connexion/courriel")
log = structlog.get_logger("parvis.sign_in")

ASKED = "asked_address"
TOO_MANY_REQUESTS, GONE = 429, 410


@pages.post("")
@audience(Audience.PUBLIC)
def ask() -> ResponseReturnValue:
    """Send a link, and say the same whoever the address belongs to."""
    typed = request.form.get("email", "")[:255]
    next_path = local_paths.safe_path(request.form.get("next", ""))
    try:
        address = identity.check_email(typed).lower()
    except Invalid as error:
        return sign_in_page(next_path, typed=typed, errors={"email": error.sentence}), 422
    try:
        with runtime().database.transaction() as database:
            email_accounts.ask_for_link(
                database,
                runtime(),
                authority().id,
                address,
                limits.network(),
                next_path,
                language=spoken().language.code,
            )
    except Forbidden as error:
        log.warning("too many sign-in links asked for")
        return sign_in_page(next_path, typed=typed, errors={"": error.sentence}), TOO_MANY_REQUESTS
    session[ASKED] = address
    return redirect(url_for("email_sign_in.sent"), 303)


@pages.get("/envoye")
@audience(Audience.PUBLIC)
def sent() -> ResponseReturnValue:
    """Where to look now."""
    if ASKED not in session:
        return redirect(url_for("citizen_account.sign_in"))
    return render_template("citizen/link_sent.html", address=session[ASKED])


@pages.get("/<token>")
@audience(Audience.PUBLIC)
def show(token: str) -> ResponseReturnValue:
    """What the link opens, and the button that uses it: scanners of mail follow links, and press nothing."""
    try:
        with runtime().database.reading() as database:
            address = email_accounts.find_address(database, runtime(), token)
    except NotFound as error:
        return _gone(error)
    page = make_response(render_template("citizen/link.html", address=address, token=token))
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


@pages.post("/<token>")
@audience(Audience.PUBLIC)
def enter(token: str) -> ResponseReturnValue:
    """Use the link, in whichever browser opened it."""
    try:
        try:
            citizen, address, next_path = _enter(token)
        except IntegrityError:  # the same address, by another link, at this instant
            citizen, address, next_path = _enter(token)
    except NotFound as error:
        return _gone(error)
    log.info("signed in", provider=EMAIL)
    return citizen_session.begin(citizen, EMAIL, next_path, address=address)


def _enter(token: str) -> tuple[Citizen, str, str]:
    with runtime().database.transaction() as database:
        return email_accounts.enter(database, runtime(), authority().id, token)


def _gone(error: NotFound) -> ResponseReturnValue:
    log.info("sign-in link refused", provider=EMAIL)
    return sign_in_page("", error.sentence), GONE
