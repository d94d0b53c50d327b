"""The tags of a case: put and taken by those who handle it, each change a line of its history."""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.tags import fits
from backoffice.errors import Invalid
from backoffice.models.cases import Case
from backoffice.models.tags import Tag
from backoffice.queries import tags as queries
from backoffice.services import journal
from backoffice.services.journal import Event


def list_choices(session: Session, case: Case, carried_tags: Sequence[Tag] | None = None) -> list[Tag]:
    """The tags that the form of a case offers: in service and of its department or of all, and those it carries.

    Those it carries are read unless the caller has them.
    """
    carried = {tag.id for tag in (queries.list_of_case(session, case.id) if carried_tags is None else carried_tags)}
    listed = queries.list_all(session, case.authority_id)
    return [tag for tag in listed if tag.id in carried or _may_be_put(tag, case)]


def choose(session: Session, actor: Actor, case: Case, tag_ids: Collection[int]) -> None:
    """Give a case these tags and no other."""
    policy.require(actor, Permission.CASE_TAG, case)
    choices = {tag.id: tag for tag in list_choices(session, case)}
    if not set(tag_ids) <= choices.keys():
        raise Invalid(faults={"tags": "Une de ces étiquettes ne se pose plus sur ce dossier : choisissez de nouveau."})
    before = {tag.id for tag in queries.list_of_case(session, case.id)}
    added = [tag for tag in choices.values() if tag.id in tag_ids and tag.id not in before]
    removed = [tag for tag in choices.values() if tag.id in before and tag.id not in tag_ids]
    _change(session, actor, case, added, removed)


def put(session: Session, actor: Actor, case: Case, tag: Tag) -> None:
    """Put one tag on a case that does not carry it; raise Invalid when it may not be."""
    policy.require(actor, Permission.CASE_TAG, case)
    if not _may_be_put(tag, case):
        raise Invalid("Cette étiquette est retirée ou celle d’un autre service.")
    _change(session, actor, case, [tag], [])


def take_off(session: Session, actor: Actor, case: Case, tag: Tag) -> None:
    """Take one tag off a case that carries it."""
    policy.require(actor, Permission.CASE_TAG, case)
    _change(session, actor, case, [], [tag])


def _may_be_put(tag: Tag, case: Case) -> bool:
    return tag.retired_at is None and fits(tag.department_id, case.department_id)


def _change(session: Session, actor: Actor, case: Case, added: list[Tag], removed: list[Tag]) -> None:
    if not added and not removed:
        return
    for tag in added:
        queries.put(session, case, tag)
    for tag in removed:
        queries.take_off(session, case, tag)
    case.revision += 1
    lines: list[journal.Line] = [
        (actor, event, {"tag_ids": [tag.id for tag in tags], "names": [tag.name for tag in tags]})
        for event, tags in ((Event.TAGGED, added), (Event.UNTAGGED, removed))
        if tags
    ]
    journal.record_each(session, case, lines)
