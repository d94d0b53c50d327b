"""What a kiosk opens and shows: a few pages, for one visit at a time; everything else leads back to its welcome."""

import time

from flask import Flask, Response, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from backoffice.web import access, case_access, kiosk_device, kiosk_markup
from backoffice.web.access import Audience
from backoffice.web.kiosk_device import WELCOME

HOME = frozenset({"catalogue.home", "catalogue.show", "catalogue.procedure"})
"""Pages of the site whose place the welcome of a kiosk takes."""
FORMS = frozenset({"web_form.form", "web_form.submit"})
SERVED = FORMS | {
    WELCOME,
    "kiosk.help_page",
    "kiosk.present",
    "kiosk.install",
    "web_form.receipt",
    "step_form.show",
    "step_form.receive",
    "draft_pages.go_on",
    "follow_up.form",
    "follow_up.enter",
    "follow_up.show",
    "nearby_reports.around",
    "addresses.suggest",
    "addresses.near",
    "addresses.plan",
    "appearance.sheet",
    "appearance.logo",
    "catalogue.personal_data",
    "catalogue.accessibility",
    "catalogue.legal",
}
FORGOTTEN_AFTER = 15 * 60
"""Seconds without a sign of the page: its script, which counts the person's own minutes, is dead by then."""
_SEEN = "kiosk_visit"


def install(app: Flask) -> None:
    """Bound every request of a kiosk, and every page that it is given."""

    @app.before_request
    def keep_in() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint == "static" or _is_for_machines():
            return None
        found = kiosk_device.here()
        if found is None or request.endpoint == WELCOME:
            return None
        if request.endpoint not in SERVED or not _is_visited() or _is_of_another_visit():
            return to_welcome()
        if request.endpoint in FORMS and (request.view_args or {}).get("code") not in found.setting.procedures:
            return to_welcome()
        if request.endpoint == "follow_up.form" and request.args.get("reference"):
            return redirect(url_for("follow_up.form"))
        session[_SEEN] = int(time.time())
        return None

    @app.after_request
    def bound(response: Response) -> Response:
        is_page = response.mimetype == "text/html" and response.is_sequence and not response.direct_passthrough
        if is_page and kiosk_device.here() is not None:
            response.set_data(kiosk_markup.bounded(response.get_data(as_text=True), _leads_to, url_for(WELCOME)))
            response.headers["Cache-Control"] = "no-store"
        return response


def begin_visit() -> None:
    """From here on somebody may be there; the caller has emptied the session of whoever was before."""
    session[_SEEN] = int(time.time())


def to_welcome() -> ResponseReturnValue:
    """The way back to the first page, which forgets the visit."""
    return redirect(url_for(WELCOME), 302 if request.method in {"GET", "HEAD"} else 303)


def _is_for_machines() -> bool:
    said = access.audience_of(current_app, request.endpoint or "")
    return said is not None and said[0] is Audience.MACHINE


def _is_visited() -> bool:
    return bool(time.time() - session.get(_SEEN, 0) < FORGOTTEN_AFTER)


def _is_of_another_visit() -> bool:
    """Whether the history of the browser leads to a case or a draft that this visit never opened."""
    known = request.view_args or {}
    if not {"reference", "key"} & set(known) or case_access.has_any():
        return False  # whoever opened or sent one in this visit is told the usual way
    return known.get("key") not in session.get("drafts", [])


def _leads_to(address: str) -> str | None:
    """Where a link of a page may lead on a kiosk: itself, the welcome (empty), or nowhere (None)."""
    if not address or address.startswith(("#", "?")):
        return address or request.path
    path = address.partition("?")[0].partition("#")[0]
    if not path.startswith("/") or path.startswith("//"):
        return None
    try:
        endpoint, known = current_app.create_url_adapter(request).match(path)  # type: ignore[union-attr]
    except HTTPException:
        return None
    found = kiosk_device.here()
    if endpoint in HOME or (endpoint in FORMS and found and known["code"] not in found.setting.procedures):
        return ""
    return address if endpoint in SERVED or endpoint == "static" else None
