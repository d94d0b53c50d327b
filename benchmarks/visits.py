"""Agents who visit pages: signed in, and the SELECTs that their pages send."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from backoffice.infra.database import Database
from backoffice.infra.runtime import Runtime
from backoffice.services import accounts
from backoffice.web.access import STAFF_COOKIE
from benchmarks.bare import Statement
from tests import factories

AGENT = "Karim"


def agent_cookie(runtime: Runtime, name: str = AGENT) -> str:
    """The Cookie header of someone of the starter staff, just signed in: a handler of the roads department."""
    with runtime.database.transaction() as session:
        staff = factories.staff_named(session, name)
        return f"{STAFF_COOKIE}={accounts.open_session(session, runtime, staff=staff)}"


def statements_of(database: Database, read: Callable[[], object]) -> list[Statement]:
    """The statements that a reading sends to the database, exactly as they are sent."""
    sent: list[Statement] = []

    def note(_c: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool) -> None:
        sent.append((sql, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return [(sql, parameters) for sql, parameters in sent if sql.lstrip().upper().startswith(("SELECT", "WITH"))]
