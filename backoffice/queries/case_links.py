"""SELECTs on the cases that go together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import BindParameter, Select, and_, bindparam, case, literal, or_, select, union_all
from sqlalchemy.orm import Session

from backoffice.domain.case_links import LinkKind
from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.case_links import CaseLink
from backoffice.models.cases import Case
from backoffice.queries.cases import NO_CASE, visible_to


@dataclass(frozen=True, slots=True)
class Linked:
    """A case beside another: `id` is that of the link, 0 when the house made it by itself and nobody unties it."""

    id: int
    kind: LinkKind
    is_first: bool
    case: Case


def list_around(session: Session, actor: Actor, case_id: int) -> list[Linked]:
    """The cases that go with one, oldest first, as far as the actor may know of them: one statement."""
    found = session.execute(_around(actor), {"one": case_id})
    return [Linked(row[0], LinkKind(row[1]), bool(row[2]), row[3]) for row in found]


def joined_among(around: Sequence[Linked]) -> list[Case]:
    """Those of the cases around one that are joined to it, and read with it."""
    return [one.case for one in around if one.kind is LinkKind.JOINED and not one.is_first]


@lru_cache(maxsize=256)
def _around(actor: Actor) -> Select[tuple[int, str, bool, Case]]:
    # Building it costs more than running it, on every page of a case.
    case_id: BindParameter[int] = bindparam("one")
    links = union_all(
        *(_links().where(end == case_id) for end in (CaseLink.case_id, CaseLink.other_id)),
        _continued().where(Case.follows_case_id == case_id),
        _continued().where(Case.id == case_id, Case.follows_case_id.is_not(None)),
    ).subquery()
    is_first = links.c.case_id == case_id
    other = case((is_first, links.c.other_id), else_=links.c.case_id)
    query = select(links.c.id, links.c.kind, is_first, Case).join(Case, Case.id == other).order_by(Case.id)
    return visible_to(actor, query)


def _links() -> Select[tuple[int, str, int, int]]:
    return select(
        CaseLink.id.label("id"),
        CaseLink.kind.label("kind"),
        CaseLink.case_id.label("case_id"),
        CaseLink.other_id.label("other_id"),
    )


def _continued() -> Select[tuple[int, str, int, int | None]]:
    """The cases that answers too late to open another again have opened."""
    return select(literal(0), literal(LinkKind.FOLLOW_UP.value), Case.id, Case.follows_case_id)


def find_between(session: Session, case_id: int, other_id: int) -> CaseLink | None:
    """The link of two cases, whichever is the first."""
    ways = ((case_id, other_id), (other_id, case_id))
    query = select(CaseLink).where(or_(*(and_(CaseLink.case_id == one, CaseLink.other_id == two) for one, two in ways)))
    return session.scalar(query)


def find_kept_id(session: Session, case_id: int) -> int | None:
    """The id of the case that this one is joined to."""
    joined = (CaseLink.case_id == case_id, CaseLink.kind == LinkKind.JOINED)
    return session.scalar(select(CaseLink.other_id).where(*joined))


def list_junctions(session: Session, kept_id: int) -> list[CaseLink]:
    """The links of the cases that are joined to this one."""
    into = (CaseLink.other_id == kept_id, CaseLink.kind == LinkKind.JOINED)
    return list(session.scalars(select(CaseLink).where(*into).order_by(CaseLink.id)))


def list_joined(session: Session, kept_id: int) -> list[Case]:
    """The cases that are joined to this one, oldest first."""
    into = (CaseLink.other_id == kept_id, CaseLink.kind == LinkKind.JOINED)
    return list(
        session.scalars(select(Case).join(CaseLink, CaseLink.case_id == Case.id).where(*into).order_by(Case.id))
    )


def list_told_together(session: Session, case_id: int) -> list[str]:
    """The references of the cases that whoever follows this one follows too: those joined to it, or that it joined."""
    mine = or_(CaseLink.case_id == case_id, CaseLink.other_id == case_id)
    other = case((CaseLink.case_id == case_id, CaseLink.other_id), else_=CaseLink.case_id)
    query = select(Case.reference).join(CaseLink, Case.id == other).where(mine, CaseLink.kind == LinkKind.JOINED)
    return list(session.scalars(query))


def claim_both(session: Session, actor: Actor, reference: str, other: str) -> tuple[Case, Case]:
    """Two cases, locked in one order until the transaction ends; NotFound if the actor may not know of one."""
    query = visible_to(actor, select(Case).where(Case.reference.in_([reference, other])).order_by(Case.id))
    locked = session.scalars(query.with_for_update().execution_options(populate_existing=True))
    found = {one.reference: one for one in locked}
    if reference not in found or other not in found:
        raise NotFound(NO_CASE)
    return found[reference], found[other]
