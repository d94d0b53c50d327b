"""The texts that an agent writes on a case: kept by the page's script as they are typed, and at each post."""

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor, Permission, allows
from backoffice.models.case_drafts import CaseDraft
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import case_drafts
from backoffice.web import security
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.languages import spoken

pages = Blueprint("case_drafts", __name__, url_prefix="/agents/dossiers")

KEY_LENGTH = 32


@pages.post("/<reference>/brouillon")
@security.answers_itself
@audience(Audience.STAFF, Permission.CASE_READ)
def save(reference: str) -> ResponseReturnValue:
    """Keep what is in one form of the page, for its script: when it was saved, in words."""
    if not security.is_genuine_form():
        return jsonify(error="session"), 400
    draft = keep(reference)
    time = spoken().writing.clock_time(draft.saved_at, authority().timezone) if draft else ""
    return jsonify(saved=f"Brouillon enregistré à {time}" if time else "")


def keep(reference: str, text: str | None = None) -> CaseDraft | None:
    """Keep the text of the form that was posted, or another in its place; None when there is nothing to keep."""
    kind = next((one for one in case_drafts.KINDS if one in request.form), None)
    if kind is None:
        return None
    with runtime().database.transaction() as session:
        case = cases.get_case(session, actor(), reference)
        if not allows(actor(), case_drafts.KINDS[kind], case):
            return None
        shared = request.form.get("share") == "1"
        written = request.form[kind] if text is None else text
        return case_drafts.keep(session, actor(), case, kind, written, shared=shared, key=form_key())


def form_key() -> str:
    """The own key of the form that was posted, empty when it is not one of ours."""
    given = request.form.get("form_key", "")
    return given if len(given) == KEY_LENGTH and given.isalnum() and given.isascii() else ""


def context(session: Session, viewer: Actor, case: Case, *, is_there: bool) -> dict[str, Any]:
    """What the page shows: the viewer's drafts and those of colleagues, by kind; nothing is asked where none is."""
    found = case_drafts.list_readable(session, viewer, case) if is_there else []
    return {
        "my_drafts": {one.kind: one for one in found if one.staff_id == viewer.id},
        "their_drafts": [one for one in found if one.staff_id != viewer.id],
    }
