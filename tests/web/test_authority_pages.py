"""Name, colour, hours, legal texts and channels: set on a screen, said on every page that tells them."""

from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient

from backoffice.domain import colours, opening_hours
from backoffice.services import documents, upgrading
from backoffice.web.access import STAFF_COOKIE
from backoffice.web.pages import today_here
from tests import factories
from tests.conftest import OpenApp
from tests.services import website
from tests.services.browser import Pages, check
from tests.web import everything
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import words

HERE = "/agents/collectivite"


def test_a_colour_that_is_not_readable_is_refused_with_the_nearest_that_is(
    app: Flask, client: FlaskClient, signed_in: SignedIn
) -> None:
    admin = signed_in("Nadia")
    asked = {"name": "Ville de Saint-Aubin", "short_name": "St-Aubin", "colour": "#f5a800"}
    page = admin.post(f"{HERE}/identite", data=asked)
    assert page.status_code == 422
    said = words(page.text)
    assert "de 1,7, il en faut au moins 4,5 (WCAG 2.1, critère 1.4.3). La plus proche qui se lit est #8e6100." in said
    assert 'value="#f5a800"' in page.text, "what was typed stays"
    assert "/apparence/" not in client.get("/").text
    assert admin.post(f"{HERE}/identite", data={**asked, "nearest": "#8e6100"}).status_code == 303
    home = client.get("/").text
    assert "Ville de Saint-Aubin" in home
    assert 'href="/apparence/8e6100.css"' in home
    sheet = client.get("/apparence/8e6100.css")
    assert "--primary: #8e6100;" in sheet.text
    assert "immutable" in sheet.headers["Cache-Control"]
    for unreadable in ("f5a800", "rouge", "8e6100;"):
        assert client.get(f"/apparence/{unreadable}.css").status_code == 404
    with runtime_of(app).database.reading() as session:
        assert documents.authority_values(factories.the_authority(session))["colour"] == "#8e6100"
    preview = admin.get("/agents/modeles/refusal/apercu").text
    assert "feuille.css?couleur=8e6100" in preview
    assert "h1, h2, h4, a, .sender .name" in admin.get("/agents/modeles/feuille.css?couleur=8e6100").text
    for colour in ("#ffffff", "#ffff00", "#00ff00", "#e30613"):
        assert colours.judge(colours.judge(colour).nearest).is_readable
    # Empty: the colour of the house again.
    assert admin.post(f"{HERE}/identite", data={"name": "Ville de Saint-Aubin"}).status_code == 303
    assert "/apparence/" not in client.get("/").text


def test_the_hours_of_the_week_and_the_days_that_differ_are_said_everywhere(
    app: Flask, client: FlaskClient, signed_in: SignedIn
) -> None:
    admin, today = signed_in("Nadia"), _today(app)
    soon, later = today + timedelta(days=3), today + timedelta(days=90)
    week = {f"day_{day}": "8h30-12:00, 13 h 30 à 17 h" for day in range(1, 6)} | {"day_6": "9 h – 12 h"}
    special = f"{soon:%d/%m/%Y} : fermé, inventaire\n{later:%d/%m/%Y} : 9 h – 10 h"
    bad = admin.post(f"{HERE}/horaires", data={**week, "day_2": "le matin", "special_hours": "Noël : fermé"})
    assert bad.status_code == 422
    assert 'value="le matin"' in bad.text
    assert "« Noël : fermé » : écrivez par exemple" in words(bad.text)
    assert admin.post(f"{HERE}/horaires", data={**week, "special_hours": special}).status_code == 303
    said = "Du lundi au vendredi de 8 h 30 à 12 h et de 13 h 30 à 17 h, le samedi de 9 h à 12 h"
    home = words(client.get("/").text)
    assert said in home
    assert "Exceptionnellement fermé le" in home
    assert "(inventaire)" in home
    assert "9 h à 10 h" not in home, "said thirty days before"
    again = words(admin.get(f"{HERE}/horaires").text)
    assert f"{soon:%d/%m/%Y} : fermé, inventaire" in again
    # The form of contacts leaves the hours of the week alone.
    contacts = {"phone": "02 61 91 40 01", "reopen_within_days": "30", "most_mail_megabytes": "5"}
    assert admin.post(f"{HERE}/", data={**contacts, "opening_hours": "Jamais"}).status_code == 303
    assert said in words(client.get("/").text)
    contact = upgrading._contact(runtime_of(app))
    assert contact is not None
    assert contact["details"]["special_hours"], "the page of maintenance says them too"
    assert opening_hours.say_week({}) == ""


