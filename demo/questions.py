"""What departments of the town ask each other about their open cases, and what they ask of bodies outside."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import cases
from backoffice.services import case_tasks, clock, moment, outside_opinions, task_answers
from backoffice.services.case_tasks import Question
from demo.town import Opened, Town, promised

JUST_NOW = timedelta(minutes=10)
"""A case that moved this lately is left alone: nothing happens in the future."""


@cache
def questions() -> tuple[dict[str, Any], ...]:
    """What is asked: of which `procedure`, to whom, in how many working `days`, and the answer when there is one."""
    told: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return tuple(told)


def write(
    session: Session, runtime: Runtime, authority: Authority, town: Town, opened: Sequence[Opened], now: datetime
) -> list[int]:
    """Ask each on the newest open case of its procedure, a few days ago; some are answered since.

    Gives the promises of the mails that are to leave, for the local outbox to show the link that each brings.
    """
    before = len(promised)
    # The oldest first, as it happened: what agents were told follows the same order.
    for number, told in sorted(enumerate(questions()), key=lambda one: -one[1].get("ago", 3)):
        case = _open_case(session, opened, told["procedure"])
        if case is None:
            continue
        asked_at = max(now - timedelta(days=told.get("ago", 3)), _last_event_at(session, case))
        if asked_at > now - JUST_NOW:
            continue
        with moment.at(asked_at):
            task_id = _ask(session, runtime, authority, town, case, told, f"demo-question-{number}")
        answer = told.get("answer")
        if task_id is not None and answer:
            actor = town.handlers[town.departments[told["department"]]][0]
            with moment.at(asked_at + (now - asked_at) / 2):
                task_answers.answer(session, runtime, actor, task_id, answer, [], f"demo-{number}")
    return promised[before:]


def _ask(
    session: Session, runtime: Runtime, authority: Authority, town: Town, case: Case, told: dict[str, Any], key: str
) -> int | None:
    actor = town.handlers[case.department_id][0]
    due_on = clock.calendar_of(authority).add_working_days(moment.today(authority.timezone), told["days"])
    typed = {
        "title": told["title"],
        "question": told["question"],
        "due_on": due_on.isoformat(),
        "shared": "yes" if told.get("shared") else "",
    }
    if "body" in told:
        question = Question(typed | {"body": told["body"], "email": told["email"]}, key)
        return outside_opinions.ask(session, runtime, actor, case, question).id
    department_id = town.departments[told["department"]]
    if department_id == case.department_id:
        return None
    return case_tasks.ask(session, actor, case, Question(typed | {"department": str(department_id)}, key)).id


def _open_case(session: Session, opened: Sequence[Opened], procedure: str) -> Case | None:
    found = (session.get_one(Case, one.case_id) for one in reversed(opened))
    return next((one for one in found if one.closed_at is None and one.procedure_code == procedure), None)


def _last_event_at(session: Session, case: Case) -> datetime:
    return cases.list_events(session, case.id)[-1].at + timedelta(minutes=1)
