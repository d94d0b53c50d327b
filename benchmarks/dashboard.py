"""The activity page of the last full month, for a reader of the whole town, and counting all of it again."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from backoffice.domain.report_periods import Period, PeriodKind, last_full
from backoffice.infra.runtime import Runtime
from backoffice.reports.base import Filters
from backoffice.services import activity_charts, counting, exports, figures
from benchmarks import load, visits, volume
from benchmarks.bare import Statement
from benchmarks.engines import Engine
from benchmarks.load import Ask
from benchmarks.measure import ROUNDS, Line, own_cpu, per_operation
from benchmarks.pages import compare_reading
from benchmarks.served import serving
from benchmarks.subject import Bench
from tests import factories

PATH = "/agents/activite/"
READER = "Philippe"
MOST_MILLISECONDS = 50.0


def run(bench: Bench) -> Iterator[Line]:
    """Against a time, and beside a bare page with the same raw SELECTs."""
    for engine in bench.engines:
        for cases in bench.volumes_of(engine):
            with engine.lend(cases) as url:
                runtime, detail = factories.a_runtime(url, bench.folder), f"{cases:,} cases"
                yield from _counted(engine, runtime, detail)
                volume.tidy(runtime.database)
                cookie = visits.agent_cookie(runtime, READER)
                statements = _selects(runtime)
                runtime.database.dispose()
                page = Ask("GET", PATH, headers={"Cookie": cookie})
                yield _timed(bench, engine, url, detail, page)
                yield from compare_reading(bench, engine, url, "dashboard", detail, page, statements, None)


def _counted(engine: Engine, runtime: Runtime, detail: str) -> Iterator[Line]:
    cpu, clock = own_cpu() + engine.cpu(), time.perf_counter()
    counting.rebuild(runtime)
    spent = own_cpu() + engine.cpu() - cpu
    yield Line("dashboard", engine.name, f"{detail}: counting all of it again (CPU)", "s", spent)
    yield Line("dashboard", engine.name, f"{detail}: counting all of it again (wall)", "s", time.perf_counter() - clock)


def _timed(bench: Bench, engine: Engine, url: str, detail: str, page: Ask) -> Line:
    """CPU time of server and database: what is promised is a time."""
    count = bench.many(100)
    with serving("product", url, bench.folder) as product:

        def work() -> int:
            return load.send(product.port, count, lambda _: page)

        work()  # warm
        cost = min(per_operation(work, lambda: product.cpu() + engine.cpu()) for _ in range(ROUNDS))
    return Line("dashboard", engine.name, detail, "ms", cost, None, MOST_MILLISECONDS if engine.promised else None)


def _selects(runtime: Runtime) -> list[Statement]:
    today = datetime.now(UTC).date()
    period = last_full(PeriodKind.MONTH, today)
    with runtime.database.reading() as session:
        actor, filters = factories.actor_named(session, READER), Filters(period.start, period.end, today=today)

        def read() -> None:
            figures.read_figures(session, actor, filters, Period(period.start, period.end).before())
            activity_charts.read_sections(session, actor, filters, exports.read_all(session, actor, filters)[0])

        return visits.statements_of(runtime.database, read)
