"""An automatic answer to a mail of a case: written in its history, and nothing else happens."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.queries import cases
from backoffice.services import journal
from backoffice.services.journal import Event


def note(session: Session, case_id: int, *, sender: str, subject: str) -> None:
    """Say in the case that a machine answered (an absence, often): nobody read our mail yet."""
    case = cases.claim_case_by_id(session, case_id)
    actor = policy.system(case.authority_id)
    journal.record(session, actor, case, Event.AUTO_REPLIED, sender=sender[:255], subject=subject[:255])
