"""Whether the process lives and can serve: for load balancers and supervisors."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from backoffice.infra import migrations
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime

pages = Blueprint("health", __name__)

# What tells whom to warn is said afresh each day, and never for more than a year (RFC 9116 §2.5.5).
TOLD_FOR = timedelta(days=180)


@pages.get("/sante/vivant")
@audience(Audience.MACHINE)
def alive() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@pages.get("/sante/pret")
@audience(Audience.MACHINE)
def ready() -> ResponseReturnValue:
    """The database answers too, with the tables that this program needs; asked every few seconds, it counts nothing."""
    try:
        runtime().database.ping()
    except SQLAlchemyError:
        return jsonify(status="database unavailable"), 503
    if _is_behind():
        return jsonify(status="schema behind", schema="Lancez « flask --app app upgrade »."), 503
    antivirus = runtime().antivirus
    if antivirus is not None and not antivirus.answers():
        # Requests still come in: to be told, not to be taken out of service.
        return jsonify(status="ok", antivirus="L’antivirus ne répond pas : les fichiers reçus restent fermés.")
    return jsonify(status="ok")


@pages.get("/.well-known/security.txt")
@audience(Audience.MACHINE)
def security_contact() -> Response:
    """Whom to warn of a weakness (RFC 9116): the address of the settings, else that of the authority."""
    settings = runtime().settings
    until = (datetime.now(UTC) + TOLD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {settings.security_contact or f'mailto:{authority().email}'}",
        f"Expires: {until.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "Preferred-Languages: fr, en",
        f"Canonical: {settings.public_url}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _is_behind() -> bool:
    """Whether the database still waits for an upgrade; one that is ahead serves the programs of before meanwhile."""
    *older, newest = migrations.known_numbers()
    current = migrations.current_number(runtime().database.engine)
    return current != newest and (not current or current in older)
