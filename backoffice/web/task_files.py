"""What the asker of a question chose to show of a case, and the files of its answer: for those who were asked."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from backoffice.domain.file_checks import PDF
from backoffice.domain.policy import Permission
from backoffice.errors import NotFound
from backoffice.models.cases import Attachment
from backoffice.models.documents import Document
from backoffice.models.tasks import Task
from backoffice.queries import tasks as queries
from backoffice.services import outside_opinions
from backoffice.services.outside_opinions import Opened
from backoffice.web import files, guesses
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, authority, runtime
from backoffice.web.files import GONE

pages = Blueprint("task_files", __name__)


@pages.get("/agents/questions/<int:task_id>/pieces/<int:attachment_id>")
@audience(Audience.STAFF, Permission.TASK_ANSWER)
def attachment(task_id: int, attachment_id: int) -> ResponseReturnValue:
    """A received file, for an agent who was asked; who reads one of a restricted case is written down."""
    with runtime().database.reading() as session:
        task = queries.get_task(session, actor(), task_id)
        found = _attachment(session, task, attachment_id)
    files.note_reading(task.case, task_id=task.id, attachment_id=attachment_id)
    return files.send_received(found.digest, found.name, found.media_type)


@pages.get("/agents/questions/<int:task_id>/documents/<int:document_id>")
@audience(Audience.STAFF, Permission.TASK_ANSWER)
def document(task_id: int, document_id: int) -> ResponseReturnValue:
    """A document of the house, for an agent who was asked."""
    with runtime().database.reading() as session:
        task = queries.get_task(session, actor(), task_id)
        found = _document(session, task, document_id)
    files.note_reading(task.case, task_id=task.id, document_id=document_id)
    return _send(found)


@pages.get("/avis/<token>/pieces/<int:attachment_id>")
@audience(Audience.PUBLIC)
def shown_attachment(token: str, attachment_id: int) -> ResponseReturnValue:
    """The same for whoever holds a link: pictures leave without what the camera wrote in them."""
    with runtime().database.reading() as session:
        found = _attachment(session, _opened(session, token), attachment_id)
    return _unlisted(files.send_shared(found.digest, found.name, found.media_type))


@pages.get("/avis/<token>/documents/<int:document_id>")
@audience(Audience.PUBLIC)
def shown_document(token: str, document_id: int) -> ResponseReturnValue:
    """A document of the house, for whoever holds a link."""
    with runtime().database.reading() as session:
        found = _document(session, _opened(session, token), document_id)
    return _unlisted(_send(found))


def find_opened(session: Session, token: str) -> Opened | None:
    """What a link leads to; made-up ones are counted by network, as wrong codes are, and soon wait."""
    if wait := guesses.seconds_before_next(""):
        raise TooManyRequests(retry_after=wait)
    found = outside_opinions.find(session, runtime(), authority().id, token)
    if found is None:
        guesses.note_wrong("")
    return found


def _opened(session: Session, token: str) -> Task:
    found = find_opened(session, token)
    if found is None or not found.shows:
        raise NotFound(GONE)
    return found.task


def _attachment(session: Session, task: Task, attachment_id: int) -> Attachment:
    shown = [*queries.list_joined(session, task)[0], *queries.list_answer_files(session, [task.message_id])]
    for one in shown:
        if one.id == attachment_id:
            return one
    raise NotFound(GONE)


def _document(session: Session, task: Task, document_id: int) -> Document:
    for one in queries.list_joined(session, task)[1]:
        if one.id == document_id:
            return one
    raise NotFound(GONE)


def _send(letter: Document) -> Response:
    return files.send_file(letter.digest, f"{letter.title}.pdf", PDF)


def _unlisted(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