def test_legal_texts_and_closed_doors_are_told_to_citizens(client: FlaskClient, signed_in: SignedIn) -> None:
    admin = signed_in("Nadia")
    texts = {"host": "Hébergeur SA, 1 rue du Port", "legal_text": "Crédits : la ville.\n\nAutre <b>texte</b>."}
    bad = admin.post(f"{HERE}/textes", data={**texts, "court_city": "Nantes", "documents_contact": "prada@"})
    assert bad.status_code == 422
    assert "Crédits : la ville." in words(bad.text)
    assert "Donnez la ville et l’adresse du tribunal" in words(bad.text)
    more = {"accessibility_text": "Les plans de rue.", "privacy_text": "Nos caméras."}
    assert admin.post(f"{HERE}/textes", data={**texts, **more}).status_code == 303
    legal = client.get("/mentions-legales").text
    assert "Hébergeur SA" in legal
    assert "Autre &lt;b&gt;texte&lt;/b&gt;." in legal
    assert "Les plans de rue." in client.get("/accessibilite").text
    assert "Nos caméras." in client.get("/donnees-personnelles").text
    closed = {"open_web_form": "no", "open_phone": "no", "said_phone": "Le standard est fermé jusqu’à lundi."}
    bad = admin.post(f"{HERE}/canaux", data=closed)
    assert bad.status_code == 422
    assert "Dites aux usagers pourquoi" in words(bad.text)
    assert "Le standard est fermé" in bad.text
    every = {f"{kind}_{code}": "no" for kind in ("open", "said") for code in CODES}
    assert "Laissez au moins un chemin ouvert" in words(admin.post(f"{HERE}/canaux", data=every).text)
    said = "Le site est en travaux jusqu’à mardi : écrivez-nous."
    assert admin.post(f"{HERE}/canaux", data={**closed, "said_web_form": said}).status_code == 303
    page = words(client.get("/demarches/street_issue").text)
    assert said in page
    assert "Faire ma demande" not in page
    assert "Le standard est fermé jusqu’à lundi." in page
    assert "Le standard est fermé jusqu’à lundi." in words(client.get("/accessibilite").text)
    for who in ("Sandrine", "Paul"):
        assert signed_in(who).get(f"{HERE}/canaux").status_code == 403


CODES = ("web_form", "email", "phone", "counter", "letter")


def test_the_screens_of_the_authority_are_accessible(
    open_app: OpenApp, seeded_sqlite_url: str, open_page: Pages
) -> None:
    app = open_app(seeded_sqlite_url)
    app.config["WTF_CSRF_ENABLED"] = False
    with runtime_of(app).database.reading() as session:
        nadia = factories.staff_named(session, "Nadia").id
    admin = everything.browser_of(app, staff_id=nadia)
    admin.post(f"{HERE}/identite", data={"name": "Ville de Saint-Aubin", "colour": "#8a1c5b"})
    cookie = admin.get_cookie(STAFF_COOKIE)
    assert cookie is not None
    with website.running(app) as base:
        for width in (1280, 375):
            page = open_page(width)
            page.goto(base)
            check(page)
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base}])
            for path in ("/identite", "/horaires", "/textes", "/canaux", "/../reglages/", "/../reglages/historique"):
                page.goto(f"{base}{HERE}{path}")
                check(page)


def _today(app: Flask) -> date:
    with app.test_request_context():
        return today_here()
