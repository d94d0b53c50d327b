"""Figures read from the counts of whole months, and from the moments of the days around them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from backoffice.models.counting import CountedMoment, MonthCount
from backoffice.reports.base import NOT_CHOSEN, Filters, Scope
from backoffice.reports.moments import NO_DAY
from backoffice.reports.month_counts import CHANNEL, EVERY_DEPARTMENT, KIND_OF, PROCEDURE, measured

DEPARTMENT = "department"
TODAY = (NO_DAY, date(NO_DAY.year, NO_DAY.month, 31))
"""The days of what is counted today, whatever the period: a whole month, that nothing else is of."""
LAST_DAY = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Part:
    """Some measures of some days, both included; values up to `most` alone; told apart by month when `by_month`."""

    name: str
    measures: tuple[str, ...]
    start: date
    end: date
    most: int | None = None
    by_month: bool = False
    by_value: bool = True


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted: how many of each value, by (part, measure, key, month); the month is 0 when not told apart."""

    found: dict[tuple[str, str, str, int], Counter[int]]

    def values(self, part: str, measure: str, key: str = "", month: int = 0) -> Counter[int]:
        """How many of each value."""
        return self.found.get((part, measure, key, month), Counter())

    def total(self, part: str, measure: str, key: str = "", month: int = 0) -> int:
        """How many in all."""
        return self.values(part, measure, key, month).total()


def read(session: Session, filters: Filters, scope: Scope, parts: Sequence[Part], by: str = "") -> Sums:
    """These parts, within what may be counted; `by` channel, procedure or department gives the keys."""
    pieces = [one for part in parts if part.start <= part.end for one in _pieces(part, filters, by)]
    shape = _Shape(
        tuple(piece.form for piece in pieces),
        by,
        by_scope=scope.department_ids is not None,
        by_secret=scope.sensitive_ids is not None,
        of_department=filters.department_id is not None,
        of_channel=bool(filters.channel),
        of_procedure=bool(filters.procedure),
        whole=_is_whole(filters, scope, by),
    )
    values = {f"{name}_{place}": value for place, piece in enumerate(pieces) for name, value in piece.values.items()}
    values |= {
        "authority": scope.authority_id,
        "departments": sorted(scope.department_ids or ()),
        "secrets": sorted(scope.sensitive_ids or ()),
        "department": filters.department_id,
        "channel": filters.channel,
        "procedure": "" if filters.procedure == NOT_CHOSEN else filters.procedure,
    }
    found: defaultdict[tuple[str, str, str, int], Counter[int]] = defaultdict(Counter)
    # All at once: row by row, a page of a big town would wait for some thousand of them.
    for place, measure, key, month, value, seen, n in session.execute(_statement(shape), values).all():
        if seen and not _may_know(seen, scope):
            continue
        found[pieces[place].part, measure, key, month][value] += n
    return Sums({place: counted for place, counted in found.items() if counted.total()})


def month_number(day: date) -> int:
    """The number of the month of a day, since year 0."""
    return day.year * 12 + day.month - 1


