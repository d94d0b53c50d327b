"""The questions of a case on its page: who was asked, what they said, and what may still be done about each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.file_checks import FileCheck
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.tasks import OPEN, STATE_LABELS, TaskState, awaited_in_words
from backoffice.models.cases import Attachment, Case, CaseEvent
from backoffice.models.tasks import Task
from backoffice.queries import tasks as queries
from backoffice.services import case_tasks
from backoffice.services.journal import Event
from backoffice.web import case_thread, shown_files
from backoffice.web.case_thread import Exchange
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here
from backoffice.web.shown_files import ShownFile

LOOKS: dict[TaskState, tuple[str, str]] = {
    TaskState.ASKED: ("info", "inbox"),
    TaskState.IN_PROGRESS: ("primary", "review"),
    TaskState.ANSWERED: ("success", "success"),
    TaskState.DECLINED: ("danger", "refused"),
    TaskState.CANCELLED: ("neutral", "withdrawn"),
}
"""The tone and the drawing of each state."""
CLOSINGS = (
    (case_tasks.CANCEL, "Annuler ces questions", "Plus personne n’a à répondre."),
    (case_tasks.KEEP, "Les laisser ouvertes", "Les réponses arriveront au dossier terminé."),
)


@dataclass(frozen=True, slots=True)
class ShownTask:
    """A question as pages show it; `mark` is (label, tone, drawing) of its state."""

    task: Task
    mark: tuple[str, str, str]
    days: int
    files: Sequence[ShownFile] = ()

    @property
    def is_open(self) -> bool:
        """Whether an answer is awaited."""
        return self.task.state in OPEN

    @property
    def is_unread(self) -> bool:
        """Whether those who were asked ended it, and the department that asked has not seen it."""
        return case_tasks.is_unread(self.task)

    @property
    def is_late(self) -> bool:
        """Whether it is awaited since a day that is past."""
        return self.is_open and self.days < 0


def show(task: Task, files: Sequence[ShownFile] = ()) -> ShownTask:
    """One question, with the files of its answer."""
    state = TaskState(task.state)
    return ShownTask(task, (STATE_LABELS[state], *LOOKS[state]), (task.due_on - today_here()).days, files)


def context(
    session: Session,
    viewer: Actor,
    together: Sequence[Case],
    history: Sequence[CaseEvent],
    exchanges: Sequence[Exchange],
) -> dict[str, Any]:
    """What the page of a case (the first, with those joined to it) needs; none ever asked costs no statement."""
    case = together[0]
    asked = len(together) > 1 or any(event.kind == Event.TASK_ASKED for event in history)
    found = _read(session, together, exchanges) if asked else []
    awaited = sum(one.is_open for one in found)
    may_ask = policy.allows(viewer, Permission.TASK_ASK, case)
    return {
        "tasks": found,
        "may_ask_others": case.closed_at is None and may_ask,
        "may_end_tasks": may_ask,
        "tasks_to_insert": any(one.task.state == TaskState.ANSWERED for one in found),
        "open_tasks": awaited_in_words(awaited) if awaited else "",
        "task_closings": CLOSINGS,
    }


def _read(session: Session, together: Sequence[Case], exchanges: Sequence[Exchange]) -> list[ShownTask]:
    by_id = {one.id: one for one in together}
    tasks = queries.list_of_cases(session, list(by_id))
    files = {one.message.id: one.files for one in exchanges}

    # Answers in the folded middle of a long thread: their files were not read with it.
    away = queries.list_answer_files(session, {one.message_id for one in tasks} - files.keys())
    hidden = case_thread.hidden_files(session, together, away)

    def show_file(one: Attachment, check: FileCheck) -> ShownFile:
        return shown_files.for_staff(by_id[one.case_id], one, check, hidden=hidden)

    files |= shown_files.by_message(session, away, show_file) if away else {}
    return [show(one, files.get(one.message_id or 0, ())) for one in tasks]


def note_read(case: Case, shown: Sequence[ShownTask]) -> None:
    """Somebody of the department that has the case has seen these answers: it is time to note it."""
    seen = {one.task.id: one.task.message_id for one in shown if one.is_unread}
    if seen and policy.allows(actor(), Permission.TASK_ASK, case):
        with runtime().database.transaction() as session:
            case_tasks.note_read(session, seen)
