"""SELECTs that bring the sheets of one person together, and take them apart again."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import CTE, bindparam, or_, select, update
from sqlalchemy.orm import Session

from backoffice.errors import NotFound
from backoffice.identity_providers import EMAIL
from backoffice.models.calls import CallBack, CallRecord
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.models.data_protection import RightsRequest
from backoffice.models.drafts import Draft
from backoffice.models.people import Citizen, CitizenIdentity, CitizenMatchSetAside, CitizenMerge

MOST_NAMESAKES = 20


def _sheets() -> CTE:
    """The ids of a sheet (bound as `citizen_id`) and of all that went into it, directly or by way of another."""
    own = select(Citizen.id).where(Citizen.id == bindparam("citizen_id")).cte("sheets", recursive=True)
    # By the merges that stand, which say the same as `merged_into_id` and have an index.
    stands = (CitizenMerge.kept_id == own.c.id, CitizenMerge.undone_at.is_(None))
    return own.union(select(CitizenMerge.merged_id).where(*stands))


_SHEETS = _sheets()
# Asked at each page of a signed-in citizen: built once.
_OPENING = (
    select(CitizenIdentity.subject)
    .where(
        CitizenIdentity.citizen_id == bindparam("citizen_id"),
        CitizenIdentity.issuer == bindparam("issuer"),
        select(Citizen.id)
        .join(_SHEETS, _SHEETS.c.id == Citizen.id)
        .where(Citizen.email == CitizenIdentity.subject)
        .exists(),
    )
    .order_by(CitizenIdentity.id)
)
_ADDRESSES = select(Citizen.email).join(_SHEETS, _SHEETS.c.id == Citizen.id).where(Citizen.email != "")
# What belongs to a sheet, and goes with it: cases apart, whose history says it.
Owned = type[CitizenIdentity] | type[Draft] | type[Contact] | type[CallRecord] | type[CallBack] | type[RightsRequest]
OWNED: dict[str, Owned] = {
    "identities": CitizenIdentity,
    "drafts": Draft,
    "contacts": Contact,
    "calls": CallRecord,
    "call_backs": CallBack,
    "rights_requests": RightsRequest,
}


def list_namesakes(session: Session, authority_id: int, beginnings: Sequence[str]) -> list[Citizen]:
    """The sheets sorted under these names that have a case and that no identity provider vouches for."""
    if not beginnings:
        return []
    names = [Citizen.folded_name.startswith(beginning, autoescape=True) for beginning in beginnings]
    vouched = select(CitizenIdentity.id).where(
        CitizenIdentity.citizen_id == Citizen.id, CitizenIdentity.provider != EMAIL
    )
    query = select(Citizen).where(
        Citizen.authority_id == authority_id,
        Citizen.merged_into_id.is_(None),
        or_(*names),
        select(Case.id).where(Case.citizen_id == Citizen.id).exists(),
        ~vouched.exists(),
    )
    return list(session.scalars(query.order_by(Citizen.id).limit(MOST_NAMESAKES)))


def claim_citizens(session: Session, authority_id: int, ids: Iterable[int]) -> dict[int, Citizen]:
    """These sheets by id, locked in one order until the transaction ends."""
    query = select(Citizen).where(Citizen.authority_id == authority_id, Citizen.id.in_(list(ids)))
    locked = query.order_by(Citizen.id).with_for_update().execution_options(populate_existing=True)
    return {citizen.id: citizen for citizen in session.scalars(locked)}


def list_case_ids(session: Session, citizen_id: int) -> list[int]:
    """The cases of a sheet, oldest first."""
    return list(session.scalars(select(Case.id).where(Case.citizen_id == citizen_id).order_by(Case.id)))


def list_owned(session: Session, citizen_id: int) -> dict[str, list[int]]:
    """What else belongs to a sheet: ids by table."""
    return {
        name: list(session.scalars(select(table.id).where(table.citizen_id == citizen_id).order_by(table.id)))
        for name, table in OWNED.items()
    }


def give(session: Session, owned: dict[str, list[int]], *, source: int, to: int) -> None:
    """Move what a sheet still has of this to another one."""
    for name, table in OWNED.items():
        # A merge that is older than a table moved nothing of it.
        mine = (table.id.in_(owned.get(name, ())), table.citizen_id == source)
        session.execute(update(table).where(*mine).values(citizen_id=to))


def claim_merge(session: Session, authority_id: int, merge_id: int) -> CitizenMerge:
    """One merge, locked; NotFound in another authority."""
    query = select(CitizenMerge).where(CitizenMerge.authority_id == authority_id, CitizenMerge.id == merge_id)
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound("Cette réunion de fiches n’existe pas.")
    return found


def list_merges(session: Session, citizen_id: int) -> list[tuple[CitizenMerge, Citizen]]:
    """The merges into a sheet, newest first, each with the sheet that was merged."""
    query = (
        select(CitizenMerge, Citizen)
        .join(Citizen, Citizen.id == CitizenMerge.merged_id)
        .where(CitizenMerge.kept_id == citizen_id)
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(CitizenMerge.id.desc()))]


def list_set_aside(session: Session, account_id: int) -> list[tuple[CitizenMatchSetAside, Citizen]]:
    """The sheets that an account's owner said are not theirs, oldest first."""
    query = (
        select(CitizenMatchSetAside, Citizen)
        .join(Citizen, Citizen.id == CitizenMatchSetAside.sheet_id)
        .where(CitizenMatchSetAside.account_id == account_id)
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(CitizenMatchSetAside.id))]


def list_opening_addresses(session: Session, citizen_id: int, issuer: str) -> Sequence[str]:
    """The addresses proved by a link (identities of this issuer) that a sheet, or any merged into it, still has."""
    return session.scalars(_OPENING, {"citizen_id": citizen_id, "issuer": issuer}).all()


def list_addresses(session: Session, citizen_id: int) -> Collection[str]:
    """The e-mail addresses of a sheet and of all that were merged into it, directly or by way of another."""
    return frozenset(session.scalars(_ADDRESSES, {"citizen_id": citizen_id}))
