"""SELECTs on the questions that departments ask each other about cases, and who may know of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor, Permission
from backoffice.errors import NotFound
from backoffice.models.cases import Attachment, Case
from backoffice.models.documents import Document
from backoffice.models.tasks import Task, TaskLink
from backoffice.queries import cases
from backoffice.queries.queue import MOST_COUNTED

NO_TASK = "Cette question n’existe pas, ou n’est pas posée à votre service."

Selection = TypeVar("Selection", bound=Select)  # type: ignore[type-arg]


class View(StrEnum):
    """The lists that the tabs open: what others await from my departments first, what we await from them last."""

    DEPARTMENTS = ""
    MINE = "pour-moi"
    LATE = "en-retard"
    ANSWERED = "terminees"
    ASKED = "posees-par-nous"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; `department_id` is the other side: who asks, or who is asked."""

    view: View = View.DEPARTMENTS
    department_id: int | None = None


def asked_of(actor: Actor) -> ColumnElement[bool]:
    """The policy table as SQL: the questions that the actor may answer."""
    mine = Task.authority_id == actor.authority_id
    departments = actor.departments_with(Permission.TASK_ANSWER)
    if None in departments:
        return and_(mine, Task.department_id.is_not(None))
    return and_(mine, Task.department_id.in_(departments)) if departments else false()


def awaited_of(actor: Actor) -> Select[Any]:
    """One for each question that waits for an answer of the actor's departments."""
    return select(literal(1)).select_from(Task).where(asked_of(actor), Task.ended_at.is_(None))


def count_views(session: Session, actor: Actor, asked: Filters, today: date) -> dict[View, int]:
    """How many questions each tab has with these filters; MOST_COUNTED + 1 stands for « more »."""
    counts = [_capped(_in_view(select(literal(1)).select_from(Task), actor, asked, view, today)) for view in View]
    return dict(zip(View, session.execute(select(*counts)).one(), strict=True))


def list_tasks(session: Session, actor: Actor, asked: Filters, today: date, offset: int, limit: int) -> list[Task]:
    """A page of questions, those awaited first by their day; what is answered, the newest first."""
    query = _in_view(_loaded(), actor, asked, asked.view, today)
    order = [Task.id.desc()] if asked.view is View.ANSWERED else [Task.due_on, Task.id]
    return list(session.scalars(query.order_by(*order).offset(offset).limit(limit)))


def get_task(session: Session, actor: Actor, task_id: int) -> Task:
    """A question that the actor may answer, or of a case that they may read; else NotFound."""
    readable = cases.visible_to(actor, select(Case.id).where(Case.id == Task.case_id)).exists()
    mine = (Task.id == task_id, Task.authority_id == actor.authority_id)
    return _found(session.scalar(_loaded().where(*mine, or_(asked_of(actor), readable))))


def get_task_of_case(session: Session, case: Case, task_id: int) -> Task:
    """A question of a case; NotFound when it is of another."""
    return _found(session.scalar(_loaded().where(Task.id == task_id, Task.case_id == case.id)))


