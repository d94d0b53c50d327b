"""While an upgrade runs, every page says so, with the telephone and the opening hours of the authority."""

from zoneinfo import ZoneInfo

from flask import Flask, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.infra import maintenance
from backoffice.settings import Settings
from backoffice.web.current import AuthorityView

# What machines ask, and what the page itself is made of.
OPEN = frozenset({"static", "health.alive", "health.ready", "monitoring.show"})
RETRY_AFTER = "300"  # seconds


def install(app: Flask, settings: Settings) -> None:
    """Answer for every other page while this machine is closed; before anything that asks the database."""

    @app.before_request
    def close() -> ResponseReturnValue | None:
        contact = None if request.endpoint in OPEN else maintenance.find_contact(settings)
        if contact is None:
            return None
        g.authority = AuthorityView(**{**contact, "timezone": ZoneInfo(contact["timezone"])})
        answer = make_response(render_template("errors/maintenance.html"), 503)
        answer.headers["Retry-After"] = RETRY_AFTER
        return answer
