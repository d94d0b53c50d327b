"""Procedures in a list, exported as files, opened and closed."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.domain.regime import Regime
from backoffice.errors import Invalid
from backoffice.models.catalogue import Procedure
from backoffice.queries import catalogue
from backoffice.queries import procedure_drafts as queries
from backoffice.services import procedures
from backoffice.web import law_words
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_procedures", __name__, url_prefix="/agents/demarches")
LARGEST_FILE = 512 * 1024


@pages.get("/")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def show() -> ResponseReturnValue:
    """Every procedure with its version, department and state."""
    return _page()


@pages.get("/<code>.yaml")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def export_file(code: str) -> ResponseReturnValue:
    """The current version as a file."""
    with runtime().database.reading() as session:
        text = procedures.export_file(session, catalogue.get_procedure(session, actor().authority_id, code))
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{code}.yaml"'
    return answer


@pages.post("/<code>/ouverture")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def set_open(code: str) -> ResponseReturnValue:
    """Open a procedure to new requests, or retire it."""
    with runtime().database.transaction() as session:
        procedure = catalogue.get_procedure(session, actor().authority_id, code)
        is_open, reason = request.form.get("open") == "1", request.form.get("reason", "").strip()
        procedures.set_open(session, actor(), procedure, is_open=is_open, reason=reason)
        state = "ouverte" if procedure.open else "retirée : elle ne prend plus de demande"
        flash(f"« {procedure.title} » est {state}.", "success")
    return redirect(url_for("admin_regimes.show", code=code), 303)


def file_text(content: bytes) -> str:
    """The text of a file that was sent; raises Invalid when it is none."""
    if not content:
        raise Invalid("Choisissez le fichier d’une démarche (YAML).")
    if len(content) > LARGEST_FILE:
        raise Invalid("Ce fichier dépasse 512 Ko : une démarche n’est jamais si longue.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("Ce fichier n’est pas un texte en UTF-8 : exportez-en un pour voir le format attendu.") from None


def _page() -> str:
    with runtime().database.reading() as session:
        mine = actor().authority_id
        found = catalogue.list_procedures(session, mine, open_only=False)
        regimes = {one.id: _regime(one) for one in found}
        drafts = [(one.code, one.definition.get("title", one.code), one) for one in queries.list_drafts(session, mine)]
        return render_template(
            "admin/procedures.html",
            procedures=found,
            regimes=regimes,
            drafts=drafts,
            drafted={code for code, _, _ in drafts},
            words=law_words,
        )


def _regime(procedure: Procedure) -> Regime:
    version = procedure.current_version
    return Regime.from_data(procedures.read_version(version).regime if version else {"silence": "none"})
