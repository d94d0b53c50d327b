"""What citizens read of the authority is corrected on one screen, by who may, and shown at once."""

import io
import re
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from backoffice.models.documents import Document
from backoffice.services import citizen_acts, documents, moment
from tests import factories
from tests.infra.test_pdf import check_accessible, check_structure
from tests.usecases.promises import render_next
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import words

PAGE = "/agents/collectivite/"
SAID = {
    "phone": "02 61 91 40 01",
    "email": "accueil@saint-aubin.example",
    "address": "2 place des Tilleuls, 49990 Saint-Aubin-les-Tilleuls",
    "opening_hours": "Du mardi au samedi de 9 h à 12 h",
    "privacy_contact": "dpo@saint-aubin.example",
    "accessibility_contact": "acces@saint-aubin.example",
    "accessibility_state": "partiellement conforme",
    "accessibility_audit": "Audit du 3 mars 2026, 78 % des critères",
    "reopen_within_days": "15",
    "most_mail_megabytes": "5",
}


def test_opening_hours_and_contacts_are_shown_as_soon_as_they_are_corrected(
    app: Flask, client: FlaskClient, signed_in: SignedIn
) -> None:
    assert "Du mardi au samedi" not in client.get("/").text
    admin = signed_in("Nadia")
    assert 'value="30"' in admin.get(PAGE).text
    assert admin.post(PAGE, data=SAID).status_code == 303
    home = words(client.get("/").text)
    assert "du mardi au samedi de 9 h à 12 h" in home
    assert "02 61 91 40 01" in home
    statement = words(client.get("/accessibilite").text)
    assert "partiellement conforme" in statement
    assert "78 % des critères" in statement
    with runtime_of(app).database.reading() as session:
        authority = factories.the_authority(session)
        assert citizen_acts.reopening_days(authority) == 15
        assert authority.details["signatory"] == "Claire Morvan", "what the form does not show stays"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("email", "accueil@"),
        ("privacy_contact", "dpo"),
        ("opening_hours", "x" * 256),
        ("phone", "1" * 65),
        ("accessibility_state", "parfaite"),
        ("reopen_within_days", "-3"),
        ("reopen_within_days", "366"),
        ("reopen_within_days", "²"),
        ("reopen_within_days", ""),
        ("most_mail_megabytes", "0"),
        ("most_mail_megabytes", "26"),
        ("most_mail_megabytes", "0250"),
        pytest.param("most_mail_megabytes", "001" + "0" * 5000, id="most_mail_megabytes-endless"),
        ("calendar", "mars"),
        ("extra_holidays", "le pont de l’Ascension"),
        ("extra_holidays", "31/02"),
        ("extra_holidays", "15/05/0000"),
        ("extra_holidays", "\n".join(f"{day}/{month}" for month in (1, 3, 5) for day in range(1, 28))),
        ("archives_agreement", "x" * 256),
    ],
)
@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(signed_in: SignedIn, field: str, typed: str) -> None:
    page = signed_in("Nadia").post(PAGE, data={**SAID, field: typed})
    assert page.status_code == 422
    assert f'href="#f-{field}"' in page.text
    assert "2 place des Tilleuls" in page.text


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_archives_have_a_name_and_an_identifier_or_neither(signed_in: SignedIn) -> None:
    page = signed_in("Nadia").post(PAGE, data=SAID | {"archives_name": "Archives départementales"})
    assert page.status_code == 422
    assert 'href="#f-archives_identifier"' in page.text


def test_only_an_administrator_corrects_it(signed_in: SignedIn) -> None:
    karim = signed_in("Karim")
    assert karim.get(PAGE).status_code == 403
    assert karim.post(PAGE, data=SAID).status_code == 403


def a_picture(mode: str = "RGBA", size: tuple[int, int] = (1600, 400)) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, (11, 90, 94, 128) if mode == "RGBA" else (11, 90, 94)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_letters_bear_the_logo_given_on_the_page_and_stay_accessible(
    app: Flask, signed_in: SignedIn, tmp_path: Path
) -> None:
    runtime, admin = runtime_of(app), signed_in("Nadia")
    refused = admin.post(f"{PAGE}logo", data={"logo": (io.BytesIO(b"<svg onload=x>"), "logo.svg")})
    assert refused.status_code == 422
    assert "choisissez un PNG ou un JPEG" in words(refused.text)
    assert admin.post(f"{PAGE}logo").status_code == 422
    sent = {"logo": (io.BytesIO(a_picture()), "logo.png")}
    assert admin.post(f"{PAGE}logo", data=sent, content_type="multipart/form-data").status_code == 303
    (address,) = re.findall(rf'src="({PAGE}logo/\w+\.png)"', admin.get(PAGE).text)
    shown = admin.get(address)
    with Image.open(io.BytesIO(shown.data)) as kept:
        assert (kept.mode, kept.size) == ("RGB", (1000, 250))
    assert 'alt="Logo : ' in admin.get("/agents/modeles/refusal/apercu").text, "the preview of a letter has it too"
    factories.a_receipt(runtime)
    render_next(runtime)
    with runtime.database.reading() as session:
        letter = session.scalars(select(Document)).one()
    path = tmp_path / "letter.pdf"
    path.write_bytes(runtime.storage.get(letter.digest))
    check_structure(path, with_data=letter.template in documents.WITH_DATA)
    check_accessible(path)
    listed = subprocess.run(["pdfimages", "-list", path], capture_output=True, text=True, check=True)
    assert " 1000   250 " in listed.stdout
    assert admin.post(PAGE, data=SAID).status_code == 303
    assert "Retirer le logo" in words(admin.get(PAGE).text), "the other form leaves it"
    assert admin.post(f"{PAGE}logo", data={"do": "remove"}).status_code == 303
    assert admin.get(address).status_code == 404
    assert signed_in("Karim").post(f"{PAGE}logo", data={"do": "remove"}).status_code == 403


def test_the_days_when_the_house_is_closed_move_what_is_counted_in_working_days(
    app: Flask, signed_in: SignedIn
) -> None:
    """E33: without the day after Ascension of 2026, the acknowledgement of a mail of 2 May is due a day later."""
    runtime, admin = runtime_of(app), signed_in("Nadia")
    page = admin.get(PAGE).text
    assert "La Réunion" in page
    typed = SAID | {"calendar": "metropole", "extra_holidays": "15/05/2026\r\n24/12\r\n15/5/2026"}
    assert admin.post(PAGE, data=typed).status_code == 303
    assert "24/12\n15/05/2026</textarea>" in admin.get(PAGE).text.replace("\r", "")
    received = datetime(2026, 5, 2, 9, tzinfo=UTC)
    with runtime.database.transaction() as session:
        with moment.at(received):
            case = factories.a_case(session, runtime, received_at=received)
        assert case.acknowledge_by == date(2026, 5, 20)
    assert admin.post(PAGE, data=SAID | {"calendar": "alsace_moselle"}).status_code == 303
    with runtime.database.reading() as session:
        authority = factories.the_authority(session)
        assert (authority.calendar, authority.details["extra_holidays"]) == ("alsace_moselle", ["12-24", "2026-05-15"])
