"""The letters of a draft: words for this procedure alone, which get their version when the draft is published."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.domain import letter_answers, records
from backoffice.domain.letters import FRENCH, get_letter
from backoffice.domain.policy import Permission
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedures import ProcedureDefinition, ProcedureLetter
from backoffice.errors import Invalid
from backoffice.infra import letter_text
from backoffice.services import letter_templates, procedure_letters
from backoffice.web import draft_view, field_form
from backoffice.web.access import Audience, audience
from backoffice.web.admin_templates import EDITOR as WITH_FRAME
from backoffice.web.current import actor, runtime

pages = Blueprint("draft_letters", __name__, url_prefix="/agents/demarches/<code>/brouillon/courriers")


def letter_seen(letter: str) -> draft_view.Part:
    """What the draft makes this letter say."""

    def part(definition: ProcedureDefinition) -> Any:
        found = _find(definition, letter)
        return records.write(found) if found else None

    return part


@pages.route("/<letter>", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.PROCEDURE_MANAGE)
def edit(code: str, letter: str) -> ResponseReturnValue:
    """The words of one letter in French; other languages are written once the procedure is published."""
    title = get_letter(letter).title
    if request.method == "GET":
        return _page(code, letter, {}, [])
    body = request.form.get("body", "").replace("\r\n", "\n").strip()[: letter_text.LONGEST + 1]
    typed = ProcedureLetter(letter, field_form.line(request.form, "title") or title, body)

    def put(definition: ProcedureDefinition) -> ProcedureDefinition:
        others = tuple(one for one in definition.letters if (one.letter, one.language) != (letter, FRENCH))
        kept = () if request.form.get("drop") else (typed,)
        return replace(definition, letters=(*others, *kept))

    return draft_view.save(
        code,
        put,
        letter_seen(letter),
        lambda errors, theirs, status: _page(code, letter, errors, theirs, status),
        "courriers",
    )


def _find(definition: ProcedureDefinition, letter: str) -> ProcedureLetter | None:
    return next((one for one in definition.letters if (one.letter, one.language) == (letter, FRENCH)), None)


def _page(code: str, letter: str, errors: dict[str, str], theirs: list[Change], status: int = 200) -> Response:
    shown = draft_view.load(code)
    drafted = _find(shown.definition, letter)
    with runtime().database.reading() as session:
        mine = actor().authority_id
        in_force = procedure_letters.by_place(procedure_letters.list_in_force(session, mine, code))
        common = letter_templates.common_words(session, mine, letter)
    said = drafted or in_force.get((letter, FRENCH)) or ProcedureLetter(letter, get_letter(letter).title, common)
    values = {"title": said.title, "body": said.body}
    offered = letter_answers.with_answers(get_letter(letter), shown.definition)
    faults = dict(errors)
    if not errors:
        try:
            letter_text.check(said.body, offered)
        except Invalid as fault:
            faults |= fault.faults
    page = render_template(
        "admin/drafts/letter.html",
        shown=shown,
        letter=offered,
        drafted=drafted,
        values=values | (request.form.to_dict() if request.method == "POST" else {}),
        errors=faults,
        theirs=theirs,
        seen=draft_view.print_of(shown.definition, letter_seen(letter)),
    )
    return Response(page, status, {"Content-Security-Policy": WITH_FRAME})
