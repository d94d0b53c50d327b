"""What an authority learns from those who come back, whom an answer did not help, or who gave a form up half-way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import form_events, policy
from backoffice.domain.charts import Bars
from backoffice.domain.form_events import FAULT_LABELS
from backoffice.domain.lifecycle import OUTCOME_LABELS
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import NotFound
from backoffice.models.catalogue import ProcedureVersion
from backoffice.queries import catalogue, ready_answers, repeat_contacts
from backoffice.reports import answers, forms, return_motives
from backoffice.reports.base import Filters, Report, Scope
from backoffice.reports.document import Section
from backoffice.reports.figures import Figure
from backoffice.services import exports, procedures
from backoffice.services.exports import NO_PROCEDURE, Opinion, Table
from backoffice.services.figures import rounded

MOST_QUESTIONS, MOST_COMMENTS = 15, 10
NO_ANSWER = "Cette réponse n’existe pas. Revenez à la page « Évaluation »."


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far the forms of a version went, step by step, and the questions that stopped them most.

    The rows of `questions` are (question, step, why, how many), its keys their (step, code).
    """

    number: int
    is_current: bool
    started: int
    sent: int
    steps: Section
    questions: Section


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A ready answer given to known people during the period, of whom some came back within fifteen days."""

    answer_id: int
    title: str
    public: bool
    given: int
    came_back: int

    @property
    def share(self) -> int | float:
        """Those who came back, in percent."""
        return rounded(100 * self.came_back / self.given) or 0


def read_returns(session: Session, actor: Actor, filters: Filters) -> tuple[Table, Table]:
    """The people who came back, by procedure, then by what they had been answered."""
    by_procedure = _read(session, actor, filters, return_motives.BY_PROCEDURE, _procedures(session, actor))
    titles = {answer.id: answer.title for answer in ready_answers.list_all(session, actor.authority_id)}
    by_answer = _read(session, actor, filters, return_motives.BY_ANSWER, {})
    named = tuple(
        (_said_before(key, titles) or str(key), *row[1:]) for key, row in zip(*_pairs(by_answer), strict=True)
    )
    return by_procedure, replace(by_answer, rows=named)


def returns_after(session: Session, actor: Actor, key: str) -> tuple[Figure, str]:
    """The figure of those who came back after an answer, and the answer in words; raise NotFound for an unknown one."""
    policy.require(actor, Permission.REPORT_READ)
    titles = {answer.id: answer.title for answer in ready_answers.list_all(session, actor.authority_id)}
    said = _said_before(key, titles)
    if not said:
        raise NotFound(NO_ANSWER)
    return return_motives.answered_so(key), said


def read_answers(session: Session, actor: Actor, filters: Filters) -> Table:
    """What did not help, by procedure."""
    return _read(session, actor, filters, answers.BY_PROCEDURE, _procedures(session, actor))


def list_comments(session: Session, actor: Actor, filters: Filters) -> list[Opinion]:
    """What was missing from the last answers that did not help, in the words of those who say so."""
    found, _ = exports.list_feedback(session, actor, filters, helped=False, limit=MOST_COMMENTS * 5)
    return [one for one in found if one.words][:MOST_COMMENTS]


def list_given(session: Session, actor: Actor, filters: Filters) -> list[GivenAnswer]:
    """The ready answers that agents gave, those after which people come back most first."""
    uses = repeat_contacts.count_uses(session, actor, *instants(filters))
    known = [one for one in ready_answers.list_all(session, actor.authority_id) if one.id in uses]
    if filters.procedure:
        known = [one for one in known if one.procedure_code == filters.procedure]
    found = [GivenAnswer(one.id, one.title, one.public, *uses[one.id]) for one in known]
    return sorted(found, key=lambda one: (-one.share, -one.given, one.title))


def instants(filters: Filters) -> tuple[datetime, datetime]:
    """The first instant of the period, and the first one after it."""
    days = filters.start, filters.end + timedelta(days=1)
    start, end = (datetime.combine(day, time(), filters.timezone).astimezone(UTC) for day in days)
    return start, end


def read_forms(session: Session, actor: Actor, filters: Filters) -> Table:
    """The forms that were opened, started and sent, by procedure."""
    return _read(session, actor, filters, forms.BY_PROCEDURE, _procedures(session, actor))


def read_funnels(session: Session, actor: Actor, filters: Filters, procedure_code: str) -> list[Funnel]:
    """Each version of a procedure that somebody had a form of during the period, the newest first."""
    policy.require(actor, Permission.REPORT_READ)
    procedure = catalogue.get_procedure(session, actor.authority_id, procedure_code)
    narrowed, scope = replace(filters, procedure=procedure_code), Scope.of(actor)
    steps = list(session.execute(forms.steps(narrowed, scope)).mappings())
    refused = list(session.execute(forms.refusals(narrowed, scope)).mappings())
    found = []
    for whole in session.execute(forms.wholes(narrowed, scope)).mappings():
        version = session.get_one(ProcedureVersion, whole["version_id"])
        mine, questions = ([one for one in rows if one["version_id"] == version.id] for rows in (steps, refused))
        current = version.id == procedure.current_version_id
        funnel = _funnel(version, mine, questions[:MOST_QUESTIONS], int(whole["started"]), int(whole["sent"]))
        found.append(replace(funnel, is_current=current))
    return found


def list_own_questions(session: Session, actor: Actor, procedure_code: str) -> frozenset[str]:
    """The questions of a procedure whose words the authority writes; the others are of every form."""
    procedure = catalogue.get_procedure(session, actor.authority_id, procedure_code)
    return frozenset(field.code for field in procedures.definition_of(procedure).fields)


def _funnel(
    version: ProcedureVersion,
    steps: Iterable[Mapping[Any, Any]],
    questions: Iterable[Mapping[Any, Any]],
    started: int,
    sent: int,
) -> Funnel:
    definition = procedures.read_version(version)
    titles = dict(form_events.list_steps(definition))
    found = {str(one["key"]): one for one in steps}
    keys = tuple(titles) + tuple(key for key in found if key not in titles)
    names = [column.name for column in forms.STEP_COLUMNS[1:]]
    nothing = dict.fromkeys(names, 0) | {forms.GIVEN_UP_SHARE.name: None}
    rows = tuple((titles.get(key, key), *(rounded(found.get(key, nothing)[name]) for name in names)) for key in keys)
    title = f"Formulaires arrivés à chaque étape, version {version.number}"
    bars = (*((str(row[0]), int(row[1] or 0)) for row in rows), ("Envoyés", sent))
    said = "Combien de formulaires ont atteint chaque étape pendant la période, et combien ont été envoyés."
    chart = Bars(f"etapes-{version.number}", title, said, ("Étape", "Formulaires"), bars)
    section = Section(chart.code, title, said, forms.STEP_COLUMNS, rows, chart, keys)
    asked = list(questions)
    lines = tuple(
        (
            form_events.field_label(definition, one["field"]),
            titles.get(one["step"], one["step"]),
            FAULT_LABELS.get(one["fault"], one["fault"]),
            int(one["refused"]),
        )
        for one in asked
    )
    of = f"Les questions le plus souvent à corriger, version {version.number}"
    fields = tuple((one["step"], one["field"]) for one in asked)
    refusals = Section(f"questions-{version.number}", of, of, forms.FIELD_COLUMNS, lines, None, fields)
    return Funnel(version.number, False, started, sent, section, refusals)


def _read(session: Session, actor: Actor, filters: Filters, report: Report, labels: Mapping[str, str]) -> Table:
    policy.require(actor, Permission.REPORT_READ)
    rows = session.execute(report.select(filters, Scope.of(actor))).mappings()
    return exports.table_of(report, rows, {(report.code, key): label for key, label in labels.items()})


def _procedures(session: Session, actor: Actor) -> dict[str, str]:
    return {"": NO_PROCEDURE, **dict(catalogue.list_procedure_titles(session, actor.authority_id, open_only=False))}


def _pairs(table: Table) -> tuple[tuple[Any, ...], tuple[tuple[Any, ...], ...]]:
    return table.keys, table.rows


def _said_before(key: str, titles: Mapping[int, str]) -> str:
    """What had been answered, in words; empty for nothing that can have been."""
    if key == return_motives.RUNNING:
        return "Rien encore : la demande était en cours"
    if key == return_motives.SPOKEN:
        return "Une réponse sur-le-champ, sans réponse type"
    if key.startswith(return_motives.CLOSED):
        outcome = OUTCOME_LABELS.get(key.removeprefix(return_motives.CLOSED))  # type: ignore[call-overload]
        return f"Demande terminée : {outcome}" if outcome else ""
    number = key.removeprefix(return_motives.ANSWER)
    title = titles.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 18 else None
    return f"Réponse type : « {title} »" if title and key.startswith(return_motives.ANSWER) else ""
