"""What those who were asked do with a question: begin, answer with files, or decline with a reason."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.tasks import OPEN, TaskState
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, Message
from backoffice.models.tasks import Task
from backoffice.queries import cases
from backoffice.queries import tasks as queries
from backoffice.services import case_tasks, moment, received_files, task_notices
from backoffice.services.case_tasks import LONGEST_REASON, Side
from backoffice.services.journal import Event

CHANNEL = "task"
LONGEST_ANSWER = 20_000
OVER = "Cette question n’attend plus de réponse : elle a été annulée."
READ = "Votre réponse a été lue par le service qui l’a demandée : elle ne peut plus être changée."
STARTED = "Cette question est déjà prise en charge."


def may_answer(actor: Actor, task: Task) -> bool:
    """Whether the actor may answer for those who were asked."""
    return task.department_id is not None and policy.allows(actor, Permission.TASK_ANSWER, _side(task))


def is_answerable(task: Task) -> bool:
    """Whether an answer, or a better one, may still come."""
    return task.state in OPEN or (task.state == TaskState.ANSWERED and task.read_at is None)


def start(session: Session, actor: Actor, task_id: int) -> Task:
    """The actor sees to it; raise Conflict when somebody does already."""
    case, task = _hold(session, actor, task_id)
    if task.state != TaskState.ASKED:
        raise Conflict(STARTED if task.state == TaskState.IN_PROGRESS else case_tasks.ENDED)
    task.state, task.staff_id = TaskState.IN_PROGRESS, actor.id
    case_tasks.note(session, actor, case, task, Event.TASK_STARTED)
    return task


def decline(session: Session, actor: Actor, task_id: int, reason: str) -> Task:
    """Say why there will be no answer; raise Invalid without a reason, Conflict when none is awaited."""
    case, task = _hold(session, actor, task_id)
    reason = reason.replace("\x00", "").strip()
    if not reason:
        raise Invalid(faults={"reason": "Dites pourquoi : le service qui demande saura quoi faire."})
    if len(reason) > LONGEST_REASON:
        raise Invalid(faults={"reason": f"{LONGEST_REASON} caractères au plus."})
    if task.state not in OPEN:
        raise Conflict(case_tasks.ENDED)
    task.state, task.reason, task.ended_at, task.answered_by = TaskState.DECLINED, reason, moment.now(), actor.name
    case_tasks.note(session, actor, case, task, Event.TASK_DECLINED, reason=reason)
    task_notices.tell_ended(session, actor, case, task)
    return task


def answer(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    task_id: int,
    text: str,
    files: Sequence[IncomingFile],
    key: str,
    *,
    seen: int | None = None,
) -> Task:
    """Answer for the department that was asked; see `keep_answer`.

    `seen` is the message of the answer that the writer had before them (0: there was none; None: it does not matter):
    raises Conflict when a colleague has answered since.
    """
    case, task = _hold(session, actor, task_id)
    changed = seen is not None and seen != (task.message_id or 0)
    if changed and is_answerable(task) and not _is_repeat(session, task, key):
        raise Conflict(f"{task.answered_by} a répondu entre-temps. Lisez sa réponse : la vôtre prendrait sa place.")
    keep_answer(session, runtime, actor, case, task, text, files, key)
    return task


def keep_answer(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    case: Case,
    task: Task,
    text: str,
    files: Sequence[IncomingFile],
    key: str,
) -> None:
    """Put an answer with its files in the case, as a note; a better one stands in its place until it was read.

    Every one stays among the messages of the case. The same form (`key`) sent twice answers once. Raises Invalid
    without a text, Conflict when no answer is awaited any more.
    """
    if _is_repeat(session, task, key):
        return
    text = text.replace("\x00", "").strip()
    if not text:
        raise Invalid(faults={"answer": "Écrivez votre réponse."})
    if len(text) > LONGEST_ANSWER:
        raise Invalid(faults={"answer": "20 000 caractères au plus : joignez un fichier."})
    if not is_answerable(task):
        raise Conflict(READ if task.state == TaskState.ANSWERED else OVER)
    message = Message(
        authority_id=case.authority_id,
        case_id=case.id,
        direction="note",
        channel=CHANNEL,
        source_id=_source_id(task, key),
        staff_id=actor.id,
        author=f"{actor.name}, {task.who}" if actor.id else task.who,
        subject=f"Réponse à la question « {task.title} »"[:255],
        body=text,
        received_at=moment.now(),
    )
    session.add(message)
    session.flush()
    received_files.attach(session, runtime, message, files)
    task.state, task.answer, task.message_id = TaskState.ANSWERED, text, message.id
    task.ended_at, task.answered_by = message.received_at, actor.name
    case_tasks.note(session, actor, case, task, Event.TASK_ANSWERED)
    task_notices.tell_ended(session, actor, case, task)


def _source_id(task: Task, key: str) -> str:
    return f"{task.id}.{key}"


def _is_repeat(session: Session, task: Task, key: str) -> bool:
    return cases.find_case_of_message(session, task.authority_id, CHANNEL, _source_id(task, key)) is not None


def _side(task: Task) -> Side:
    return Side(task.authority_id, task.department_id or 0)


def _hold(session: Session, actor: Actor, task_id: int) -> tuple[Case, Task]:
    """The case of a question, then the question, both locked for somebody who may answer it."""
    found = queries.get_task(session, actor, task_id)
    if not may_answer(actor, found):
        raise Forbidden
    case = cases.claim_case_by_id(session, found.case_id)
    return case, queries.claim_task(session, found.id)
