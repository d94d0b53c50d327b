"""The figures, and the tables by channel, department or procedure, worked out from sums instead of rows."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backoffice.reports import activity, contacts, deadlines, delays, feedback, load, returns, volumes
from backoffice.reports.base import Filters, Report
from backoffice.reports.figures import FEWEST_AGENTS, Figure, Measure
from backoffice.reports.moments import NO_DAY
from backoffice.reports.month_counts import CHANNEL, PROCEDURE
from backoffice.reports.sums import DEPARTMENT, LAST_DAY, TODAY, Part, Sums

Number = float | None
Row = dict[str, Any]

NOW, BEFORE, OPEN_TODAY = "now", "before", "today"
TENTHS = frozenset({"answered", "own_answered", "own_closed"})
"""Measures that are in tenths of a day."""
MEASURES: dict[str, tuple[str, ...]] = {
    volumes.RECEIVED.code: ("received",),
    volumes.ANSWERED_NOW.code: ("answered_now",),
    volumes.TOGETHER.code: ("received", "answered_now"),
    volumes.CLOSED.code: ("closed",),
    delays.ANSWER_MEDIAN.code: ("answered",),
    delays.ANSWER_NINE.code: ("answered",),
    delays.OWN_ANSWER_MEDIAN.code: ("own_answered",),
    delays.OWN_ANSWER_NINE.code: ("own_answered",),
    delays.CLOSE_MEDIAN.code: ("days",),
    delays.CLOSE_NINE.code: ("days",),
    delays.OWN_CLOSE_MEDIAN.code: ("own_closed",),
    delays.OWN_CLOSE_NINE.code: ("own_closed",),
    deadlines.LEGAL_TIME.code: ("legal",),
    deadlines.HOUSE_TIME.code: ("house",),
    deadlines.IMPLICIT.code: ("implicit",),
    deadlines.ACKNOWLEDGED_LATE.code: ("late",),
    returns.REOPENED.code: ("reopened",),
    returns.REPEATED.code: ("returned",),
    returns.TRANSFERRED.code: ("transferred",),
    feedback.JUDGED.code: ("judged",),
    feedback.HELPED.code: ("judged",),
}
"""What each figure of a period adds up; those of the backlog and of today's load are worked out apart."""
_BACKLOG = frozenset(one.code for one in (volumes.BACKLOG, volumes.BACKLOG_MEDIAN_AGE, volumes.BACKLOG_OLDEST_AGE))
_COUNTED = ("received", "closed", "answered_now", "became", "implicit", "reopened", "returned", "transferred")
_VALUED = ("days", "own_closed", "answered", "own_answered", "legal", "house", "judged")
_COUNTED_IN_TABLES, _VALUED_IN_TABLES = ("received", "closed", "answered_now", "became"), ("days", "judged")


@dataclass(frozen=True, slots=True)
class Line:
    """Where a row of a table is read: its sums, its key, and the filters that say until when."""

    sums: Sums
    key: str
    filters: Filters

    def number(self, figure: Figure) -> Number:
        """A figure narrowed to the row."""
        return number(figure, self.sums, self.filters, key=self.key)

    def count(self, measure: str) -> int:
        """How many of a measure in the period."""
        return self.sums.total(NOW, measure, self.key)


def parts_of(filters: Filters, name: str = NOW) -> tuple[Part, ...]:
    """What the figures of a period are worked out from."""
    eve = filters.today - timedelta(days=1)
    return (
        Part(name, _COUNTED, filters.start, filters.end, by_value=False),
        Part(name, _VALUED, filters.start, filters.end),
        Part(name, ("late",), filters.start, min(filters.end, eve), by_value=False),
        *backlog_parts(filters, name),
    )


def parts_of_today() -> tuple[Part, ...]:
    """What the figures of today are worked out from."""
    return (Part(OPEN_TODAY, ("open",), *TODAY),)


def parts_of_tables(filters: Filters) -> tuple[Part, ...]:
    """What the tables are worked out from."""
    return (
        Part(NOW, _COUNTED_IN_TABLES, filters.start, filters.end, by_value=False),
        Part(NOW, _VALUED_IN_TABLES, filters.start, filters.end),
        *backlog_parts(filters, aged=False),
        *parts_of_today(),
    )


def backlog_parts(filters: Filters, name: str = NOW, *, aged: bool = True) -> tuple[Part, ...]:
    """What was open at the end of a period: open now or closed since, and received by then; by day when `aged`."""
    received_by = (filters.end - NO_DAY).days
    still_open = Part(name, ("aged",), *TODAY, most=received_by, by_value=aged)
    if filters.end >= LAST_DAY:
        return (still_open,)
    since = filters.end + timedelta(days=1)
    return (still_open, Part(name, ("left",), since, LAST_DAY, most=received_by, by_value=aged))


def backlog(sums: Sums, name: str = NOW, key: str = "") -> Counter[int]:
    """How many of what was open had been received on each day (since 2000)."""
    return sums.values(name, "aged", key) + sums.values(name, "left", key)


