"""SELECTs on bundles: evidence, and transfers to the archives."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from backoffice.models.bundles import Bundle, BundleKind


def find_pending(session: Session, bundle_id: int) -> Bundle | None:
    """A bundle that is still to be made."""
    query = select(Bundle).where(Bundle.id == bundle_id, Bundle.made_at.is_(None))
    return session.scalar(query.options(joinedload(Bundle.staff)))


def find_pending_of_case(session: Session, case_id: int, kind: BundleKind) -> Bundle | None:
    """The bundle of a case and of that kind that is being made."""
    return session.scalar(
        select(Bundle).where(Bundle.case_id == case_id, Bundle.kind == kind, Bundle.made_at.is_(None))
    )


def find_bundle(session: Session, case_id: int, bundle_id: int, kind: BundleKind) -> Bundle | None:
    """A bundle of this very case and of that kind."""
    return session.scalar(select(Bundle).where(Bundle.id == bundle_id, Bundle.case_id == case_id, Bundle.kind == kind))


def list_bundles(session: Session, case_id: int, kind: BundleKind) -> list[Bundle]:
    """The bundles of a case of that kind, newest first."""
    query = select(Bundle).where(Bundle.case_id == case_id, Bundle.kind == kind).order_by(Bundle.id.desc())
    return list(session.scalars(query.options(joinedload(Bundle.staff))))
