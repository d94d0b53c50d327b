"""A promise: kept if and only if its transaction commits, tried again, given up in front of a person."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.jobs import Job
from backoffice.queries import jobs as queries
from backoffice.services import leases, outbox
from backoffice.services.outbox import MOST_ATTEMPTS, Claim, JobKind, LostLease
from tests import factories
from tests.workers.crew import wait_until
from workers import celery_app, jobs
from workers.relay import Relay

LEASE = timedelta(minutes=2)


@pytest.fixture
def tools(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    tools = factories.a_runtime(database_url, tmp_path)
    yield tools
    tools.database.dispose()


def promised(tools: Runtime, kind: JobKind = JobKind.SWEEP_SESSIONS, **ids: Any) -> int:
    with tools.database.transaction() as session:
        outbox.promise(session, kind, **ids)
        session.flush()
        return session.scalars(select(Job.id).order_by(Job.id.desc())).first() or 0


def job(tools: Runtime, job_id: int) -> Job:
    with tools.database.reading() as session:
        return session.get_one(Job, job_id)


def rewrite(tools: Runtime, **values: Any) -> None:
    with tools.database.transaction() as session:
        session.execute(update(Job).values(**values))


def a_relay(tools: Runtime) -> Relay:
    return Relay(tools, celery_app.build(tools.settings), periods=())


def keep(tools: Runtime, claim: Claim) -> None:
    with tools.database.transaction() as session:
        outbox.keep(session, claim)


def fail(_tools: Runtime, _claim: Claim) -> None:
    raise ValueError("l’imprimante n’a plus de papier\nDETAIL: (alice@example.org)")


def test_a_transaction_that_is_undone_leaves_no_promise(tools: Runtime) -> None:
    with pytest.raises(ZeroDivisionError), tools.database.transaction() as session:
        outbox.promise(session, JobKind.SWEEP_SESSIONS)
        session.flush()
        _ = 1 / 0
    with tools.database.reading() as session:
        assert queries.count_by_state(session) == {}
    assert a_relay(tools).tick() == 0


def test_promises_gathered_are_written_together_and_none_of_a_block_that_fails(tools: Runtime) -> None:
    with tools.database.transaction() as session:
        with outbox.together(session):
            outbox.promise(session, JobKind.SWEEP_SESSIONS)
            outbox.promise(session, JobKind.CHECK_LEDGER)
            assert not session.scalars(select(Job.id)).all()
        with pytest.raises(ValueError, match="mal lu"), outbox.together(session):
            outbox.promise(session, JobKind.CHECK_LEDGER)
            raise ValueError("mal lu")
        outbox.promise(session, JobKind.SCAN_FILE, digest="ab")
    with tools.database.reading() as session:
        kinds = session.scalars(select(Job.kind).order_by(Job.id)).all()
        assert kinds == [JobKind.SWEEP_SESSIONS, JobKind.CHECK_LEDGER, JobKind.SCAN_FILE]


def test_a_kept_promise_is_kept_once(tools: Runtime) -> None:
    done: list[int] = []

    def note(tools: Runtime, claim: Claim) -> None:
        done.append(claim.job_id)
        keep(tools, claim)

    job_id = promised(tools)
    for _ in range(3):
        jobs.run(tools, {JobKind.SWEEP_SESSIONS: note}, job_id)
    assert done == [job_id]
    assert job(tools, job_id).state == "done"
    assert job(tools, job_id).attempts == 1


def test_a_job_that_always_fails_is_given_up_after_five_starts_and_can_be_tried_again(tools: Runtime) -> None:
    job_id = promised(tools)
    delays = []
    for _ in range(MOST_ATTEMPTS + 2):
        rewrite(tools, due_at=datetime.now(UTC))
        before = datetime.now(UTC)
        jobs.run(tools, {JobKind.SWEEP_SESSIONS: fail}, job_id)
        delays.append(round((job(tools, job_id).due_at - before).total_seconds()))
    dead = job(tools, job_id)
    assert (dead.state, dead.attempts) == ("dead", MOST_ATTEMPTS)
    assert dead.error == "ValueError : l’imprimante n’a plus de papier"
    assert delays[:4] == [10, 20, 40, 80]
    with tools.database.transaction() as session:
        outbox.try_again(session.get_one(Job, job_id))
    jobs.run(tools, jobs.HANDLERS, job_id)
    assert job(tools, job_id).state == "done"
    with pytest.raises(Conflict), tools.database.transaction() as session:
        outbox.try_again(session.get_one(Job, job_id))


def test_a_job_that_kills_its_process_is_given_up_after_five_starts(tools: Runtime) -> None:
    job_id = promised(tools)
    for _ in range(MOST_ATTEMPTS):
        with tools.database.transaction() as session:
            assert outbox.claim(session, job_id, LEASE) is not None
        rewrite(tools, lease_until=datetime.now(UTC) - timedelta(seconds=1))  # nobody ever came back
    jobs.run(tools, {JobKind.SWEEP_SESSIONS: keep}, job_id)
    assert job(tools, job_id).state == "dead"
    assert "arrêté plusieurs fois" in job(tools, job_id).error


def test_a_kind_that_nobody_handles_is_shown_to_a_person_at_once(tools: Runtime) -> None:
    job_id = promised(tools)
    jobs.run(tools, {}, job_id)
    assert job(tools, job_id).state == "dead"
    assert job(tools, job_id).error == "Aucun traitement n’existe pour une tâche « sweep_sessions »."


def test_a_worker_that_lost_its_lease_undoes_what_it_did(tools: Runtime) -> None:
    job_id, other = promised(tools), promised(tools)

    def too_slow(tools: Runtime, claim: Claim) -> None:
        rewrite(tools, lease_until=datetime.now(UTC) - timedelta(seconds=1))
        with tools.database.transaction() as session:
            assert outbox.claim(session, job_id, LEASE) is not None
        with tools.database.transaction() as session:
            session.get_one(Job, other).error = "written by the late one"
            session.flush()
            outbox.keep(session, claim)

    jobs.run(tools, {JobKind.SWEEP_SESSIONS: too_slow}, job_id)
    assert job(tools, other).error == ""
    assert (job(tools, job_id).state, job(tools, job_id).attempts) == ("running", 2)


def test_a_lease_is_held_while_its_process_waits_and_ends_soon_after_it_dies(tools: Runtime) -> None:
    job_id = promised(tools)
    with tools.database.transaction() as session:
        claim = outbox.claim(session, job_id, LEASE)
    assert claim is not None
    with leases.held(tools, claim, timedelta(minutes=1), timedelta(seconds=0.05)):
        first = job(tools, job_id).lease_until
        wait_until(lambda: job(tools, job_id).lease_until != first)
        with tools.database.transaction() as session:
            assert outbox.claim(session, job_id, LEASE) is None
    rewrite(tools, lease_until=datetime.now(UTC) - timedelta(seconds=1))
    with tools.database.transaction() as session:
        assert outbox.claim(session, job_id, LEASE) is not None
    with pytest.raises(LostLease), leases.held(tools, claim):
        pytest.fail("a job that another process holds is not begun again")


def test_a_long_job_renews_its_lease_until_it_loses_it(tools: Runtime) -> None:
    job_id = promised(tools)
    with tools.database.transaction() as session:
        claim = outbox.claim(session, job_id, timedelta(seconds=1))
        assert claim is not None
        outbox.renew(session, claim, LEASE)
    assert job(tools, job_id).lease_until > datetime.now(UTC) + timedelta(minutes=1)  # type: ignore[operator]
    rewrite(tools, token="somebody else's")
    with pytest.raises(LostLease), tools.database.transaction() as session:
        outbox.renew(session, claim, LEASE)


def test_of_eight_workers_one_gets_the_job(tools: Runtime) -> None:
    job_id, got = promised(tools), []
    start = threading.Barrier(8)

    def try_it() -> None:
        start.wait()
        with tools.database.transaction() as session:
            got.append(outbox.claim(session, job_id, LEASE))

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([claim for claim in got if claim is not None]) == 1


def test_every_kind_has_one_queue() -> None:
    carried = [kind for kinds in jobs.QUEUES.values() for kind in kinds]
    assert len(carried) == len(set(carried))
    assert set(carried) <= set(JobKind)
    assert {jobs.queue_of(kind) for kind in JobKind} <= set(jobs.QUEUES)
    assert jobs.queue_of("a kind of another version") == jobs.DEFAULT_QUEUE


def test_every_kind_has_a_handler() -> None:
    assert sorted(jobs.HANDLERS) == sorted(JobKind)
