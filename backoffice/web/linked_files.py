"""The files that a mail of ours brought as links, because they were too heavy for it."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from backoffice.domain.file_checks import PICTURES
from backoffice.services import bare_files, linked_files
from backoffice.web import files
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.pages import today_here

pages = Blueprint("linked_files", __name__)


@pages.get("/fichiers/<token>")
@audience(Audience.PUBLIC)
def fetch(token: str) -> ResponseReturnValue:
    """One file, for whoever got the mail: its signed link proves it, for a month."""
    with runtime().database.reading() as session:
        found = linked_files.find(session, runtime(), authority().id, token, today_here())
    if found.is_ours:
        return files.send_file(found.digest, found.name, found.media_type)
    if found.media_type not in PICTURES:
        return files.send_received(found.digest, found.name, found.media_type)
    files.opened(found.digest, found.name, found.media_type)
    name, _, content = bare_files.read(runtime(), found.digest, found.name, found.media_type)
    response = Response(content, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = files.disposition("attachment", name)
    response.headers["Content-Security-Policy"] = files.SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
