"""Rules are tried on the cases of last month, read some at a time."""

import pytest

from backoffice.domain.routing_rules import Files, RoutingRule, Where, Writer
from backoffice.infra.runtime import Runtime
from backoffice.queries import routing
from backoffice.services import routing_trials
from tests import factories, mails


def test_rules_are_tried_on_every_mail_that_opened_a_case(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    house = mails.with_maildirs(runtime, "demandes")
    mails.receive(house, *(mails.a_mail(f"Un trou, {number}.") for number in range(4)), mails.a_mail("Un chat."))
    rules = [
        RoutingRule(1, "premier", mailbox="demandes", words=("trou*",), citizen=Writer.UNKNOWN, department_id=1),
        RoutingRule(2, "suite", words=("trou",), where=Where.BODY, files=Files.WITHOUT, department_id=1),
        RoutingRule(3, "ailleurs", mailbox="mairie", department_id=1),
    ]
    monkeypatch.setattr(routing, "AT_ONCE", 2)
    for most, counted in ((2000, (5, 1, 3)), (3, (3, 0, 2))):
        monkeypatch.setattr(routing_trials, "TRIED_CASES", most)
        with house.database.reading() as session:
            trials = routing_trials.try_out(session, factories.actor_named(session, "Nadia"), rules)
        assert (trials.tried, len(trials.of(1)), len(trials.of(2))) == counted
        assert trials.of(3) == []
        assert trials.is_capped is (most == 3)
