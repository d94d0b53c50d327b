"""The colour and the emblem of the authority on the pages of citizens, served as files of this very site."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from backoffice.domain import colours
from backoffice.errors import Invalid, NotFound
from backoffice.services import letterheads
from backoffice.web import files
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority
from backoffice.web.static_files import ONE_YEAR

pages = Blueprint("appearance", __name__, url_prefix="/apparence")


@pages.get("/<colour>.css")
@audience(Audience.PUBLIC)
def sheet(colour: str) -> ResponseReturnValue:
    """The styles of pages in this colour; the address says all, so browsers keep them."""
    try:
        read = colours.read(colour)
    except Invalid:
        raise NotFound from None
    if not colours.judge(read).is_readable:
        raise NotFound
    return _kept(Response(colours.stylesheet(read), mimetype="text/css"))


@pages.get("/logo/<digest>.png")
@audience(Audience.PUBLIC)
def logo(digest: str) -> ResponseReturnValue:
    """The emblem of the authority; no other file is shown here."""
    if not digest or authority().details.get(letterheads.LOGO) != digest:
        raise NotFound(files.GONE)
    return _kept(files.send_file(digest, "logo.png", "image/png", shown=True))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
    return response
