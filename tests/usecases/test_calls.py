"""Calls: told once, twice or late they are one; the caller is recognised, and called back in time."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backoffice.domain.calls import CallNews, read_news, read_number
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.policy import Actor
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.calls import CallBack, CallRecord
from backoffice.models.people import Citizen
from backoffice.queries import call_backs as call_back_queries
from backoffice.queries import calls as queries
from backoffice.queries.call_backs import Filters, View
from backoffice.services import call_backs, calls, citizens, moment
from backoffice.services.call_backs import About
from tests import factories

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WRITTEN = ("+33612345678", "06 12 34 56 78", "06.12.34.56.78", "0033612345678", "33612345678", "tel:+33-6-12-34-56-78")


def news(number: str = "06 12 34 56 78", **said: Any) -> CallNews:
    return read_news({"id": "a1", "direction": "in", "from": number, "started_at": START.isoformat(), **said})


def told(session: Session, *all_news: CallNews) -> CallRecord:
    mine = factories.the_authority(session).id
    for seconds, one in enumerate(all_news):
        call = calls.receive(session, mine, one, START + timedelta(seconds=seconds))
    return call


def somebody(session: Session, phone: str, name: str = "Jeanne") -> Citizen:
    sender = Sender(given_names=name, family_name="Martin", phone=phone)
    citizen = citizens.find_or_create(session, factories.the_authority(session).id, sender, ChannelCode.COUNTER)
    assert citizen is not None
    session.flush()
    return citizen


@pytest.mark.parametrize("written", WRITTEN)
def test_a_french_number_is_one_however_it_is_written(written: str) -> None:
    assert read_number(written) == "+33612345678"


def test_a_number_of_a_range_that_nobody_knows_yet_is_one_too() -> None:
    assert {read_number(one) for one in ("+33639980840", "06 39 98 08 40", "0033639980840")} == {"+33639980840"}


def test_news_that_cannot_be_read_are_told_field_by_field() -> None:
    assert (read_number("anonymous"), read_number("4012"), read_number("0590 12 34 56")) == (
        "",
        "4012",
        "+590590123456",
    )
    with pytest.raises(Invalid) as refused:
        read_news({"direction": "up", "started_at": "hier", "duration": -1, "from": 12, "outcome": "busy"})
    assert set(refused.value.faults) == {"id", "direction", "started_at", "duration", "from", "outcome"}
    for nonsense in (None, [], "x"):
        with pytest.raises(Invalid):
            read_news(nonsense)


def test_a_call_told_in_any_order_and_twice_is_one_call_with_all_that_was_said(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        jeanne = somebody(session, "+33612345678")
        agent = factories.staff_named(session, "Sandrine")
        answered = news(answered_at=(START + timedelta(seconds=10)).isoformat(), agent=agent.email.upper())
        ended = news(ended_at=(START + timedelta(seconds=75)).isoformat(), outcome="answered")
        for order in itertools.permutations((news(), answered, ended)):
            session.query(CallRecord).delete()
            call = told(session, *order, *order)
            assert (call.outcome, call.duration, call.staff_id, call.citizen_id) == (
                "answered",
                65,
                agent.id,
                jeanne.id,
            )
        assert session.query(CallRecord).count() == 1
        somebody(session, "+33612345678", "Paul")
        assert told(session, news(id="b")).citizen_id is None


def _typed(session: Session, **changes: str) -> dict[str, str]:
    department = factories.actor_named(session, "Karim").grants[0].department_id
    typed = {"number": "06 12 34 56 78", "day": "2026-03-03", "begin": "09:00", "end": "12:00"}
    return typed | {"department": str(department)} | changes


def _counts(session: Session, actor: Actor) -> dict[View, int]:
    counts = call_back_queries.count_call_backs(session, actor, Filters(View.MINE), moment.now())
    for view, count in counts.items():
        listed = call_back_queries.list_call_backs(session, actor, Filters(view), moment.now(), 0, 50)
        assert len(listed) == count, view
    return counts


def test_a_missed_call_is_called_back_in_its_window_put_off_then_done(runtime: Runtime) -> None:
    with runtime.database.transaction() as session, moment.at(START):
        karim, sandrine, julie = (factories.actor_named(session, name) for name in ("Karim", "Sandrine", "Julie"))
        missed = told(session, news(outcome="missed"))
        with pytest.raises(Invalid) as refused:
            call_backs.plan(session, karim, {"day": "2026-03-01", "begin": "9", "end": "08:00"}, About())
        assert set(refused.value.faults) == {"number", "begin", "department"}
        with pytest.raises(Invalid) as past:
            call_backs.plan(session, karim, _typed(session, day="2026-03-01"), About())
        assert set(past.value.faults) == {"day"}
        row = call_backs.plan(session, sandrine, _typed(session), About(call_id=missed.id))
        # In winter, nine o'clock here is eight in UTC.
        assert row.starts_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
        assert _counts(session, karim) == {View.MINE: 1, View.NOW: 0, View.LATE: 0, View.OPEN: 1, View.DONE: 0}
        assert _counts(session, julie)[View.MINE] == 0
    with runtime.database.transaction() as session, moment.at(START + timedelta(days=1)):
        assert call_back_queries.count_now(session, karim, moment.now()) == 1
    with runtime.database.transaction() as session, moment.at(START + timedelta(days=2)):
        assert _counts(session, karim)[View.LATE] == 1
        later = _typed(session, day="2026-03-05", staff=str(julie.id), reason="Pas de réponse.")
        call_backs.put_off(session, karim, row.id, later)
        assert (_counts(session, karim)[View.MINE], _counts(session, julie)[View.MINE]) == (0, 1)
        call_backs.finish(session, julie, row.id, "Il viendra mardi.")
        with pytest.raises(Conflict):
            call_backs.finish(session, karim, row.id, "")
        done = call_back_queries.get_call_back(session, karim, row.id)
        assert [line["kind"] for line in done.history["lines"]] == ["planned", "put_off", "done"]
        assert queries.get_call(session, karim.authority_id, missed.id).outcome == "called_back"
        # Told again, it stays called back; and a call to the number of another one returns it.
        assert told(session, news(outcome="missed")).outcome == "called_back"
        other = told(session, news("0145678901", id="other", outcome="voicemail"))
        later_on = (START + timedelta(hours=1)).isoformat()
        told(session, news("", id="out", direction="out", to="0145678901", outcome="answered", started_at=later_on))
        session.refresh(other)
        assert other.outcome == "called_back"


def test_a_call_about_a_restricted_case_is_known_to_its_department_and_to_who_makes_it(runtime: Runtime) -> None:
    with runtime.database.transaction() as session, moment.at(START):
        julie, karim, mathieu = (factories.actor_named(session, name) for name in ("Julie", "Karim", "Mathieu"))
        case = factories.a_case(session, runtime, procedure="birth_certificate")
        case.restricted = True
        session.flush()
        typed = _typed(session, department=str(case.department_id))
        row = call_backs.plan(session, julie, typed, About(reference=case.reference))
        with pytest.raises(NotFound):
            call_back_queries.get_call_back(session, karim, row.id)
        assert _counts(session, karim)[View.OPEN] == 0
        call_backs.put_off(session, julie, row.id, typed | {"staff": str(mathieu.id)})
        assert (_counts(session, julie)[View.OPEN], _counts(session, mathieu)[View.MINE]) == (1, 1)


def test_after_a_year_a_call_says_nothing_of_anybody(runtime: Runtime) -> None:
    with runtime.database.transaction() as session, moment.at(START):
        somebody(session, "+33612345678")
        call = told(session, news(outcome="missed"))
        sandrine = factories.actor_named(session, "Sandrine")
        row = call_backs.plan(session, sandrine, _typed(session), About(call_id=call.id))
        call_backs.finish(session, sandrine, row.id, "Dit.")
        ids = call.id, row.id
    with runtime.database.transaction() as session, moment.at(START + timedelta(days=366)):
        calls.forget_people(session)
    with runtime.database.reading() as session:
        call, row = session.get_one(CallRecord, ids[0]), session.get_one(CallBack, ids[1])
        assert (call.from_number, call.citizen_id, call.outcome) == ("", None, "called_back")
        assert (row.number, row.name, row.citizen_id, row.history) == ("", "", None, {})
