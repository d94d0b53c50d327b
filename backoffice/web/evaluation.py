"""« Évaluation »: why people come back, which answers did not help, where forms are given up, with what each counts."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.policy import Permission
from backoffice.domain.text_proposals import Subject
from backoffice.queries import text_proposals
from backoffice.reports.base import NOT_CHOSEN
from backoffice.reports.forms import FIELD_COLUMNS, STEP_COLUMNS
from backoffice.services import evaluation, figures
from backoffice.services.exports import Table
from backoffice.web import activity_filters, page_numbers, supervision
from backoffice.web.access import Audience, audience
from backoffice.web.activity_filters import Asked
from backoffice.web.current import actor, runtime

pages = Blueprint("evaluation", __name__, url_prefix="/agents/activite/evaluation")

ROWS = 50
TABS = (
    ("Retours", "evaluation.returns"),
    ("Réponses", "evaluation.answers"),
    ("Formulaires", "evaluation.forms"),
    ("Textes proposés", "text_proposals.show_all"),
)


@pages.get("/")
@audience(Audience.STAFF, Permission.REPORT_READ)
def returns() -> ResponseReturnValue:
    """Who came back within fifteen days: about what, and what had been answered before."""
    asked = read_filters()
    with runtime().database.reading() as session:
        by_procedure, by_answer = evaluation.read_returns(session, actor(), asked.filters)
        values = _values(session, asked)
    return _page(
        "returns",
        asked,
        values,
        tables=(by_procedure, by_answer),
        cell_url=lambda table, row, column: (
            _figure_url(table, row, column)
            if table is by_procedure
            else url_for("evaluation.returns_after", key=table.keys[row], **kept())
        ),
        proposal_url=lambda table, row: (
            proposal_url(Subject.PROCEDURE, demarche=table.keys[row])
            if table is by_procedure
            else _of_answer(str(table.keys[row]))
        ),
    )


@pages.get("/retours/<key>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def returns_after(key: str) -> ResponseReturnValue:
    """The very cases and contacts of those who came back after an answer."""
    asked, number = read_filters(), page_numbers.asked()
    with runtime().database.reading() as session:
        figure, said = evaluation.returns_after(session, actor(), key)
        shown = figures.read_figure(session, actor(), figure, asked.filters)
        found, total = figures.list_counted(
            session, actor(), figure, asked.filters, limit=ROWS, offset=(number - 1) * ROWS
        )
        options = activity_filters.list_options(session)

    def at(page: int) -> str:
        return url_for("evaluation.returns_after", key=key, **kept(page=page))

    page = render_template(
        "supervision/figure.html",
        figure=figure,
        number=figures.in_words(shown),
        found=found,
        total=total,
        period=asked.period,
        narrowed=[said, *activity_filters.in_words(asked.filters, options)],
        channels=CHANNEL_LABELS,
        departments=dict(options["departments"]),
        procedures=dict(options["procedures"]),
        export_url="",
        activity_url=url_for("evaluation.returns", **kept()),
        previous_url=at(number - 1) if number > 1 else None,
        next_url=at(number + 1) if number * ROWS < total else None,
    )
    return page, 422 if asked.faults else 200


@pages.get("/reponses")
@audience(Audience.STAFF, Permission.REPORT_READ)
def answers() -> ResponseReturnValue:
    """Answers that did not help, by procedure; ready answers after which people come back; what was missing."""
    asked = read_filters()
    with runtime().database.reading() as session:
        table = evaluation.read_answers(session, actor(), asked.filters)
        given = evaluation.list_given(session, actor(), asked.filters)
        comments = evaluation.list_comments(session, actor(), asked.filters)
        values = _values(session, asked)
    return _page(
        "answers",
        asked,
        values,
        tables=(table,),
        given=given,
        comments=comments,
        cell_url=_answers_url,
        proposal_url=lambda table, row: proposal_url(Subject.PROCEDURE, demarche=table.keys[row]),
    )


@pages.get("/formulaires")
@audience(Audience.STAFF, Permission.REPORT_READ)
def forms() -> ResponseReturnValue:
    """Forms opened, started and sent, by procedure."""
    asked = read_filters()
    with runtime().database.reading() as session:
        table = evaluation.read_forms(session, actor(), asked.filters)
        values = _values(session, asked)
    return _page(
        "forms",
        asked,
        values,
        tables=(table,),
        cell_url=lambda table, row, _: url_for("evaluation.funnel", code=table.keys[row], **kept()),
        proposal_url=lambda table, row: proposal_url(Subject.PROCEDURE, demarche=table.keys[row]),
    )


@pages.get("/formulaires/<code>")
@audience(Audience.STAFF, Permission.REPORT_READ)
def funnel(code: str) -> ResponseReturnValue:
    """Where people give up the form of a procedure, step by step, and the questions that stop them."""
    asked = read_filters()
    with runtime().database.reading() as session:
        funnels = evaluation.read_funnels(session, actor(), asked.filters, code)
        table = evaluation.read_forms(session, actor(), replace(asked.filters, procedure=code))
        own_questions = evaluation.list_own_questions(session, actor(), code)
        values = _values(session, asked)
    return _page(
        "funnel",
        asked,
        values,
        code=code,
        title=dict(values["options"]["procedures"]).get(code, code),
        funnels=funnels,
        tables=(table,),
        step_headings=supervision.headings(STEP_COLUMNS),
        question_headings=supervision.headings(FIELD_COLUMNS, texts=3),
        own_questions=own_questions,
        proposal_of=proposal_url,
        subjects=Subject,
    )


def read_filters() -> Asked:
    """The period, the procedure and the department of the address; channels narrow nothing here."""
    asked = activity_filters.read()
    return replace(asked, filters=replace(asked.filters, channel=""))


def kept(**instead: Any) -> dict[str, Any]:
    """The same for the address of another page."""
    found = activity_filters.kept(**instead)
    return {name: value for name, value in found.items() if name not in {"canal", "comparer"}}


def tabs(waiting: int) -> list[tuple[str, str, bool, int | None]]:
    """The parts of the evaluation, with how many texts wait for a decision."""
    counted = {"text_proposals.show_all": waiting or None}
    return [
        (label, url_for(endpoint, **kept()), request.endpoint == endpoint, counted.get(endpoint))
        for label, endpoint in TABS
    ]


def proposal_url(subject: Subject, **of: Any) -> str:
    """Where a better text is proposed."""
    return url_for("text_proposals.new", sujet=subject.value, **{name: value for name, value in of.items() if value})


def _page(name: str, asked: Asked, values: dict[str, Any], **more: Any) -> ResponseReturnValue:
    tables = more["tables"]
    columns = [column for table in tables for column in table.report.columns]
    columns += [column for one in more.get("funnels", ()) for column in (*one.steps.columns, *one.questions.columns)]
    definitions = {column.title: column.definition for column in columns if column.definition}
    page = render_template(
        f"evaluation/{name}.html",
        **values,
        definitions=definitions,
        table_headings=lambda table: supervision.headings(table.report.columns),
        filters=asked.filters,
        period=asked.period,
        errors=asked.faults,
        asked=kept(),
        **more,
    )
    return page, 422 if asked.faults else 200


def _values(session: Session, asked: Asked) -> dict[str, Any]:
    counts = text_proposals.count_by_state(session, actor().authority_id)
    options = activity_filters.list_options(session)
    return {
        "options": options,
        "narrowed": activity_filters.in_words(asked.filters, options),
        "tabs": tabs(counts.get("proposed", 0)),
    }


def _figure_url(table: Table, row: int, column: int) -> str | None:
    code = table.report.columns[column].figure
    return url_for("figures.listed", figure=code, **kept(demarche=table.keys[row] or NOT_CHOSEN)) if code else None


def _answers_url(table: Table, row: int, column: int) -> str | None:
    helped = {"judged": None, "not_helped": "non"}
    name = table.report.columns[column].name
    if name in helped:
        narrowed = kept(demarche=table.keys[row] or NOT_CHOSEN, aide=helped[name])
        return url_for("supervision.opinions", **narrowed)
    return _figure_url(table, row, column)


def _of_answer(key: str) -> str:
    return proposal_url(Subject.ANSWER, reponse=key.removeprefix("reponse-")) if key.startswith("reponse-") else ""
