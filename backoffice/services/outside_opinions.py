"""Opinions asked of bodies outside (a heritage architect, a landlord…): by a link that ends, for them alone."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.tasks import OPEN, TaskState
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.tasks import Task, TaskLink
from backoffice.queries import cases
from backoffice.queries import tasks as queries
from backoffice.services import case_tasks, correspondence, documents, moment, one_time, task_answers
from backoffice.services.case_tasks import Question
from backoffice.services.journal import Event
from backoffice.services.one_time import Purpose

LASTS = timedelta(days=30)
"""How long a link opens after the day for which the answer is asked."""
USUAL_TIME = timedelta(days=31)
"""What is usually given to answer: a month."""
LONGEST_BODY = 150
PATH = "/avis"


class Door(StrEnum):
    """What a link leads to."""

    OPEN = "open"
    ANSWERED = "answered"
    READ = "read"
    EXPIRED = "expired"
    CLOSED = "closed"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Opened:
    """A question that a link leads to, and whether it may still be answered by it."""

    task: Task
    link: TaskLink
    door: Door

    @property
    def shows(self) -> bool:
        """Whether the question may be read."""
        return self.door in {Door.OPEN, Door.ANSWERED, Door.READ}

    @property
    def takes(self) -> bool:
        """Whether an answer, or a better one, is taken."""
        return self.door in {Door.OPEN, Door.ANSWERED}


def ask(session: Session, runtime: Runtime, actor: Actor, case: Case, question: Question) -> Task:
    """Ask a body outside: it gets a mail with a link, and reads the question and what is joined, nothing else.

    Raises Invalid with every fault, by field. The same form sent twice asks once.
    """
    policy.require(actor, Permission.TASK_ASK, case)
    known = queries.find_of_form(session, case.authority_id, question.key)
    if known is not None:
        return known
    faults: dict[str, str] = {}
    body = " ".join(question.text("body").split())
    if not body:
        faults["body"] = "Nommez la personne ou l’organisme."
    elif len(body) > LONGEST_BODY:
        faults["body"] = f"{LONGEST_BODY} caractères au plus."
    email = _read_email(question.text("email"), faults)
    task = case_tasks.write(session, actor, case, question, faults, body=body, email=email)
    send_link(session, runtime, case, task, "first")
    return task


def send_again(session: Session, runtime: Runtime, actor: Actor, case: Case, task_id: int, email: str) -> Task:
    """Close the links of a question and send a new one, maybe to another address."""
    policy.require(actor, Permission.TASK_ASK, case)
    task = _claim(session, case, task_id)
    faults: dict[str, str] = {}
    task.email = _read_email(email, faults)
    if faults:
        raise Invalid(faults=faults)
    _revoke(session, task)
    send_link(session, runtime, case, task, "again")
    case_tasks.note(session, actor, case, task, Event.TASK_LINK_SENT)
    return task


def close_link(session: Session, actor: Actor, case: Case, task_id: int) -> Task:
    """The links of a question open nothing any more; the question waits, for a new link or an answer by other means."""
    policy.require(actor, Permission.TASK_ASK, case)
    task = _claim(session, case, task_id)
    _revoke(session, task)
    task.link_until = None
    case_tasks.note(session, actor, case, task, Event.TASK_LINK_CLOSED)
    return task


def send_link(session: Session, runtime: Runtime, case: Case, task: Task, why: str) -> None:
    """Make one more link to a question and promise the mail that brings it; `why` is first, again or reminder."""
    authority = session.get_one(Authority, case.authority_id)
    token = secrets.token_urlsafe(32)
    until = max(task.due_on, moment.today(authority.timezone)) + LASTS
    session.add(
        TaskLink(
            authority_id=task.authority_id,
            task_id=task.id,
            token_hash=one_time.hashes(runtime.settings, Purpose.OPINION, token)[0],
            created_at=moment.now(),
            until=until,
        )
    )
    values = documents.case_values(session, authority, case) | {
        "why": why,
        "body": task.body,
        "title": task.title,
        "question": task.question,
        "due_on": task.due_on.isoformat(),
        "until": until.isoformat(),
        "link": f"{runtime.settings.public_url}{PATH}/{token}",
        "files": sum(len(ids) for ids in task.joined.values()),
        "agent": {"name": task.asked_by.name, "title": task.asked_by.title},
    }
    mail = correspondence.queue_secret(session, runtime, case, task.email, "opinion", values)
    task.mail_id, task.link_until = mail.id, until


def find(session: Session, runtime: Runtime, authority_id: int, token: str) -> Opened | None:
    """What a link leads to now; None for one that we never made."""
    link = queries.find_link(session, authority_id, one_time.hashes(runtime.settings, Purpose.OPINION, token))
    if link is None:
        return None
    return Opened(link.task, link, _door(link, moment.today(session.get_one(Authority, authority_id).timezone)))


def answer(
    session: Session, runtime: Runtime, authority_id: int, token: str, text: str, files: list[IncomingFile], key: str
) -> None:
    """Keep the answer of whoever holds a link; raise NotFound when it opens nothing, Conflict once it was read."""
    found = find(session, runtime, authority_id, token)
    if found is None or not found.shows:
        raise NotFound
    case = cases.claim_case_by_id(session, found.task.case_id)
    task = queries.claim_task(session, found.task.id)
    actor = Actor("outside", authority_id, None, task.body)
    task_answers.keep_answer(session, runtime, actor, case, task, text, files, key)


def _door(link: TaskLink, today: date) -> Door:
    task = link.task
    if task.state == TaskState.CANCELLED:
        return Door.CLOSED
    if link.revoked_at is not None:
        return Door.REPLACED if task.link_until is not None else Door.CLOSED
    if link.until < today:
        return Door.EXPIRED
    if task.state in OPEN:
        return Door.OPEN
    return Door.READ if task.read_at is not None else Door.ANSWERED


def _revoke(session: Session, task: Task) -> None:
    for link in queries.list_links(session, task.id):
        link.revoked_at = link.revoked_at or moment.now()


def _claim(session: Session, case: Case, task_id: int) -> Task:
    task = queries.claim_task(session, queries.get_task_of_case(session, case, task_id).id)
    if task.department_id is not None:
        raise NotFound(queries.NO_TASK)
    if task.state not in OPEN:
        raise Conflict(case_tasks.ENDED)
    return task


def _read_email(typed: str, faults: dict[str, str]) -> str:
    try:
        return identity.check_email(typed)
    except Invalid as fault:
        faults["email"] = fault.sentence
        return ""
