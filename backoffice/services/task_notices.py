"""What agents are told of questions between departments: asked, answered, late; never a word of what is asked."""

from sqlalchemy.orm import Session

from backoffice.domain.french import long_date
from backoffice.domain.policy import Actor
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.domain.tasks import AGAIN, BEFORE, TaskState
from backoffice.models.cases import Case
from backoffice.models.tasks import Task
from backoffice.queries import legal, people
from backoffice.services import staff_notices

QUESTIONS = "/agents/questions"


def tell_asked(session: Session, actor: Actor, task: Task) -> None:
    """Those who are asked learn of it; they may be others than those who may read the case."""
    text = f"{task.from_department.name} vous pose une question : réponse attendue le {long_date(task.due_on)}."
    _tell_asked_side(session, task, text, without=actor.id)


def tell_cancelled(session: Session, actor: Actor, task: Task) -> None:
    """Whoever saw to a question learns that it is of no use any more."""
    if task.staff_id is not None and task.staff_id != actor.id:
        text = f"{task.from_department.name} n’attend plus de réponse à une question que vous aviez."
        _tell_asked_side(session, task, text, without=actor.id)


def tell_ended(session: Session, actor: Actor, case: Case, task: Task) -> None:
    """Who asked, and who has the case now, learn that there is an answer, or that there will be none."""
    did = "ne peut pas répondre à une question" if task.state == TaskState.DECLINED else "a répondu à une question"
    to = [task.asked_by_id, case.assignee_id]
    text = f"{task.who} {did} sur ce dossier."
    staff_notices.tell(session, case, NoticeEvent.REPLIED, to, text, by=actor, place="questions")


def remind(session: Session, case: Case, task: Task, stage: int) -> None:
    """Those asked inside are reminded; at the last stage, who leads them and who asked learn of it too."""
    day = long_date(task.due_on)
    when = f"pour le {day}" if stage == BEFORE else f"depuis le {day}"
    if task.department_id is not None:
        text = f"Rappel : {task.from_department.name} attend votre réponse à une question {when}."
        _tell_asked_side(session, task, text, to_supervisors=stage == AGAIN)
    if stage == AGAIN:
        text = f"{task.who} n’a pas répondu à une question attendue {when}."
        to = [task.asked_by_id, case.assignee_id]
        once = f"task_{task.id}_late"
        staff_notices.tell(session, case, NoticeEvent.REPLIED, to, text, once=once, place="questions")


def _tell_asked_side(
    session: Session, task: Task, text: str, *, without: int | None = None, to_supervisors: bool = False
) -> None:
    if task.department_id is None:
        return
    staff = people.list_department_staff(session, task.department_id)
    told = [one for one in staff if one.id == task.staff_id] or staff
    if to_supervisors:
        told = [*told, *legal.list_supervisors(session, task.department_id)]
    ids = [one for one in dict.fromkeys(person.id for person in told) if one != without]
    address = f"{QUESTIONS}/{task.id}"
    staff_notices.tell_aside(session, task.authority_id, NoticeEvent.QUESTION, ids, text, address=address)
