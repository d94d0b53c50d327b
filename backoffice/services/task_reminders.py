"""Reminders of the questions that wait for an answer: before their day, after it, and once more."""

from sqlalchemy.orm import Session

from backoffice.domain.tasks import SOON, reminder_stage
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.tasks import Task
from backoffice.queries import cases, legal
from backoffice.queries import tasks as queries
from backoffice.services import clock, legal_facts, outbox, outside_opinions, task_notices
from backoffice.services.outbox import Claim


def remind(runtime: Runtime, claim: Claim) -> None:
    """Remind, once a stage, whoever was asked; one transaction a question, and none is reminded twice of a stage."""
    with runtime.database.reading() as session:
        authorities = [one.id for one in legal.list_authorities(session)]
    for authority_id in authorities:
        for task_id in _list_due(runtime, authority_id):
            with runtime.database.transaction() as session:
                _remind(session, runtime, task_id)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def _list_due(runtime: Runtime, authority_id: int) -> list[int]:
    found: list[int] = []
    with runtime.database.reading() as session:
        authority = session.get_one(Authority, authority_id)
        until = clock.calendar_of(authority).add_working_days(legal_facts.today_of(authority), SOON)
        while page := queries.list_due(session, authority_id, until, found[-1] if found else 0):
            found += [one.id for one in page]
    return found


def _remind(session: Session, runtime: Runtime, task_id: int) -> None:
    known = session.get_one(Task, task_id)
    case = cases.claim_case_by_id(session, known.case_id)
    task = queries.claim_task(session, task_id)
    authority = session.get_one(Authority, task.authority_id)
    stage = reminder_stage(task.due_on, legal_facts.today_of(authority), clock.calendar_of(authority))
    if task.ended_at is not None or stage <= task.reminders:
        return
    task.reminders = stage
    task_notices.remind(session, case, task, stage)
    # A link that was closed by an agent is not opened again by a reminder.
    if task.department_id is None and task.link_until is not None:
        outside_opinions.send_link(session, runtime, case, task, "reminder")