def claim_task(session: Session, task_id: int) -> Task:
    """A question, locked and read anew until the transaction ends; its case is locked before it."""
    query = select(Task).where(Task.id == task_id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def find_of_form(session: Session, authority_id: int, form_key: str) -> Task | None:
    """The question that this very form asked."""
    return session.scalar(select(Task).where(Task.authority_id == authority_id, Task.form_key == form_key))


def list_of_cases(session: Session, case_ids: Collection[int]) -> list[Task]:
    """The questions of a case and of those joined to it, in the order in which they were asked."""
    return list(session.scalars(_loaded().where(Task.case_id.in_(case_ids)).order_by(Task.id)))


def list_awaited(session: Session, case_ids: Collection[int]) -> list[Task]:
    """Those that nobody has answered yet."""
    query = select(Task).where(Task.case_id.in_(case_ids), Task.ended_at.is_(None))
    return list(session.scalars(query.order_by(Task.id)))


def list_shared(session: Session, case_ids: Collection[int]) -> list[tuple[str, str]]:
    """(who, state) of the questions of a case, and of those joined to it, that their citizen is told about."""
    query = select(Task.department_id, Task.body, Task.state).where(Task.case_id.in_(case_ids), Task.shared)
    return [(f"{department or ''}.{body}", state) for department, body, state in session.execute(query)]


def list_due(session: Session, authority_id: int, until: date, after: int, limit: int = 200) -> list[Task]:
    """The questions awaited by this day or before, from the one after an id."""
    query = select(Task).where(
        Task.authority_id == authority_id, Task.ended_at.is_(None), Task.due_on <= until, Task.id > after
    )
    return list(session.scalars(query.order_by(Task.id).limit(limit)))


def list_joined(session: Session, task: Task) -> tuple[list[Attachment], list[Document]]:
    """What the asker chose to show of the case: received files, and documents that are ready."""
    received, ours = task.joined.get("attachments", []), task.joined.get("documents", [])
    files = select(Attachment).where(Attachment.id.in_(received), Attachment.case_id == task.case_id)
    letters = select(Document).where(Document.id.in_(ours), Document.case_id == task.case_id, Document.digest != "")
    return (
        list(session.scalars(files.order_by(Attachment.id))) if received else [],
        list(session.scalars(letters.order_by(Document.id))) if ours else [],
    )


def list_answer_files(session: Session, message_ids: Iterable[int | None]) -> list[Attachment]:
    """The files of answers (the messages of questions)."""
    wanted = [one for one in message_ids if one is not None]
    query = select(Attachment).where(Attachment.message_id.in_(wanted)).order_by(Attachment.id)
    return list(session.scalars(query)) if wanted else []


def find_link(session: Session, authority_id: int, hashes: Iterable[str]) -> TaskLink | None:
    """A link by its hash, under any key still accepted, with its question."""
    query = select(TaskLink).where(TaskLink.authority_id == authority_id, TaskLink.token_hash.in_(list(hashes)))
    return session.scalar(query.options(joinedload(TaskLink.task).joinedload(Task.from_department)))


def list_links(session: Session, task_id: int) -> Sequence[TaskLink]:
    """The links of a question, closed ones too."""
    return session.scalars(select(TaskLink).where(TaskLink.task_id == task_id).order_by(TaskLink.id)).all()


def _in_view(query: Selection, actor: Actor, asked: Filters, view: View, today: date) -> Selection:
    if view is View.ASKED:
        return query.where(*_of_ours(actor, asked))
    tests = [asked_of(actor)]
    if asked.department_id is not None:
        tests.append(Task.from_department_id == asked.department_id)
    if view is View.ANSWERED:
        return query.where(*tests, Task.ended_at.is_not(None))
    tests.append(Task.ended_at.is_(None))
    if view is View.MINE:
        tests.append(Task.staff_id == actor.id)
    if view is View.LATE:
        tests.append(Task.due_on < today)
    return query.where(*tests)


def _of_ours(actor: Actor, asked: Filters) -> list[ColumnElement[bool]]:
    """What the actor's departments asked and still await, or have not read, of cases that the actor may read."""
    departments = actor.departments_with(Permission.TASK_ASK)
    if not departments:
        return [false()]
    tests: list[ColumnElement[bool]] = [Task.authority_id == actor.authority_id]
    if None not in departments:
        tests.append(Task.from_department_id.in_(departments))
    if asked.department_id is not None:
        tests.append(Task.department_id == asked.department_id)
    readable = cases.visible_to(actor, select(Case.id).where(Case.id == Task.case_id)).exists()
    return [*tests, Task.read_at.is_(None), readable]


def _capped(rows: Select[Any]) -> Any:
    return select(func.count()).select_from(rows.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


def _loaded() -> Select[tuple[Task]]:
    return select(Task).options(
        joinedload(Task.case),
        joinedload(Task.department),
        joinedload(Task.from_department),
        joinedload(Task.staff),
        joinedload(Task.asked_by),
    )


def _found(task: Task | None) -> Task:
    if task is None:
        raise NotFound(NO_TASK)
    return task
