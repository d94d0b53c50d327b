"""The files of a case side by side, whatever message brought them: pictures at a glance, each one safe to open."""

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.models.cases import Message
from backoffice.queries import case_links, cases
from backoffice.services import received_files
from backoffice.web import case_thread, files, shown_files
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.shown_files import ShownFile

pages = Blueprint("case_gallery", __name__, url_prefix="/agents/dossiers")


@dataclass(frozen=True, slots=True)
class Piece:
    """A file with the message that brought it, and where that message is in the thread."""

    file: ShownFile
    message: Message
    place: str


@pages.get("/<reference>/pieces-jointes")
@audience(Audience.STAFF, Permission.CASE_READ)
def show(reference: str) -> ResponseReturnValue:
    """Every file of the conversation, the newest first."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        around = case_links.list_around(session, actor(), case.id)
        joined = case_links.joined_among(around)
        by_id = {one.id: one for one in (case, *joined)}
        messages = {one.id: one for one in cases.list_messages(session, case.id, joined=[one.id for one in joined])}
        attachments = cases.list_attachments(session, case.id, joined=[one.id for one in joined])
        known = received_files.checks(session, runtime(), [one.digest for one in attachments])
        hidden = case_thread.hidden_files(session, [case, *joined], attachments)
        pieces = [
            Piece(
                shown_files.for_staff(by_id[one.case_id], one, known[one.digest], hidden=hidden),
                messages[one.message_id],
                url_for("case_page.show", reference=reference, tout=1, _anchor=f"echange-{one.message_id}"),
            )
            for one in reversed(attachments)
        ]
    files.note_readings([case, *joined])
    return render_template("cases/gallery.html", case=case, pieces=pieces)
