"""What triggers mark is dealt with by batches, each a transaction of its own, for so long; the rest stays marked."""

import time
from collections.abc import Callable

from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime

SECONDS = 0.5


def catch_up(
    runtime: Runtime,
    any_marked: Callable[[Session], bool],
    deal_with_some: Callable[[Session], int | None],
    seconds: float = SECONDS,
) -> int:
    """Deal with what is marked, one batch at least; answers how many. A batch that is None ends: another is at it."""
    until, done = time.monotonic() + seconds, 0
    while done == 0 or time.monotonic() < until:
        with runtime.database.reading() as session:
            if not any_marked(session):
                return done
        with runtime.database.transaction() as session:
            dealt_with = deal_with_some(session)
        if dealt_with is None:
            return done
        done += dealt_with
    return done
