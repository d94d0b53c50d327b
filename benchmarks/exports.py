"""Cases taken away: lines to CSV against the COPY of PostgreSQL, to XLSX against the writer alone, in flat memory."""

import io
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
import xlsxwriter  # noqa: TID253 (it is what is measured)

from backoffice.domain.exports import ExportKind
from backoffice.domain.report_periods import PeriodKind, last_full
from backoffice.infra import row_streams
from backoffice.infra.runtime import Runtime
from backoffice.infra.table_files.xlsx_file import CONSTANT
from backoffice.queries import case_lines, queue
from backoffice.queries.case_lines import Place
from backoffice.reports.base import PARIS, Filters
from backoffice.services import case_exports, counting, report_exports
from backoffice.services.export_work import Wanted, Work
from benchmarks import volume
from benchmarks.engines import Engine
from benchmarks.measure import Line, compare, own_cpu
from benchmarks.subject import Bench
from tests import factories

# A rate of at least 40 % of COPY's; a workbook in at most 1.2 times what its cells cost; megabytes of a million lines.
MOST_TIMES_COPY, MOST_TIMES_WRITER, MOST_MEGABYTES = 2.5, 1.2, 200.0
MOST_IN_WORKBOOK = 200_000
MOST_SECONDS = 15.0
RAW = """\
COPY (SELECT reference, received_on, channel, procedure_code, procedure_code, department_id, district_id, language,
status, sub_state_label, outcome, due_on, implicit_on, target_on, first_answer_at, closed_on, closed_after_days,
restricted FROM cases ORDER BY id) TO STDOUT (FORMAT csv, DELIMITER ';')"""


def run(bench: Bench) -> Iterator[Line]:
    """Every case of the house, as the general direction exports what « Reçues » counts."""
    cases = 1_000_000 if bench.million else bench.many(100_000)
    for engine in bench.engines:
        with engine.lend(cases) as url:
            runtime = factories.a_runtime(url, bench.folder / f"exports-{engine.name}")
            yield from _csv(engine, runtime, url, cases)
            yield from _xlsx(engine, runtime, min(cases, MOST_IN_WORKBOOK))
            yield from _report(engine, runtime, cases)
            runtime.database.dispose()


def _csv(engine: Engine, runtime: Runtime, url: str, cases: int) -> Iterator[Line]:
    def clock() -> float:
        return own_cpu() + engine.cpu()

    def ours() -> int:
        with tempfile.TemporaryFile() as target:
            return case_exports.SUBJECT.write(_work(runtime, "csv", target)) // 1_000

    def copy() -> int:
        with tempfile.TemporaryFile() as target, psycopg.connect(url.replace("+psycopg", "")) as connection:
            with connection.cursor() as cursor, cursor.copy(RAW) as chunks:
                for chunk in chunks:
                    target.write(chunk)
            return cases // 1_000

    Path("/proc/self/clear_refs").write_text("5")
    before = _megabytes("VmRSS")
    ours()
    grown = _megabytes("VmHWM") - before
    yield Line("exports", engine.name, f"memory that {cases:,} lines to CSV take", "MB", grown, None, MOST_MEGABYTES)
    what = f"{cases:,} lines to CSV, for 1,000"
    if engine.name == "PostgreSQL":
        cost, limit = compare((ours, clock), (copy, clock), rounds=2)
        yield Line("exports", engine.name, f"{what}, against COPY", "ms", cost, limit, MOST_TIMES_COPY)


def _xlsx(engine: Engine, runtime: Runtime, cases: int) -> Iterator[Line]:
    rows = list(row_streams.rows(runtime.database, _lines(runtime).limit(cases)))

    def ours() -> int:
        with tempfile.TemporaryFile() as target:
            return case_exports.SUBJECT.write(_work(runtime, "xlsx", target)) // 1_000

    def alone() -> int:
        with tempfile.TemporaryFile() as target:
            book = xlsxwriter.Workbook(target, CONSTANT)
            page, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    _write(page, number, place, value, day)
            book.close()
        return len(rows) // 1_000

    cost, limit = compare((ours, own_cpu), (alone, own_cpu), rounds=1)
    what = f"{cases:,} lines to XLSX, for 1,000, against the writer alone"
    yield Line("exports", engine.name, what, "ms", cost, limit, MOST_TIMES_WRITER)


def _write(page: Any, number: int, place: int, value: Any, day: Any) -> None:
    if isinstance(value, date):
        page.write_datetime(number, place, value, day)
    elif value is not None:
        page.write(number, place, value)


def _work(runtime: Runtime, code: str, target: BinaryIO) -> Work:
    with runtime.database.reading() as session:
        author = factories.actor_named(session, "Philippe")
    asked = case_exports.of_figure("recues", Filters(date(1990, 1, 1), date(2100, 1, 1)))
    wanted = Wanted(ExportKind.CASES, code, "Dossiers", "", asked, personal=False, reason="", key="")
    return Work(runtime, 0, author, wanted, target)


def _lines(runtime: Runtime) -> Any:
    work = _work(runtime, "xlsx", io.BytesIO())
    with runtime.database.reading() as session:
        found = case_exports.find_cases(session, work.author, work.wanted.asked, personal=False)
        place = Place(queue.read_names(session, work.author.authority_id), PARIS)
    return case_lines.lines_of(found, case_lines.list_columns(personal=False), place)


def _report(engine: Engine, runtime: Runtime, cases: int) -> Iterator[Line]:
    """The report of a year in three formats, as workers make it: the figures are summed as cases change."""
    counting.rebuild(runtime)
    volume.tidy(runtime.database)
    year = last_full(PeriodKind.YEAR, datetime.now(UTC).date())
    asked = report_exports.of_period(
        Filters(year.start, year.end, today=datetime.now(UTC).date()), year.before(), [], outward=False
    )
    what, begun = f"report over {cases:,} cases", time.perf_counter()
    with runtime.database.reading() as session:
        report_exports.read(session, factories.actor_named(session, "Philippe"), asked)
    yield Line("exports", engine.name, f"{what}: its figures, read once (wall)", "s", time.perf_counter() - begun)
    total = 0.0
    for code in (report_exports.PDF, "xlsx", "ods"):
        wanted = Wanted(ExportKind.REPORT, code, "Rapport", "", asked, personal=False, reason="", key="")
        begun = time.perf_counter()
        with tempfile.TemporaryFile() as target:
            report_exports.SUBJECT.write(replace(_work(runtime, code, target), wanted=wanted))
        spent = time.perf_counter() - begun
        total += spent
        yield Line("exports", engine.name, f"{what}: {code.upper()} (wall)", "s", spent)
    yield Line("exports", engine.name, f"{what}: PDF, XLSX, ODS (wall)", "s", total, None, MOST_SECONDS)


def _megabytes(name: str) -> float:
    """What proc(5) says of the memory of this process: VmRSS now, VmHWM at its highest since it was reset."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) / 1_000
