"""The relay: tells Celery which jobs are due, promises periodic work, and has what changed read and counted again.

Any number of relays may run at once.
"""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import OperationalError as BrokerError
from kombu.messaging import Producer
from sqlalchemy.exc import SQLAlchemyError

from backoffice.infra import runtime
from backoffice.infra.runtime import Runtime
from backoffice.queries import jobs as queries
from backoffice.services import case_texts, counting, outbox
from backoffice.settings import Settings
from workers import celery_app, jobs
from workers.upkeep import PERIODS, Period

# Seconds between two tries while the broker or the database is away.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0

log = structlog.get_logger("parvis.relay")


class Relay:
    """One loop: look for due jobs, stamp them, publish their ids. Nothing it loses stays lost: see `claim_due`."""

    def __init__(self, tools: Runtime, celery: Celery, periods: Sequence[Period] = PERIODS) -> None:
        self.tools = tools
        self.celery = celery
        self.periods = [one for one in periods if one.suits(tools)]
        self.published_again_after = min(
            queries.PUBLISHED_AGAIN_AFTER, timedelta(seconds=tools.settings.job_lease_seconds)
        )
        self._inserted: dict[str, datetime] = {}
        self._connection: Connection | None = None
        self._producer: Producer | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a broker or a database that is away is waited for."""
        interval = pause = self.tools.settings.relay_interval_seconds
        while not stop.is_set():
            try:
                self.tick()
                case_texts.catch_up(self.tools)
                counting.catch_up(self.tools)
            except (BrokerError, SQLAlchemyError) as error:
                away = "broker" if isinstance(error, BrokerError) else "database"
                pause = min(max(FIRST_PAUSE, pause * 2), LONGEST_PAUSE)
                log.warning("jobs wait, none is lost", away=away, error=type(error).__name__, again_in=pause)
            else:
                if pause != interval:
                    log.info("jobs flow again")
                pause = interval
            stop.wait(pause)
        self.close()

    def tick(self) -> int:
        """Promise the periodic work of now, publish what is due; answers how many wake-ups left."""
        now = datetime.now(UTC)
        self._promise_periods(now)
        with self.tools.database.reading() as session:
            if not queries.any_due(session, now, self.published_again_after):
                return 0
        with self.tools.database.transaction() as session:
            due = queries.claim_due(session, now, again_after=self.published_again_after)
        sent = 0
        try:
            for job_id, kind in due:
                self._publish(job_id, kind)
                sent += 1
        finally:
            if sent < len(due):
                self._take_back([job_id for job_id, _ in due[sent:]])
        return sent

    def close(self) -> None:
        """Leave the broker and the database."""
        self._hang_up()
        self.tools.database.dispose()

    def _promise_periods(self, now: datetime) -> None:
        for period in self.periods:
            slot = period.slot(now)
            if self._inserted.get(period.kind) != slot:
                with self.tools.database.transaction() as session:
                    outbox.promise_slot(session, period.kind, slot.isoformat(), slot)
                self._inserted[period.kind] = slot

    def _publish(self, job_id: int, kind: str) -> None:
        # The broker is never spoken to inside a transaction: one that hangs would hold SQLite's only pen.
        if self._producer is None:
            # One try at a time: this loop does the waiting, and says so.
            self._connection = self.celery.connection_for_write(transport_options={"max_retries": 0})
            self._producer = self.celery.amqp.Producer(self._connection)
        task = self.celery.tasks[celery_app.TASK]
        task.apply_async((job_id,), queue=jobs.queue_of(kind), producer=self._producer, retry=False)

    def _take_back(self, job_ids: list[int]) -> None:
        """These were stamped and not published: forget the stamp, so that they leave at the next try."""
        self._hang_up()
        with self.tools.database.transaction() as session:
            queries.forget_wakeups(session, job_ids)

    def _hang_up(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            connection.release()  # type: ignore[no-untyped-call]


def run(settings: Settings, stop: threading.Event, **options: Any) -> None:
    """A relay in this process, until told to stop."""
    Relay(runtime.build(settings), celery_app.build(settings), **options).run(stop)
