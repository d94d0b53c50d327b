"""Calls on screen: the signed door of the telephone system, who is calling, the log, the people to call back."""

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.infra.runtime import Runtime
from backoffice.models.people import WebSession
from backoffice.services import accounts, citizens
from backoffice.web.access import STAFF_COOKIE
from tests import factories
from tests.conftest import OpenApp
from tests.services import browser, website
from tests.services.browser import Pages
from tests.web.conftest import SignedIn
from tests.web.test_ready_answers import counts_of
from tests.web.visits import words

DOOR = "/telephonie/appels"
SECRET = "un-secret-de-telephonie-assez-long-32"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine."""
    return seeded_sqlite_url


@pytest.fixture
def app(open_app: OpenApp, seeded_url: str) -> Flask:
    """An installation that the telephone system tells of its calls."""
    return open_app(seeded_url, call_webhook_secret=SECRET)


def _now(minutes: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def tell(
    client: FlaskClient,
    *,
    at: float | None = None,
    secret: str = SECRET,
    raw: bytes = b"",
    media_type: str = "application/json",
    **said: Any,
) -> TestResponse:
    """Send what a telephone system says of a call, signed."""
    call = {"id": "a1", "direction": "in", "from": "06 12 34 56 78", "to": "0261914000", "started_at": _now()}
    body = raw or json.dumps(call | said).encode()
    stamp = str(int(time.time() if at is None else at))
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Parvis-Timestamp": stamp, "X-Parvis-Signature": f"sha256={signature}"}
    return client.post(DOOR, data=body, headers=headers, content_type=media_type)


def _somebody(house: Runtime, name: str, phone: str = "+33612345678") -> int:
    with house.database.transaction() as session:
        sender = Sender(given_names=name, family_name="Martin", phone=phone)
        found = citizens.find_or_create(session, factories.the_authority(session).id, sender, ChannelCode.COUNTER)
        assert found is not None
        session.flush()
        return found.id


def test_only_what_was_signed_just_now_comes_in_and_refusals_are_problems(
    app: Flask, open_app: OpenApp, seeded_url: str
) -> None:
    client = app.test_client()
    refusals = {
        403: [tell(client, secret="x" * 32), tell(client, at=time.time() - 301), tell(client, at=time.time() + 301)],
        422: [
            tell(client, raw=b"{"),
            tell(client, raw=b"[]"),
            tell(client, direction="up"),
            tell(client, raw=b" " * 17000),
            tell(client, media_type="text/plain"),
        ],
    }
    refusals[403].append(client.post(DOOR, json={"id": "a1"}))
    for status, answers in refusals.items():
        for answer in answers:
            assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    faults = json.loads(refusals[422][2].data)["errors"]
    assert [one["field"] for one in faults] == ["direction"]
    first, again = tell(client), tell(client)
    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    assert first.json is not None
    assert first.json["known_caller"] is False
    off = open_app(seeded_url).test_client()
    assert (tell(off).status_code, tell(off).content_type) == (404, "application/problem+json")


def test_whoever_calls_is_shown_at_the_desk_and_the_telephone_leads_to_them(
    app: Flask, house: Runtime, signed_in: SignedIn
) -> None:
    jeanne = _somebody(house, "Jeanne")
    sandrine = signed_in("Sandrine")
    assert "On vous appelle" not in sandrine.get("/agents/appels").text
    call_id = (tell(app.test_client()).json or {})["call"]
    shown = sandrine.get("/agents/appels/en-cours").text
    assert "Jeanne Martin" in shown
    mark = re.search(r'name="seen" value="(\w+)"', shown)
    assert mark is not None
    assert sandrine.get(f"/agents/appels/en-cours?seen={mark[1]}").status_code == 204
    for written in ("+33612345678", "%2B33612345678", "tel:%2B33612345678", "06%2012%2034%2056%2078"):
        led = sandrine.get(f"/desk/call?from={written}")
        assert led.headers["Location"] == f"/agents/appel?call={call_id}&usager={jeanne}"
    assert "Jeanne Martin" in sandrine.get(led.headers["Location"]).text
    _somebody(house, "Paul")
    several = sandrine.get("/desk/call?from=0612345678").headers["Location"]
    assert unescape(several) == f"/agents/appel?call={call_id}&person=%2B33612345678"
    assert "Paul Martin" in sandrine.get(several).text
    assert sandrine.get("/desk/call?from=").status_code == 302
    tell(app.test_client(), outcome="missed")
    assert "On vous appelle" not in sandrine.get("/agents/appels/en-cours").text


def test_what_is_noted_of_a_call_says_who_took_it_and_leads_to_it(
    app: Flask, house: Runtime, signed_in: SignedIn
) -> None:
    jeanne = _somebody(house, "Jeanne")
    call_id = (tell(app.test_client(), **{"from": "anonymous"}).json or {})["call"]
    sandrine = signed_in("Sandrine")
    screen = sandrine.get(f"/agents/appel?call={call_id}&usager={jeanne}").text
    assert 'id="appels-en-cours"' in screen
    number = re.search(r'name="submission" value="([^"]+)"', screen)
    assert number is not None
    typed = {"submission": number[1], "call": str(call_id), "usager": str(jeanne), "channel": "phone", "canal": "phone"}
    noted = sandrine.post("/agents/appel", data=typed | {"notes": "Horaires donnés.", "do": "answered"})
    assert noted.status_code == 303
    assert f'href="/agents/appels/{call_id}"' in sandrine.get(noted.headers["Location"]).text
    page = words(sandrine.get(f"/agents/appels/{call_id}").text)
    assert "Horaires donnés." in page
    assert "Agent Sandrine Le Goff" in page
    assert "Jeanne Martin" in page


def test_asking_who_calls_does_not_keep_a_session_alive(app: Flask, house: Runtime, signed_in: SignedIn) -> None:
    sandrine = signed_in("Sandrine")
    before = datetime.now(UTC) - timedelta(minutes=5)

    def seen_at(value: datetime | None = None) -> datetime:
        with house.database.transaction() as session:
            row = session.query(WebSession).one()
            row.seen_at = value or row.seen_at
            return row.seen_at

    seen_at(before)
    sandrine.get("/agents/appels/en-cours")
    assert seen_at() == before
    sandrine.get("/agents/appels")
    assert seen_at() > before


def test_a_missed_call_is_listed_then_called_back(app: Flask, house: Runtime, signed_in: SignedIn) -> None:
    client, julie = app.test_client(), signed_in("Julie")
    jeanne = _somebody(house, "Jeanne")
    call_id = (tell(client, outcome="missed").json or {})["call"]
    tell(client, id="a2", **{"from": "anonymous"}, answered_at=_now(), outcome="answered", duration=3723)
    tell(client, id="a3", direction="out", **{"from": "", "to": "0612345678"})
    for query in ("", "?q=06+12+34", "?q=Martin", "?sens=out", "?issue=answered", "?du=2001-01-01&au=2001-01-02"):
        counts = counts_of(julie.get(f"/agents/appels{query}").text)
        assert len(counts) == 3
        for label, (url, count) in counts.items():
            assert julie.get(url).text.count('<tr role="row"') - (1 if count else 0) == count, (query, label)
    log = words(julie.get("/agents/appels").text)
    assert "1 h 02 min" in log.replace("\u00a0", " ")
    assert "Numéro masqué" in log
    call_page = julie.get(f"/agents/appels/{call_id}").text
    assert "Jeanne Martin" in call_page
    new = unescape(julie.get(f"/agents/rappels/nouveau?call={call_id}").text)
    assert 'value="06 12 34 56 78"' in new.replace("\u00a0", " ")
    typed = {"call": str(call_id), "number": "06 12 34 56 78", "name": "Jeanne", "about": "Son acte", "day": "x"}
    wrong = julie.post("/agents/rappels/nouveau", data=typed)
    assert wrong.status_code == 422
    assert "Son acte" in wrong.text
    service = re.search(r'id="f-department".*?<option value="(\d+)" selected', new, re.DOTALL)
    assert service is not None
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    window = {"day": day, "begin": "09:00", "end": "12:00", "department": service[1]}
    assert julie.post("/agents/rappels/nouveau", data=typed | window).status_code == 303
    counts = counts_of(julie.get("/agents/rappels").text)
    assert [count for _, count in counts.values()] == [1, 0, 0, 1, 0]
    address = re.search(r"/agents/rappels/\d+", julie.get("/agents/rappels").text)
    assert address is not None
    page = words(julie.get(address[0]).text)
    assert "entre 9 h et 12 h" in page.replace("\u00a0", " ")
    late = julie.post(f"{address[0]}/reporter", data=window | {"end": "08:00", "reason": "Pas de réponse."})
    assert late.status_code == 422
    assert "Pas de réponse." in late.text
    assert julie.post(f"{address[0]}/fait", data={"said": "Elle passera."}).status_code == 303
    assert julie.post(f"{address[0]}/fait").status_code == 409
    assert "Manqué, puis rappelé" in julie.get(f"/agents/appels/{call_id}").text
    other = (tell(client, id="b", **{"from": "07 11 22 33 44"}).json or {})["call"]
    julie.post(f"/agents/appels/{other}/personne", data={"citizen": str(jeanne)})
    assert "Jeanne Martin" in julie.get(f"/agents/appels/{other}").text
    assert signed_in("Nadia").get("/agents/appels").status_code == 403


def test_a_call_is_promised_from_a_case_and_from_a_sheet_and_told_when_its_time_comes(
    house: Runtime, signed_in: SignedIn
) -> None:
    jeanne, julie = _somebody(house, "Jeanne"), signed_in("Julie")
    with house.database.transaction() as session:
        case = factories.a_case(session, house, procedure="birth_certificate")
        reference, department_id = case.reference, case.department_id
    places = {f"dossiers/{reference}": f"reference={reference}", f"usagers/{jeanne}": f"citizen={jeanne}"}
    for page, about in places.items():
        assert f"/agents/rappels/nouveau?{about}" in julie.get(f"/agents/{page}").text
        assert "Prévoir un rappel" in julie.get(f"/agents/rappels/nouveau?{about}").text
    today = datetime.now(ZoneInfo("Europe/Paris")).date().isoformat()
    typed = {"reference": reference, "number": "0612345678", "department": str(department_id)}
    of_case = typed | {"day": today, "begin": "00:00", "end": "23:59"}
    assert julie.post("/agents/rappels/nouveau", data=of_case).status_code == 303
    assert reference in julie.get("/agents/rappels").text
    assert "1 rappel à faire maintenant" in words(julie.get("/agents/dossiers").text)
    assert "1 rappel à faire maintenant" in words(julie.get("/agents/appels/en-cours").text)


def test_a_page_that_stays_open_says_who_calls_and_one_key_takes_the_call(
    app: Flask, house: Runtime, open_page: Pages
) -> None:
    jeanne = _somebody(house, "Jeanne")
    with house.database.transaction() as session:
        token = accounts.open_session(session, house, staff=factories.staff_named(session, "Sandrine"))
    with website.running(app) as address:
        page = open_page(375)
        page.context.add_cookies([{"name": STAFF_COOKIE, "value": token, "url": address}])
        page.goto(f"{address}/agents/appels")
        call_id = (tell(app.test_client()).json or {})["call"]
        rings = page.get_by_role("status").filter(has_text="On vous appelle")
        rings.wait_for()
        assert "Jeanne Martin" in rings.inner_text()
        browser.check(page)
        page.get_by_role("link", name="Noter cet appel 06 12 34 56 78").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/agents/appel?call={call_id}&usager={jeanne}")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.get_by_role("status").filter(has_text="On vous appelle").wait_for()
        browser.check(page)
