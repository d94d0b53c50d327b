"""What a sheet of a citizen still serves for, and its emptying: nothing in it says any more who it was."""

from collections.abc import Iterable

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from backoffice.models.calls import CallBack, CallRecord
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.models.drafts import Draft
from backoffice.models.exports import DataExport
from backoffice.models.people import (
    Citizen,
    CitizenIdentity,
    CitizenMatchSetAside,
    CitizenMerge,
    OneTimeSecret,
    WebSession,
)

TEXTS = (
    "family_name", "given_names", "usage_name", "organisation", "folded_name", "email", "phone", "address_line",
    "postcode", "city", "contact_preference",
)  # fmt: skip
_TIES = (Case, CitizenIdentity, Draft, Contact, CallRecord, CallBack)


def list_group(session: Session, citizen_id: int) -> list[Citizen]:
    """A sheet and all that was merged into it, locked in one order."""
    ids, fresh = {citizen_id}, {citizen_id}
    while fresh:
        fresh = set(session.scalars(select(Citizen.id).where(Citizen.merged_into_id.in_(fresh)))) - ids
        ids |= fresh
    query = select(Citizen).where(Citizen.id.in_(ids)).order_by(Citizen.id).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def is_needed(session: Session, citizen_ids: Iterable[int]) -> bool:
    """Whether a case, an account, a draft, a contact or a call is still of one of these sheets."""
    ids = list(citizen_ids)
    queries = (select(table.citizen_id).where(table.citizen_id.in_(ids)).limit(1) for table in _TIES)
    return any(session.execute(query).first() for query in queries)


def delete_ties(session: Session, citizen_ids: Iterable[int]) -> None:
    """Close the accounts of these sheets, delete their drafts, and take them out of what counts contacts and calls."""
    ids = list(citizen_ids)
    for table in (CitizenIdentity, Draft, CallBack):
        session.execute(delete(table).where(table.citizen_id.in_(ids)))
    session.execute(update(Contact).where(Contact.citizen_id.in_(ids)).values(citizen_id=None, line=""))
    calls = update(CallRecord).where(CallRecord.citizen_id.in_(ids))
    session.execute(calls.values(citizen_id=None, from_number="", to_number=""))


def empty_sheets(session: Session, sheets: Iterable[Citizen]) -> int:
    """Empty sheets of all they say, with their index, sessions and copies; give how many said something.

    The rows stay, without a word: merges and figures count on them.
    """
    emptied = 0
    for sheet in sheets:
        emptied += any(getattr(sheet, name) for name in TEXTS)
        if sheet.email:
            sent = (OneTimeSecret.authority_id == sheet.authority_id, OneTimeSecret.recipient == sheet.email)
            session.execute(delete(OneTimeSecret).where(*sent))
        for name in TEXTS:
            setattr(sheet, name, "")
        sheet.origins = {}
        for table in (DataExport, WebSession):
            session.execute(delete(table).where(table.citizen_id == sheet.id))
        merged = update(CitizenMerge).where(or_(CitizenMerge.kept_id == sheet.id, CitizenMerge.merged_id == sheet.id))
        session.execute(merged.values(reason="", undone_reason="", moved={}))
        pairs = (CitizenMatchSetAside.account_id == sheet.id, CitizenMatchSetAside.sheet_id == sheet.id)
        session.execute(delete(CitizenMatchSetAside).where(or_(*pairs)))
    session.flush()
    return emptied
