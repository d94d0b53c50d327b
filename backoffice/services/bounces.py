"""A mail that came back: the mail says so, its case too, and nobody answers the machine."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases
from backoffice.queries import mail as queries
from backoffice.services import moment, placing, undelivered
from backoffice.services.journal import Event


def find_returned_mail(
    session: Session,
    runtime: Runtime,
    authority_id: int,
    *,
    message_id: str,
    reply_token: str,
    recipients: Sequence[str],
) -> OutgoingMail | None:
    """Which mail of ours a notice is about: by our own Message-ID, else by the signed address that it came back to."""
    if message_id and placing.is_our_message_id(runtime, message_id):
        found = queries.find_sent_mail(session, authority_id, message_id)
        if found is not None:
            return found
    case = placing.find_by_token(session, runtime, authority_id, reply_token)
    return queries.find_last_sent_mail(session, case.id, recipients) if case is not None and recipients else None


def note_returned(session: Session, mail: OutgoingMail, *, diagnostic: str, permanent: bool) -> None:
    """Write on the mail and in its case that it did not arrive; a second notice of the same changes nothing."""
    if mail.bounced_at is not None:
        return
    mail.bounced_at, mail.error = moment.now(), diagnostic[:2000]
    if mail.case_id is None:
        return
    case = cases.claim_case_by_id(session, mail.case_id)
    undelivered.note_failed(session, case, mail, Event.MAIL_BOUNCED, diagnostic, permanent=permanent)
