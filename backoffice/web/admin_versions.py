"""The versions of a procedure: who published them and why, and what changes from any one to any other."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain import procedure_comparison, procedure_files
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.setting_screens import Screen
from backoffice.errors import NotFound
from backoffice.models.catalogue import ProcedureVersion
from backoffice.queries import catalogue
from backoffice.queries import procedure_drafts as queries
from backoffice.queries.setting_changes import list_changes
from backoffice.services import procedures
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_versions", __name__, url_prefix="/agents/demarches/<code>/versions")
MOST_CHANGES = 500


@pages.get("")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def show(code: str) -> ResponseReturnValue:
    """Every version, and the differences between the two asked for: at first, between the last two."""
    with runtime().database.reading() as session:
        mine = actor().authority_id
        procedure = catalogue.get_procedure(session, mine, code)
        versions = catalogue.list_versions(session, procedure.id)
        draft = queries.find_draft(session, mine, code)
        done = list_changes(session, mine, Screen.PROCEDURES, MOST_CHANGES)
    newest = versions[0][0].number
    before, after = _asked("avant", max(newest - 1, 1)), _asked("apres", newest)
    known = {one.number: one for one, _ in versions}
    return render_template(
        "admin/procedure_versions.html",
        procedure=procedure,
        versions=versions,
        draft=draft,
        choices=[(str(one.number), f"Version {one.number}") for one, _ in versions],
        before=before,
        after=after,
        changes=_changes(known, before, after),
        history=[one for one in done if one.subject == procedure.title],
    )


@pages.get("/<int:number>.yaml")
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def export_file(code: str, number: int) -> ResponseReturnValue:
    """An older version as a file."""
    with runtime().database.reading() as session:
        procedure = catalogue.get_procedure(session, actor().authority_id, code)
        version = queries.get_version(session, actor().authority_id, procedure.id, number)
    answer = Response(procedure_files.write_yaml(procedures.read_version(version)), mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{code}-version-{number}.yaml"'
    return answer


def _asked(name: str, otherwise: int) -> int:
    typed = request.args.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else otherwise


def _changes(known: dict[int, ProcedureVersion], before: int, after: int) -> list[Change]:
    if before not in known or after not in known:
        raise NotFound("Cette version n’existe pas.")
    return procedure_comparison.compare(procedures.read_version(known[before]), procedures.read_version(known[after]))
