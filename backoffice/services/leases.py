"""A lease kept alive by a process that waits for somebody else, so that it ends soon when the process dies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backoffice.infra.runtime import Runtime
from backoffice.services import outbox
from backoffice.services.outbox import Claim, LostLease

# Another process takes the job up after this when its own is dead; the database may be away for almost as long.
LEASE = timedelta(minutes=3)
BEAT = timedelta(seconds=15)
# While the database does not answer, it is asked again this often.
AGAIN = timedelta(seconds=1)

log = structlog.get_logger("parvis.jobs")


@contextmanager
def held(runtime: Runtime, claim: Claim, lease: timedelta = LEASE, beat: timedelta = BEAT) -> Iterator[None]:
    """Hold a job however long what stands inside lasts; raise LostLease when it is not ours any more at the start."""
    _renew(runtime, claim, lease)
    done = threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(runtime, claim, lease, beat, done), name=f"lease of job {claim.job_id}", daemon=True
    )
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _keep(runtime: Runtime, claim: Claim, lease: timedelta, beat: timedelta, done: threading.Event) -> None:
    pause = beat
    while not done.wait(pause.total_seconds()):
        try:
            _renew(runtime, claim, lease)
            pause = beat
        except LostLease:
            return  # whoever holds it now does the work; the transaction of our effect will be undone
        except SQLAlchemyError as error:
            log.warning("lease not renewed", job_id=claim.job_id, error=type(error).__name__)
            pause = min(beat, AGAIN)


def _renew(runtime: Runtime, claim: Claim, lease: timedelta) -> None:
    with runtime.database.transaction() as session:
        outbox.renew(session, claim, lease)
