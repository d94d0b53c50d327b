"""SELECTs on the districts of an authority."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.cases import Case
from backoffice.models.districts import DistrictChange, DistrictRow
from backoffice.queries.cases import visible_to


def list_all(session: Session, authority_id: int, *, with_retired: bool = False) -> list[DistrictRow]:
    """The districts, by name."""
    query = select(DistrictRow).where(DistrictRow.authority_id == authority_id).order_by(DistrictRow.folded)
    return list(session.scalars(query if with_retired else query.where(DistrictRow.retired_at.is_(None))))


def get_district(session: Session, authority_id: int, district_id: int) -> DistrictRow:
    """One district of this authority, or NotFound."""
    district = session.get(DistrictRow, district_id)
    if district is None or district.authority_id != authority_id:
        raise NotFound("Ce quartier n’existe pas.")
    return district


def find_named(session: Session, authority_id: int, folded: str) -> DistrictRow | None:
    """The district of this name, without case or accents."""
    mine = (DistrictRow.authority_id == authority_id, DistrictRow.folded == folded)
    return session.scalar(select(DistrictRow).where(*mine))


def list_changes(session: Session, district_id: int) -> list[DistrictChange]:
    """What was done to a district, newest first."""
    query = select(DistrictChange).where(DistrictChange.district_id == district_id)
    return list(session.scalars(query.order_by(DistrictChange.id.desc())))


def count_open_cases(session: Session, actor: Actor) -> dict[int, int]:
    """How many open cases that the actor may know of are in each district."""
    query = select(Case.district_id, func.count()).where(Case.closed_at.is_(None), Case.district_id.is_not(None))
    return {row[0]: row[1] for row in session.execute(visible_to(actor, query.group_by(Case.district_id)))}
