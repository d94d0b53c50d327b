"""The register of processings: derived from the procedures, completed by hand, taken away as a file."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.domain.processings import COMPLETIONS
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.services import processings
from backoffice.web import files
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("processings", __name__, url_prefix="/agents/registre")


@pages.get("/")
@audience(Audience.STAFF, Permission.PROCESSING_MANAGE)
def show() -> ResponseReturnValue:
    """The register."""
    with runtime().database.reading() as session:
        found = processings.read(session, actor())
    return render_template("retention/register.html", processings=found, formats=processings.FORMATS)


@pages.get("/registre.<any(pdf, ods, csv):format_name>")
@audience(Audience.STAFF, Permission.PROCESSING_MANAGE)
def download(format_name: str) -> ResponseReturnValue:
    """The register as a file."""
    with runtime().database.reading() as session:
        found = processings.read(session, actor())
        authority = session.get_one(Authority, actor().authority_id)
    content, media_type = processings.write(runtime(), authority, found, format_name)
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = files.disposition("attachment", f"registre.{format_name}")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.route("/<code>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCESSING_MANAGE)
def edit(code: str) -> ResponseReturnValue:
    """One processing: what its procedure says, what is added, and the history of that."""
    if request.method == "GET":
        return _page(code, {})
    try:
        with runtime().database.transaction() as session:
            processings.complete(session, actor(), code, request.form)
    except Invalid as fault:
        return _page(code, fault.faults), 422
    flash("Le registre est complété.", "success")
    return redirect(url_for("processings.edit", code=code), 303)


def _page(code: str, errors: dict[str, str]) -> str:
    with runtime().database.reading() as session:
        found, entries = processings.get(session, actor(), code)
    typed = request.form if request.method == "POST" else found.added
    return render_template(
        "retention/processing.html",
        processing=found,
        columns=processings.COLUMNS[1:],
        completions=COMPLETIONS,
        entries=entries,
        errors=errors,
        typed=typed,
    )
