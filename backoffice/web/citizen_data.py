"""What a citizen may do with their data: have a copy, have it corrected, have it erased."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.file_checks import PDF
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, NotFound
from backoffice.queries import exports, people
from backoffice.services import data_exports, moment
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime, viewer
from backoffice.web.languages import said

pages = Blueprint("citizen_data", __name__)

GONE = Wording("Cette copie n’existe plus : elles s’effacent au bout d’une semaine. Demandez-en une autre.")
KINDS = {"json": ("mes-donnees.json", "application/json"), "pdf": ("mes-donnees.pdf", PDF)}


@pages.get("/mon-espace/donnees")
@audience(Audience.CITIZEN)
def show() -> ResponseReturnValue:
    """The copies that were asked for, and the other rights."""
    with runtime().database.reading() as session:
        found = exports.list_live(session, actor().id or 0, _address(), moment.now())
    return render_template("citizen/data.html", exports=found, waiting=any(one.made_at is None for one in found))


@pages.post("/mon-espace/donnees")
@audience(Audience.CITIZEN)
def ask() -> ResponseReturnValue:
    """Ask for a copy of the account."""
    try:
        with runtime().database.transaction() as session:
            citizen = people.get_citizen(session, authority().id, actor().id or 0)
            data_exports.ask_for(session, citizen, _address())
    except Conflict as fault:
        flash(said(fault.sentence), "warning")
    else:
        flash(said(Wording("Votre copie se prépare. Rechargez cette page dans une minute.")), "success")
    return redirect(url_for("citizen_data.show"), 303)


@pages.get("/mon-espace/donnees/<int:export_id>/<any(json, pdf):kind>")
@audience(Audience.CITIZEN)
def download(export_id: int, kind: str) -> ResponseReturnValue:
    """A copy, for the account that asked for it and no other, until it expires."""
    with runtime().database.reading() as session:
        found = exports.find_made(session, export_id, actor().id or 0, _address(), moment.now())
    content = None if found is None else (found.data if kind == "json" else found.page)
    if content is None:
        raise NotFound(GONE)
    name, media_type = KINDS[kind]
    response = Response(content, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _address() -> str:
    """The address that a link proved, when that is how the account is open."""
    seen = viewer()
    return seen.email if seen else ""
