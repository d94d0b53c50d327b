"""Agents who visit pages: signed in, and counted beside a bare page that sends the same SELECTs."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import event

from backoffice.infra.runtime import Runtime
from backoffice.services import accounts
from backoffice.web.access import STAFF_COOKIE
from benchmarks import bare, load
from benchmarks.bare import Statement
from benchmarks.engines import Engine
from benchmarks.load import Ask
from benchmarks.measure import compare
from benchmarks.served import serving
from benchmarks.subject import Bench
from tests import factories

AGENT = "Karim"


def agent_cookie(runtime: Runtime) -> str:
    """The Cookie header of a handler of the roads department, just signed in."""
    with runtime.database.transaction() as session:
        staff = factories.staff_named(session, AGENT)
        return f"{STAFF_COOKIE}={accounts.open_session(session, runtime, staff=staff)}"


def statements_of(runtime: Runtime, read: Callable[[], object]) -> list[Statement]:
    """The statements that a reading sends to the database, exactly as they are sent."""
    sent: list[Statement] = []

    def note(_c: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool) -> None:
        sent.append((sql, parameters))

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)
    return [(sql, parameters) for sql, parameters in sent if sql.lstrip().upper().startswith(("SELECT", "WITH"))]


def compare_pages(
    bench: Bench, engine: Engine, url: str, path: str, cookie: str, statements: Sequence[Statement]
) -> tuple[float, float]:
    """CPU of the product's page for this agent, and of a bare page that runs these statements, by page."""
    count = bench.many(400)
    file = bench.folder / "statements.json"
    bare.save(statements, file)
    with (
        serving("product", url, bench.folder) as product,
        serving("select", url, bench.folder, str(file)) as limit,
    ):
        page, plain = Ask("GET", path, headers={"Cookie": cookie}), Ask("GET", "/")
        works = (
            lambda: load.send(product.port, count, lambda _: page),
            lambda: load.send(limit.port, count, lambda _: plain),
        )
        works[0](), works[1]()  # warm
        clocks = (lambda: product.cpu() + engine.cpu(), lambda: limit.cpu() + engine.cpu())
        return compare((works[0], clocks[0]), (works[1], clocks[1]))
