"""« Prendre le suivant » gives the most urgent case that waits, and never one case to two agents."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backoffice.domain.policy import Permission
from backoffice.errors import Forbidden
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import queue_next
from backoffice.services import casework, moment, next_case
from tests import factories


def test_agents_who_ask_at_once_are_given_different_cases_in_the_order_of_their_dates(runtime: Runtime) -> None:
    urgent = []
    for days in (30, 20, 10, 0):
        when = datetime.now(UTC) - timedelta(days=days)
        with moment.at(when):
            urgent.append(factories.a_receipt(runtime, received_at=when).reference)
    factories.a_receipt(runtime, procedure="birth_certificate")  # another department's
    gate, given = threading.Barrier(2), []

    def ask(name: str) -> None:
        with runtime.database.reading() as session:
            actor = factories.actor_named(session, name)
        gate.wait()
        for _ in range(2):
            with runtime.database.transaction() as session:
                case = next_case.take_next(session, actor)
                assert case is not None
                assert case.assignee_id == actor.id
                given.append(case.reference)

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("Karim", "Marc")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == sorted(urgent)
    assert set(given[:2]) <= set(urgent[:3])
    with runtime.database.transaction() as session:
        assert next_case.take_next(session, factories.actor_named(session, "Karim")) is None


def test_a_case_that_somebody_is_taking_is_passed_without_waiting(seeded_postgres_url: str, tmp_path: Path) -> None:
    runtime = factories.a_runtime(seeded_postgres_url, tmp_path)
    first, second = (factories.a_receipt(runtime).reference for _ in range(2))
    with runtime.database.transaction() as slow, runtime.database.transaction() as quick:
        karim, marc = factories.actor_named(slow, "Karim"), factories.actor_named(quick, "Marc")
        held = queue_next.claim_next(slow, karim)
        other = next_case.take_next(quick, marc)
        assert isinstance(held, Case)
        assert isinstance(other, Case)
        assert [held.reference, other.reference] == [first, second]
    runtime.database.dispose()


def test_the_next_case_is_one_that_the_agent_may_take(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        street = factories.a_case(session, runtime)
        birth = factories.a_case(session, runtime, procedure="birth_certificate")
        street.restricted = True
        casework.take(session, factories.actor_named(session, "Karim"), street)
        with pytest.raises(Forbidden):
            next_case.take_next(session, factories.actor_named(session, "Sandrine"))
        julie = factories.actor_named(session, "Julie")
        assert Permission.CASE_TAKE in {one for one in Permission if julie.departments_with(one)}
        taken = next_case.take_next(session, julie)
        assert taken is birth
        assert next_case.take_next(session, julie) is None
