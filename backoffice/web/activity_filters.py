"""The period and the filters of the activity pages: read from the address, kept in every address that they lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from backoffice.domain import row_ids
from backoffice.domain.days import day_of_field
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.report_periods import Period, PeriodKind, containing, last_full
from backoffice.queries import catalogue
from backoffice.reports.base import NOT_CHOSEN, Filters
from backoffice.web.current import authority
from backoffice.web.pages import today_here

NAMES = ("du", "au", "comparer", "canal", "service", "demarche")
YEAR_BEFORE = "an"
COMPARISONS = (("avant", "Période d’avant"), (YEAR_BEFORE, "Un an avant"))
ENDS_BEFORE_IT_BEGINS = "La période finit avant de commencer : choisissez une date de fin plus tardive."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what cannot be read falls back to the last full month, with a sentence in `faults`."""

    filters: Filters
    compared: Period
    faults: dict[str, str]

    @property
    def period(self) -> Period:
        """The days that figures are about."""
        return Period(self.filters.start, self.filters.end)


def read(given: Mapping[str, str] | None = None) -> Asked:
    """What the address of this page asks for, or what is given."""
    given = request.args if given is None else given
    today, faults = today_here(), dict[str, str]()
    period = last_full(PeriodKind.MONTH, today)
    start = day_of_field(given, "du", faults, required=False) or period.start
    end = day_of_field(given, "au", faults, required=False) or period.end
    if start > end and not faults:
        faults["au"] = ENDS_BEFORE_IT_BEGINS
        end = start
    period = Period(start, end)
    filters = Filters(
        start,
        end,
        channel=given.get("canal", ""),
        department_id=row_ids.read(given.get("service", "")),
        procedure=given.get("demarche", ""),
        timezone=authority().timezone,
        today=today,
    )
    a_year_before = given.get("comparer") == YEAR_BEFORE
    return Asked(filters, period.year_before() if a_year_before else period.before(), faults)


def kept(**instead: Any) -> dict[str, Any]:
    """The filters of this page for the address of another, some of them replaced."""
    return {name: request.args[name] for name in NAMES if request.args.get(name)} | instead


def during(period: Period) -> str:
    """The address of the activity page about another period, with the same filters."""
    return url_for("supervision.show", **kept(du=period.start.isoformat(), au=period.end.isoformat()))


def list_periods(today: date) -> list[tuple[str, str]]:
    """The usual periods, as (label, address)."""
    month, quarter, year, school = (kind for kind in PeriodKind if kind is not PeriodKind.FREE)
    usual = (
        ("Mois dernier", last_full(month, today)),
        ("Ce mois-ci", containing(month, today)),
        ("Trimestre dernier", last_full(quarter, today)),
        ("Ce trimestre", containing(quarter, today)),
        ("Année dernière", last_full(year, today)),
        ("Cette année", containing(year, today)),
        ("Année scolaire dernière", last_full(school, today)),
        ("Cette année scolaire", containing(school, today)),
    )
    return [(label, during(period)) for label, period in usual]


def list_options(session: Session) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be."""
    departments = catalogue.list_departments(session, authority().id, with_inactive=True)
    procedures = catalogue.list_procedure_titles(session, authority().id, open_only=False)
    return {
        "channels": [(str(code), label) for code, label in CHANNEL_LABELS.items()],
        "departments": [(str(department.id), department.name) for department in departments],
        "procedures": [*procedures, (NOT_CHOSEN, "Sans démarche, ou à choisir")],
    }


def in_words(filters: Filters, options: Mapping[str, list[tuple[str, str]]]) -> list[str]:
    """The filters that narrow the figures, as people read them."""
    department = "" if filters.department_id is None else str(filters.department_id)
    chosen = (("channels", filters.channel), ("departments", department), ("procedures", filters.procedure))
    return [dict(options[name]).get(code, code) for name, code in chosen if code]
