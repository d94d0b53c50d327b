"""The citizens that agents look for at the counter, and the sheet of one with their cases."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.queries import people, queue
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("citizen_sheets", __name__, url_prefix="/agents/usagers")

MOST_FOUND = 30


@pages.get("")
@audience(Audience.STAFF, Permission.CITIZEN_READ)
def search() -> ResponseReturnValue:
    """Citizens by name, e-mail or phone."""
    words = request.args.get("q", "").strip()[:200]
    with runtime().database.reading() as session:
        found = people.search_citizens(session, actor().authority_id, words, MOST_FOUND) if words else []
    return render_template("desk/citizens.html", words=words, found=found, most=MOST_FOUND)


@pages.get("/<int:citizen_id>")
@audience(Audience.STAFF, Permission.CITIZEN_READ)
def show(citizen_id: int) -> ResponseReturnValue:
    """Who it is, where each piece of information comes from, and their cases."""
    with runtime().database.reading() as session:
        citizen = people.get_citizen(session, actor().authority_id, citizen_id)
        rows = queue.list_of_citizen(session, actor(), citizen_id)
        names = queue.read_names(session, actor().authority_id)
    return render_template("desk/citizen.html", citizen=citizen, rows=rows, names=names)
