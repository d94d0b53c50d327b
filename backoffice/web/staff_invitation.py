"""The door that an invitation opens: an agent chooses a password that nobody else ever knows, and is signed in."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.errors import Invalid, NotFound
from backoffice.models.people import Staff
from backoffice.services import accounts, invitations
from backoffice.web import staff_sessions
from backoffice.web.access import Audience, audience
from backoffice.web.current import runtime

pages = Blueprint("staff_invitation", __name__, url_prefix="/agents/invitation")

GONE = 410


@pages.get("/<token>")
@audience(Audience.PUBLIC)
def show(token: str) -> ResponseReturnValue:
    """Whose account it is, and the choice of a password; scanners of mail follow links, and press nothing."""
    try:
        return _page(_invited(token), "")
    except NotFound as error:
        return _gone(error)


@pages.post("/<token>")
@audience(Audience.PUBLIC)
def choose(token: str) -> ResponseReturnValue:
    """Use the link: the password is theirs from now on."""
    try:
        staff = _invited(token)
        try:
            # Slow by design: not while the database waits.
            hashed = accounts.hash_password(request.form.get("new_password", ""), _words(staff))
        except Invalid as error:
            return _page(staff, error.sentence), 422
        with runtime().database.transaction() as database:
            staff = invitations.accept(database, runtime(), token, hashed)
    except NotFound as error:
        return _gone(error)
    flash("Votre mot de passe est enregistré. Vous êtes connecté.", "success")
    return staff_sessions.open_for(staff, "")


def _invited(token: str) -> Staff:
    with runtime().database.reading() as database:
        return invitations.find(database, runtime(), token)


def _words(staff: Staff) -> tuple[str, ...]:
    with runtime().database.reading() as database:
        return accounts.own_words(database, staff)


def _page(staff: Staff, fault: str) -> str:
    return render_template("staff/invitation.html", staff=staff, errors={"new_password": fault} if fault else {})


def _gone(error: NotFound) -> ResponseReturnValue:
    return render_template("staff/invitation.html", staff=None, errors={"": error.sentence}), GONE
