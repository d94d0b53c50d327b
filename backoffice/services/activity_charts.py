"""The drawn sections of the activity report: months, channels, delays, hours of arrival, backlog, districts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.charts import Area, AreaMap, Bars, Chart, HeatMap, Lines
from backoffice.domain.french import DAYS
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.report_periods import Period, list_months
from backoffice.queries import districts
from backoffice.reports import over_time, summed, sums, volumes
from backoffice.reports.base import Column, Filters, Scope
from backoffice.reports.document import Section
from backoffice.reports.figures import size
from backoffice.reports.sums import Part
from backoffice.services import counting
from backoffice.services.districts import outlines_of
from backoffice.services.exports import Table

MONTHS_SHOWN = 12
MONTHS = "months"
HOURS = 24
STEPS: tuple[tuple[str, int | None], ...] = (
    ("Le jour même", 0),
    ("1 jour", 1),
    ("2 à 3 jours", 3),
    ("4 à 7 jours", 7),
    ("8 à 15 jours", 15),
    ("16 à 30 jours", 30),
    ("31 à 60 jours", 60),
    ("Plus de 60 jours", None),
)
"""The delays that are drawn together, each up to a number of days."""
OUTSIDE = "Hors des quartiers, ou lieu inconnu"
Month = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What charts draw: counts by month, by days of delay, by hour of the week, by district; the backlog at the end."""

    received: dict[Month, int]
    answered: dict[Month, int]
    closed: dict[Month, int]
    left: int
    delays: dict[int, int]
    hours: dict[int, int]
    districts: dict[int | None, int]


def read_drawn(session: Session, filters: Filters, scope: Scope, *, is_counted: bool | None = None) -> Drawn:
    """All that is drawn of a period, and of the twelve months that end with it."""
    months = list_months(filters.end, MONTHS_SHOWN)
    year = replace(filters, start=months[0].start, end=months[-1].end)
    read = _from_sums if counting.is_up_to_date(session, scope.authority_id, is_counted) else _from_rows
    return read(session, filters, year, scope)


def _from_sums(session: Session, filters: Filters, year: Filters, scope: Scope) -> Drawn:
    flows = Part(MONTHS, ("received", "answered_now", "closed"), year.start, year.end, by_month=True, by_value=False)
    values = Part(summed.NOW, ("hour", "days", "placed"), filters.start, filters.end)
    all_of_it = Part(summed.NOW, ("received",), filters.start, filters.end, by_value=False)
    found = sums.read(
        session, filters, scope, (flows, values, all_of_it, *summed.backlog_parts(year, MONTHS, aged=False))
    )
    days = [month.start for month in list_months(year.end, MONTHS_SHOWN)]

    def by_month(measure: str) -> dict[Month, int]:
        totals = ((day, found.total(MONTHS, measure, month=sums.month_number(day))) for day in days)
        return {(day.year, day.month): total for day, total in totals if total}

    def by_value(measure: str) -> dict[int, int]:
        return dict(found.values(summed.NOW, measure))

    placed: dict[int | None, int] = dict(by_value("placed").items())
    if elsewhere := found.total(summed.NOW, "received") - sum(placed.values()):
        placed[None] = elsewhere
    left = summed.backlog(found, MONTHS).total()
    received, answered, closed = (by_month(measure) for measure in flows.measures)
    return Drawn(received, answered, closed, left, by_value("days"), by_value("hour"), placed)


def _from_rows(session: Session, filters: Filters, year: Filters, scope: Scope) -> Drawn:

    def by_month(query: Select[Any]) -> dict[Month, int]:
        return {(int(row[0]), int(row[1])): row[2] for row in session.execute(query)}

    def by_key(query: Select[Any]) -> dict[Any, int]:
        return {row[0]: row[1] for row in session.execute(query)}

    return Drawn(
        by_month(over_time.received_by_month(year, scope)),
        by_month(over_time.answered_by_month(year, scope)),
        by_month(over_time.closed_by_month(year, scope)),
        session.scalar(size(volumes.BACKLOG, year, scope)) or 0,
        by_key(over_time.closed_by_days(filters, scope)),
        by_key(over_time.received_by_hour(filters, scope)),
        by_key(over_time.received_by_district(filters, scope)),
    )


def read_sections(
    session: Session, actor: Actor, filters: Filters, by_channel: Table, *, is_counted: bool | None = None
) -> tuple[Section, ...]:
    """The sections that have a chart, each with its table; a town without districts has no map.

    `is_counted` says whether every change is, when it is known already.
    """
    policy.require(actor, Permission.REPORT_READ)
    months = list_months(filters.end, MONTHS_SHOWN)
    drawn = read_drawn(session, filters, Scope.of(actor), is_counted=is_counted)
    found = (
        _volumes(months, drawn),
        _channels(by_channel),
        _backlog(months, drawn),
        _delays(drawn.delays),
        _hours(drawn.hours),
        _districts(session, actor.authority_id, drawn.districts),
    )
    return tuple(one for one in found if one is not None)


