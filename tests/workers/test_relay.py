"""The relay: wakes what is due, once, within what the broker can carry; promises periodic work once for all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy import select, update

from backoffice.infra.runtime import Runtime
from backoffice.models.jobs import Job
from backoffice.queries import jobs as queries
from backoffice.services import outbox
from backoffice.services.outbox import JobKind
from tests import factories
from workers import celery_app
from workers.relay import Relay
from workers.upkeep import Period

HOURLY = Period(JobKind.SWEEP_SESSIONS)
NIGHTLY = Period(JobKind.CHECK_LEDGER, at_hour=4)


@pytest.fixture
def tools(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    tools = factories.a_runtime(database_url, tmp_path)
    yield tools
    tools.database.dispose()


def a_relay(tools: Runtime, *periods: Period) -> Relay:
    return Relay(tools, celery_app.build(tools.settings), periods)


def promise(tools: Runtime, count: int, kind: JobKind = JobKind.RENDER_DOCUMENT, **when: timedelta) -> None:
    with tools.database.transaction() as session:
        for _ in range(count):
            outbox.promise(session, kind, **when)  # type: ignore[arg-type]


def wakeups(tools: Runtime, queue: str = "*") -> int:
    return len(list((tools.settings.var_dir / "broker").glob(f"*.{queue}.msg")))


def test_what_is_due_is_published_once_in_the_queue_of_its_kind(tools: Runtime) -> None:
    promise(tools, 2)
    promise(tools, 1, JobKind.SEND_MAIL)
    promise(tools, 1, JobKind.SEND_MAIL, after=timedelta(hours=1))
    relays = [a_relay(tools), a_relay(tools)]
    assert [relay.tick() for relay in (*relays, *relays)] == [3, 0, 0, 0]
    assert (wakeups(tools, "pdf"), wakeups(tools, "mail"), wakeups(tools)) == (2, 1, 3)


def test_a_wakeup_that_led_nowhere_is_published_again(tools: Runtime) -> None:
    promise(tools, 1)
    relay = a_relay(tools)
    assert relay.tick() == 1
    with tools.database.transaction() as session:
        long_ago = datetime.now(UTC) - queries.PUBLISHED_AGAIN_AFTER
        session.execute(update(Job).values(published_at=long_ago))
    assert [relay.tick(), relay.tick()] == [1, 0]


def test_a_long_backlog_of_one_kind_waits_in_the_table_and_lets_the_others_pass(tools: Runtime) -> None:
    promise(tools, queries.IN_FLIGHT + 150)
    promise(tools, 1, JobKind.SEND_MAIL)
    relay = a_relay(tools)
    assert sum(relay.tick() for _ in range(6)) == queries.IN_FLIGHT + 1
    assert (wakeups(tools, "pdf"), wakeups(tools, "mail")) == (queries.IN_FLIGHT, 1)


def test_a_broker_that_refuses_leaves_the_promises_due(tools: Runtime) -> None:
    promise(tools, 3)
    nobody = replace(tools.settings, broker_url="redis://127.0.0.1:1/0")
    with pytest.raises(BrokerError):
        Relay(tools, celery_app.build(nobody), periods=()).tick()
    assert a_relay(tools).tick() == 3


def test_periodic_work_is_promised_once_by_whichever_relay_comes_first(tools: Runtime) -> None:
    for relay in (a_relay(tools, HOURLY, NIGHTLY), a_relay(tools, HOURLY, NIGHTLY)):
        relay.tick()
        relay.tick()
    with tools.database.reading() as session:
        rows = list(session.scalars(select(Job)))
    assert sorted(row.kind for row in rows) == [JobKind.CHECK_LEDGER, JobKind.SWEEP_SESSIONS]
    assert all(row.due_at <= datetime.now(UTC) for row in rows)


def test_a_nightly_slot_follows_the_clock_of_paris_through_the_year() -> None:
    summer, winter = datetime(2026, 7, 1, 2, 30, tzinfo=UTC), datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
    assert NIGHTLY.slot(summer).isoformat() == "2026-07-01T04:00:00+02:00"
    assert NIGHTLY.slot(winter).isoformat() == "2026-11-30T04:00:00+01:00"


def test_the_hour_that_comes_twice_in_october_has_two_slots() -> None:
    first = HOURLY.slot(datetime(2026, 10, 25, 0, 40, tzinfo=UTC))
    second = HOURLY.slot(datetime(2026, 10, 25, 1, 40, tzinfo=UTC))
    assert (first.isoformat(), second.isoformat()) == ("2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00")
