"""While an upgrade runs, every page says so, with the telephone and the opening hours of the authority."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
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
        g.authority = _view(contact)
        answer = make_response(render_template("errors/maintenance.html"), 503)
        answer.headers["Retry-After"] = RETRY_AFTER
        return answer


def _view(contact: Mapping[str, Any]) -> AuthorityView:
    # The program that upgrades writes the file, pages of the version before read it: they leave what they do not know.
    names = {field.name for field in fields(AuthorityView)}
    known = {name: value for name, value in contact.items() if name in names}
    return AuthorityView(**{**known, "timezone": ZoneInfo(contact["timezone"])})
