"""Files that forms bring: kept at once, and forgotten when no request and no draft came of them."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime
from backoffice.queries import held_files as queries
from backoffice.services import moment

KEPT_FOR = timedelta(days=2)
"""After the last time that their form was sent; a draft keeps its own for as long as it lives."""
MOST_AT_ONCE = 500


def hold(runtime: Runtime, digests: Iterable[str]) -> None:
    """Keep these files a while from now, in a transaction of its own: what follows may rely on it."""
    wanted = set(digests)
    if wanted:
        with runtime.database.transaction() as session:
            queries.hold(session, wanted, moment.now() + KEPT_FOR)


def let_go(session: Session, digests: Iterable[str]) -> None:
    """Look at these files again at the next sweep: a draft that needed them does no more."""
    queries.hold(session, digests, moment.now())


def sweep(runtime: Runtime) -> int:
    """Forget the files whose time is over and that nothing names; give how many."""
    now, forgotten = moment.now(), 0
    with runtime.database.reading() as session:
        ended = queries.list_ended(session, now, MOST_AT_ONCE)
        named = queries.list_named(session, ended) if ended else set()
    for digest in ended:
        with runtime.database.transaction() as session:
            held = queries.claim_held(session, digest)
            # The row is locked while the bytes go: a form that brings them again waits, and then finds them gone.
            if held is None or held.until >= now:
                continue
            # Meanwhile a mail may have brought the same bytes; a form holds its files before it names them.
            if digest not in named and not queries.is_known(session, digest):
                runtime.storage.delete(digest)
                forgotten += 1
            session.delete(held)
    return forgotten
