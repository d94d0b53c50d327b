"""The editor of letters: the list, the words, the preview in a frame and in PDF, the versions; by those who may."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from backoffice.models.documents import LetterPreview, LetterTemplate
from backoffice.services import letter_previews, outbox
from tests import factories
from tests.services import website
from tests.services.browser import Pages, axe, is_wider_than_screen
from tests.usecases.promises import LEASE
from tests.web.conftest import SignedIn
from tests.web.visits import STAFF, words

ADMIN, JURIST = "Nadia", "Antoine"
EDITOR = "/agents/modeles/missing_documents"


def saved(app: Flask) -> list[LetterTemplate]:
    with app.extensions["parvis"].database.reading() as session:
        return list(session.scalars(select(LetterTemplate).order_by(LetterTemplate.id)))


def print_previews(app: Flask) -> None:
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        waiting = select(outbox.Job.id).where(outbox.Job.kind == outbox.JobKind.PREVIEW_LETTER)
        claims = [outbox.claim(session, job_id, LEASE) for job_id in session.scalars(waiting).all()]
    for claim in claims:
        assert claim is not None
        letter_previews.render(runtime, claim)


def test_an_administrator_writes_words_for_a_procedure_and_finds_them_in_the_list(
    app: Flask, signed_in: SignedIn
) -> None:
    client = signed_in(ADMIN)
    assert "Texte livré avec Parvis" in client.get("/agents/modeles/").text
    answer = client.get("/agents/modeles/texte?template=missing_documents&procedure=terrace_permit&language=en")
    page = client.get(answer.headers["Location"]).text
    assert "Nous examinons votre demande" in page
    form = {"procedure": "terrace_permit", "language": "en", "title": "Terraces", "body": "Dear {{ usager }},"}
    assert client.post(EDITOR, data=form).status_code == 303
    assert [(one.procedure_code, one.language, one.number) for one in saved(app)] == [("terrace_permit", "en", 1)]
    listed = words(client.get("/agents/modeles/").text)
    assert "anglais « Terraces », version 1, Nadia" in listed


def test_a_placeholder_that_does_not_exist_is_refused_beside_the_text_and_everything_is_kept(
    app: Flask, signed_in: SignedIn
) -> None:
    page = signed_in(ADMIN).post(EDITOR, data={"title": "Essai", "body": "Avant le {{ date_limit }}."})
    assert page.status_code == 422
    assert "« date_limit » n’existe pas dans ce courrier" in page.text
    assert "Avant le {{ date_limit }}." in page.text
    assert 'value="Essai"' in page.text
    assert saved(app) == []


def test_the_placeholders_of_the_letter_are_offered_with_what_they_are(signed_in: SignedIn) -> None:
    page = words(signed_in(ADMIN).get(EDITOR).text)
    assert "{{ date_limite }} Dernier jour pour envoyer les pièces" in page


def test_the_frame_shows_the_letter_with_the_words_being_typed(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    shown = client.get(f"{EDITOR}/apercu")
    assert "Camille Exemple" in shown.text
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    typed = client.post(f"{EDITOR}/apercu", data={"body": "Avant le {{ date_limite }}, **svp**."})
    assert re.search(r"<p>Avant le \w+ \d+", typed.text)
    faulty = client.post(f"{EDITOR}/apercu", data={"body": "{{ 7 * 7 }}"})
    assert "Aperçu impossible" in faulty.text
    assert "49" not in words(faulty.text)
    sheet = client.get("/agents/modeles/feuille.css").text
    assert "app:" not in sheet
    font = re.search(r'url\("([^"]+woff2)"\)', sheet)
    assert font is not None
    with client.get(font[1]) as answer:
        assert answer.status_code == 200


def test_a_jurist_tries_the_words_on_a_real_case(app: Flask, signed_in: SignedIn) -> None:
    reference = factories.a_receipt(app.extensions["parvis"]).reference
    client = signed_in(JURIST)
    shown = client.post(f"{EDITOR}/apercu", data={"body": "Bonjour {{ usager }}.", "reference": reference})
    assert "Bonjour Jeanne Martin." in shown.text
    missing = client.post(f"{EDITOR}/apercu-pdf", data={"title": "x", "body": "Bonjour.", "reference": "2020-000001"})
    assert missing.status_code == 422
    assert 'value="2020-000001"' in missing.text
    assert 'name="reference"' not in signed_in(ADMIN).get(EDITOR).text


def test_a_pdf_is_printed_by_a_worker_and_shown_to_the_person_who_asked(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    asked = client.post(f"{EDITOR}/apercu-pdf", data={"body": "Bonjour {{ usager }}."})
    address = asked.headers["Location"]
    assert "en cours d’impression" in client.get(address).text
    print_previews(app)
    printed = client.get(address)
    assert printed.mimetype == "application/pdf"
    assert printed.data.startswith(b"%PDF")
    named = printed.headers["Content-Disposition"]
    assert named.isascii(), "a header that browsers and servers can read, whatever the name of the letter"
    assert "filename*=UTF-8''Aper%C3%A7u%20%E2%80%93" in named
    assert signed_in(JURIST).get(address).status_code == 404
    with app.extensions["parvis"].database.reading() as session:
        assert session.scalars(select(LetterPreview.template)).all() == ["missing_documents"]


def test_an_older_version_is_said_again(app: Flask, signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    for body in ("Un.", "Deux."):
        client.post(EDITOR, data={"title": "Texte", "body": body})
    page = client.get(EDITOR).text
    assert "Reprendre la version 1" in page
    assert client.post(f"/agents/modeles/versions/{saved(app)[0].id}/reprise").status_code == 303
    assert [one.body for one in saved(app)] == ["Un.", "Deux.", "Un."]


def test_agents_who_write_no_template_see_neither_menu_nor_page(signed_in: SignedIn) -> None:
    assert "/agents/modeles/" in signed_in(ADMIN).get("/agents/", follow_redirects=True).text
    client = signed_in("Karim")
    assert "/agents/modeles/" not in client.get("/agents/", follow_redirects=True).text
    for address in ("/agents/modeles/", EDITOR, f"{EDITOR}/apercu", "/agents/modeles/feuille.css"):
        assert client.get(address).status_code == 403
    assert client.post(EDITOR, data={"title": "x", "body": "x"}).status_code == 403


@pytest.mark.parametrize(
    "address", ["/agents/modeles/licorne", "/agents/modeles/letter", f"{EDITOR}?procedure=licorne"]
)
def test_what_does_not_exist_is_not_found(signed_in: SignedIn, address: str) -> None:
    assert signed_in(ADMIN).get(address).status_code == 404


@pytest.mark.browser
def test_the_letter_follows_what_is_typed_and_every_page_is_accessible(
    seeded_sqlite_url: str, tmp_path: Path, open_page: Pages
) -> None:
    app = create_app(factories.some_settings(seeded_sqlite_url, tmp_path))
    with website.running(app) as address:
        page = open_page(1280)
        page.goto(f"{address}/agents/connexion?next=/agents/modeles/")
        page.get_by_label("Adresse électronique professionnelle").fill(STAFF[ADMIN])
        page.get_by_label("Mot de passe").fill(factories.PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/agents/modeles/")
        for path in ("/agents/modeles/", EDITOR):
            page.goto(address + path)
            for width in (1280, 375):
                page.set_viewport_size({"width": width, "height": 900})
                assert axe(page) == []
                assert not is_wider_than_screen(page)
        letter = page.frame_locator(".letter-frame")
        letter.get_by_role("heading", name="Ce qu’il nous manque").wait_for()
        page.locator("#f-body").fill("Pensez-y ")
        page.get_by_role("button", name="{{ usager }}").click()
        letter.get_by_text("Pensez-y Camille Exemple").wait_for()
        page.locator("#f-body").press_sequentially(" {{ licorne }}")
        letter.get_by_text("« licorne » n’existe pas").wait_for()
        page.locator("#f-body").fill("Bonjour.")
        page.get_by_label("Nom de ce texte").fill("Essai")
        page.get_by_role("button", name="Aperçu en PDF").click()
        page.wait_for_url(f"{address}/agents/modeles/apercus/*")
        assert axe(page) == []
    app.extensions["parvis"].database.dispose()
