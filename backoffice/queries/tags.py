"""SELECTs on tags: those of an authority, those of cases, and how many cases carry each."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.cases import Case
from backoffice.models.tags import CaseTag, Tag, TagChange
from backoffice.queries import rows
from backoffice.queries.cases import visible_to


def has_tag(tag_id: int) -> ColumnElement[bool]:
    """The cases that carry a tag, as a test of a list."""
    return Case.id.in_(select(CaseTag.case_id).where(CaseTag.tag_id == tag_id))


def list_all(session: Session, authority_id: int, *, in_service_only: bool = False) -> list[Tag]:
    """The tags of an authority with their department, by name; retired ones too unless they are left out."""
    query = select(Tag).where(Tag.authority_id == authority_id).options(joinedload(Tag.department))
    if in_service_only:
        query = query.where(Tag.retired_at.is_(None))
    return list(session.scalars(query.order_by(Tag.folded)))


def find_named(session: Session, authority_id: int, folded: str) -> Tag | None:
    """The tag of this name, without case or accents."""
    return session.scalar(select(Tag).where(Tag.authority_id == authority_id, Tag.folded == folded))


def get_tag(session: Session, authority_id: int, tag_id: int) -> Tag:
    """One tag of this authority, or NotFound."""
    return _of(session.get(Tag, tag_id), authority_id)


def claim_tag(session: Session, authority_id: int, tag_id: int) -> Tag:
    """The same, locked and read anew until the transaction ends."""
    query = select(Tag).where(Tag.id == tag_id).with_for_update(of=Tag)
    return _of(session.scalar(query.execution_options(populate_existing=True)), authority_id)


def list_changes(session: Session, tag_id: int) -> list[TagChange]:
    """What was done to a tag, newest first."""
    return list(session.scalars(select(TagChange).where(TagChange.tag_id == tag_id).order_by(TagChange.id.desc())))


def count_cases(session: Session, actor: Actor) -> dict[int, int]:
    """How many cases that the actor may know of carry each tag."""
    query = select(CaseTag.tag_id, func.count()).join(Case, Case.id == CaseTag.case_id).group_by(CaseTag.tag_id)
    return {row[0]: row[1] for row in session.execute(visible_to(actor, query))}


def list_of_case(session: Session, case_id: int) -> list[Tag]:
    """The tags of a case, by name; the caller may read it."""
    return list_by_case(session, [case_id])[case_id]


def list_by_case(session: Session, case_ids: Collection[int]) -> dict[int, list[Tag]]:
    """The tags of cases that the caller may read, by name; a case without any has an empty list."""
    found: dict[int, list[Tag]] = defaultdict(list)
    query = select(CaseTag.case_id, Tag).join(Tag, Tag.id == CaseTag.tag_id).where(CaseTag.case_id.in_(case_ids))
    for case_id, tag in session.execute(query.order_by(Tag.folded)):
        found[case_id].append(tag)
    return found


def list_carried(session: Session, case_ids: Collection[int]) -> dict[int, set[int]]:
    """The tags that these cases carry, by id, each with those that carry it."""
    found: dict[int, set[int]] = defaultdict(set)
    query = select(CaseTag.tag_id, CaseTag.case_id).where(CaseTag.case_id.in_(case_ids))
    for tag_id, case_id in session.execute(query):
        found[tag_id].add(case_id)
    return found


def list_carriers(session: Session, tag_id: int, case_ids: Collection[int]) -> set[int]:
    """Those of these cases that carry a tag."""
    carried = CaseTag.tag_id == tag_id
    return set(session.scalars(select(CaseTag.case_id).where(carried, CaseTag.case_id.in_(case_ids))))


def put(session: Session, case: Case, tag: Tag) -> None:
    """Put a tag on a case that the caller holds, and that does not carry it."""
    rows.insert_row(session, CaseTag, authority_id=case.authority_id, case_id=case.id, tag_id=tag.id)


def take_off(session: Session, case: Case, tag: Tag) -> None:
    """Take a tag off a case that the caller holds."""
    session.execute(delete(CaseTag).where(CaseTag.case_id == case.id, CaseTag.tag_id == tag.id))


def _of(tag: Tag | None, authority_id: int) -> Tag:
    if tag is None or tag.authority_id != authority_id:
        raise NotFound("Cette étiquette n’existe pas.")
    return tag
