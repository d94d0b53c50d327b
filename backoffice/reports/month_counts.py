"""What moments add up to: the measures that each gives, and the count of each measure by month."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Insert,
    Integer,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.infra.database import table_of
from backoffice.models.columns import Number
from backoffice.models.counting import CountedMoment, MonthCount
from backoffice.reports.durations import DaysBetween
from backoffice.reports.moments import NO_DAY, Where

CHANNEL, PROCEDURE = "channel", "procedure"
NARROWED = ("", CHANNEL, PROCEDURE)
EVERY_DEPARTMENT = -1
"""The department of what is counted for all of them together: who may count the whole town reads fewer rows."""
KIND_OF = {
    "hour": "received",
    "days": "closed",
    "own_closed": "closed",
    "own_answered": "answered",
    "legal": "closed",
    "house": "closed",
    "left": "closed",
    "aged": "open",
}
"""The kind of moment that gives a measure, when it has not the same name."""
_SHARED = ("authority_id", "department_id", "channel", "procedure_code", "restricted", "on")
_KEPT = ("authority_id", "narrowed", "measure", "month", "key", "department_id", "restricted", "value", "seen")


def measured(of: Where, wanted: Collection[str] | None = None) -> Subquery:
    """The measures of these moments, a row each: `measure`, `month`, `value`, `seen`, and what says whose it is.

    Kept times and tenths of days come from a moment's other columns; « left » and « aged » are worth the day of receipt
    (days since 2000) of what was closed, or is open. `wanted` are the measures that are read, None being all of them.
    """
    moment = CountedMoment
    is_detailed = moment.kind.in_(("received", "closed"))
    detail = case((moment.kind == "closed", "days"), else_="hour")
    since = cast(DaysBetween(literal(NO_DAY), moment.since), Integer)
    branches: tuple[tuple[set[str], Select[Any]], ...] = (
        (set(), _rows(moment.kind, case((is_detailed, 0), else_=moment.value), of, plain=True)),
        ({"hour", "days"}, _rows(detail, moment.value, and_(of, is_detailed, moment.value >= 0))),
        ({"own_closed", "own_answered"}, _rows(literal("own_") + moment.kind, moment.own, of)),
        ({"legal"}, _rows(literal("legal"), moment.legal, of)),
        ({"house"}, _rows(literal("house"), moment.house, of)),
        ({"left", "aged"}, _rows(case((moment.kind == "closed", "left"), else_="aged"), since, of)),
    )
    if wanted is None:
        return union_all(*(rows for _, rows in branches)).subquery("measured")
    plain = [one for one in wanted if one not in KIND_OF]
    kept = [rows for given, rows in branches[1:] if given & set(wanted)]
    if plain:
        kept.insert(0, branches[0][1].where(moment.kind.in_(plain)))
    rows = union_all(*kept).subquery("all_measured")
    return select(rows).where(rows.c.measure.in_(sorted(wanted))).subquery("measured")


def month_of(on: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """The number of the month of a day, since year 0."""
    return cast(extract("year", on), Integer) * 12 + cast(extract("month", on), Integer) - 1


def counts(of: Where) -> Select[Any]:
    """What these moments add up to, with the columns of `month_counts`: by department, then for all of them."""
    rows = measured(of)
    ways = union_all(
        *(
            select(literal(way).label("narrowed"), literal(whole, Integer()).label("whole"))
            for way in NARROWED
            for whole in (0, 1)
        )
    ).subquery("ways")
    is_by = (ways.c.narrowed == CHANNEL, rows.c.channel), (ways.c.narrowed == PROCEDURE, rows.c.procedure_code)
    columns: dict[str, SQLColumnExpression[Any]] = {
        "narrowed": ways.c.narrowed,
        "key": case(*is_by, else_=""),
        "department_id": case((ways.c.whole == 1, EVERY_DEPARTMENT), else_=rows.c.department_id),
    }
    labelled: list[Any] = [(columns[name] if name in columns else rows.c[name]).label(f"the_{name}") for name in _KEPT]
    grouped = select(*labelled, func.count().label("n")).select_from(rows).join(ways, true()).where(true())
    counted = grouped.group_by(*(f"the_{name}" for name in _KEPT)).subquery("grouped")
    return select(*(counted.c[f"the_{name}"].label(name) for name in _KEPT), counted.c.n)


def add(dialect: str, of: Where, sign: int) -> Insert:
    """Add what these moments add up to, or take it away (`sign` = -1)."""
    rows, table = counts(of).subquery("counts"), table_of(MonthCount)
    signed = select(*(rows.c[name] for name in _KEPT), cast(rows.c.n * sign, Number)).where(true())
    into = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    # In order: what is read together lies together.
    statement = into.from_select([*_KEPT, "n"], signed.order_by(*(rows.c[name] for name in _KEPT)))
    return statement.on_conflict_do_update(index_elements=list(_KEPT), set_={"n": table.c.n + statement.excluded.n})


def _rows(
    measure: SQLColumnExpression[Any], value: SQLColumnExpression[Any], of: Where, *, plain: bool = False
) -> Select[Any]:
    moment = CountedMoment
    shared = (getattr(moment, name).label(name) for name in _SHARED)
    seen = moment.seen if plain else literal("")
    columns: tuple[SQLColumnExpression[Any], ...] = (
        measure.label("measure"),
        month_of(moment.on).label("month"),
        value.label("value"),
        seen.label("seen"),
    )
    return select(*shared, *columns).where(of, value.is_not(None))
