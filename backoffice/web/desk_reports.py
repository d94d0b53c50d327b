"""Reports already made near the one that an agent writes down, and the person who follows one instead of making it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.errors import Invalid
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


@pages.get("/agents/signalements/<mark>/suivre")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def ask(mark: str) -> ResponseReturnValue:
    """The address of the person who follows it."""
    return page(mark, "", {})


@pages.post("/agents/signalements/<mark>/suivre")
@audience(Audience.STAFF, Permission.CASE_RECORD)
def follow(mark: str) -> ResponseReturnValue:
    """Write to the person, who confirms the address; nothing else is recorded of the visit."""
    report, email = nearby_reports.get_marked(mark), request.form.get("email", "").strip()[:255]
    try:
        with runtime().database.transaction() as session:
            followed = followers.follow(session, runtime(), authority().id, report, email)
    except Invalid as error:
        return page(mark, email, {"email": error.sentence}), 422
    done = "Cette personne suit déjà ce signalement." if followed else f"Un lien à confirmer part à {email}."
    flash(done, "success")
    return redirect(url_for("staff_sign_in.home"), 303)


def page(mark: str, email: str, errors: dict[str, str]) -> str:
    """The report, and the address that is known of the person."""
    report = nearby_reports.get_marked(mark)
    return render_template("desk/follow_report.html", mark=mark, report=report, email=email, errors=errors)
