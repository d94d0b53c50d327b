"""The questions that citizens often ask, with their answers: searched, or by procedure."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.queries import catalogue
from backoffice.queries import ready_answers as queries
from backoffice.web import said_procedures
from backoffice.web.access import Audience, audience
from backoffice.web.catalogue import LONGEST_SEARCH
from backoffice.web.current import authority, runtime

pages = Blueprint("questions", __name__)

MOST_FOUND = 20


@pages.get("/questions")
@audience(Audience.PUBLIC)
def show() -> ResponseReturnValue:
    """The answers that have the words asked for, else all of them, by procedure."""
    typed = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    with runtime().database.reading() as session:
        mine = authority().id
        shown = queries.list_in_service(session, mine, public_only=True)
        found = queries.search(session, mine, typed, MOST_FOUND, public_only=True) if typed else []
        procedures = {one.code: said_procedures.definition_of(one) for one in catalogue.list_procedures(session, mine)}
    about = [(one, [answer for answer in shown if answer.procedure_code == code]) for code, one in procedures.items()]
    return render_template(
        "citizen/frequent_questions.html",
        q=typed,
        found=found,
        procedures=procedures,
        about=[(one, answers) for one, answers in about if answers],
        others=[answer for answer in shown if answer.procedure_code not in procedures],
    )
