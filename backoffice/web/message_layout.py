"""A received mail as its writer laid it out, with the pictures that came with it."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from backoffice.domain.file_checks import FileCheck
from backoffice.domain.mail_layout import Picture, lay_out
from backoffice.domain.policy import Permission
from backoffice.errors import NotFound
from backoffice.models.cases import Attachment, Case
from backoffice.queries import cases
from backoffice.queries import documents as queries
from backoffice.services import received_files
from backoffice.web import files
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("message_layout", __name__)


@pages.get("/agents/dossiers/<reference>/messages/<int:message_id>/mise-en-forme")
@audience(Audience.STAFF, Permission.CASE_READ)
def show(reference: str, message_id: int) -> ResponseReturnValue:
    """The mail in a page of ours; nothing is fetched from anywhere else."""
    with runtime().database.reading() as session:
        case = cases.get_case(session, actor(), reference)
        message = queries.find_original(session, case.id, message_id)
        if message is None:
            raise NotFound(files.GONE)
        named = [one for one in cases.list_attachments(session, case.id) if one.message_id == message_id]
        known = received_files.checks(session, runtime(), [one.digest for one in named if one.content_id])
    files.note_reading(case, message_id=message_id)
    pictures = {
        one.content_id.lower(): Picture(_address(case, one, known[one.digest]), one.name)
        for one in named
        if one.content_id
    }
    layout = lay_out(message.body_html, pictures)
    # Safe: written again tag by tag, from a list of harmless ones.
    laid_out = Markup(layout.html)  # noqa: S704
    return render_template(
        "cases/message_layout.html", case=case, message=message, laid_out=laid_out, left_out=layout.left_out
    )


def _address(case: Case, one: Attachment, check: FileCheck) -> str:
    may_show = check.may_leave and (check.preview or one.media_type in files.SHOWN)
    if not may_show:
        return ""
    return url_for("files.attachment", reference=case.reference, attachment_id=one.id, apercu=1)
