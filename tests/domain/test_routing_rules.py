"""The first rule that fits decides; each criterion that is set must hold."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backoffice.domain.routing_rules import (
    Arrived,
    Files,
    RoutingRule,
    Where,
    Writer,
    first_that_fits,
    needs_citizen,
    read_words,
)

TODAY = date(2026, 3, 3)
MAIL = Arrived("demandes", "Nid-de-poule", "Un trou dangereux près des lampadaires de l’Église", False, True, TODAY)


def a_rule(**changes: Any) -> RoutingRule:
    return RoutingRule(1, "nid-de-poule", department_id=7, **changes)


@pytest.mark.parametrize(
    ("criteria", "fits"),
    [
        ({"words": ("nid de poule",)}, True),
        ({"words": ("NIDS DE POULE", "trou")}, True),
        ({"words": ("eglise",)}, True),
        ({"words": ("lampadaire",)}, False),
        ({"words": ("lampadaire*",)}, True),
        ({"words": ("rou",)}, False),
        ({"words": ("trou",), "where": Where.SUBJECT}, False),
        ({"words": ("poule",), "where": Where.BODY}, False),
        ({"mailbox": "demandes"}, True),
        ({"mailbox": "mairie"}, False),
        ({"citizen": Writer.KNOWN}, False),
        ({"citizen": Writer.UNKNOWN}, True),
        ({"files": Files.WITH}, True),
        ({"files": Files.WITHOUT}, False),
        ({"words": ("trou",), "mailbox": "mairie"}, False),
        ({"words": ("trou",), "valid_from": date(2026, 3, 4)}, False),
        ({"words": ("trou",), "valid_from": TODAY, "valid_to": TODAY}, True),
        ({"words": ("trou",), "valid_to": date(2026, 3, 2)}, False),
        ({"words": ("trou",), "active": False}, False),
        ({"words": ("*", "(trou")}, False),
    ],
)
def test_a_rule_fits_when_all_it_asks_holds(criteria: dict[str, Any], fits: bool) -> None:
    assert a_rule(**criteria).fits(MAIL) is fits


def test_the_first_of_the_list_decides_and_none_is_an_answer() -> None:
    rules = [a_rule(words=("chat",)), replace(a_rule(words=("trou",)), id=2), replace(a_rule(words=("trou",)), id=3)]
    found = first_that_fits(rules, MAIL)
    assert found is not None
    assert found.id == 2
    assert first_that_fits(rules, replace(MAIL, body="")) is None


def test_the_writer_is_looked_up_only_for_rules_that_ask() -> None:
    assert not needs_citizen([a_rule(words=("trou",))], TODAY)
    assert needs_citizen([a_rule(citizen=Writer.KNOWN)], TODAY)
    assert not needs_citizen([a_rule(citizen=Writer.KNOWN, valid_to=date(2026, 3, 2))], TODAY)


def test_words_are_read_as_they_are_typed() -> None:
    assert read_words("nid-de-poule, trou ;chaussée\n  trou\n*, -") == ("nid-de-poule", "trou", "chaussée")
