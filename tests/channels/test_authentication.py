"""The verdict of our own relay on a sender is read whatever its form; everybody else's is not."""

import pytest

from channels import authentication

RELAY = "mx.saint-aubin.example"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("dmarc=fail header.from=x.example", {"dmarc": "fail", "domain": "x.example"}),
        ("spf=pass smtp.mailfrom=a@x.example; dkim=none", {"spf": "pass", "dkim": "none"}),
        ("dkim/1=pass (2048-bit key; unprotected) header.d=x.example", {"dkim": "pass"}),
        ('dmarc=fail (p=REJECT; (nested) sp=NONE) header.from="x.example"', {"dmarc": "fail", "domain": "x.example"}),
        ('DMARC = Fail reason="dmarc=pass; fine" header.from=x.example', {"dmarc": "fail", "domain": "x.example"}),
        ("none", {}),
        ("dkim=pass (dmarc=fail) header.d=x.example", {"dkim": "pass"}),
        ("iprev=pass; x-tls=pass", {}),
        ("dmarc=pass (unclosed", {"dmarc": "fail"}),
        ("spf=pass (domain of a(b@evil.fr permits) smtp.mailfrom=x; dmarc=fail header.from=x.fr", {"dmarc": "fail"}),
        ("spf=pass (domain of a); dmarc=pass b@evil.fr permits); dmarc=none", {"dmarc": "fail"}),
        ('spf=pass smtp.mailfrom=a"b@evil.fr; dmarc=fail header.from=x.fr', {"dmarc": "fail"}),
        ('spf=pass (of a"b@evil.fr); dmarc=fail reason="no" header.from=x.fr', {"dmarc": "fail"}),
        (
            r"spf=pass (of \"a\(b\"@evil.fr); dmarc=pass header.from=x.fr",
            {"spf": "pass", "dmarc": "pass", "domain": "x.fr"},
        ),
        (";;=;dmarc", {}),
    ],
)
def test_every_form_of_a_verdict_is_read(field: str, expected: dict[str, str]) -> None:
    found = authentication.read([f"{RELAY} 1; {field}"], RELAY.upper())
    assert {name: value for name, value in found.items() if name != "relay"} == expected


def test_only_our_relay_is_read_and_failure_wins_over_what_a_forger_added() -> None:
    ours, forged = f"{RELAY}; dmarc=fail header.from=x.example", f"{RELAY}; dmarc=pass header.from=x.example; spf=pass"
    other = f"{RELAY}.ailleurs.example; dmarc=fail"
    assert authentication.read([other, "dmarc=fail"], RELAY) == {}
    assert authentication.read([ours], "") == {}
    for fields in ([ours, forged], [forged, ours]):
        assert authentication.read(fields, RELAY)["dmarc"] == "fail"
    assert authentication.read([f"{RELAY}; spf=fail", forged], RELAY)["spf"] == "fail"


def test_an_address_is_doubted_when_dmarc_failed_or_speaks_of_another() -> None:
    sound = {"relay": RELAY, "dmarc": "pass", "domain": "x.example"}
    assert not authentication.is_doubted(sound, "a@X.example", "a@x.example")
    assert authentication.is_doubted(sound, "a@y.example", "a@y.example")
    assert authentication.is_doubted(sound | {"dmarc": "fail"}, "a@x.example", "a@x.example")
    assert not authentication.is_doubted({}, "a@x.example", "no-reply@y.example")


@pytest.mark.parametrize("dmarc", ["", "none", "temperror", "permerror"])
def test_without_a_verdict_of_dmarc_something_else_must_vouch_for_the_address(dmarc: str) -> None:
    said = {"relay": RELAY, "dmarc": dmarc} if dmarc else {"relay": RELAY}
    for vouched in ({"spf": "pass"}, {"dkim": "pass"}, {"spf": "fail", "dkim": "pass"}):
        assert not authentication.is_doubted(said | vouched, "a@x.example", "a@X.example")
        assert authentication.is_doubted(said | vouched, "a@x.example", "no-reply@y.example")
    for unvouched in ({}, {"spf": "softfail"}, {"spf": "none", "dkim": "fail"}):
        assert authentication.is_doubted(said | unvouched, "a@x.example", "a@x.example")
