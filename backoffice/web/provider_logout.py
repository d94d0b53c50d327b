"""Signing out at the provider that opened a session, once the session here has ended: here never depends on there."""

import structlog
from flask import url_for

from backoffice.services import sign_ins
from backoffice.services.sign_ins import Attempt, Purpose
from backoffice.web import waiting_sign_ins
from backoffice.web.current import authority, runtime
from backoffice.web.identity_clients import client_of
from backoffice.web.sign_in_failures import SignInFailed

log = structlog.get_logger("parvis.sign_in")
RETURNS = {"citizen": "citizen_account.signed_out", "staff": "staff_provider.signed_out"}


def address(name: str, id_token: str, audience: str) -> str:
    """Where the browser goes to sign out; empty when the provider offers nothing, or does not answer."""
    client = client_of(name, audience)
    if client is None or not client.provider.logout:
        return ""
    state = sign_ins.new_secret()
    home = runtime().settings.public_url + url_for(RETURNS[audience])
    try:
        found = client.logout_url(id_token, home, state)
    except (SignInFailed, OSError, ValueError) as error:
        log.warning("provider sign-out skipped", provider=name, why=type(error).__name__)
        return ""
    if found:
        with runtime().database.transaction() as database:
            attempt = Attempt(Purpose.LOGOUT, name, state)
            sign_ins.begin(database, authority().id, waiting_sign_ins.browser(), attempt)
    return found
