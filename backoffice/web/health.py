"""Whether the process lives and can serve: for load balancers and supervisors."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from backoffice.web.access import Audience, audience
from backoffice.web.current import runtime

pages = Blueprint("health", __name__)


@pages.get("/sante/vivant")
@audience(Audience.MACHINE)
def alive() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@pages.get("/sante/pret")
@audience(Audience.MACHINE)
def ready() -> ResponseReturnValue:
    """The database answers too; asked every few seconds, so it counts nothing."""
    try:
        runtime().database.ping()
    except SQLAlchemyError:
        return jsonify(status="database unavailable"), 503
    antivirus = runtime().antivirus
    if antivirus is not None and not antivirus.answers():
        # Requests still come in: to be told, not to be taken out of service.
        return jsonify(status="ok", antivirus="L’antivirus ne répond pas : les fichiers reçus restent fermés.")
    return jsonify(status="ok")
