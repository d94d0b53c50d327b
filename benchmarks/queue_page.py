"""The shared queue: first and last pages of an agent's departments, a filtered list, searches, as the archive grows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from urllib.parse import quote

from backoffice.infra.runtime import Runtime
from backoffice.queries import case_search, queue
from backoffice.queries.queue import Place
from backoffice.queries.queue_filters import Filters, View
from benchmarks import visits, volume
from benchmarks.bare import Statement
from benchmarks.load import Ask
from benchmarks.measure import Line
from benchmarks.pages import compare_reading
from benchmarks.subject import Bench
from tests import factories

PATH = "/agents/dossiers"
TARGET = 5.0
# One case in three is of rue des Lilas; ten hold the rare word, and none the last one.
LAST = Place(date.max, 10**17)
PAGES: dict[str, tuple[str, Filters]] = {
    "queue_page": (PATH, Filters(View.DEPARTMENTS)),
    "queue_last": (f"{PATH}?avant={LAST.day}_{LAST.id}", Filters(View.DEPARTMENTS)),
    "queue_filtered": (
        f"{PATH}?vue=en-cours&demarche=street_issue&canal=phone",
        Filters(View.OPEN, procedures=("street_issue",), channels=("phone",)),
    ),
    # The list above has two rows of a thousand cases and a full page of ten thousand; this one a full page of each.
    "queue_channel": (f"{PATH}?vue=en-cours&canal=phone", Filters(View.OPEN, channels=("phone",))),
    "search_rare": (f"{PATH}?q={volume.rare_word(500)}", Filters(View.FOUND, volume.rare_word(500))),
    "search_common": (f"{PATH}?q=lilas", Filters(View.FOUND, "lilas")),
    "search_absent": (f"{PATH}?q={quote('wxyzk')}", Filters(View.FOUND, "wxyzk")),
}


def run(bench: Bench) -> Iterator[Line]:
    """Against a bare page with the same raw SELECTs of rows."""
    for engine in bench.engines:
        for cases in bench.volumes_of(engine):
            with engine.lend(cases) as url:
                runtime = factories.a_runtime(url, bench.folder)
                cookie = visits.agent_cookie(runtime)
                statements = {
                    name: _selects(runtime, filters, LAST if name == "queue_last" else None)
                    for name, (_, filters) in PAGES.items()
                }
                runtime.database.dispose()
                for name, (path, _) in PAGES.items():
                    page = Ask("GET", path, headers={"Cookie": cookie})
                    detail = f"{cases:,} cases"
                    yield from compare_reading(bench, engine, url, name, detail, page, statements[name], TARGET)


def _selects(runtime: Runtime, filters: Filters, before: Place | None) -> list[Statement]:
    """The SELECTs of the rows and, of a list that is narrowed, those of its count, excerpts and misspelt words."""
    with runtime.database.reading() as session:
        actor, today = factories.actor_named(session, visits.AGENT), datetime.now(UTC).date()

        def read() -> None:
            page = queue.read_page(session, actor, filters, today, before=before)
            if filters.narrows:
                queue.count(session, actor, filters, today)
            if filters.words:
                case_search.list_passages(session, [row.id for row in page.rows])
                if not page.rows:
                    case_search.respell(session, actor, filters.words)

        return visits.statements_of(runtime.database, read)
