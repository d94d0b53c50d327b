"""SELECTs on what people ask of their data."""

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backoffice.errors import NotFound
from backoffice.infra.database import table_of
from backoffice.models.data_protection import RightsRequest
from backoffice.models.exports import Export


def page(session: Session, authority_id: int, limit: int, offset: int) -> list[RightsRequest]:
    """The register: what is still to answer first, by date, then the last answered."""
    query = select(RightsRequest).where(RightsRequest.authority_id == authority_id)
    order = (RightsRequest.answered_on.is_not(None), RightsRequest.due_on, RightsRequest.id)
    return list(session.scalars(query.order_by(*order).limit(limit).offset(offset)))


def get_request(session: Session, authority_id: int, request_id: int, *, lock: bool = False) -> RightsRequest:
    """One request, locked on demand; NotFound in another authority."""
    query = select(RightsRequest).where(RightsRequest.authority_id == authority_id, RightsRequest.id == request_id)
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise NotFound("Cette demande n’existe pas.")
    return found


def list_copies(session: Session, staff_id: int, kind: str, limit: int) -> list[Export]:
    """The copies of people's data that an agent had made, the newest first."""
    query = select(Export).where(Export.staff_id == staff_id, Export.kind == kind)
    return list(session.scalars(query.order_by(Export.id.desc()).limit(limit)))


def forget_names(session: Session, answered_before: date) -> None:
    """Take the names out of what was answered long ago: the register counts, and names nobody."""
    table = table_of(RightsRequest)
    old = (table.c.answered_on < answered_before, table.c.name != "")
    session.execute(update(table).where(*old).values(name="", note="", citizen_id=None))
