"""SELECTs on what proves who staff are: second factors, recovery codes, identities, emergency accesses."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer

from backoffice.errors import NotFound
from backoffice.models.people import Membership, Staff, WebSession
from backoffice.models.sign_in import EmergencyAccess, RecoveryCode, StaffFactor, StaffIdentity

MOST_LISTED = 100


def list_factors(session: Session, staff_id: int) -> list[StaffFactor]:
    """The second factors that open an account, oldest first, with their secrets."""
    query = select(StaffFactor).where(StaffFactor.staff_id == staff_id, StaffFactor.confirmed_at.is_not(None))
    return list(session.scalars(query.options(undefer(StaffFactor.secret)).order_by(StaffFactor.id)))


def find_unconfirmed(session: Session, staff_id: int) -> StaffFactor | None:
    """The application that somebody is adding, with its key."""
    query = select(StaffFactor).where(StaffFactor.staff_id == staff_id, StaffFactor.confirmed_at.is_(None))
    return session.scalar(query.options(undefer(StaffFactor.secret)).order_by(StaffFactor.id.desc()).limit(1))


def get_factor(session: Session, staff_id: int, factor_id: int) -> StaffFactor:
    """One factor of this account, or NotFound."""
    factor = session.scalar(select(StaffFactor).where(StaffFactor.id == factor_id, StaffFactor.staff_id == staff_id))
    if factor is None:
        raise NotFound("Ce moyen de double authentification n’existe plus.")
    return factor


def find_credential(session: Session, credential_hash: str) -> StaffFactor | None:
    """The passkey that a browser speaks of, with its public key."""
    query = select(StaffFactor).where(StaffFactor.credential_hash == credential_hash)
    return session.scalar(query.options(undefer(StaffFactor.secret)).with_for_update())


def count_recovery_codes(session: Session, staff_id: int) -> int:
    """How many recovery codes are left."""
    unused = (RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def claim_recovery_code(session: Session, staff_id: int, code_hash: str) -> RecoveryCode | None:
    """An unused recovery code, locked."""
    query = select(RecoveryCode).where(RecoveryCode.staff_id == staff_id, RecoveryCode.code_hash == code_hash)
    return session.scalar(query.where(RecoveryCode.used_at.is_(None)).with_for_update())


def forget_recovery_codes(session: Session, staff_id: int) -> None:
    """Void every recovery code of an account."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))


def forget_factors(session: Session, staff_id: int, *, unconfirmed_only: bool = False) -> None:
    """Void every second factor of an account, or what was begun and not ended."""
    gone = delete(StaffFactor).where(StaffFactor.staff_id == staff_id)
    session.execute(gone.where(StaffFactor.confirmed_at.is_(None)) if unconfirmed_only else gone)


def list_protected(session: Session, authority_id: int) -> set[int]:
    """The accounts that have a second factor."""
    query = select(StaffFactor.staff_id).where(
        StaffFactor.authority_id == authority_id, StaffFactor.confirmed_at.is_not(None)
    )
    return set(session.scalars(query))


def find_identity(session: Session, issuer: str, subject: str) -> StaffIdentity | None:
    """The link of an account of an identity provider."""
    return session.scalar(select(StaffIdentity).where(StaffIdentity.issuer == issuer, StaffIdentity.subject == subject))


def find_identity_of(session: Session, staff_id: int, issuer: str) -> StaffIdentity | None:
    """The identity that an account has at a provider."""
    return session.scalar(
        select(StaffIdentity).where(StaffIdentity.staff_id == staff_id, StaffIdentity.issuer == issuer)
    )


def list_identities(session: Session, staff_id: int) -> list[StaffIdentity]:
    """The identities that open an account."""
    return list(session.scalars(select(StaffIdentity).where(StaffIdentity.staff_id == staff_id)))


def claim_session(session: Session, session_id: int) -> WebSession:
    """One session, locked until the transaction ends."""
    query = select(WebSession).where(WebSession.id == session_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def list_emergencies(session: Session, authority_id: int) -> list[EmergencyAccess]:
    """The emergency accesses of the authority, the last first."""
    query = select(EmergencyAccess).where(EmergencyAccess.authority_id == authority_id)
    return list(session.scalars(query.order_by(EmergencyAccess.id.desc()).limit(MOST_LISTED)))


def find_open_emergency(session: Session, staff_id: int) -> EmergencyAccess | None:
    """The last emergency access of an account that nobody closed, locked."""
    query = select(EmergencyAccess).where(EmergencyAccess.staff_id == staff_id, EmergencyAccess.closed_at.is_(None))
    return session.scalar(query.order_by(EmergencyAccess.id.desc()).limit(1).with_for_update())


def list_active_staff(session: Session, authority_id: int, roles: frozenset[str]) -> list[Staff]:
    """The active staff who hold one of these roles."""
    query = select(Staff).where(Staff.authority_id == authority_id, Staff.active)
    held = select(Membership.staff_id).where(Membership.role.in_(roles))
    return list(session.scalars(query.where(Staff.id.in_(held)).order_by(Staff.name)))
