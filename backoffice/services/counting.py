"""Keeps what figures are summed from: counted again soon after each change, by whoever runs the relay, or reads them.

Who reads while a change is not counted yet is given figures read from the cases themselves: slower, never stale.
"""

from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime
from backoffice.queries import counting as queries
from backoffice.services import marked_rows
from backoffice.services.marked_rows import SECONDS

# A batch is one transaction, which SQLite has one of at a time.
BATCH = 200
MOST_TOLD = 20


def catch_up(runtime: Runtime, seconds: float = SECONDS) -> int:
    """Count what changed, for so long; answers how many marks were dealt with. What is left waits for the next time."""
    return marked_rows.catch_up(runtime, queries.any_marked, _count_some, seconds)


def is_up_to_date(session: Session, authority_id: int, known: bool | None = None) -> bool:
    """Whether every change of an authority is counted; not asked again for a page that has it `known`."""
    return not queries.any_marked(session, authority_id) if known is None else known


def rebuild(runtime: Runtime) -> None:
    """Count everything again, in one transaction."""
    with runtime.database.transaction() as session:
        queries.may_count(session, waits=True)
        queries.count_all(session)


def check(runtime: Runtime) -> list[str]:
    """Count everything from scratch beside what is kept: the first differences, in words; none when all is right."""
    catch_up(runtime, float("inf"))
    with runtime.database.transaction() as session:
        queries.may_count(session, waits=True)
        return queries.list_differences(session, MOST_TOLD)


def _count_some(session: Session) -> int | None:
    if not queries.may_count(session):
        return None
    cases, contacts = queries.claim_marked(session, BATCH)
    queries.count_again(session, cases, contacts)
    return len(cases) + len(contacts)
