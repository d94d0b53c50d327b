"""SELECTs behind the shared queue: one page of rows, capped counts, and the names that filters offer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import String as Text
from sqlalchemy.orm import Session

from backoffice.domain.french import fold
from backoffice.domain.incoming import Sender
from backoffice.domain.policy import Actor
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.models.districts import DistrictRow
from backoffice.models.people import Citizen, Staff
from backoffice.models.representations import CaseRepresentation
from backoffice.models.tags import Tag
from backoffice.queries.case_words import Asked, gather, id_of, narrow, walk
from backoffice.queries.cases import visible_to
from backoffice.queries.queue_filters import COUNTED, Filters, View, branches, find_words

PAGE_SIZE = 25
# Counting stops here: « 500+ » says enough, and costs the same at a million cases.
MOST_COUNTED = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two rows of a list: a day and a case."""

    day: date
    id: int


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue, in plain values."""

    id: int
    reference: str
    subject: str
    status: str
    outcome: str
    sub_state: str
    channel: str
    procedure_code: str
    department_id: int
    assignee_id: int | None
    restricted: bool
    language: str
    near_street: str
    district_id: int | None
    revision: int
    received_on: date
    due_on: date
    implicit_on: date | None
    target_on: date | None
    closed_on: date | None
    silence: str
    citizen: str
    represented: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and where its neighbours begin."""

    rows: tuple[Row, ...] = ()
    previous: Place | None = None
    next: Place | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and codes are called; the flag says whether filters still offer it."""

    departments: dict[int, tuple[str, bool]]
    staff: dict[int, tuple[str, bool]]
    procedures: dict[str, tuple[str, bool]]
    tags: dict[int, tuple[str, bool]]
    districts: dict[int, tuple[str, bool]]


def read_page(
    session: Session,
    actor: Actor,
    filters: Filters,
    today: date,
    *,
    after: Place | None = None,
    before: Place | None = None,
) -> Page:
    """The rows that follow a place, or come before it, or the first ones."""
    forward = before is None
    statement = _page_statement(actor, filters, find_words(session, actor, filters), today, after, before)
    rows = [_row(line) for line in session.execute(statement)]
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if not forward:
        rows.reverse()
    inside = after is not None or before is not None
    return _paged(rows, filters.view, forward=forward, more=more, inside=inside)


@lru_cache(maxsize=256)
def _page_statement(
    actor: Actor, filters: Filters, asked: Asked | None, today: date, after: Place | None, before: Place | None
) -> Select[Any]:
    # Building a statement costs more than running it: those of the day are kept.
    columns, rising = _order(filters.view)
    upward = rising is (before is None)
    place = before or after
    where = [] if place is None else _beyond(columns, place, upward=upward)
    scans = [one.where(*where).limit(PAGE_SIZE + 1) for one in _scans(Case.id, actor, filters, asked, today, upward)]
    return _lines(scans, _ordered(columns, upward=upward))


def _scans(
    column: Any, actor: Actor, filters: Filters, asked: Asked | None, today: date, upward: bool
) -> Iterator[Select[Any]]:
    """A column of the cases of a list, in its order: one scan, or one for each of the actor's departments."""
    query, (columns, _) = visible_to(actor, select(column)), _order(filters.view)
    if asked is not None and asked.is_common and filters.view is View.FOUND:
        query, columns = walk(query, asked), (id_of(asked),)
    else:
        query = narrow(query, asked)
    if filters.view is View.RETURNED:
        # SQLite would walk every case in the order of the list for the few that the mails name.
        query = query.with_hint(Case, "NOT INDEXED", "sqlite")
    order = _ordered(columns, upward=upward)
    return (query.where(*tests).order_by(*order) for tests in branches(actor, filters, today))


def _ordered(columns: Iterable[Any], *, upward: bool) -> tuple[Any, ...]:
    return tuple(one.asc() if upward else one.desc() for one in columns)


def _beyond(columns: Sequence[Any], place: Place, *, upward: bool) -> list[ColumnElement[bool]]:
    """The tests of what comes after a place."""
    further = Case.id > place.id if upward else Case.id < place.id
    if len(columns) == 1:
        return [further]
    day = columns[0]
    later = day > place.day if upward else day < place.day
    # The index stops a scan on a plain bound, not on an alternative.
    return [or_(later, and_(day == place.day, further)), day >= place.day if upward else day <= place.day]


def count_views(session: Session, actor: Actor, today: date) -> dict[View, int]:
    """How many cases each tab holds; MOST_COUNTED + 1 stands for « more »."""
    line = session.execute(_views_statement(actor, today)).one()
    return {view: min(getattr(line, view.name), MOST_COUNTED + 1) for view in COUNTED}


@lru_cache(maxsize=256)
def _views_statement(actor: Actor, today: date) -> Select[Any]:
    return select(*(_count(_capped(actor, Filters(view), None, today)).label(view.name) for view in COUNTED))


def count(session: Session, actor: Actor, filters: Filters, today: date) -> int:
    """How many cases the list holds, MOST_COUNTED + 1 standing for « more »."""
    counted = session.scalar(select(_count(_capped(actor, filters, find_words(session, actor, filters), today))))
    return min(counted or 0, MOST_COUNTED + 1)


