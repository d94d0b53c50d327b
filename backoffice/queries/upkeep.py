"""DELETEs of what has ended and that nobody will look at again."""

from datetime import datetime

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from backoffice.models.documents import LetterPreview
from backoffice.models.jobs import Job
from backoffice.models.macros import MacroRun
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import FailedSignIn, OneTimeSecret, SignInAttempt, WebSession


def delete_ended_sessions(session: Session, before: datetime) -> None:
    """Sessions that expired, or were revoked, before this instant."""
    session.execute(delete(WebSession).where(or_(WebSession.expires_at < before, WebSession.revoked_at < before)))


def delete_sign_in_attempts(session: Session, before: datetime) -> None:
    """Sign-ins begun before this instant and never finished."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.created_at < before))


def delete_one_time_secrets(session: Session, before: datetime) -> None:
    """Links and codes made before this instant; until then they are counted."""
    session.execute(delete(OneTimeSecret).where(OneTimeSecret.created_at < before))


def delete_failed_sign_ins(session: Session, before: datetime) -> None:
    """Refused sign-ins older than this instant."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.at < before))


def delete_kept_promises(session: Session, before: datetime) -> None:
    """Jobs done before this instant; those that were given up stay."""
    session.execute(delete(Job).where(Job.state == "done", Job.done_at < before))


def delete_letter_previews(session: Session, before: datetime) -> None:
    """Letters that administrators tried out before this instant."""
    session.execute(delete(LetterPreview).where(LetterPreview.asked_at < before))


def delete_macro_runs(session: Session, before: datetime) -> None:
    """Forms that applied a macro before this instant: sent again, one of them would be outdated anyway."""
    session.execute(delete(MacroRun).where(MacroRun.at < before))


def delete_mails_of_no_case(session: Session, before: datetime) -> None:
    """Mails that belong to no case (links that somebody asked for), written before this instant."""
    session.execute(delete(OutgoingMail).where(OutgoingMail.case_id.is_(None), OutgoingMail.created_at < before))
