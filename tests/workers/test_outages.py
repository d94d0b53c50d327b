"""Whatever dies or goes away, each promise is kept exactly once."""

import random
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from backoffice.services import setup
from backoffice.services.outbox import JobKind
from tests import factories
from tests.services.redis import RedisServer
from tests.workers.crew import Crew, kill, wait_until

TRACE = JobKind.CHECK_LEDGER


def assert_each_kept_once(house: Crew, count: int) -> None:
    assert house.rows("SELECT count(*), count(DISTINCT job_id) FROM traces") == [(count, count)]
    assert house.rows("SELECT DISTINCT state FROM jobs") == [("done",)]


def take_away(broker: Path) -> None:
    """With what it held; nobody can write there any more."""
    broker.rename(broker.with_name("lost"))
    broker.touch()


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(house: Crew) -> None:
    house.start("relay")
    worker = house.start("worker")
    house.promise(TRACE, 8)
    wait_until(lambda: len(house.starts()) >= 3)
    kill(worker)
    interrupted = house.rows("SELECT count(*) FROM jobs WHERE state = 'running'")
    house.start("worker")
    wait_until(house.all_kept)
    assert interrupted != [(0,)]
    assert len(house.starts()) > 8
    assert_each_kept_once(house, 8)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_worker_that_is_asked_to_leave_finishes_what_it_has_in_hand_and_takes_no_more(
    embedded: Crew, asked: signal.Signals
) -> None:
    house = embedded
    house.start("relay")
    worker = house.start("worker")
    house.promise(TRACE, 8)
    wait_until(lambda: len(house.starts()) >= 3)
    assert house.rows("SELECT 1 FROM jobs WHERE state = 'running'")
    worker.send_signal(asked)
    worker.wait(30)
    assert house.rows("SELECT 1 FROM jobs WHERE state = 'running'") == []
    assert house.rows("SELECT 1 FROM jobs WHERE state <> 'done'"), "the rest waits for the next one"
    house.start("worker")
    wait_until(house.all_kept)
    assert len(house.starts()) == 8, "nothing was begun twice"
    assert_each_kept_once(house, 8)


def test_a_worker_killed_while_it_renders_gives_each_citizen_one_acknowledgement(house: Crew) -> None:
    with house.tools.database.transaction() as session:
        setup.install_starter(session)
    for _ in range(4):
        factories.a_receipt(house.tools)
    house.start("relay")
    worker = house.start("worker")
    wait_until(lambda: house.rows("SELECT 1 FROM jobs WHERE state = 'running' AND kind = 'render_document'"))
    kill(worker)
    interrupted = house.rows("SELECT 1 FROM jobs WHERE state = 'running' AND kind = 'render_document'")
    house.start("worker")
    wait_until(house.all_kept)
    assert interrupted != []
    assert house.rows("SELECT count(*) FROM documents WHERE rendered_at IS NOT NULL AND digest <> ''") == [(4,)]
    history = "SELECT kind, count(*), count(DISTINCT case_id) FROM case_events GROUP BY kind"
    lines = {kind: (count, cases) for kind, count, cases in house.rows(history)}
    assert lines["document_rendered"] == lines["mail_sent"] == (4, 4)
    assert house.rows("SELECT count(*) FROM outgoing_mails WHERE sent_at IS NOT NULL") == [(4,)]
    assert len(list(house.settings.outbox_dir.rglob("*.eml"))) == 4
    for (digest,) in house.rows("SELECT digest FROM documents"):
        assert house.tools.storage.get(digest).startswith(b"%PDF-")


def test_only_one_of_two_relays_and_two_workers_keeps_a_promise(house: Crew) -> None:
    for part in ("relay", "relay", "worker", "worker"):
        house.start(part)
    house.promise(TRACE, 12)
    wait_until(house.all_kept)
    assert_each_kept_once(house, 12)
    assert sorted(house.starts()) == sorted(set(house.starts()))


def test_promises_wait_while_redis_is_stopped_and_emptied(shared: Crew, redis_server: RedisServer) -> None:
    shared.start("relay")
    shared.start("worker")
    shared.promise(TRACE, 6)
    wait_until(shared.starts)
    redis_server.stop()
    shared.promise(TRACE, 2)
    wait_until(lambda: "away=broker" in shared.logged("relay"))
    redis_server.start()
    wait_until(shared.all_kept)
    assert_each_kept_once(shared, 8)
    wait_until(lambda: "jobs flow again" in shared.logged("relay"))


def test_promises_wait_while_the_folder_of_the_broker_is_gone(embedded: Crew, tmp_path: Path) -> None:
    broker = tmp_path / "var" / "broker"
    embedded.start("relay")
    embedded.start("worker")
    embedded.promise(TRACE, 6)
    wait_until(embedded.starts)
    take_away(broker)
    embedded.promise(TRACE, 2)
    wait_until(lambda: "away=broker" in embedded.logged("relay"))
    broker.unlink()
    wait_until(embedded.all_kept)
    assert_each_kept_once(embedded, 8)


def test_the_relay_outlives_a_restart_of_the_database(shared: Crew) -> None:
    shared.start("relay")
    shared.start("worker")
    shared.promise(TRACE)
    wait_until(shared.all_kept)
    with shared.tools.database.reading() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    shared.promise(TRACE, 2)
    wait_until(shared.all_kept)
    assert_each_kept_once(shared, 3)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_an_hour_of_bad_luck_in_two_minutes(house: Crew, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Two of everything, kills at random, and a broker that is away for a full minute and comes back empty."""
    chance = random.Random(20261122)
    relays = [house.start("relay") for _ in range(2)]
    workers = [house.start("worker") for _ in range(2)]
    house.promise(TRACE, 200)

    def strike(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(chance.uniform(2, 4))
            gang, part = chance.choice([(relays, "relay"), *[(workers, "worker")] * 3])
            victim = chance.randrange(2)
            kill(gang[victim])
            gang[victim] = house.start(part)

    strike(20)
    if house.settings.broker_url.startswith("redis"):
        redis_server: RedisServer = request.getfixturevalue("redis_server")
        redis_server.stop()
        house.promise(TRACE, 20)
        strike(60)
        redis_server.start()
    else:
        broker = tmp_path / "var" / "broker"
        take_away(broker)
        house.promise(TRACE, 20)
        time.sleep(60)  # parts that start now could not open their broker: they are spared
        broker.unlink()
    strike(20)
    wait_until(house.all_kept, 300)
    assert len(house.starts()) > 220
    assert_each_kept_once(house, 220)