def read_names(session: Session, authority_id: int) -> Names:
    """The names of departments, staff, procedures, tags and districts, in one SELECT."""
    kinds = ("department", "staff", "procedure", "tag", "district")
    found: dict[str, dict[str, tuple[str, bool]]] = {kind: {} for kind in kinds}
    for kind, key, name, offered in sorted(session.execute(_names_statement(authority_id)), key=_folded_name):
        found[kind][key] = (name, bool(offered))
    return Names(
        {int(key): value for key, value in found["department"].items()},
        {int(key): value for key, value in found["staff"].items()},
        found["procedure"],
        {int(key): value for key, value in found["tag"].items()},
        {int(key): value for key, value in found["district"].items()},
    )


def _folded_name(line: Any) -> str:
    return fold(line.name)


@lru_cache(maxsize=64)
def _names_statement(authority_id: int) -> CompoundSelect[Any]:
    return union_all(
        _names("department", cast(Department.id, Text), Department.name, Department.active, Department, authority_id),
        _names("staff", cast(Staff.id, Text), Staff.name, Staff.active, Staff, authority_id),
        _names("procedure", Procedure.code, Procedure.title, true(), Procedure, authority_id),
        _names("tag", cast(Tag.id, Text), Tag.name, Tag.retired_at.is_(None), Tag, authority_id),
        _names(
            "district",
            cast(DistrictRow.id, Text),
            DistrictRow.name,
            DistrictRow.retired_at.is_(None),
            DistrictRow,
            authority_id,
        ),
    )


def _names(kind: str, key: Any, name: Any, offered: Any, table: Any, authority_id: int) -> Select[Any]:
    columns = (literal(kind).label("kind"), key.label("key"), name.label("name"), offered.label("offered"))
    return select(*columns).where(table.authority_id == authority_id)


def list_of_citizen(session: Session, actor: Actor, citizen_id: int, limit: int = 200) -> list[Row]:
    """The cases of a citizen that the actor may know of, newest first."""
    order = (Case.id.desc(),)
    mine = visible_to(actor, select(Case.id)).where(Case.citizen_id == citizen_id).order_by(*order).limit(limit)
    return [_row(line) for line in session.execute(_lines([mine], order, limit))]


def _order(view: View) -> tuple[tuple[Any, ...], bool]:
    """What a list is sorted by, a day first but for a search, and whether the earliest comes first."""
    if view is View.FOUND:
        return (Case.id,), False  # the last that was registered: the order of the index of words too
    return ((Case.closed_on, Case.id), False) if view is View.CLOSED else ((Case.due_on, Case.id), True)


def _lines(scans: Sequence[Select[Any]], order: Sequence[Any], limit: int = PAGE_SIZE + 1) -> Select[Any]:
    """What rows show of the cases whose ids the scans give."""
    # One short ordered scan per department, merged: an index cannot order several departments at once.
    ids: Any = scans[0] if len(scans) == 1 else union_all(*(select(_inner(one).c.id) for one in scans))
    picked = _inner(ids)
    return (
        select(
            Case.id, Case.reference, Case.subject, Case.status, Case.outcome,
            Case.sub_state_label.label("sub_state"), Case.channel, Case.procedure_code,
            Case.department_id, Case.assignee_id, Case.restricted, Case.language, Case.near_street, Case.district_id,
            Case.revision,
            Case.received_on, Case.due_on, Case.implicit_on, Case.target_on, Case.closed_on,
            Case.regime["silence"].as_string().label("silence"),
            Citizen.family_name, Citizen.given_names, Citizen.usage_name, Citizen.organisation, Citizen.email,
            Citizen.phone, CaseRepresentation.name.label("organisation_for"),
            CaseRepresentation.given_names.label("given_for"), CaseRepresentation.family_name.label("family_for"),
        )
        .select_from(picked)
        .join(Case, Case.id == picked.c.id)
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .outerjoin(CaseRepresentation, CaseRepresentation.case_id == Case.id)
        .order_by(*order)
        .limit(limit)
    )  # fmt: skip


def _inner(query: Any) -> Subquery:
    found: Subquery = query.subquery()
    return found


def _row(line: Any) -> Row:
    *values, silence, family, given, usage, organisation, email, phone, for_name, for_given, for_family = line
    known = Sender(family or "", given or "", usage or "", organisation or "", email or "", phone or "")
    spoken_for = for_name or f"{for_given or ''} {for_family or ''}".strip()
    values += [silence or "", known.display_name, spoken_for]
    return Row(*values)


def _paged(rows: list[Row], view: View, *, forward: bool, more: bool, inside: bool) -> Page:
    if not rows:
        return Page()
    day = "closed_on" if view is View.CLOSED else "due_on"
    first, last = (Place(getattr(row, day), row.id) for row in (rows[0], rows[-1]))
    has_previous, has_next = (inside, more) if forward else (more, True)
    return Page(tuple(rows), first if has_previous else None, last if has_next else None)


def _capped(actor: Actor, filters: Filters, asked: Asked | None, today: date) -> Iterator[Select[Any]]:
    one = literal(1).label("one")
    if asked is not None and asked.is_common and filters.view is View.FOUND:
        found = gather(visible_to(actor, select(one)), asked)
        return (found.where(*tests).limit(MOST_COUNTED + 1) for tests in branches(actor, filters, today))
    # Asked for in its order, a list is read along its index; else the planner may prefer to scan the whole table.
    upward = _order(filters.view)[1]
    scans = _scans(one, actor, filters, asked, today, upward)
    return (scan.limit(MOST_COUNTED + 1) for scan in scans)


def _count(scans: Iterable[Select[Any]]) -> Any:
    pieces = [select(_inner(one).c.one) for one in scans]
    whole = pieces[0] if len(pieces) == 1 else union_all(*pieces)
    return select(func.count()).select_from(_inner(whole)).scalar_subquery()
