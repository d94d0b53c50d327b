"""Questions about a case, asked of other departments by the one that has it, which makes one answer of theirs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.lifecycle import Status, check_open
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.tasks import ENDED_BY_THE_ASKED, TaskState, awaited_in_words, quote
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Attachment, Case
from backoffice.models.people import Staff
from backoffice.models.tasks import Task
from backoffice.queries import case_links, cases, catalogue, people
from backoffice.queries import tasks as queries
from backoffice.services import accounts, journal, legal_facts, moment, reserved_answers, task_notices
from backoffice.services.journal import Event

LONGEST_TITLE, LONGEST_QUESTION, LONGEST_REASON = 150, 5_000, 1_000
ENDED = "Cette question n’attend plus de réponse."
CASE_ENDED = "Le dossier est terminé."
KEEP, CANCEL = "keep", "cancel"
"""What becomes of the questions that wait for an answer when their case is closed."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as it was typed, and what of the case is shown with it; `key` is the form's own."""

    typed: Mapping[str, str]
    key: str
    attachments: Collection[int] = field(default_factory=tuple)
    documents: Collection[int] = field(default_factory=tuple)

    def text(self, name: str) -> str:
        """What was typed in a field, without what no database keeps."""
        return self.typed.get(name, "").replace("\x00", "").strip()


def ask(session: Session, actor: Actor, case: Case, question: Question) -> Task:
    """Ask another department, and maybe one person there; raise Invalid with every fault, by field.

    The case stays where it is and its clock goes on. The same form sent twice asks once.
    """
    policy.require(actor, Permission.TASK_ASK, case)
    known = queries.find_of_form(session, case.authority_id, question.key)
    if known is not None:
        return known
    faults: dict[str, str] = {}
    department = _read_department(session, case, question, faults)
    staff = _read_person(session, case, department, question, faults)
    return write(session, actor, case, question, faults, department=department, staff=staff)


def write(  # noqa: PLR0913 (who is asked is said by name)
    session: Session,
    actor: Actor,
    case: Case,
    question: Question,
    faults: dict[str, str],
    *,
    department: Department | None = None,
    staff: Staff | None = None,
    body: str = "",
    email: str = "",
) -> Task:
    """Keep a question for whoever was read from its form; raise Invalid with their faults and those of the rest."""
    check_open(Status(case.status))
    due_on = _read_question(session, case, question, faults)
    joined = _read_joined(session, actor, case, question, faults)
    if faults or due_on is None:
        raise Invalid(faults=faults)
    task = Task(
        authority_id=case.authority_id,
        case_id=case.id,
        form_key=question.key,
        asked_by_id=actor.id,
        from_department_id=case.department_id,
        department_id=department.id if department else None,
        department=department,
        staff_id=staff.id if staff else None,
        body=body,
        email=email,
        title=" ".join(question.text("title").split()),
        question=question.text("question"),
        due_on=due_on,
        shared=bool(question.text("shared")),
        joined=joined,
        state=TaskState.ASKED,
        asked_at=moment.now(),
    )
    session.add(task)
    session.flush()
    legal_facts.begin(case)
    note(session, actor, case, task, Event.TASK_ASKED)
    task_notices.tell_asked(session, actor, task)
    return task


def cancel(session: Session, actor: Actor, case: Case, task_id: int, reason: str = "") -> None:
    """Ask no more: nobody needs to answer, and the links of a body outside open nothing now."""
    policy.require(actor, Permission.TASK_ASK, case)
    task = queries.claim_task(session, queries.get_task_of_case(session, case, task_id).id)
    if task.ended_at is not None:
        raise Conflict(ENDED)
    _cancel(session, actor, case, task, reason.replace("\x00", "").strip()[:LONGEST_REASON])


def check_closing(session: Session, actor: Actor, case: Case, choice: str) -> None:
    """Do what was chosen (KEEP, CANCEL) of the questions without an answer; raise Invalid when nothing was.

    No case is closed over the heads of those who were asked.
    """
    awaited = list_awaited(session, case)
    if not awaited or choice == KEEP:
        return
    if choice != CANCEL:
        become = "qu’elle devient" if len(awaited) == 1 else "qu’elles deviennent"
        said = f"{awaited_in_words(len(awaited))} : dites ce {become}."
        raise Invalid(said, {"open_tasks": said})
    cancel_awaited(session, actor, case)


def cancel_awaited(session: Session, actor: Actor, case: Case, reason: str = CASE_ENDED) -> None:
    """Ask no more of anybody about a case that ends; each question says so in the history."""
    for task in list_awaited(session, case):
        _cancel(session, actor, case, queries.claim_task(session, task.id), reason)


def note_read(session: Session, seen: Mapping[int, int | None]) -> None:
    """The department that has the case read answers (the message of each question): they are not corrected any more.

    One that was corrected since its page was made is not read yet.
    """
    for task_id in sorted(seen):
        task = queries.claim_task(session, task_id)
        if task.read_at is None and task.message_id == seen[task_id]:
            task.read_at = moment.now()


