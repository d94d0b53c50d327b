"""SELECTs on the history of the accounts of staff."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer

from backoffice.errors import NotFound
from backoffice.models.accounts import AccountEvent
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Membership, Staff

NO_ACCOUNT = "Ce compte d’agent n’existe pas."


def claim_staff(session: Session, authority_id: int, staff_id: int) -> Staff:
    """One account of this authority, locked until the transaction ends, or NotFound."""
    query = select(Staff).where(Staff.id == staff_id, Staff.authority_id == authority_id).with_for_update()
    staff = session.scalar(query.execution_options(populate_existing=True))
    if staff is None:
        raise NotFound(NO_ACCOUNT)
    return staff


def get_account(session: Session, authority_id: int, staff_id: int) -> Staff:
    """One account of this authority with its memberships and its password hash, or NotFound."""
    query = select(Staff).where(Staff.id == staff_id, Staff.authority_id == authority_id)
    memberships = joinedload(Staff.memberships).joinedload(Membership.department)
    staff = session.scalars(query.options(undefer(Staff.password_hash), memberships)).unique().one_or_none()
    if staff is None:
        raise NotFound(NO_ACCOUNT)
    return staff


def find_account(session: Session, staff_id: int) -> Staff | None:
    """One account as it is now, with its memberships and its password hash."""
    query = select(Staff).where(Staff.id == staff_id)
    loaded = query.options(undefer(Staff.password_hash), joinedload(Staff.memberships))
    return session.scalars(loaded.execution_options(populate_existing=True)).unique().one_or_none()


def list_events(session: Session, staff_id: int) -> list[AccountEvent]:
    """The history of an account, in order."""
    query = select(AccountEvent).where(AccountEvent.staff_id == staff_id).order_by(AccountEvent.number)
    return list(session.scalars(query))


def find_last_event(session: Session, staff_id: int) -> AccountEvent | None:
    """Its last line."""
    query = select(AccountEvent).where(AccountEvent.staff_id == staff_id).order_by(AccountEvent.number.desc())
    return session.scalar(query.limit(1))


def list_mails(session: Session, staff_id: int) -> dict[int, OutgoingMail]:
    """The mails that the lines of an account's history sent, by their ids."""
    mine = select(AccountEvent.mail_id).where(AccountEvent.staff_id == staff_id)
    return {mail.id: mail for mail in session.scalars(select(OutgoingMail).where(OutgoingMail.id.in_(mine)))}
