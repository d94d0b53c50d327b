"""The screen of a hall: installed by a code, bounded to a few pages, and nobody finds what the one before wrote."""

import re
import time
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from backoffice.domain import kiosks
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.incoming import ChannelCode
from backoffice.models.authorities import Authority
from backoffice.models.cases import CaseEvent, Message
from backoffice.models.drafts import Draft
from backoffice.models.kiosks import Kiosk
from backoffice.queries import catalogue
from backoffice.services import accounts, history_text, procedures
from backoffice.web import access, limits
from backoffice.web.access import STAFF_COOKIE, Audience
from backoffice.web.kiosk_bounds import FORGOTTEN_AFTER, SERVED
from backoffice.web.kiosk_device import COOKIE
from backoffice.web.kiosk_markup import bounded
from tests import factories
from tests.conftest import OpenApp
from tests.web import citizen_visits
from tests.web.citizen_visits import HOLE, JEANNE, runtime_of
from tests.web.conftest import SignedIn
from tests.web.kiosk_visits import TEXTS, a_kiosk, code_of
from tests.web.visits import words


def test_a_code_makes_a_device_a_kiosk_once(app: Flask, client: FlaskClient, signed_in: SignedIn) -> None:
    admin = signed_in("Paul")  # the technical administrator carries tablets around
    assert admin.post("/agents/bornes/nouvelle", data={"place": " "}).status_code == 422
    code = code_of(admin.post("/agents/bornes/nouvelle", data={"place": "Hall", "printer": "yes"}).text)
    assert "À installer" in admin.get("/agents/bornes/").text
    assert client.post("/borne", data={"code": "AAAA-AAAA"}).status_code == 422
    agent = signed_in("Karim")  # somebody used the tablet before
    assert agent.post("/borne", data={"code": code}).status_code == 303
    assert agent.get_cookie(COOKIE) is not None
    assert agent.get_cookie(STAFF_COOKIE) is None, "nobody stays signed in on it"
    assert "En service" in admin.get("/agents/bornes/").text
    assert client.post("/borne", data={"code": code}).status_code == 422, "the code served"
    late = code_of(admin.post("/agents/bornes/nouvelle", data={"place": "Mairie annexe"}).text)
    with runtime_of(app).database.transaction() as session:
        session.execute(update(Kiosk).values(code_ends_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert client.post("/borne", data={"code": late}).status_code == 422
    assert admin.post("/agents/bornes/nouvelle", data={"place": "Hall"}).status_code == 422, "two of the same name"


def test_a_kiosk_that_is_withdrawn_or_replaced_opens_nothing_more(app: Flask, signed_in: SignedIn) -> None:
    device, admin = a_kiosk(app, signed_in), signed_in("Nadia")
    with runtime_of(app).database.reading() as session:
        (number,) = session.scalars(select(Kiosk.id))
    other = app.test_client()
    code = code_of(admin.post(f"/agents/bornes/{number}/code").text)
    assert "Bonjour à tous" in device.get("/borne").text, "until the other device is there"
    assert other.post("/borne", data={"code": code}).status_code == 303
    assert "Installer une borne" in device.get("/borne").text
    assert admin.post(f"/agents/bornes/{number}/retrait").status_code == 303
    assert "Installer une borne" in other.get("/borne").text
    assert "Se connecter" in other.get("/").text, "a browser like any other"
    for act in ("code", "imprimante", "retrait"):
        assert admin.post(f"/agents/bornes/{number}/{act}").status_code == 404
    assert "Retirée" in admin.get("/agents/bornes/").text


def test_a_kiosk_of_another_authority_is_none_here(app: Flask, signed_in: SignedIn) -> None:
    device = a_kiosk(app, signed_in)
    with runtime_of(app).database.transaction() as session:
        other = Authority(code="ailleurs", kind="commune", name="Ailleurs", created_at=datetime.now(UTC))
        session.add(other)
        session.flush()
        session.execute(update(Kiosk).values(authority_id=other.id))
    assert "Installer une borne" in device.get("/borne").text


def test_its_texts_are_those_of_the_administrators_by_language(app: Flask, signed_in: SignedIn) -> None:
    device = a_kiosk(app, signed_in)
    page = device.get("/borne").text
    assert "<h1>Bonjour à tous</h1>" in page
    assert "Demandez à l’accueil" in page, "what nobody wrote is said by the house"
    assert re.findall(r"/demarches/(\w+)/demande", page) == ["room_booking", "street_issue"]
    english = device.get("/borne?langue=en").text
    assert "<h1>Hello everybody</h1>" in english
    assert "Touch what you want to do" in words(english)
    assert 'lang="en"' in device.get("/borne/aide").text, "the language lasts for the visit"
    assert 'lang="fr"' in device.get("/borne").text, "and goes with it"
    admin = signed_in("Nadia")
    for wrong in ({"idle_seconds": "10"}, {"idle_seconds": "x"}, {"welcome_fr": "a" * 501}):
        assert admin.post("/agents/bornes/textes", data=TEXTS | wrong).status_code == 422
    kept = words(admin.get("/agents/reglages/historique?ecran=kiosks").text)
    assert "Réservation d’une salle municipale, Signalement d’un problème dans la rue" in kept
    assert signed_in("Karim").get("/agents/bornes/").status_code == 403


def test_a_kiosk_opens_its_own_pages_and_no_other(app: Flask, signed_in: SignedIn) -> None:
    device = a_kiosk(app, signed_in)
    for rule in app.url_map.iter_rules():
        found = access.audience_of(app, rule.endpoint)
        if rule.arguments or rule.endpoint in SERVED or found is None or found[0] is Audience.MACHINE:
            continue
        answer = device.open(rule.rule, method="GET" if "GET" in (rule.methods or ()) else "POST")
        assert answer.headers.get("Location") == "/borne", rule.rule
    assert device.get("/demarches/gdpr_request/demande").headers["Location"] == "/borne", "not chosen for the hall"
    assert device.get("/demarches/street_issue/demande").status_code == 200
    assert device.get("/sante/vivant").status_code == 200


def test_no_page_of_a_kiosk_leads_out_of_it(app: Flask, signed_in: SignedIn) -> None:
    device = a_kiosk(app, signed_in)
    sent = citizen_visits.send(device, HOLE | JEANNE)
    receipt = sent.headers["Location"]
    reference = receipt.rpartition("/")[2]
    pages = ["/borne", "/borne/aide", "/demarches/street_issue/demande", "/suivi", receipt, f"/suivi/{reference}"]
    pages += ["/donnees-personnelles", "/accessibilite", "/mentions-legales", "/cette-page-n-existe-pas"]
    for address in pages[1:] + pages[:1]:
        page = device.get(address)
        leaving = [one for one in re.findall(r'<a\b[^>]*href="([^"]*)"', page.text) if not re.match(r"(#|/(?!/))", one)]
        assert leaving == [], address
        assert page.headers["Cache-Control"] == "no-store", address
        assert "autocomplete=" not in page.text.replace('autocomplete="off"', ""), address
        assert 'type="file"' not in page.text, address
        assert "brouillon" not in page.text, address


def test_links_buttons_and_forms_that_lead_out_are_taken_away_and_words_stay() -> None:
    page = (
        '<a href="tel:0261914001">02 61 91 40 01</a> <a class="btn" href="https://ailleurs.example">Partir</a>'
        '<a href="/demarches" target="_blank">Accueil</a><a href="/suivi" download>Suivre</a><a id="ici">Ancre</a>'
        '<button formaction="/sortie">Plus tard</button><form action="/sortie">x</form>'
        '<form action="/suivi"><input autocomplete="email"></form>'
    )

    def leads_to(address: str) -> str | None:
        return {"/demarches": "", "/suivi": address}.get(address)

    assert bounded(page, leads_to, "/borne") == (
        '<span>02 61 91 40 01</span> <a href="/borne">Accueil</a><a href="/suivi">Suivre</a><a id="ici">Ancre</a>'
        '<form action="/suivi" autocomplete="off"><input></form>'
    )


def test_a_request_of_a_kiosk_says_so_and_its_receipt_is_large(app: Flask, signed_in: SignedIn) -> None:
    device = a_kiosk(app, signed_in, printer="yes")
    form = device.get("/demarches/street_issue/demande").text
    assert "Cette borne ne prend pas de fichier" in form
    page = device.get(citizen_visits.send(device, HOLE | JEANNE, page=form).headers["Location"]).text
    assert re.search(r"<dt>Référence</dt><dd>20\d\d-\d{6}</dd>", page)
    assert re.search(r"<dt>Code de suivi</dt><dd>\w{4}-\w{4}</dd>", page)
    assert "data-print" in page
    assert "accusé de réception à l’adresse <strong>jeanne.martin@courriel.example" in page
    with runtime_of(app).database.reading() as session:
        message = session.scalars(select(Message)).one()
        assert (message.channel, message.facts) == (ChannelCode.WEB_FORM, {"kiosk": "Hall de la mairie"})
        opened = session.scalars(select(CaseEvent).where(CaseEvent.kind == "opened")).one()
        assert history_text.detail(opened) == "En ligne, à la borne «\u00a0Hall de la mairie\u00a0»"
    plain = a_kiosk(app, signed_in, "Annexe")
    page = plain.get(citizen_visits.send(plain, HOLE | JEANNE).headers["Location"]).text
    assert "data-print" not in page


def test_the_next_person_finds_nothing_of_the_one_before(app: Flask, signed_in: SignedIn) -> None:
    device = a_kiosk(app, signed_in)
    receipt = citizen_visits.send(device, HOLE | JEANNE).headers["Location"]
    reference = receipt.rpartition("/")[2]
    first = device.get("/demarches/room_booking/demande").text
    booking = citizen_visits.send(device, {"event": "anniversaire"}, "room_booking", first)
    draft = booking.headers.get("Location", "")
    assert device.get(f"/suivi/{reference}").status_code == 200
    assert device.get("/borne").status_code == 200  # « Terminer »
    gone = [receipt, f"/suivi/{reference}", "/brouillons/abc/etape-1", *([draft] if "/brouillons/" in draft else [])]
    for address in gone:
        assert device.get(address).headers["Location"] == "/borne", address
    assert device.get(f"/suivi?reference={reference}").headers["Location"] == "/suivi"
    with runtime_of(app).database.reading() as session:
        assert session.scalars(select(Draft)).all() == []
    for address in ("/suivi", "/demarches/room_booking/demande", "/demarches/street_issue/demande"):
        page = device.get(address).text
        assert reference not in page
        assert "Martin" not in page


def test_a_form_in_steps_is_kept_for_the_visit_alone(app: Flask, signed_in: SignedIn) -> None:
    device, admin = a_kiosk(app, signed_in), signed_in("Nadia")
    assert admin.post("/agents/bornes/textes", data=TEXTS | {"procedure_host_certificate": "yes"}).status_code == 303
    page = device.get("/demarches/host_certificate/demande").text
    assert "Étape 1 sur" in words(page)
    assert 'type="file"' not in page
    assert "Les pièces à joindre" not in words(page), "no page of documents either"
    sent = citizen_visits.send(device, {"host.family_name": "Martin"}, "host_certificate", page)
    assert sent.status_code == 422
    with runtime_of(app).database.reading() as session:
        draft = session.scalars(select(Draft)).one()
        assert draft.expires_at - draft.saved_at == timedelta(hours=1)
    assert device.get(f"/brouillons/{draft.key}", follow_redirects=True).status_code == 200
    device.get("/borne")
    assert device.get(f"/brouillons/{draft.key}").headers["Location"] == "/borne"
    with runtime_of(app).database.reading() as session:
        assert session.scalars(select(Draft)).all() == []


def test_a_kiosk_whose_database_is_away_keeps_watching_its_screen(app: Flask, signed_in: SignedIn) -> None:
    device, database = a_kiosk(app, signed_in), runtime_of(app).database
    with database.transaction() as session:
        session.execute(text("ALTER TABLE kiosks RENAME TO kiosks_away"))
    page = device.get("/cette-page-n-existe-pas")
    assert page.status_code == 404
    assert "js/kiosk.js" in page.text
    assert "mailto:" not in page.text


def test_a_visit_that_nobody_ends_is_over_after_a_while(app: Flask, signed_in: SignedIn) -> None:
    device = a_kiosk(app, signed_in)
    assert device.get("/borne/presence").status_code == 204
    with device.session_transaction() as kept:
        kept["kiosk_visit"] = int(time.time()) - FORGOTTEN_AFTER
    assert device.get("/borne/presence").headers["Location"] == "/borne"
    assert device.get("/demarches/street_issue/demande").headers["Location"] == "/borne"


def test_a_kiosk_and_its_town_hall_do_not_count_for_each_other(
    open_app: OpenApp, seeded_sqlite_url: str, signed_in: SignedIn
) -> None:
    app = open_app(seeded_sqlite_url, public_posts_per_minute=6)
    app.config["WTF_CSRF_ENABLED"] = False

    def sign_in(first_name: str) -> FlaskClient:
        client, runtime = app.test_client(), runtime_of(app)
        with runtime.database.transaction() as session:
            token = accounts.open_session(session, runtime, staff=factories.staff_named(session, first_name))
        client.set_cookie(STAFF_COOKIE, token)
        return client

    device, office = a_kiosk(app, sign_in), app.test_client()
    wrong = {"reference": "2026-000001", "code": "AAAA-AAAA"}
    for _ in range(10):
        last = office.post("/suivi", data=wrong)
    assert last.status_code == 429
    assert device.post("/suivi", data=wrong).status_code == 403, "the hall goes on"
    for _ in range(10):
        last = device.post("/suivi", data=wrong)
    assert last.status_code == 429, "and has its own limit"
    assert limits.REQUESTS_BY_HOUR.amount >= 60


def test_a_kiosk_follows_a_request_without_showing_its_messages(app: Flask, signed_in: SignedIn) -> None:
    device, runtime = a_kiosk(app, signed_in), runtime_of(app)
    received = factories.a_receipt(runtime)
    data = {"reference": received.reference, "code": received.tracking_code}
    page = device.post("/suivi", data=data, follow_redirects=True).text
    assert f"Demande <strong>{received.reference}</strong>" in page
    assert "Terminer et tout effacer" in page
    for kept_for_home in ("Écrire au service", "Vos documents", "<h2>Messages", "Retirer ma demande"):
        assert kept_for_home not in page


def test_what_a_kiosk_cannot_do_is_not_offered(app: Flask, signed_in: SignedIn) -> None:
    page = signed_in("Nadia").get("/agents/bornes/").text
    assert "procedure_street_issue" in page
    assert "procedure_association_grant" not in page, "its files are compulsory"
    assert "procedure_electoral_registration" not in page, "never by internet"
    with runtime_of(app).database.reading() as session:
        mine = factories.the_authority(session).id
        street = procedures.definition_of(catalogue.get_procedure(session, mine, "street_issue"))
    bare = kiosks.without_files(street)
    assert kiosks.asks_for_files(street)
    assert not kiosks.asks_for_files(bare)
    assert bare.max_attachments == 0
    assert all(one.fields for one in bare.steps)
    inner = Field("photo", FieldKind.FILES, "Photo", required=True)
    block = Field("items", FieldKind.BLOCK, "Objets", fields=(inner,))
    hidden = kiosks.replace(street, steps=(kiosks.replace(street.steps[0], fields=(block,)),))
    assert not kiosks.fits(hidden), "a file in a repetition counts"


def test_any_other_browser_is_offered_to_become_one(client: FlaskClient) -> None:
    assert client.get("/borne/aide").headers["Location"] == "/borne"
    assert "Installer une borne" in client.get("/borne").text
