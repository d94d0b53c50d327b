"""What the shared queue can be narrowed to, and the tests that say it in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.queries.case_watchers import is_watched_by
from backoffice.queries.case_words import Asked, look_up
from backoffice.queries.letters_to_post import FAILED
from backoffice.queries.tags import has_tag

NOBODY = "personne"


class View(StrEnum):
    """The lists that the tabs open; a search looks everywhere."""

    MINE = "a-traiter"
    DEPARTMENTS = "mes-services"
    UNASSIGNED = "sans-agent"
    WAITING = "en-attente"
    LATE = "en-retard"
    RETURNED = "non-remis"
    OPEN = "en-cours"
    CLOSED = "termines"
    FOUND = "recherche"


COUNTED = tuple(view for view in View if view is not View.FOUND)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to: one of each kind that names some, and all the kinds at once.

    `assignee` is an account's id, or NOBODY; a procedure may be NOBODY too. `effect` is what the silence of the law
    becomes (a Silence). `since` and `until` are days of receipt, `due_since` and `due_until` days that the queue sorts
    by, all included. `watched` keeps the cases that the viewer follows.
    """

    view: View
    words: str = ""
    channels: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    departments: tuple[int, ...] = ()
    statuses: tuple[str, ...] = ()
    assignee: str = ""
    tag: int | None = None
    district: int | None = None
    effect: str = ""
    language: str = ""
    since: date | None = None
    until: date | None = None
    due_since: date | None = None
    due_until: date | None = None
    watched: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything but the view narrows the list."""
        return self != Filters(self.view)


def find_words(session: Session, actor: Actor, filters: Filters) -> Asked | None:
    """What the words of the filters are in the index; None when there are none."""
    if not filters.words:
        return None
    # A page asks for its rows, then for their count.
    known: dict[tuple[int, str], Asked] = session.info.setdefault("words", {})
    key = actor.authority_id, filters.words
    if key not in known:
        known[key] = look_up(session, actor.authority_id, filters.words)
    return known[key]


def branches(actor: Actor, filters: Filters, today: date) -> list[list[ColumnElement[bool]]]:
    """The tests of a list but for its words: one set, or one for each of the actor's departments."""
    tests = _view_tests(actor, filters.view, today) + _filter_tests(filters)
    if filters.watched:
        tests.append(is_watched_by(actor.id))
    if filters.view is not View.DEPARTMENTS:
        return [[*tests, *_among(Case.department_id, filters.departments)]]
    shown = actor.department_ids & set(filters.departments) if filters.departments else actor.department_ids
    return [[*tests, Case.department_id == one] for one in sorted(shown)] or [[false()]]


def _view_tests(actor: Actor, view: View, today: date) -> list[ColumnElement[bool]]:
    if view is View.FOUND:
        return []
    if view is View.CLOSED:
        return [Case.closed_on.is_not(None)]
    if view is View.RETURNED:
        return [Case.id.in_(_returned(actor.authority_id))]
    tests: list[ColumnElement[bool]] = [Case.closed_at.is_(None)]
    if view is View.MINE:
        tests.append(Case.assignee_id == actor.id)
    elif view is View.UNASSIGNED:
        tests.append(Case.assignee_id.is_(None))
    elif view is View.WAITING:
        # Written out, not bound: an index of these rows alone is only chosen when the planner sees the value.
        tests.append(Case.status == literal_column(f"'{Status.WAITING_CITIZEN}'"))
    elif view is View.LATE:
        tests.append(Case.due_on < today)
    return tests


def _filter_tests(filters: Filters) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    tests += _among(Case.channel, filters.channels)
    tests += _among(Case.procedure_code, ["" if one == NOBODY else one for one in filters.procedures])
    tests += _among(Case.status, filters.statuses)
    if filters.assignee:
        nobody = filters.assignee == NOBODY
        tests.append(Case.assignee_id.is_(None) if nobody else Case.assignee_id == int(filters.assignee))
    if filters.tag is not None:
        tests.append(has_tag(filters.tag))
    if filters.district is not None:
        tests.append(Case.district_id == filters.district)
    if filters.effect:
        tests.append(Case.regime["silence"].as_string() == filters.effect)
    if filters.language:
        tests.append(Case.language == filters.language)
    if filters.since is not None:
        tests.append(Case.received_on >= filters.since)
    if filters.until is not None:
        tests.append(Case.received_on <= filters.until)
    if filters.due_since is not None:
        tests.append(Case.due_on >= filters.due_since)
    if filters.due_until is not None:
        tests.append(Case.due_on <= filters.due_until)
    return tests


def _among(column: Any, values: Sequence[str | int]) -> list[ColumnElement[bool]]:
    # An index is followed further along an equality than along a list of one.
    if len(values) == 1:
        return [column == values[0]]
    return [column.in_(values)] if values else []


def _returned(authority_id: int) -> Select[tuple[int | None]]:
    """The cases whose last mail came back or never left, when nothing was posted nor sent to the citizen since."""
    later = aliased(OutgoingMail)
    sent_since = select(later.id).where(
        later.case_id == OutgoingMail.case_id,
        later.id > OutgoingMail.id,
        later.sent_at.is_not(None),
        later.bounced_at.is_(None),
        later.failed_at.is_(None),
    )
    posted_since = select(Document.id).where(
        Document.case_id == OutgoingMail.case_id, Document.posted_on >= func.date(OutgoingMail.created_at)
    )
    return select(OutgoingMail.case_id).where(
        OutgoingMail.authority_id == authority_id,
        FAILED,
        OutgoingMail.case_id.is_not(None),
        ~sent_since.exists(),
        ~posted_since.exists(),
    )
