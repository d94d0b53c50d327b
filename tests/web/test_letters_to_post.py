"""Letters that no mail brings wait in one tray: printed together, noted as posted in one click, taken back."""

import io
import re

import pikepdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.infra.runtime import Runtime
from backoffice.models.batches import Batch
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases as case_queries
from backoffice.services import batch_post, moment
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next, render_next
from tests.web.conftest import SignedIn
from tests.web.visits import hidden, words

TRAY = "/agents/courrier/a-poster"
HOME = {"address_line": "3 rue des Lilas", "postcode": "49990", "city": "Saint-Aubin-les-Tilleuls"}


@pytest.fixture
def desk(signed_in: SignedIn) -> FlaskClient:
    """The browser of Sandrine, at the post."""
    return signed_in("Sandrine")


@pytest.fixture
def letters(house: Runtime) -> list[int]:
    """Two acknowledgements to post, after one that a mail brings and a receipt handed over at the counter."""
    factories.a_receipt(house)
    at_home = Sender(family_name="Belkacem", **HOME)
    factories.a_receipt(house, channel=ChannelCode.COUNTER, sender=at_home)
    factories.a_receipt(house, channel=ChannelCode.LETTER, sender=at_home)
    factories.a_receipt(house, channel=ChannelCode.LETTER, sender=Sender(family_name="Sans-Adresse"))
    for _ in range(4):
        render_next(house)
    with house.database.reading() as session:
        return list(session.scalars(select(Document.id).order_by(Document.id)))[2:]


def boxes(page: str) -> list[int]:
    """The letters that a page lists, each with its box to tick."""
    return [int(one) for one in re.findall(r'type="checkbox" name="courrier" value="([0-9]+)"', page)]


def test_the_tray_holds_what_no_mail_brings_until_it_is_posted(
    desk: FlaskClient, house: Runtime, letters: list[int]
) -> None:
    page = desk.get(TRAY).text
    assert boxes(page) == letters
    assert "2 courriers à poster" in words(page)
    assert "À compléter à la main" in page
    with house.database.transaction() as session:
        # A mail that came back is a letter to post too.
        mail = session.scalars(select(OutgoingMail)).one()
        mail.sent_at = mail.bounced_at = moment.now()
        first = mail.files["documents"][0]
    assert boxes(desk.get(f"{TRAY}?etat=non-remis").text) == [first]
    assert boxes(desk.get(f"{TRAY}?courriers=acknowledgement").text) == [first, *letters]
    assert "Rien n’est à poster" in desk.get(f"{TRAY}?courriers=refusal").text
    today = moment.today("Europe/Paris").isoformat()
    refused = desk.post(f"{TRAY}/postes", data={"courrier": letters, "on": "2199-01-01"})
    assert refused.status_code == 422
    assert "ne peut pas être dans le futur" in words(refused.text)
    answer = desk.post(f"{TRAY}/postes", data={"courrier": letters, "on": today})
    after = desk.get(answer.location).text
    assert boxes(after) == [first]
    assert "2 courriers notés postés" in words(after)
    with house.database.reading() as session:
        case = session.scalars(select(Case).where(Case.id == 3)).one()
        assert case.acknowledged_at is not None
    back = desk.post(f"{TRAY}/annuler", data={"courrier": letters})
    assert boxes(desk.get(back.location).text) == [first, *letters]
    with house.database.reading() as session:
        case = session.scalars(select(Case).where(Case.id == 3)).one()
        assert case.acknowledged_at is None
        kinds = [event.kind for event in case_queries.list_events(session, case.id)]
        assert kinds[-2:] == ["acknowledged", "posting_taken_back"]


def test_one_pdf_holds_the_letters_chosen_and_notes_them_posted_together(
    desk: FlaskClient, house: Runtime, letters: list[int]
) -> None:
    form = {"form_key": hidden(desk.get(TRAY).text, "form_key"), "tout": "1"}
    answers = [desk.post(f"{TRAY}/fichier", data=form) for _ in range(2)]
    assert answers[0].location == answers[1].location  # a double click is one file
    batch_post.join(house, claim_next(house, JobKind.JOIN_BATCH))
    page = desk.get(answers[0].location).text
    assert "Télécharger les courriers à poster (2" in words(page)
    with house.database.reading() as session:
        batch = session.scalars(select(Batch)).one()
        with pikepdf.open(io.BytesIO(desk.get(f"/agents/envois/{batch.id}/a-poster.pdf").data)) as file:
            assert len(file.pages) >= 4  # a sheet before each of the two groups
    posted = desk.post(f"{TRAY}/envoi/{batch.id}", data={"on": moment.today("Europe/Paris").isoformat()})
    assert "2 courriers notés postés" in words(desk.get(posted.location).text)
    assert desk.post(f"{TRAY}/fichier", data={"form_key": "x"}).status_code == 422
