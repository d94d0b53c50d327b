"""The door of a hall: the pages of a kiosk, where each visit begins with nothing and leaves nothing."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from backoffice.errors import Invalid
from backoffice.services import accounts, kiosks
from backoffice.web import catalogue_lists, cookies, devices, kiosk_bounds, kiosk_device
from backoffice.web.access import CITIZEN_COOKIE, STAFF_COOKIE, Audience, audience
from backoffice.web.catalogue_lists import Listed
from backoffice.web.current import authority, runtime
from backoffice.web.kiosk_device import COOKIE, KEPT_DAYS, KioskHere
from backoffice.web.languages import CHOICE
from backoffice.web.limits import limiter
from channels.http import draft_access

pages = Blueprint("kiosk", __name__, url_prefix="/borne")

TRIES = "20 per 15 minutes"
FORGOTTEN_BY_BROWSER = '"storage"'


@pages.get("")
@audience(Audience.PUBLIC)
def welcome() -> ResponseReturnValue:
    """What may be done here, once whatever the former visit left is erased; any other browser may become a kiosk."""
    found = kiosk_device.here()
    if found is None:
        return render_template("kiosk/install.html", errors={})
    _forget_visit()
    if found.is_to_note:
        with runtime().database.transaction() as database:
            kiosks.note_seen(database, authority().id, found.id)
    response = make_response(render_template("kiosk/welcome.html", offered=_offered(found), is_welcome=True))
    cookies.give(response, COOKIE, cookies.read(COOKIE), days=KEPT_DAYS)
    if cookies.is_secure(runtime().settings):
        response.headers["Clear-Site-Data"] = FORGOTTEN_BY_BROWSER
    return response


@pages.get("/aide")
@audience(Audience.PUBLIC)
def help_page() -> ResponseReturnValue:
    """Whom to call, when to come, and how to do without an e-mail address."""
    if kiosk_device.here() is None:
        return kiosk_bounds.to_welcome()
    return render_template("kiosk/help.html")


@pages.get("/presence")
@audience(Audience.PUBLIC)
def present() -> ResponseReturnValue:
    """The page says that somebody is still writing, or asks whether the site answers before it leaves."""
    return Response(status=204)


@pages.post("")
@limiter.limit(TRIES)
@audience(Audience.PUBLIC)
def install() -> ResponseReturnValue:
    """Make this browser a kiosk, with the code that an administrator was given; nobody stays signed in on it."""
    try:
        with runtime().database.transaction() as database:
            browser = devices.describe(request.headers.get("User-Agent", ""))
            token = kiosks.install(database, runtime(), authority().id, request.form.get("code", "")[:40], browser)
            for name in (STAFF_COOKIE, CITIZEN_COOKIE):
                accounts.close_session(database, cookies.read(name))
    except Invalid as fault:
        return render_template("kiosk/install.html", errors={"code": fault.sentence}), 422
    session.clear()
    response = make_response(redirect(url_for("kiosk.welcome"), 303))
    for name in (STAFF_COOKIE, CITIZEN_COOKIE):
        cookies.take_back(response, name)
    cookies.give(response, COOKIE, token, days=KEPT_DAYS)
    return response


def _forget_visit() -> None:
    for key in tuple(session.get(draft_access.KEYS, ())):
        draft_access.delete(key)
    chosen = session.get(CHOICE) if CHOICE in request.args else None
    session.clear()
    if chosen:
        session[CHOICE] = chosen
    kiosk_bounds.begin_visit()


def _offered(found: KioskHere) -> list[Listed]:
    """What the administrators chose, without what takes no request today."""
    return [one for one in catalogue_lists.list_all() if one.code in found.setting.procedures and not one.closure]
