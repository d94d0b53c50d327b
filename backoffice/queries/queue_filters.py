"""What the shared queue can be narrowed to, and the tests that say it in SQL."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, false, literal_column
from sqlalchemy.orm import Session

from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.queries.case_words import Asked, look_up
from backoffice.queries.tags import has_tag

NOBODY = "personne"


class View(StrEnum):
    """The lists that the tabs open; a search looks everywhere."""

    MINE = "a-traiter"
    DEPARTMENTS = "mes-services"
    UNASSIGNED = "sans-agent"
    WAITING = "en-attente"
    LATE = "en-retard"
    OPEN = "en-cours"
    CLOSED = "termines"
    FOUND = "recherche"


COUNTED = tuple(view for view in View if view is not View.FOUND)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; `assignee` is an account's id, or NOBODY."""

    view: View
    words: str = ""
    channel: str = ""
    procedure: str = ""
    department: int | None = None
    status: str = ""
    assignee: str = ""
    tag: int | None = None

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
    if filters.view is not View.DEPARTMENTS or filters.department is not None:
        if filters.view is View.DEPARTMENTS and filters.department not in actor.department_ids:
            tests.append(false())
        return [tests]
    return [[*tests, Case.department_id == one] for one in sorted(actor.department_ids)] or [[false()]]


def _view_tests(actor: Actor, view: View, today: date) -> list[ColumnElement[bool]]:
    if view is View.FOUND:
        return []
    if view is View.CLOSED:
        return [Case.closed_on.is_not(None)]
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
    if filters.channel:
        tests.append(Case.channel == filters.channel)
    if filters.procedure:
        tests.append(Case.procedure_code == ("" if filters.procedure == NOBODY else filters.procedure))
    if filters.department is not None:
        tests.append(Case.department_id == filters.department)
    if filters.status:
        tests.append(Case.status == filters.status)
    if filters.assignee:
        nobody = filters.assignee == NOBODY
        tests.append(Case.assignee_id.is_(None) if nobody else Case.assignee_id == int(filters.assignee))
    if filters.tag is not None:
        tests.append(has_tag(filters.tag))
    return tests
