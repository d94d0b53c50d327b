"""SELECTs on the reports that have a name, on whom they are sent to, and on their versions."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor, Permission
from backoffice.errors import NotFound
from backoffice.models.saved_reports import ReportFile, ReportRecipient, ReportVersion, SavedReport

GONE = "Ce rapport n’existe pas, ou n’est pas partagé avec vous."


def list_open(session: Session, actor: Actor) -> list[SavedReport]:
    """The reports that the actor made, and those shared with them, by name."""
    query = select(SavedReport).where(*_open_to(actor)).options(joinedload(SavedReport.owner))
    return list(session.scalars(query.order_by(func.lower(SavedReport.name), SavedReport.id)))


def get_open(session: Session, actor: Actor, report_id: int) -> SavedReport:
    """One of them; raise NotFound."""
    query = select(SavedReport).where(SavedReport.id == report_id, *_open_to(actor))
    found = session.scalar(query.options(joinedload(SavedReport.owner)))
    if found is None:
        raise NotFound(GONE)
    return found


def count_owned(session: Session, actor: Actor) -> int:
    """How many the actor made."""
    mine = (SavedReport.owner_id == actor.id, SavedReport.retired_at.is_(None))
    return session.scalar(select(func.count()).select_from(SavedReport).where(*mine)) or 0


def list_scheduled(session: Session) -> list[SavedReport]:
    """The reports that leave by e-mail, of every authority."""
    sent = select(SavedReport).where(SavedReport.rhythm != "", SavedReport.retired_at.is_(None))
    return list(session.scalars(sent.order_by(SavedReport.id)))


def list_recipients(session: Session, report_id: int, *, live: bool = False) -> list[ReportRecipient]:
    """The addresses of a report; `live` those that did not ask for no more."""
    query = select(ReportRecipient).where(ReportRecipient.report_id == report_id).order_by(ReportRecipient.email)
    return list(session.scalars(query.where(ReportRecipient.stopped_at.is_(None)) if live else query))


def find_recipient(session: Session, authority_id: int, recipient_id: int) -> ReportRecipient | None:
    """One address."""
    mine = (ReportRecipient.id == recipient_id, ReportRecipient.authority_id == authority_id)
    return session.scalar(select(ReportRecipient).where(*mine))


def list_versions(session: Session, report_id: int) -> list[ReportVersion]:
    """The versions of a report, newest first."""
    query = select(ReportVersion).where(ReportVersion.report_id == report_id).options(joinedload(ReportVersion.staff))
    return list(session.scalars(query.order_by(ReportVersion.number.desc())))


def get_version(session: Session, report_id: int, number: int) -> ReportVersion:
    """One of them; raise NotFound."""
    query = select(ReportVersion).where(ReportVersion.report_id == report_id, ReportVersion.number == number)
    found = session.scalar(query.options(joinedload(ReportVersion.staff)))
    if found is None:
        raise NotFound(GONE)
    return found


def find_slot(session: Session, report_id: int, slot: str) -> ReportVersion | None:
    """The version that was made for a week, a month or a form."""
    return session.scalar(select(ReportVersion).where(ReportVersion.report_id == report_id, ReportVersion.slot == slot))


def next_number(session: Session, report_id: int) -> int:
    """The number of the next version, the report being held until the transaction ends."""
    session.execute(select(SavedReport.id).where(SavedReport.id == report_id).with_for_update())
    last = select(func.max(ReportVersion.number)).where(ReportVersion.report_id == report_id)
    return (session.scalar(last) or 0) + 1


def find_pending(session: Session, version_id: int) -> ReportVersion | None:
    """A version that is still to be made."""
    pending = (ReportVersion.id == version_id, ReportVersion.made_at.is_(None), ReportVersion.fault == "")
    return session.scalar(select(ReportVersion).where(*pending).options(joinedload(ReportVersion.report)))


def find_version(session: Session, authority_id: int, version_id: int) -> ReportVersion | None:
    """A version by its id."""
    mine = (ReportVersion.id == version_id, ReportVersion.authority_id == authority_id)
    return session.scalar(select(ReportVersion).where(*mine).options(joinedload(ReportVersion.report)))


def list_files(session: Session, version_id: int) -> list[ReportFile]:
    """The files of a version, in the order they were made."""
    return list(session.scalars(select(ReportFile).where(ReportFile.version_id == version_id).order_by(ReportFile.id)))


def _open_to(actor: Actor) -> Sequence[ColumnElement[bool]]:
    counted = actor.departments_with(Permission.REPORT_READ)
    known = sorted(one for one in counted if one is not None)
    shared = SavedReport.department_id.is_not(None) if None in counted else SavedReport.department_id.in_(known)
    theirs = or_(SavedReport.owner_id == actor.id, SavedReport.for_all.is_(true()), shared)
    return SavedReport.authority_id == actor.authority_id, SavedReport.retired_at.is_(None), theirs
