"""The files that a mail of ours brought as links, because they were too heavy for it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from backoffice.services import linked_files
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
    return files.send_received(found.digest, found.name, found.media_type)
