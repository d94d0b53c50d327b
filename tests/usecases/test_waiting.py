"""Citizens whom we wait for are reminded; a case ends in silence only where it was announced and is lawful."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.sub_states import Lifecycle
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.mail import OutgoingMail
from backoffice.queries import catalogue
from backoffice.services import casework, intake, moment, outbox, procedures
from backoffice.services.outbox import JobKind
from tests import factories, mails

LIFECYCLE = Lifecycle(remind_after=7, close_after=10)
ASKED = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine."""
    return seeded_sqlite_url


def waiting_case(runtime: Runtime, code: str, lifecycle: Lifecycle = LIFECYCLE) -> int:
    """A case of a procedure with this lifecycle, whose citizen was asked something on the 2nd of March."""
    with runtime.database.transaction() as session, moment.at(ASKED):
        authority, nadia = factories.the_authority(session), factories.actor_named(session, "Nadia")
        found = catalogue.get_procedure(session, authority.id, code)
        procedures.publish(session, nadia, authority, replace(procedures.definition_of(found), lifecycle=lifecycle))
    receipt = factories.a_receipt(runtime, procedure=code, received_at=ASKED)
    with runtime.database.transaction() as session, moment.at(ASKED):
        case = session.get_one(Case, receipt.case_id)
        handler = next(
            actor
            for actor in (factories.actor_named(session, name) for name in ("Karim", "Hélène", "Marc", "Philippe"))
            if case.department_id in actor.department_ids
        )
        casework.move(session, handler, case, Status.WAITING_CITIZEN)
        return case.id


def days_later(runtime: Runtime, days: int, *, sent: bool = True) -> None:
    """What the daily round does that many days after the question; what it wrote has left, or not."""
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.FOLLOW_UP_WAITING)
    with moment.at(ASKED + timedelta(days=days)):
        mails.work_off(runtime)
    if not sent:
        with runtime.database.transaction() as session:
            session.execute(update(OutgoingMail).values(bounced_at=ASKED))


def told(runtime: Runtime, case_id: int) -> list[str]:
    """The subjects of the mails of the round."""
    with runtime.database.reading() as session:
        own = select(OutgoingMail).where(OutgoingMail.case_id == case_id, OutgoingMail.subject.like("%nde n°%"))
        found = [one for one in session.scalars(own.order_by(OutgoingMail.id)) if one.automatic]
        return [one.subject.rpartition(" ")[2] for one in found if "réponse" in one.subject or "suite" in one.subject]


def state(runtime: Runtime, case_id: int) -> tuple[str, str]:
    with runtime.database.reading() as session:
        case = session.get_one(Case, case_id)
        return case.status, case.outcome


def test_silence_is_reminded_announced_then_ends_a_case_of_which_it_decides_nothing(runtime: Runtime) -> None:
    case_id = waiting_case(runtime, "citizen_census")
    days_later(runtime, 6)
    assert told(runtime, case_id) == []
    days_later(runtime, 7)
    days_later(runtime, 8)
    assert told(runtime, case_id) == ["réponse"]
    with runtime.database.reading() as session:
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.subject.like("%attend votre réponse"))).one()
        assert "19 mars 2026, votre demande sera classée sans suite" in mail.text
    days_later(runtime, 17)
    assert state(runtime, case_id) == (Status.WAITING_CITIZEN, "")  # the day announced is the citizen's
    days_later(runtime, 18)
    assert state(runtime, case_id) == (Status.CLOSED, Outcome.CLOSED_NO_ACTION)
    assert told(runtime, case_id) == ["réponse", "suite"]


def test_a_warning_that_came_back_closes_nothing_and_an_answer_stops_everything(runtime: Runtime) -> None:
    case_id = waiting_case(runtime, "citizen_census")
    days_later(runtime, 7, sent=False)
    days_later(runtime, 40)
    assert state(runtime, case_id) == (Status.WAITING_CITIZEN, "")
    other = waiting_case(runtime, "citizen_census")
    days_later(runtime, 7)
    intake.accept_answer(runtime, other, factories.an_incoming(procedure=""))
    days_later(runtime, 40)
    assert state(runtime, other) == (Status.UNDER_REVIEW, "")


def test_where_silence_decides_the_reminder_announces_nothing_and_nothing_is_closed(runtime: Runtime) -> None:
    case_id = waiting_case(runtime, "citizen_census")
    with runtime.database.transaction() as session:
        # Its clock was started under another regime: the law of the case counts.
        case = session.get_one(Case, case_id)
        case.regime = {**case.regime, "silence": "rejection"}
    days_later(runtime, 7)
    with runtime.database.reading() as session:
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.subject.like("%attend votre réponse"))).one()
        assert "classée" not in mail.text
    days_later(runtime, 30)
    assert state(runtime, case_id)[0] == Status.WAITING_CITIZEN
