"""Reports already made near the one that an agent writes down, and the person who follows one instead of making it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.services import followers
from backoffice.web import nearby_reports
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime

pages = Blueprint("desk_reports", __name__)


@pages.get("/agents/demarches/<code>/proches")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def around(code: str) -> ResponseReturnValue:
    """The reports near a point, as a piece of the desk's page."""
    return nearby_reports.piece_around(code, at_desk=True)


def follow(mark: str, email: str) -> str:
    """Write to the person, who confirms the address, and give what to tell them; the visit is not recorded.

    Raises NotFound for a report that may not be shown any more, Invalid for an address that nobody can have.
    """
    followers.follow(runtime(), authority().id, nearby_reports.get_marked(mark), email)
    return (
        f"Un lien à confirmer part à {email}, sauf si cette adresse suit déjà ce signalement "
        "ou a reçu plusieurs de nos messages depuis une heure."
    )
