"""Rules are tried on the mails of last month, read some at a time."""

import pytest

from backoffice.domain.routing_rules import Files, RoutingRule, Where, Writer
from backoffice.infra.runtime import Runtime
from backoffice.queries import routing
from backoffice.services import routing_rules
from tests import factories, mails


def test_rules_are_tried_on_every_mail_that_opened_a_case(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    house = mails.with_maildirs(runtime, "demandes")
    mails.receive(house, *(mails.a_mail(f"Un trou, {number}.") for number in range(4)), mails.a_mail("Un chat."))
    rules = [
        RoutingRule(1, "premier", mailbox="demandes", words=("trou*",), citizen=Writer.UNKNOWN),
        RoutingRule(2, "suite", words=("trou",), where=Where.BODY, files=Files.WITHOUT),
        RoutingRule(3, "ailleurs", mailbox="mairie"),
    ]
    monkeypatch.setattr(routing, "AT_ONCE", 2)
    for most, counted in ((2000, (5, 1, 3)), (3, (3, 0, 2))):
        monkeypatch.setattr(routing_rules, "TRIED_MAILS", most)
        with house.database.reading() as session:
            trials = routing_rules.try_out(session, factories.actor_named(session, "Nadia"), rules)
        assert (trials.tried, len(trials.of(1)), len(trials.of(2))) == counted
        assert trials.of(3) == []
