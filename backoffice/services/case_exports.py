"""Exports of cases as lines: the whole of a list of the queue, or the cases that a figure counts."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.books import Book, Sheet
from backoffice.domain.french import long_datetime
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import NotFound
from backoffice.infra import row_streams
from backoffice.infra.table_files import BY_CODE, csv_file
from backoffice.models.authorities import Authority
from backoffice.queries import case_lines, queue
from backoffice.queries.case_lines import Line, Place
from backoffice.queries.queue_filters import Filters, View, find_words
from backoffice.reports import FIGURES
from backoffice.reports.base import Filters as Period
from backoffice.reports.base import Scope
from backoffice.services import export_work, moment
from backoffice.services.export_work import Subject, Wanted, Work

SHEET = "Dossiers"
FRENCH_CSV = BY_CODE["csv"]


def of_list(filters: Filters, today: date) -> dict[str, Any]:
    """What a worker reads to find the cases of a list of the queue again."""
    said = asdict(filters) | {name: day.isoformat() for name in ("since", "until") if (day := getattr(filters, name))}
    return {"source": "list", "filters": said, "today": today.isoformat()}


def of_figure(code: str, filters: Period) -> dict[str, Any]:
    """The same for the cases that a figure counts."""
    days = {name: getattr(filters, name).isoformat() for name in ("start", "end", "today")}
    return {"source": "figure", "figure": code, "filters": asdict(filters) | days | {"timezone": filters.timezone.key}}


def find_cases(session: Session, actor: Actor, asked: dict[str, Any], *, personal: bool) -> Select[Any]:
    """The ids of the cases that may leave: in the departments where the actor exports, as they are now."""
    right = Permission.CASE_EXPORT_PERSONAL if personal else Permission.REPORT_EXPORT
    cases = _asked_cases(session, actor, asked)
    cases = case_lines.of_departments(cases, actor.departments_with(Permission.REPORT_EXPORT))
    cases = case_lines.of_departments(cases, actor.departments_with(right))
    return case_lines.known_to(cases, actor) if personal else cases


def _asked_cases(session: Session, actor: Actor, asked: dict[str, Any]) -> Select[Any]:
    said = dict(asked["filters"])
    if asked["source"] == "list":
        lists = {name: tuple(said[name]) for name in ("channels", "procedures", "departments", "statuses")}
        days = {name: date.fromisoformat(said[name]) if said[name] else None for name in ("since", "until")}
        filters = Filters(**{**said, **lists, **days, "view": View(said["view"])})
        words = find_words(session, actor, filters)
        return case_lines.of_list(actor, filters, words, date.fromisoformat(asked["today"]))
    if asked["figure"] not in FIGURES:
        raise NotFound("Ce chiffre n’existe pas.")
    days_of = {name: date.fromisoformat(said[name]) for name in ("start", "end", "today")}
    period = Period(**{**said, **days_of, "timezone": ZoneInfo(said["timezone"])})
    return case_lines.counted_in(FIGURES[asked["figure"]], period, Scope.of(actor))


def _check(_: Session, actor: Actor, wanted: Wanted) -> None:
    policy.require(actor, Permission.REPORT_EXPORT)
    export_work.check_format(wanted)
    if wanted.personal:
        export_work.check_reason(actor, wanted)


def _size(session: Session, actor: Actor, asked: dict[str, Any]) -> int:
    return case_lines.count(session, find_cases(session, actor, asked, personal=asked["personal"]))


def _write(work: Work) -> int:
    """Write the lines; CSV is written by PostgreSQL itself where there is one, faster than rows can be read."""
    wanted = work.wanted
    columns, made_as = case_lines.list_columns(personal=wanted.personal), BY_CODE.get(wanted.format, FRENCH_CSV)
    with work.runtime.database.reading() as session:
        cases = find_cases(session, work.author, wanted.asked, personal=wanted.personal)
        authority = session.get_one(Authority, work.author.authority_id)
        place = Place(queue.read_names(session, authority.id), ZoneInfo(authority.timezone))
    separators = made_as.separators
    if separators is not None and work.runtime.database.dialect == "postgresql":
        fields = [column.field for column in columns]
        if work.wanted.asked.get("bom", True):
            work.target.write(csv_file.BOM)
        work.target.write(csv_file.header(fields, separators))
        written = case_lines.as_csv(cases, columns, place, separators.decimals)
        _copy(work, row_streams.csv_lines(work.runtime.database, written, separators.cells))
    else:
        rows = row_streams.rows(work.runtime.database, case_lines.lines_of(cases, columns, place))
        made_as.write(work.target, _book(work, columns, work.counted(rows), authority))
    return work.done


def _copy(work: Work, lines: Iterator[bytes]) -> None:
    held: list[bytes] = []
    for line in work.counted(lines):
        held.append(line)
        if len(held) == row_streams.AT_ONCE:
            work.target.write(b"".join(held))
            held.clear()
    work.target.write(b"".join(held))


def _book(work: Work, columns: Sequence[Line], rows: Iterator[Sequence[Any]], authority: Authority) -> Book:
    made = long_datetime(moment.now(), ZoneInfo(authority.timezone))
    about = (
        ("Collectivité", authority.name),
        ("Ce qui est exporté", work.wanted.asked.get("about", "")),
        ("Exporté le", made),
        ("Par", work.author.name),
        ("Données personnelles", "oui" if work.wanted.personal else "non"),
    )
    sheet = Sheet("cases", SHEET, tuple(column.field for column in columns), rows)
    return Book(work.wanted.title, (sheet,), about, with_bom=work.wanted.asked.get("bom", True))


def _suffix(code: str) -> str:
    return BY_CODE[code].suffix


SUBJECT = Subject(_check, _size, _write, _suffix)
