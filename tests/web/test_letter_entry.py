"""Agents register the letters that arrive: dates, number, case; the next one of a pile in one key."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backoffice.domain.legal_events import Piece
from backoffice.infra.runtime import Runtime
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.documents import Document
from backoffice.queries import cases as case_queries
from backoffice.services import missing_pieces, moment
from tests import factories
from tests.web.citizen_visits import PICTURE
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

LETTER = "/agents/courrier/"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough for pages: what differs is tried in tests/usecases/test_arrived_letters.py."""
    return seeded_sqlite_url


@pytest.fixture
def desk(signed_in: SignedIn) -> FlaskClient:
    """The browser of Sandrine, at the post."""
    return signed_in("Sandrine")


def days_ago(count: int) -> date:
    return moment.today("Europe/Paris") - timedelta(days=count)


def send(client: FlaskClient, do: str = "save", *, seen: str = "", **fields: Any) -> TestResponse:
    """Post the screen; « requester__email » stands for the input « requester.email »."""
    page = seen or client.get(LETTER).text
    usual = {"received_on": days_ago(0).isoformat(), "nature": "simple"}
    typed = {name.replace("__", "."): value for name, value in fields.items()}
    return client.post(LETTER, data={"submission": hidden(page, "submission"), "do": do, **usual, **typed})


def letters_of(runtime: Runtime) -> list[ArrivedLetter]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(ArrivedLetter).order_by(ArrivedLetter.id)))


def the_case(runtime: Runtime) -> Case:
    with runtime.database.reading() as session:
        return session.scalars(select(Case)).one()


def test_a_letter_opens_a_case_that_counts_from_its_arrival(desk: FlaskClient, house: Runtime) -> None:
    arrived, posted = days_ago(4), days_ago(6)
    fields: dict[str, Any] = {
        "received_on": f"{arrived:%d/%m/%Y}",
        "posted_on": posted.isoformat(),
        "dated_on": days_ago(7).isoformat(),
        "nature": "with_receipt",
        "registered_number": "1A 123 456 7890 1",
        "demarche": "birth_certificate",
        "requester__family_name": "Belkacem",
        "notes": "Demande l’acte de son père.",
        "attachments": (io.BytesIO(PICTURE), "lettre.png"),
    }
    page = desk.get(LETTER).text
    answer = send(desk, seen=page, **fields)
    fields["attachments"] = (io.BytesIO(PICTURE), "lettre.png")
    assert send(desk, seen=page, **fields).location == answer.location  # a double click is one letter
    (letter,) = letters_of(house)
    case = the_case(house)
    assert (case.channel, case.received_on, case.posted_on) == ("letter", arrived, posted)
    assert case.registered_at.date() == datetime.now(UTC).date()
    assert (letter.number, letter.registered_number, letter.case_id) == (1, "1A12345678901", case.id)
    with house.database.reading() as session:
        assert session.scalars(select(Attachment.name)).all() == ["lettre.png"]
        # Acknowledged by a letter, for want of an e-mail.
        written = session.scalars(select(Document)).one()
        assert (written.template, written.mail_template) == ("acknowledgement", "")
    shown = desk.get(answer.location).text
    assert f"CA-{arrived.year}-000001" in shown
    assert "1A12345678901" in shown
    history = desk.get(f"/agents/dossiers/{case.reference}").text
    assert f"CA-{arrived.year}-000001, recommandé avec avis de réception" in words(history)


def test_the_next_letter_of_a_pile_keeps_day_nature_and_procedure(desk: FlaskClient) -> None:
    answer = send(
        desk,
        received_on=days_ago(3).isoformat(),
        nature="dropped",
        demarche="street_issue",
        requester__phone="0241223344",
    )
    link = re.search(r'href="([^"]+)" autofocus', desk.get(answer.location).text)
    assert link
    following = desk.get(link[1].replace("&amp;", "&")).text
    assert f'value="{days_ago(3).isoformat()}"' in following
    assert '<option value="dropped" selected>' in following
    assert '<option value="street_issue" selected>' in following
    assert "0241223344" not in following


def test_a_sheet_like_the_sender_is_shown_before_another_is_made(desk: FlaskClient, house: Runtime) -> None:
    factories.a_receipt(house)
    same = {"requester__family_name": "MARTIN", "requester__given_names": "Jeanne", "subject": "Trou"}
    asked = send(desk, **same)
    assert (asked.status_code, 'value="choose:1"' in asked.text) == (422, True)
    assert letters_of(house) == []
    page = desk.get(LETTER).text
    answers = [send(desk, seen=page, seen_people=hidden(asked.text, "seen_people"), **same) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert len(letters_of(house)) == 1


def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(desk: FlaskClient, house: Runtime) -> None:
    answer = send(desk, received_on=days_ago(-1).isoformat(), nature="", notes="Un long résumé.")
    assert answer.status_code == 422
    for field in ("received_on", "nature", "person", "subject"):
        assert f'href="#f-{field}"' in answer.text, field
    assert ">\nUn long résumé.</textarea>" in answer.text
    assert letters_of(house) == []


def test_a_letter_with_missing_pieces_joins_its_case_on_the_day_it_arrived(desk: FlaskClient, house: Runtime) -> None:
    receipt = factories.a_receipt(
        house, procedure="birth_certificate", received_at=datetime.now(UTC) - timedelta(days=9)
    )
    other = factories.a_receipt(house, sender=factories.an_incoming().sender.__class__(family_name="Autre"))
    with house.database.transaction() as session:
        case = case_queries.claim_case_by_id(session, receipt.case_id or 0)
        julie = factories.actor_named(session, "Julie")
        piece = Piece("identity", "Pièce d’identité", "Article 1er", blocking=True)
        asked = missing_pieces.ask_for_pieces(session, julie, case, [piece], _next_working_day(session, case))
        asked.on = days_ago(5)
        citizen_id, number = case.citizen_id, asked.id
    page = send(desk, "look", usager=citizen_id).text
    assert receipt.reference in page
    assert "Pièce d’identité" in page
    common = {"seen": page, "usager": citizen_id, "notes": "La pièce demandée.", "received_on": days_ago(2).isoformat()}
    assert send(desk, joins=other.reference, **common).status_code == 422  # of somebody else
    answer = send(desk, joins=receipt.reference, piece=f"{number}.identity", **common)
    assert answer.status_code == 303, words(answer.text)
    with house.database.reading() as session:
        joined = session.get_one(Case, receipt.case_id)
        assert joined.status == "under_review"
        received = [event for event in case_queries.list_events(session, joined.id) if event.kind == "pieces_received"]
        assert [event.data["on"] for event in received] == [days_ago(2).isoformat()]
        message = session.scalars(select(Message).where(Message.channel == "letter")).one()
        assert (message.case_id, message.body) == (joined.id, "La pièce demandée.")
    assert [letter.case_id for letter in letters_of(house)] == [receipt.case_id]


def _next_working_day(session: Any, case: Case) -> date:
    calendar = missing_pieces.clock.calendar_of(factories.the_authority(session))
    return calendar.next_working_day(days_ago(-20))
