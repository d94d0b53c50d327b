"""The page of a case says that it is open, and hears who else has it: asked by the page itself, it keeps nobody in."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.queries import cases
from backoffice.services import presences
from backoffice.web.access import Audience, audience, unattended
from backoffice.web.current import actor, runtime

pages = Blueprint("case_presence", __name__, url_prefix="/agents/dossiers")


@pages.post("/<reference>/presence")
@unattended
@audience(Audience.STAFF, Permission.CASE_READ)
def note(reference: str) -> ResponseReturnValue:
    """I have this case open; who else has?"""
    with runtime().database.transaction() as session:
        case = cases.get_case(session, actor(), reference)
        presences.note(session, actor(), case)
        said = presences.say_others(session, actor(), case)
    return jsonify(said=said)
