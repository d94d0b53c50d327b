"""An agent's answer waits a few seconds before it leaves: its author may take it back, and has the text again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Forbidden
from backoffice.models.cases import Case, Message
from backoffice.models.mail import OutgoingMail
from backoffice.queries import mail, sms
from backoffice.services import journal, outbox
from backoffice.services.journal import Event
from backoffice.services.outbox import JobKind

HOLD = timedelta(seconds=10)
GONE = "Cette réponse est déjà partie : elle ne peut plus être annulée. Écrivez un autre message pour la corriger."
ENDED = "Cette réponse termine la demande ou porte un document : elle part sans attendre et ne peut pas être annulée."
ANOTHER = "Cette réponse est celle d’un autre agent : lui seul peut l’annuler."


@dataclass(frozen=True, slots=True)
class Departure:
    """An answer that its author may still take back, and the seconds left to do so."""

    message_id: int
    seconds: int


def find_departure(
    actor: Actor, case: Case, mails: Iterable[OutgoingMail], messages: Iterable[Message], now: datetime
) -> Departure | None:
    """The actor's own last answer on a case while it waits, from what the page of the case has read."""
    mine = {message.id: message for message in messages if message.staff_id == actor.id}
    for one in mails:
        message = mine.get(one.message_row_id or 0)
        left = HOLD - (now - one.created_at)
        waits = one.sent_at is None and one.failed_at is None and left > timedelta()
        if message is not None and waits and _is_held(case, message, one):
            return Departure(message.id, max(1, round(left.total_seconds())))
    return None


def take_back(session: Session, actor: Actor, case: Case, message_id: int) -> str:
    """Undo an answer that has not left, and give its text; raise Conflict when a worker has it in hand, or it left.

    The history keeps both lines: that it was written, and that its author took it back.
    """
    policy.require(actor, Permission.CASE_REPLY, case)
    message = mail.find_message(session, case.id, message_id)
    waiting = mail.find_of_message(session, message_id)
    if message is None or waiting is None or waiting.sent_at is not None:
        raise Conflict(GONE)
    if message.staff_id != actor.id:
        raise Forbidden(ANOTHER)
    if not _is_held(case, message, waiting):
        raise Conflict(ENDED)
    if not outbox.withdraw(session, JobKind.SEND_MAIL, mail_id=waiting.id):
        raise Conflict(GONE)
    text = message.body
    _withdraw_sms(session, case, message)
    if case.first_answer_at == message.received_at:
        case.first_answer_at = None
    session.delete(waiting)
    session.flush()
    session.delete(message)
    case.revision += 1
    journal.record(session, actor, case, Event.REPLY_TAKEN_BACK, message_id=message_id)
    return text


def _is_held(case: Case, message: Message, mail: OutgoingMail) -> bool:
    """Whether an answer waits for its author: neither the one that ends a case nor the letter of a batch does."""
    ends = case.closed_at is not None and message.received_at <= case.closed_at
    return not ends and not mail.files.get("documents")


def _withdraw_sms(session: Session, case: Case, message: Message) -> None:
    """The text message that announced this very answer; one promised before announces something else too."""
    waiting = sms.find_waiting(session, case.id)
    is_its_own = waiting is not None and waiting.created_at >= message.received_at
    if waiting is not None and is_its_own and outbox.withdraw(session, JobKind.SEND_SMS, sms_id=waiting.id):
        session.delete(waiting)
