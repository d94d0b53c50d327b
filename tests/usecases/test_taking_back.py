"""An answer comes back to its author while it waits; what was never held, or may have left, does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from backoffice.domain.lifecycle import Outcome
from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, Message
from backoffice.models.mail import OutgoingMail
from backoffice.services import casework, outbox, taking_back
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state


def answer(runtime: Runtime, hold: timedelta = taking_back.HOLD) -> int:
    """Karim's answer to the only case."""
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case)).one()
        return casework.reply(
            session, runtime, factories.actor_named(session, "Karim"), case, "Nous passons demain.", hold=hold
        ).id


def take_back(session: Session, message_id: int) -> str:
    case = session.scalars(select(Case)).one()
    return taking_back.take_back(session, factories.actor_named(session, "Karim"), case, message_id)


def is_offered(session: Session) -> bool:
    """Whether Karim's page of the case offers to take the answer back."""
    case, karim = session.scalars(select(Case)).one(), factories.actor_named(session, "Karim")
    mails, messages = session.scalars(select(OutgoingMail)).all(), session.scalars(select(Message)).all()
    return taking_back.find_departure(karim, case, mails, messages, datetime.now(UTC)) is not None


@pytest.fixture
def house(seeded_sqlite_url: str, tmp_path: Path) -> Runtime:
    """A seeded installation with a case."""
    found = factories.a_runtime(seeded_sqlite_url, tmp_path)
    factories.a_receipt(found)
    return found


def test_the_answer_that_ends_a_case_is_never_held(house: Runtime) -> None:
    with house.database.transaction() as session:
        case, karim = session.scalars(select(Case)).one(), factories.actor_named(session, "Karim")
        casework.close(session, house, karim, case, Outcome.ANSWERED, "C’est réparé.")
    with house.database.transaction() as session:
        assert not is_offered(session)
        message_id = session.scalars(select(OutgoingMail.message_row_id)).one()
        assert message_id is not None
        with pytest.raises(Conflict, match="termine la demande"):
            take_back(session, message_id)
    assert jobs_by_state(house, JobKind.SEND_MAIL) == {"queued": 1}


def test_the_letter_of_a_batch_is_never_held(house: Runtime) -> None:
    message_id = answer(house)
    with house.database.transaction() as session:
        assert is_offered(session)
        session.scalars(select(OutgoingMail)).one().files = {"documents": [1]}
        assert not is_offered(session)
        with pytest.raises(Conflict, match="porte un document"):
            take_back(session, message_id)


def test_an_answer_that_a_server_may_have_taken_is_not_taken_back(house: Runtime) -> None:
    message_id = answer(house, timedelta())
    claim = claim_next(house, JobKind.SEND_MAIL)
    with house.database.transaction() as session:
        outbox.postpone(session, claim, timedelta(minutes=1), "Le serveur ne répond pas.")
    with house.database.transaction() as session, pytest.raises(Conflict, match="déjà partie"):
        take_back(session, message_id)


def test_an_answer_that_is_leaving_is_refused_at_once_and_locks_nothing(
    seeded_postgres_url: str, tmp_path: Path
) -> None:
    house = factories.a_runtime(seeded_postgres_url, tmp_path)
    factories.a_receipt(house)
    message_id = answer(house, timedelta())
    claim = claim_next(house, JobKind.SEND_MAIL)
    with house.database.transaction() as worker:
        outbox.keep(worker, claim)
        worker.scalars(select(OutgoingMail)).one().sent_at = datetime.now(UTC)
        worker.flush()
        with house.database.transaction() as session, pytest.raises(Conflict, match="déjà partie"):
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            take_back(session, message_id)
    house.database.dispose()