def _volumes(months: list[Period], drawn: Drawn) -> Section:
    lines = (("Demandes", _series(months, drawn.received)), ("Réponses immédiates", _series(months, drawn.answered)))
    return _lines(
        "volumes-par-mois",
        "Ce qui est arrivé, sur douze mois",
        "Les demandes reçues et les réponses immédiates de chaque mois, jusqu’à celui où finit la période, avec les "
        "mêmes filtres.",
        months,
        lines,
    )


def _backlog(months: list[Period], drawn: Drawn) -> Section:
    received, closed = _series(months, drawn.received), _series(months, drawn.closed)
    left = [drawn.left]
    for came, ended in zip(reversed(received[1:]), reversed(closed[1:]), strict=True):
        left.insert(0, left[0] - came + ended)
    lines = (("Reçues", received), ("Terminées", closed), ("En cours à la fin du mois", tuple(left)))
    return _lines(
        "flux-des-demandes",
        "Reçues, terminées, en cours, sur douze mois",
        "Les demandes reçues et terminées chaque mois, et celles qui étaient en cours à la fin du mois.",
        months,
        lines,
    )


def _channels(table: Table) -> Section:
    total = sum(row[1] for row in table.rows)
    bars = tuple((str(row[0]), row[1]) for row in table.rows if row[1])
    said = "La part de chaque canal dans les demandes reçues pendant la période."
    chart = Bars("canaux", "Par où les demandes arrivent", said, ("Canal", "Demandes"), bars)
    rows = tuple((label, count, round(100 * count / total, 1)) for label, count in bars)
    columns = (Column("key", "Canal"), Column("received", "Demandes"), Column("share", "Part (%)"))
    return Section("canaux", chart.title, said, columns, rows, chart)


def _delays(found: dict[int, int]) -> Section:
    bars, lowest = [], 0
    for label, most in STEPS:
        bars.append((label, sum(n for days, n in found.items() if days >= lowest and (most is None or days <= most))))
        lowest = lowest if most is None else most + 1
    said = "Les demandes terminées pendant la période, selon le nombre de jours calendaires de la réception à la fin."
    headings = ("Délai", "Demandes terminées")
    return _drawn(
        Bars("delais-de-reponse", "En combien de temps les demandes se terminent", said, headings, tuple(bars))
    )


def _hours(found: dict[int, int]) -> Section:
    said = (
        "Les demandes reçues pendant la période, selon le jour de la semaine et l’heure où elles sont arrivées ; sans "
        "les courriers, qui n’ont pas d’heure."
    )
    hours = tuple(f"{hour}\u00a0h" for hour in range(HOURS))
    values = tuple(tuple(found.get(day * HOURS + hour, 0) for hour in range(HOURS)) for day in range(len(DAYS)))
    days = tuple(f"{day[:3].capitalize()}." for day in DAYS)
    return _drawn(HeatMap("heures-d-arrivee", "Quand les demandes arrivent", said, "Heure", days, hours, values))


def _districts(session: Session, authority_id: int, found: dict[int | None, int]) -> Section | None:
    known = districts.list_all(session, authority_id, with_retired=True)
    shown = [row for row in known if row.retired_at is None or found.get(row.id)]
    if not shown:
        return None
    areas = [Area(row.name, found.get(row.id, 0), tuple(outlines_of(row))) for row in shown]
    named = {row.id for row in shown}
    outside = sum(count for district, count in found.items() if district not in named)
    said = "Les demandes reçues pendant la période, selon le quartier du lieu ou de l’adresse de leur formulaire."
    headings = ("Quartier", "Demandes")
    return _drawn(AreaMap("quartiers", "Les demandes par quartier", said, headings, (*areas, Area(OUTSIDE, outside))))


def _series(months: Iterable[Period], found: dict[Month, int]) -> tuple[int, ...]:
    return tuple(found.get((month.start.year, month.start.month), 0) for month in months)


def _lines(
    code: str, title: str, said: str, months: list[Period], series: tuple[tuple[str, tuple[int, ...]], ...]
) -> Section:
    return _drawn(Lines(code, title, said, "Mois", tuple(month.name for month in months), series))


def _drawn(chart: Chart) -> Section:
    columns = tuple(Column(f"c{place}", heading) for place, heading in enumerate(chart.headings))
    return Section(chart.code, chart.title, chart.description, columns, chart.rows, chart)