@dataclass(frozen=True, slots=True)
class _Form:
    """How a piece is read: from months, so narrowed, or from days (`narrowed` is None)."""

    narrowed: str | None
    measures: tuple[str, ...]
    by_month: bool
    by_value: bool
    up_to: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part, or some days of it, as one SELECT reads it: how, and with which values."""

    part: str
    form: _Form
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Shape:
    """All that a statement depends on but its values: one is built for each, once in a process."""

    forms: tuple[_Form, ...]
    by: str
    by_scope: bool
    by_secret: bool
    of_department: bool
    of_channel: bool
    of_procedure: bool
    whole: bool


def _pieces(part: Part, filters: Filters, by: str) -> Iterator[_Piece]:
    needed = {CHANNEL} if filters.channel or by == CHANNEL else set()
    needed |= {PROCEDURE} if filters.procedure or by == PROCEDURE else set()
    first, last = _whole_months(part.start, part.end)
    # Months are counted by channel and by procedure, not by both.
    if len(needed) > 1 or first > last:
        yield _piece(part, None, part.start, part.end)
        return
    yield _piece(part, next(iter(needed), ""), first, last)
    if (before := _day_of(first)) > part.start:
        yield _piece(part, None, part.start, before - timedelta(days=1))
    if part.end < LAST_DAY and (after := _day_of(last + 1)) <= part.end:
        yield _piece(part, None, after, part.end)


def _piece(part: Part, narrowed: str | None, start: Any, end: Any) -> _Piece:
    form = _Form(narrowed, part.measures, part.by_month, part.by_value, part.most is not None)
    return _Piece(part.name, form, {"start": start, "end": end, "most": part.most})


@lru_cache(maxsize=256)
def _statement(shape: _Shape) -> CompoundSelect[Any]:
    selects = [
        _of_days(place, form, shape) if form.narrowed is None else _of_months(place, form, shape)
        for place, form in enumerate(shape.forms)
    ]
    return union_all(*selects)


def _of_months(place: int, form: _Form, shape: _Shape) -> Select[Any]:
    count = MonthCount
    tests = [count.narrowed == form.narrowed, count.measure.in_(form.measures)]
    tests.append(count.month.between(*_ends(place, Integer())))
    if shape.of_channel:
        tests.append(count.key == bindparam("channel"))
    if shape.of_procedure:
        tests.append(count.key == bindparam("procedure"))
    key = {DEPARTMENT: cast(count.department_id, String), "": literal("")}.get(shape.by, count.key)
    every = count.department_id == EVERY_DEPARTMENT if shape.whole else count.department_id != EVERY_DEPARTMENT
    return _grouped(place, form, count, key, func.sum(count.n)).where(*tests, every, *_allowed(count, shape))


def _of_days(place: int, form: _Form, shape: _Shape) -> Select[Any]:
    moment = CountedMoment
    kinds = sorted({KIND_OF.get(measure, measure) for measure in form.measures})
    tests: list[ColumnElement[bool]] = [moment.kind.in_(kinds), moment.on.between(*_ends(place, Date()))]
    if shape.of_channel:
        tests.append(moment.channel == bindparam("channel"))
    if shape.of_procedure:
        tests.append(moment.procedure_code == bindparam("procedure"))
    rows = measured(and_(*tests, *_allowed(moment, shape)), form.measures)
    key = {DEPARTMENT: cast(rows.c.department_id, String), CHANNEL: rows.c.channel, PROCEDURE: rows.c.procedure_code}
    return _grouped(place, form, rows.c, key.get(shape.by, literal("")), func.count())


def _ends(place: int, kind: Date | Integer) -> tuple[BindParameter[Any], BindParameter[Any]]:
    return bindparam(f"start_{place}", type_=kind), bindparam(f"end_{place}", type_=kind)


def _grouped(place: int, form: _Form, rows: Any, key: Any, n: Any) -> Select[Any]:
    month = rows.month if form.by_month else literal(0, Integer())
    value = rows.value if form.by_value else literal(0, Integer())
    columns = {"measure": rows.measure, "key": key, "month": month, "value": value, "seen": rows.seen}
    labelled = [column.label(f"the_{name}") for name, column in columns.items()]
    query = select(literal_column(str(place), Integer()), *labelled, cast(n, Integer))
    query = query.group_by(*(f"the_{name}" for name in columns))
    return query.where(rows.value <= bindparam(f"most_{place}", type_=Integer())) if form.up_to else query


def _allowed(table: type[MonthCount] | type[CountedMoment], shape: _Shape) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = [table.authority_id == bindparam("authority")]
    if shape.by_scope:
        tests.append(table.department_id.in_(bindparam("departments", expanding=True)))
    if shape.by_secret:
        secret = table.department_id.in_(bindparam("secrets", expanding=True))
        tests.append(or_(table.restricted.is_(False), secret))
    if shape.of_department:
        tests.append(table.department_id == bindparam("department"))
    return tests


def _is_whole(filters: Filters, scope: Scope, by: str) -> bool:
    """Whether departments need not be told apart."""
    return (
        scope.department_ids is None and not scope.sensitive_ids and filters.department_id is None and by != DEPARTMENT
    )


def _may_know(seen: str, scope: Scope) -> bool:
    """Whether one of these visits is of a department that may be counted, « r » saying that it is restricted."""
    return any(_may_count(int(one.rstrip("r")), one.endswith("r"), scope) for one in seen.split(","))


def _may_count(department_id: int, restricted: bool, scope: Scope) -> bool:
    known = scope.department_ids is None or department_id in scope.department_ids
    return known and (not restricted or scope.sensitive_ids is None or department_id in scope.sensitive_ids)


def _whole_months(start: date, end: date) -> tuple[int, int]:
    """The first and last months that are wholly between two days; the first is after the last when none is."""
    first = month_number(start) + (start.day > 1)
    whole = end == LAST_DAY or (end + timedelta(days=1)).day == 1
    return first, month_number(end) - (not whole)


def _day_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
