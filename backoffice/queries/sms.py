"""SELECTs on the text messages we owe."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.models.sms import OutgoingSms


def find_waiting(session: Session, case_id: int) -> OutgoingSms | None:
    """A message about a case that has neither left nor failed: another one would say the same."""
    waiting = (OutgoingSms.sent_at.is_(None), OutgoingSms.failed_at.is_(None))
    return session.scalar(select(OutgoingSms).where(OutgoingSms.case_id == case_id, *waiting).limit(1))


def is_first(session: Session, case_id: int) -> bool:
    """Whether no message about a case has left yet."""
    sent = select(OutgoingSms.id).where(OutgoingSms.case_id == case_id, OutgoingSms.sent_at.is_not(None))
    return session.scalar(sent.limit(1)) is None


def find_unsent(session: Session, sms_id: int) -> OutgoingSms | None:
    """A message that is still to be sent."""
    return session.scalar(select(OutgoingSms).where(OutgoingSms.id == sms_id, OutgoingSms.sent_at.is_(None)))
