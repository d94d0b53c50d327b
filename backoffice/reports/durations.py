"""Days between two moments, the day and the hour of a moment, which the two engines do not compute alike."""

from typing import Any

from sqlalchemy import ColumnElement, Date, Float, Integer, SQLColumnExpression, cast, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from backoffice.infra.database import LOCAL_DAY, LOCAL_WEEK_HOUR
from backoffice.reports.base import Filters


class DaysBetween(GenericFunction[float]):
    """Days of 24 hours from one instant to another, with decimals; also between two dates, then whole."""

    type = Float()
    inherit_cache = True


class DayOf(GenericFunction[Any]):
    """The day that an instant is in a time zone, by its name."""

    type = Date()
    inherit_cache = True


class WeekHourOf(GenericFunction[int]):
    """The hour of the week of an instant in a time zone, by its name: 0 is Monday from midnight to one."""

    type = Integer()
    inherit_cache = True


def tenths(days: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """A number of days as it is shown: to the tenth, in tenths."""
    return cast(func.round(cast(days, Float) * 10), Integer)


def day_of(at: SQLColumnExpression[Any], filters: Filters) -> DayOf:
    """The day of an instant where the authority is."""
    return DayOf(at, literal(filters.timezone.key))


@compiles(DaysBetween, "postgresql")
def _days_in_postgresql(days: Any, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(one, **options) for one in days.clauses)
    if all(isinstance(one.type, Date) for one in days.clauses):
        return f"CAST({later} - {earlier} AS double precision)"
    return f"CAST(EXTRACT(EPOCH FROM {later} - {earlier}) / 86400 AS double precision)"


@compiles(DaysBetween, "sqlite")
def _days_in_sqlite(days: Any, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(one, **options) for one in days.clauses)
    return f"(julianday({later}) - julianday({earlier}))"


@compiles(DayOf, "postgresql")
def _day_in_postgresql(day: Any, compiler: SQLCompiler, **options: Any) -> str:
    at, zone = (compiler.process(one, **options) for one in day.clauses)
    return f"CAST(timezone({zone}, {at}) AS date)"


@compiles(DayOf, "sqlite")
def _day_in_sqlite(day: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"{LOCAL_DAY}({compiler.process(day.clauses, **options)})"


@compiles(WeekHourOf, "postgresql")
def _week_hour_in_postgresql(hour: Any, compiler: SQLCompiler, **options: Any) -> str:
    at, zone = (compiler.process(one, **options) for one in hour.clauses)
    there = f"timezone({zone}, {at})"
    return f"CAST((EXTRACT(ISODOW FROM {there}) - 1) * 24 + EXTRACT(HOUR FROM {there}) AS integer)"


@compiles(WeekHourOf, "sqlite")
def _week_hour_in_sqlite(hour: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"{LOCAL_WEEK_HOUR}({compiler.process(hour.clauses, **options)})"
