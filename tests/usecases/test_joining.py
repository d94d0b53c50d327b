"""The same request twice: one case is kept, the first receipt counts, everything leads to it, and it can be undone."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.case_links import LinkKind
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.errors import Conflict, Forbidden
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Case, Message
from backoffice.queries import case_links as queries
from backoffice.services import case_links, casework, intake, joining, journal, moment, placing
from tests import factories

FIRST, SECOND, TODAY = (datetime(2026, 3, day, 9, tzinfo=UTC) for day in (2, 9, 12))
KEPT_DATES = ("received_on", "due_on", "implicit_on", "target_on", "implicit_outcome", "answer_by")


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def two(runtime: Runtime, **said: Any) -> tuple[int, int]:
    """The same request twice, first by mail, a week later by the form, which is kept."""
    with runtime.database.transaction() as session:
        with moment.at(FIRST):
            first = factories.a_case(session, runtime, received_at=FIRST, channel=ChannelCode.EMAIL, **said)
        with moment.at(SECOND):
            kept = factories.a_case(session, runtime, received_at=SECOND, subject="Nid-de-poule, suite", **said)
        return first.id, kept.id


def as_they_are(session: Session, *ids: int) -> list[dict[str, Any]]:
    """What undoing must give back, and the histories whole."""
    found = [session.get_one(Case, one) for one in ids]
    assert all(journal.verify(session, one) for one in found)
    names = (*KEPT_DATES, "status", "outcome", "closed_at", "closed_on", "closed_after_days", "department_id")
    return [{name: getattr(one, name) for name in names} for one in found]


def joined(session: Session, joined_id: int, kept_id: int, who: str = "Karim") -> tuple[Case, Case]:
    case, kept = session.get_one(Case, joined_id), session.get_one(Case, kept_id)
    joining.join(session, factories.actor_named(session, who), case, kept)
    return case, kept


def test_the_first_receipt_counts_what_follows_joins_the_kept_case_and_undoing_restores_both(runtime: Runtime) -> None:
    first_id, kept_id = two(runtime)
    with runtime.database.transaction() as session, moment.at(TODAY):
        before = as_they_are(session, first_id, kept_id)
        karim = factories.actor_named(session, "Karim")
        first, kept = session.get_one(Case, first_id), session.get_one(Case, kept_id)
        case_links.tie(session, karim, kept, first, LinkKind.DUPLICATE)
        joined(session, first_id, kept_id)
        assert (first.status, first.outcome, first.closed_after_days) == (Status.CLOSED, Outcome.JOINED, None)
        assert (kept.received_on, kept.status) == (date(2026, 3, 2), Status.RECEIVED)
        assert kept.due_on < before[1]["due_on"]
    for act in (
        lambda session, who, case: casework.move(session, who, case, Status.UNDER_REVIEW),
        lambda session, who, case: casework.reply(session, runtime, who, case, "Bonjour"),
        lambda session, who, case: joining.join(session, who, case, session.get_one(Case, kept_id)),
    ):
        with pytest.raises(Conflict), runtime.database.transaction() as session:
            act(session, factories.actor_named(session, "Karim"), session.get_one(Case, first_id))
    # The citizen answers the acknowledgement of the joined case: the words arrive where somebody reads them.
    token = placing.reply_token(runtime, first_id)
    answer = factories.an_incoming(channel=ChannelCode.EMAIL, procedure="", body="Merci de faire vite")
    answer = replace(answer, threading=replace(answer.threading, reply_token=token))
    receipt = intake.accept(runtime, answer)
    assert receipt.case_id == kept_id
    assert intake.accept_answer(runtime, first_id, factories.an_incoming(body="Encore")).case_id == kept_id
    with runtime.database.transaction() as session, moment.at(TODAY):
        first, kept = session.get_one(Case, first_id), session.get_one(Case, kept_id)
        assert first.status == Status.CLOSED
        karim = factories.actor_named(session, "Karim")
        joining.part(session, karim, first, kept)
        after = as_they_are(session, first_id, kept_id)
        assert after == before
        link = queries.find_between(session, first_id, kept_id)
        assert link is not None
        assert (link.kind, link.case_id) == (LinkKind.DUPLICATE, kept_id)
        with pytest.raises(Conflict):
            joining.part(session, karim, first, kept)
        assert len(session.scalars(select(Message).where(Message.case_id == kept_id)).all()) == 3


def test_three_times_the_same_each_undone_alone_leaves_the_first_receipt_of_those_that_stay(runtime: Runtime) -> None:
    first_id, kept_id = two(runtime)
    with runtime.database.transaction() as session, moment.at(TODAY):
        earliest = datetime(2026, 2, 27, 9, tzinfo=UTC)
        third_id = factories.a_case(session, runtime, received_at=earliest).id
        karim = factories.actor_named(session, "Karim")
        first, kept = joined(session, first_id, kept_id)
        third, _ = joined(session, third_id, kept_id)
        assert kept.received_on == date(2026, 2, 27)
        joining.part(session, karim, first, kept)
        assert kept.received_on == date(2026, 2, 27)
        joining.part(session, karim, third, kept)
        assert kept.received_on == date(2026, 3, 9)
        assert journal.verify(session, kept)


def test_what_cannot_be_joined_is_said_and_secrets_stay_with_their_readers(runtime: Runtime) -> None:
    first_id, kept_id = two(runtime)
    with runtime.database.transaction() as session:
        other = factories.a_case(session, runtime, sender=Sender(family_name="Autre", email="autre@courriel.example"))
        police = session.scalars(select(Department.id).where(Department.code == "police")).one()
        first, kept = session.get_one(Case, first_id), session.get_one(Case, kept_id)
        assert joining.find_obstacle(session, first, other) == joining.TWO_CITIZENS
        anonymous = [
            factories.a_case(session, runtime, sender=Sender(), source_id=f"anonymous-{number}") for number in (1, 2)
        ]
        assert [one.citizen_id for one in anonymous] == [None, None]
        assert joining.find_obstacle(session, *anonymous) == joining.TWO_UNKNOWN
        with pytest.raises(Forbidden):
            joined(session, first_id, kept_id, "Julie")
        kept.restricted = True
        assert joining.find_obstacle(session, first, kept) == joining.TWO_SECRETS
        first.restricted = True
        joined(session, first_id, kept_id)
        marc = factories.actor_named(session, "Marc")
        casework.transfer(session, marc, kept, department_id=police, reason="Pour la police")
        assert (first.department_id, first.restricted) == (police, True)
        assert journal.verify(session, first)
