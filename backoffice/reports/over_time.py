"""What charts draw: months, delays, hours and districts, counted on the same rows as the figures."""

from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, extract, func, literal, select

from backoffice.domain.incoming import ChannelCode
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.reports import volumes
from backoffice.reports.base import Filters, Scope
from backoffice.reports.durations import WeekHourOf, day_of
from backoffice.reports.figures import not_negative

HAS_NO_HOUR = ChannelCode.LETTER
"""A letter arrives some time in the day."""


def received_by_month(filters: Filters, scope: Scope) -> Select[Any]:
    """How many cases were received in each month of the period, as (year, month, count)."""
    return _by_month(Case.received_on, volumes.received_in(filters), scope.conditions(filters))


def closed_by_month(filters: Filters, scope: Scope) -> Select[Any]:
    """How many cases were closed in each month of the period, as (year, month, count)."""
    return _by_month(Case.closed_on, volumes.closed_in(filters), scope.conditions(filters))


def answered_by_month(filters: Filters, scope: Scope) -> Select[Any]:
    """How many contacts were answered on the spot in each month of the period, as (year, month, count)."""
    apart = Contact.case_id.is_(None)
    return _by_month(day_of(Contact.at, filters), volumes.of_contacts(filters, scope), apart)


def closed_by_days(filters: Filters, scope: Scope) -> Select[Any]:
    """How many cases of those closed in the period took so many days, as (days, count)."""
    days = not_negative(Case.closed_after_days)
    closed = and_(volumes.closed_in(filters), Case.closed_after_days.is_not(None), scope.conditions(filters))
    return _by(days, closed)


def received_by_hour(filters: Filters, scope: Scope) -> Select[Any]:
    """How many cases arrived at each hour of the week, as (hour from Monday midnight, count); letters have none."""
    hour = WeekHourOf(Case.received_at, literal(filters.timezone.key))
    received = and_(volumes.received_in(filters), scope.conditions(filters))
    return _by(hour, received, Case.channel != HAS_NO_HOUR.value)


def received_by_district(filters: Filters, scope: Scope) -> Select[Any]:
    """How many cases of those received are in each district, as (district or none, count)."""
    return _by(Case.district_id, volumes.received_in(filters), scope.conditions(filters))


def _by(key: SQLColumnExpression[Any], *of: ColumnElement[bool]) -> Select[Any]:
    counted: Select[Any] = select(key.label("key"), func.count()).where(*of)
    return counted.group_by("key").order_by("key")


def _by_month(on: SQLColumnExpression[Any], *of: ColumnElement[bool]) -> Select[Any]:
    counted: Select[Any] = select(extract("year", on).label("year"), extract("month", on).label("month"), func.count())
    return counted.where(*of).group_by("year", "month")