def is_unread(task: Task) -> bool:
    """Whether those who were asked ended it, and the department that asked has not seen it."""
    return task.state in ENDED_BY_THE_ASKED and task.read_at is None


def quote_answers(session: Session, case: Case) -> str:
    """What was answered, each under the name of who did: to be worked into the answer to the citizen."""
    found = queries.list_of_cases(session, _together(session, case))
    answered = [one for one in found if one.state == TaskState.ANSWERED]
    return quote((one.who, one.answer) for one in answered)


def list_awaited(session: Session, case: Case) -> list[Task]:
    """The questions of a case, and of those joined to it, that nobody has answered yet."""
    return queries.list_awaited(session, _together(session, case))


def _together(session: Session, case: Case) -> list[int]:
    return [case.id, *(one.id for one in case_links.list_joined(session, case.id))]


def note(session: Session, actor: Actor, case: Case, task: Task, event: Event, **more: str) -> None:
    """Write what happened to a question in the history of its case, whose page is told that it changed."""
    case.revision += 1
    journal.record(session, actor, case, event, task_id=task.id, name=task.who, title=task.title, **more)


def _cancel(session: Session, actor: Actor, case: Case, task: Task, reason: str) -> None:
    task.state, task.reason, task.link_until = TaskState.CANCELLED, reason, None
    task.ended_at = task.read_at = moment.now()
    for link in queries.list_links(session, task.id):
        link.revoked_at = link.revoked_at or moment.now()
    note(session, actor, case, task, Event.TASK_CANCELLED, reason=reason)
    task_notices.tell_cancelled(session, actor, task)


def _read_department(session: Session, case: Case, question: Question, faults: dict[str, str]) -> Department | None:
    offered = {str(one.id): one for one in list_departments(session, case)}
    found = offered.get(question.text("department"))
    if found is None:
        faults["department"] = "Choisissez le service à qui poser la question."
    return found


def _read_person(
    session: Session, case: Case, department: Department | None, question: Question, faults: dict[str, str]
) -> Staff | None:
    chosen = question.text("staff")
    if not chosen or department is None:
        return None
    found = next((one for one in list_people(session, case, department.id) if str(one.id) == chosen), None)
    if found is None:
        faults["staff"] = f"Cette personne ne fait pas partie du service {department.name}."
    return found


def list_departments(session: Session, case: Case) -> list[Department]:
    """The departments that may be asked: all that are at work but the one that has the case."""
    return [one for one in catalogue.list_departments(session, case.authority_id) if one.id != case.department_id]


def list_people(session: Session, case: Case, department_id: int | None = None) -> list[Staff]:
    """The agents who may answer for the departments that may be asked, or for one of them."""
    departments = [department_id] if department_id else [one.id for one in list_departments(session, case)]
    sides = [Side(case.authority_id, one) for one in departments]
    staff = (one for one in people.list_staff(session, case.authority_id) if one.active)
    return [
        one
        for one in staff
        if any(
            side.department_id in accounts.actor_of(one).department_ids
            and policy.allows(accounts.actor_of(one), Permission.TASK_ANSWER, side)
            for side in sides
        )
    ]


@dataclass(frozen=True, slots=True)
class Side:
    """Those who are asked, as the policy sees them: what they may read is the question, whatever its case is."""

    authority_id: int
    department_id: int
    restricted: bool = False


def _read_question(session: Session, case: Case, question: Question, faults: dict[str, str]) -> date | None:
    for name, longest, missing in (
        ("title", LONGEST_TITLE, "Résumez la question en quelques mots."),
        ("question", LONGEST_QUESTION, "Écrivez ce que vous voulez savoir."),
    ):
        if not question.text(name):
            faults[name] = missing
        elif len(question.text(name)) > longest:
            faults[name] = f"{longest} caractères au plus."
    try:
        due_on = date.fromisoformat(question.text("due_on"))
    except ValueError:
        faults["due_on"] = "Dites pour quel jour vous attendez la réponse."
        return None
    if due_on < moment.today(session.get_one(Authority, case.authority_id).timezone):
        faults["due_on"] = "Ce jour est passé : choisissez-en un qui vient."
    return due_on


def list_files(session: Session, actor: Actor, case: Case) -> list[Attachment]:
    """The received files that the actor may show with a question: those that they read."""
    received = cases.list_attachments(session, case.id)
    hidden = reserved_answers.hidden_files(session, actor, case, received)
    return [one for one in received if one.id not in hidden]


def _read_joined(
    session: Session, actor: Actor, case: Case, question: Question, faults: dict[str, str]
) -> dict[str, list[int]]:
    received = {one.id for one in list_files(session, actor, case)}
    ours = {one.id for one in cases.list_documents(session, case.id) if one.digest}
    attachments, documents = set(question.attachments), set(question.documents)
    if not (attachments <= received and documents <= ours):
        faults["joined"] = "Un de ces fichiers n’est plus au dossier : choisissez de nouveau."
    return {"attachments": sorted(attachments), "documents": sorted(documents)}
