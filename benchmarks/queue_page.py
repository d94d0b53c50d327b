"""The shared queue: the first page of an agent's departments with its tabs counted, as the archive grows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from backoffice.infra.runtime import Runtime
from backoffice.queries import queue
from backoffice.queries.queue_filters import Filters, View
from benchmarks import visits
from benchmarks.bare import Statement
from benchmarks.load import Ask
from benchmarks.measure import Line
from benchmarks.pages import compare_reading
from benchmarks.subject import Bench
from tests import factories

PATH = "/agents/dossiers"
TARGET = 5.0


def run(bench: Bench) -> Iterator[Line]:
    """Against a bare page with the same raw SELECT of rows."""
    for engine in bench.engines:
        for cases in bench.volumes:
            with engine.lend(cases) as url:
                runtime = factories.a_runtime(url, bench.folder)
                cookie, statements = visits.agent_cookie(runtime), _select_of_rows(runtime)
                runtime.database.dispose()
                page = Ask("GET", PATH, headers={"Cookie": cookie})
                detail = f"{cases:,} cases"
                yield from compare_reading(bench, engine, url, "queue_page", detail, page, statements, TARGET)


def _select_of_rows(runtime: Runtime) -> list[Statement]:
    with runtime.database.reading() as session:
        actor = factories.actor_named(session, visits.AGENT)
        read = partial(queue.read_page, session, actor, Filters(View.DEPARTMENTS), datetime.now(UTC).date())
        return visits.statements_of(runtime.database, read)
