"""SELECTs on the cases that wait for their citizen."""

from collections.abc import Collection

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from backoffice.domain.lifecycle import Status
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.catalogue import ProcedureVersion
from backoffice.models.mail import OutgoingMail

# Written out: an index of these rows alone is only chosen when the planner sees the value.
_WAITING = (Case.closed_at.is_(None), Case.status == literal_column(f"'{Status.WAITING_CITIZEN}'"))


def list_versions_waiting(session: Session) -> list[ProcedureVersion]:
    """The versions of procedures under which some case waits."""
    own = select(Case.procedure_version_id).where(*_WAITING).distinct()
    return list(session.scalars(select(ProcedureVersion).where(ProcedureVersion.id.in_(own))))


def list_waiting(
    session: Session, authority_id: int, version_ids: Collection[int], after: int, limit: int = 200
) -> list[tuple[int, str]]:
    """The cases of these versions that wait, as (id, reference), from the one after an id."""
    query = select(Case.id, Case.reference).where(Case.authority_id == authority_id, *_WAITING, Case.id > after)
    query = query.where(Case.procedure_version_id.in_(version_ids)).order_by(Case.id).limit(limit)
    return [(case_id, reference) for case_id, reference in session.execute(query)]


def list_watched(session: Session, case_id: int, kinds: Collection[str]) -> list[CaseEvent]:
    """The lines of these kinds in the history of a case, in order."""
    query = select(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.kind.in_(kinds))
    return list(session.scalars(query.order_by(CaseEvent.number)))


def has_arrived(session: Session, mail_id: int) -> bool:
    """Whether a mail left and nothing says that it came back."""
    mail = session.get(OutgoingMail, mail_id)
    return mail is not None and mail.sent_at is not None and mail.bounced_at is None and mail.failed_at is None
