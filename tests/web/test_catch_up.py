"""After an outage: blank forms in one PDF, and sheets of paper entered with their true day and hour."""

import html
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backoffice.domain.late_entry import read_hour, read_late_entry
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.catalogue import PaperForm
from backoffice.services import paper_forms
from backoffice.services.outbox import JobKind
from tests.usecases.promises import claim_next, jobs_by_state
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

SHEETS, CATCH_UP = "/agents/courrier/feuilles-de-secours", "/agents/courrier/rattrapage"
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 27, 11, 0, tzinfo=UTC)


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough for pages: no SELECT here is written for one of them."""
    return seeded_sqlite_url


@pytest.fixture
def desk(signed_in: SignedIn) -> FlaskClient:
    """The browser of Sandrine, the day after."""
    return signed_in("Sandrine")


def send(client: FlaskClient, **fields: Any) -> TestResponse:
    """Post the screen; « requester__email » stands for the input « requester.email »."""
    two_days_ago = (datetime.now(PARIS) - timedelta(days=2)).date().isoformat()
    usual = {
        "submission": hidden(client.get(CATCH_UP).text, "submission"),
        "do": "save",
        "late": "yes",
        "canal": "phone",
        "late_on": two_days_ago,
        "late_at": "14:30",
        "late_reason": "Panne du réseau",
        "requester.family_name": "Belkacem",
        "subject": "Bac cassé",
    }
    return client.post(CATCH_UP, data={**usual, **{name.replace("__", "."): text for name, text in fields.items()}})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"late_on": "28/03/2026"}, "late_on"),
        ({"late_on": "27/03/2026", "late_at": "12:01"}, "late_on"),
        ({"late_on": "11/03/2026"}, "late_on"),
        ({"late_at": "25:00"}, "late_at"),
        ({"late_at": "quatorze heures"}, "late_at"),
        ({"late_reason": " "}, "late_reason"),
    ],
)
def test_a_sheet_tells_a_day_and_an_hour_that_have_been_and_why_so_late(changed: dict[str, str], field: str) -> None:
    typed = {"late_on": "20/03/2026", "late_at": "14h30", "late_reason": "Panne"} | changed
    at, errors = read_late_entry(typed, NOW, PARIS, most_days=15)
    assert (at, list(errors)) == (None, [field])


def test_an_hour_is_read_as_it_is_written_on_paper() -> None:
    assert [str(read_hour(text)) for text in ("14:30", "9h", "9 h 05")] == ["14:30:00", "09:00:00", "09:05:00"]
    typed = {"late_on": "20/03/2026", "late_at": "9h", "late_reason": "Panne"}
    assert read_late_entry(typed, NOW, PARIS, 15) == (datetime(2026, 3, 20, 8, 0, tzinfo=UTC), {})


def test_a_sheet_entered_later_counts_from_its_own_hour_and_its_history_says_so(
    desk: FlaskClient, house: Runtime
) -> None:
    answer = send(desk)
    assert answer.status_code == 303, words(answer.text)
    with house.database.reading() as session:
        case = session.scalars(select(Case)).one()
    assert case.received_at.astimezone(PARIS).strftime("%H:%M") == "14:30"
    assert case.received_on == (datetime.now(PARIS) - timedelta(days=2)).date()
    assert case.registered_at - case.received_at > timedelta(days=1)
    assert case.channel == "phone"
    assert html.unescape(desk.get(answer.location).text).count(f"canal=phone&late_on={case.received_on}") == 1
    history = words(desk.get(f"/agents/dossiers/{case.reference}").text)
    assert "à 14:30, saisie plus tard : Panne du réseau" in history
    too_old = send(desk, late_on="01/01/2026", notes="Tout est gardé.")
    assert (too_old.status_code, "remonte à 15 jours au plus" in words(too_old.text)) == (422, True)
    assert ">\nTout est gardé.</textarea>" in too_old.text


def test_a_sheet_left_halfway_is_a_draft_until_it_is_recorded(desk: FlaskClient, house: Runtime) -> None:
    looked = send(desk, do="look", requester__family_name="Zidane", notes="Une poubelle brûlée.")
    key = hidden(looked.text, "submission")
    assert f"brouillon={key}" not in looked.text
    link = f"{CATCH_UP}?brouillon={key}"
    assert link in desk.get(CATCH_UP).text
    assert link in desk.get("/agents/accueil").text
    again = desk.get(link).text
    assert hidden(again, "submission") == key
    assert 'value="14:30"' in again
    assert ">\nUne poubelle brûlée.</textarea>" in again
    assert send(desk, submission=key).status_code == 303
    assert link not in desk.get("/agents/accueil").text


def test_the_sheets_chosen_come_as_one_pdf_once_they_are_printed(desk: FlaskClient, house: Runtime) -> None:
    assert "s’impriment encore" in words(desk.get(SHEETS).text)
    assert "Il manque" in words(desk.post(SHEETS, data={"demarche": ["street_issue"]}).text)
    with house.database.reading() as session:
        titles = list(session.scalars(select(PaperForm.title).order_by(PaperForm.id)))
    for title in titles:
        claim = claim_next(house, JobKind.PRINT_PAPER_FORM)
        if title == "Signalement d’un problème dans la rue":
            paper_forms.print_form(house, claim)
    assert jobs_by_state(house, JobKind.PRINT_PAPER_FORM).get("queued", 0) == 0
    assert desk.post(SHEETS, data={}).status_code == 422
    answer = desk.post(SHEETS, data={"demarche": ["street_issue"]})
    with pikepdf.open(io.BytesIO(answer.data)) as file:
        assert len(file.pages) >= 1
    assert answer.headers["Content-Disposition"].endswith('filename="feuilles-de-secours.pdf"')