def number(figure: Figure, sums: Sums, filters: Filters, name: str = NOW, key: str = "") -> Number:
    """The number of a figure; None when there is nothing to measure."""
    return measure_of(figure.measure, _values(figure, sums, filters, name, key))


def measure_of(measure: Measure, values: Counter[Any]) -> Number:
    """What is computed over so many of each value, as `reports.figures` does over rows."""
    total = values.total()
    if measure is Measure.COUNT:
        return total
    if not total:
        return None
    return _MEASURES[measure](values, total)


def rows_of(report: Report, sums: Sums, filters: Filters) -> list[Row]:
    """The rows of a table as its SELECT would give them, the most numerous first."""
    read, ranked, measures = _TABLES[report.code]
    keys = {key for part, measure, key, _ in sums.found if measure in measures and part in (NOW, OPEN_TODAY)}
    rows = [{"key": _key(report, key), **read(Line(sums, key, filters))} for key in keys]
    return sorted(rows, key=lambda row: (-ranked(row), row["key"]))


def way_of(report: Report) -> str:
    """What the rows of a table are told apart by."""
    if report in (activity.BY_DEPARTMENT, load.BY_DEPARTMENT):
        return DEPARTMENT
    return CHANNEL if report in (activity.BY_CHANNEL, contacts.BY_CHANNEL) else PROCEDURE


def _values(figure: Figure, sums: Sums, filters: Filters, name: str, key: str) -> Counter[Any]:
    if figure.of_today:
        held = sums.values(OPEN_TODAY, "open", key)
        wanted = figure.code == load.UNASSIGNED.code
        return Counter({agent: n for agent, n in held.items() if (agent == 0) == wanted})
    if figure.code in _BACKLOG:
        until = (min(filters.end, filters.today) - NO_DAY).days
        return Counter({until - since: n for since, n in backlog(sums, name, key).items()})
    found: Counter[Any] = Counter()
    for measure in MEASURES[figure.code]:
        scale = 10 if measure in TENTHS else 1
        for value, n in sums.values(name, measure, key).items():
            found[value / scale] += n
    return found


def _median(values: Counter[Any], total: int) -> float:
    return (_ranked(values, (total + 1) // 2) + _ranked(values, total // 2 + 1)) / 2


def _nine_in_ten(values: Counter[Any], total: int) -> float:
    return _ranked(values, -(-total * 9 // 10))


def _ranked(values: Counter[Any], rank: int) -> float:
    """The value of that rank, from 1, the smallest first."""
    reached = 0
    for value in sorted(values):
        reached += values[value]
        if reached >= rank:
            return float(value)
    raise AssertionError(rank)


def _per_agent(values: Counter[Any], total: int) -> Number:
    return total / len(values) if len(values) >= FEWEST_AGENTS else None


_MEASURES: dict[Measure, Callable[[Counter[Any], int], Number]] = {
    Measure.MEDIAN: _median,
    Measure.NINE_IN_TEN: _nine_in_ten,
    Measure.LARGEST: lambda values, _: float(max(values)),
    Measure.SHARE: lambda values, total: 100.0 * sum(value * n for value, n in values.items()) / total,
    Measure.PER_AGENT: _per_agent,
}


def _activity(line: Line) -> Row:
    return {
        "received": line.count("received"),
        "closed": line.count("closed"),
        "backlog": line.number(volumes.BACKLOG),
        "median_days": line.number(delays.CLOSE_MEDIAN),
    }


def _contacts(line: Line) -> Row:
    answered, cases = line.count("answered_now"), line.count("received")
    return {"answered": answered, "became": line.count("became"), "cases": cases, "together": answered + cases}


def _feedback(line: Line) -> Row:
    values = line.sums.values(NOW, "judged", line.key)
    return {
        "judged": values.total(),
        "helped": values[1],
        "not_helped": values[0],
        "share": line.number(feedback.HELPED),
    }


def _load(line: Line) -> Row:
    return {
        "taken": line.number(load.TAKEN),
        "unassigned": line.number(load.UNASSIGNED),
        "per_agent": line.number(load.PER_AGENT),
    }


def _key(report: Report, key: str) -> Any:
    return int(key) if way_of(report) == DEPARTMENT else key


_Table = tuple[Callable[[Line], Row], Callable[[Row], float], frozenset[str]]
_OF_ACTIVITY: _Table = (_activity, lambda row: row["received"], frozenset({"received", "closed", "aged", "left"}))
_OF_CONTACTS: _Table = (_contacts, lambda row: row["together"], frozenset({"answered_now", "became", "received"}))
_TABLES: dict[str, _Table] = {
    **{report.code: _OF_ACTIVITY for report in (activity.BY_CHANNEL, activity.BY_DEPARTMENT, activity.BY_PROCEDURE)},
    **{report.code: _OF_CONTACTS for report in contacts.REPORTS},
    feedback.BY_PROCEDURE.code: (_feedback, lambda row: row["judged"], frozenset({"judged"})),
    load.BY_DEPARTMENT.code: (_load, lambda row: row["taken"] + row["unassigned"], frozenset({"open"})),
}
