"""Citizens' pages in the language of who reads them: chosen, asked for by the browser, or French."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice import catalogue as starter
from backoffice.domain import procedure_translations
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.languages import LANGUAGES
from backoffice.infra import speech
from tests import factories
from tests.conftest import OpenApp
from tests.mails import sent
from tests.usecases import promises
from tests.web.citizen_visits import HOLE, JEANNE, all_cases, form_path, runtime_of, send
from tests.web.conftest import SignedIn
from tests.web.step_visits import go_on, up_to_summary
from tests.web.test_follow_up import open_case
from tests.web.visits import post, words


@pytest.fixture
def app(open_app: OpenApp, seeded_sqlite_url: str) -> Flask:
    """Nothing here depends on the engine."""
    return open_app(seeded_sqlite_url)


def french_of(code: str) -> list[str]:
    """Every sentence of the catalogue of this language that is said otherwise there than in French."""
    known = speech.of(code).catalogue._catalog  # type: ignore[attr-defined]
    said = {source: text for source, text in known.items() if isinstance(source, str) and source and source != text}
    return [source for source in said if len(source.split()) > 2 and "%(" not in source and "{" not in source]


def left_in_french(page: str, code: str = "en") -> list[str]:
    """The French sentences that a page still says, of those that its language says otherwise."""
    # Ready answers are in French, and marked so.
    page = re.sub(r'<details class="disclosure" lang="fr".*?</details>', " ", page, flags=re.DOTALL)
    said = words(page).replace("\u00a0", " ")
    procedures = [text for one in starter.load_procedures() for text in procedure_translations.texts(one)]
    known = french_of(code) + [text for text in procedures if code == "en" and len(text.split()) > 2]
    kept = {text for one in starter.load_procedures() for text in one.translations["en"].values()}
    kept |= {one.name for one in starter.load_departments()}
    return [text for text in known if text.replace("\u00a0", " ") in said and text not in kept]


def test_the_language_is_chosen_by_the_address_and_remembered_or_asked_for_by_the_browser(
    app: Flask, client: FlaskClient, signed_in: SignedIn
) -> None:
    french = client.get("/")
    assert (french.headers["Content-Language"], '<html lang="fr">' in french.text) == ("fr", True)
    assert {"Accept-Language", "Cookie"} <= set(french.vary)
    assert 'href="/?langue=ar" lang="ar" hreflang="ar" dir="rtl">العربية</a>' in french.text
    asked = app.test_client().get("/suivi", headers={"Accept-Language": "uk-UA,uk;q=0.9,en;q=0.5"})
    assert asked.headers["Content-Language"] == "uk"
    assert "Відстежити запит" in asked.text
    assert app.test_client().get("/", headers={"Accept-Language": "de"}).headers["Content-Language"] == "fr"
    assert '<html lang="ar" dir="rtl">' in client.get("/demarches?q=acte&langue=ar").text
    page = client.get("/suivi", headers={"Accept-Language": "en"}).text
    assert '<html lang="ar" dir="rtl">' in page
    assert client.get("/nulle-part").headers["Content-Language"] == "ar"
    assert client.get("/?langue=klingon").headers["Content-Language"] == "ar"
    desk = signed_in("Sandrine").get("/agents", headers={"Accept-Language": "en"}, follow_redirects=True)
    assert '<html lang="fr">' in desk.text
    assert 'class="languages' not in desk.text
    assert "Content-Language" not in desk.headers
    lost = signed_in("Sandrine").get("/nulle-part", headers={"Accept-Language": "en"})
    assert (lost.status_code, '<html lang="fr">' in lost.text, "Page introuvable" in lost.text) == (404, True, True)


def test_the_links_to_other_languages_never_leave_the_site(client: FlaskClient) -> None:
    for path in ("/%5Cevil.example/x", "/%09/evil.example", "/%0a/evil.example", "/a%3Fb%23c"):
        wrong = client.get(path)
        assert wrong.status_code == 404
        assert 'href="/?langue=en"' in wrong.text, path
    gone = client.get("/demarches/a%3Fb%23c%5C?q=1")
    assert gone.status_code == 404
    assert 'href="/demarches/a%3Fb%23c%5C?q=1&amp;langue=en"' in gone.text


def test_procedures_stay_under_one_theme_when_only_some_are_translated(client: FlaskClient) -> None:
    french, arabic = (client.get(f"/?langue={code}").text.partition('class="themes"')[2] for code in ("fr", "ar"))
    assert "Cadre de vie et voirie" in french
    assert "Cadre de vie et voirie" not in arabic
    assert "Bac à déchets" in arabic
    assert arabic.count('class="theme"') == french.count('class="theme"') > 3


def test_a_request_is_made_wholly_in_english_and_reaches_the_agents_in_french(
    app: Flask, client: FlaskClient, signed_in: SignedIn
) -> None:
    assert "Adresse choisie" in client.get(form_path()).text
    pages = ["/?langue=en", "/demarches", "/demarches?par=moment", "/demarches?q=hole", "/demarches/street_issue"]
    pages += [form_path(), form_path("birth_certificate"), "/suivi", "/connexion", "/plan-du-site", "/accessibilite"]
    pages += ["/donnees-personnelles", "/mentions-legales", "/modalites", "/nowhere"]
    for path in pages:
        assert left_in_french(client.get(path).text) == [], path
    assert "Report of a problem in the street" in client.get("/demarches?q=pothole").text
    assert "Address chosen" in client.get(form_path()).text
    refused = send(client, {"description": "x" * 5000})
    assert refused.status_code == 422
    assert left_in_french(refused.text) == []
    assert "Choose an answer for “What is it about?”." in words(refused.text)
    assert "Shorten it to " in words(refused.text)
    sent = send(client, {**HOLE, **JEANNE})
    receipt = client.get(sent.location).text
    assert left_in_french(receipt) == []
    assert "Report of a problem in the street" in words(receipt)
    (case,) = all_cases(app)
    assert (case.subject, case.channel) == ("Signalement d’un problème dans la rue", ChannelCode.WEB_FORM)
    followed = f"/suivi/{case.reference}"
    for path in (followed, f"{followed}/corriger", f"{followed}/retirer"):
        assert left_in_french(client.get(path).text) == [], path
    assert "The period runs from receipt, on" in words(client.get(followed).text)
    page = words(signed_in("Karim").get(f"/agents/dossiers/{case.reference}").text)
    assert "De quoi s’agit-il ?" in page.replace("\u00a0", " ")
    assert "What is it about?" not in page


def test_a_form_in_steps_is_filled_in_arabic_and_its_french_stays_where_nobody_translated(
    app: Flask, client: FlaskClient
) -> None:
    client.get("/?langue=ar")
    page = up_to_summary(client)
    assert '<html lang="ar" dir="rtl">' in page
    assert "راجعوا إجاباتكم" in page
    assert left_in_french(page, "ar") == []
    # The words of the authority have no Arabic yet: they are there in French, and never as a key.
    assert "Subvention à une association" in page
    receipt = go_on(client, page, {})
    assert "لقد وصلنا طلبكم" in receipt
    assert left_in_french(receipt, "ar") == []
    (case,) = all_cases(app)
    assert case.subject == "Subvention à une association"


FRENCH = '<span lang="fr" dir="auto">'


def test_what_nobody_translated_is_marked_as_french_and_nothing_else_is(client: FlaskClient) -> None:
    french = FRENCH
    for path in ("/", "/demarches", "/demarches/association_grant", form_path("association_grant"), "/plan-du-site"):
        assert french not in client.get(f"{path}?langue=fr").text, path
        assert french not in client.get(f"{path}?langue=en").text, path
        assert f"{french}Subvention à une association</span>" in client.get(f"{path}?langue=ar").text, path
    form = client.get(form_path("association_grant")).text
    assert f"{french}Numéro RNA</span>" in form
    assert f"{french}الشارع" not in form
    title = re.search(r"<title>.*</title>", form)
    assert title
    assert "span" not in title[0]


def test_our_own_sentences_that_nobody_translated_are_marked_where_a_mark_can_stand(client: FlaskClient) -> None:
    page = client.get("/modalites?langue=uk").text
    assert f"<h1>{FRENCH}Comment nous envoyer une demande</span></h1>" in page
    assert re.search(r"<title>Comment nous envoyer une demande [^<]*</title>", page)
    assert f"{FRENCH}Autrement</span></th>" in page
    assert 'data-label="Autrement"' in page
    for path in ("/connexion", "/plan-du-site", "/accessibilite", "/donnees-personnelles", "/nulle-part"):
        for code in ("ar", "uk", "en", "fr"):
            found = client.get(f"{path}?langue={code}").text
            assert "\ue000" not in found
            assert "\ue001" not in found
            assert found.count("<span") == found.count("</span>")
    assert client.get("/connexion?langue=en").text.count(FRENCH) == 0


def test_the_french_that_a_case_keeps_is_marked_and_what_people_wrote_is_not(app: Flask, client: FlaskClient) -> None:
    child = {"family_name": "Prénoms d’ici", "given_names": "Léo"}
    answers = {"child_born": True, "child": [child], "wishes": ["moulin", "familiale"]}
    with runtime_of(app).database.transaction() as session:
        said: dict[str, Any] = {"procedure": "childcare_place", "subject": "Demande de place en crèche"}
        case = factories.a_case(session, runtime_of(app), answers=answers, **said)
    open_case(client, case)
    followed = f"/suivi/{case.reference}"
    for path in (followed, f"{followed}/corriger"):
        for code in ("fr", "en"):
            assert 'dir="auto">Demande de place' not in client.get(f"{path}?langue={code}").text
    page = client.get(f"{followed}?langue=ar").text
    assert f"<h1>{FRENCH}Demande de place en crèche</span></h1>" in page
    assert f"{FRENCH}Enfant</span>" in page
    assert f"{FRENCH}Nom de l’enfant</span></dt>" in page
    assert page.count(FRENCH + "Crèche ") == len(answers["wishes"])
    assert "<dd>Prénoms d’ici</dd>" in page
    title = re.search(r"<title>.*</title>", page)
    assert title
    assert "span" not in title[0]
    correction = client.get(f"{followed}/corriger").text
    assert re.search(
        r'<option value="Enfant 1 – Nom de l’enfant" lang="fr" dir="auto">[^<>]*Nom de l’enfant', correction
    )
    assert re.search(r'<option value="Autre chose">[^<>]+</option>', correction)
    wrong = send(client, {"child_born": "yes"}, "childcare_place")
    assert wrong.status_code == 422
    quoted = f"{FRENCH}À partir de quelle date\u00a0?</span>"
    assert wrong.text.count(quoted) == 3  # the question, what is wrong beside it and at the head of the page
    assert "&lt;span" not in wrong.text + page + correction


def test_what_a_script_reads_is_in_the_language_too(client: FlaskClient) -> None:
    client.get("/?langue=pt")
    wrong = client.get("/nada", headers={"Accept": "application/json"})
    assert wrong.json is not None
    assert wrong.json["title"] == "Página não encontrada"
    assert json.loads(wrong.text)["detail"].startswith("Esta página não existe")


def test_who_signs_out_still_reads_their_language(client: FlaskClient) -> None:
    client.get("/?langue=en")
    assert post(client, "/deconnexion", {}, token_from="/connexion").status_code == 303
    assert "You are signed out of this site." in client.get("/").text


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "fr"])
def test_dates_and_numbers_are_written_as_the_language_does(code: str, client: FlaskClient) -> None:
    page = words(client.get(f"/demarches/terrace_permit?langue={code}").text)
    promise = {"en": "15 working days", "ar": "15 يوم عمل", "pt": "15 dias úteis", "uk": "15 робочих днів"}[code]
    assert promise in page
    form = words(client.get(form_path("terrace_permit")).text)
    assert re.search({"en": r"\d\sMB", "ar": r"\d\sميغابايت", "pt": r"\d\sMB", "uk": r"\d\sМБ"}[code], form)


def test_mails_begin_with_their_gist_in_the_language_of_the_request_and_the_french_stays_whole(
    app: Flask, client: FlaskClient
) -> None:
    runtime = runtime_of(app)
    client.get("/?langue=ar")
    send(client, {**HOLE, **JEANNE})
    (case,) = all_cases(app)
    assert case.language == "ar"
    promises.render_next(runtime)
    mail = sent(runtime)[-1]
    said, _, french = mail.text.partition("* * *")
    assert mail.subject.startswith("لقد وصلنا طلبكم / Accusé")
    assert "النص الفرنسي أسفله هو المعتمد قانونًا." in said
    assert f"/suivi?reference={case.reference} ،" in said
    assert "votre demande" not in said
    assert "prévu à l’article" in french.replace("\u00a0", " ")
    assert '<div lang="ar" dir="rtl"' in mail.html
    client.get("/?langue=en")
    post(client, "/connexion/courriel", {"email": "olena@courriel.example"}, token_from="/connexion")
    link = sent(runtime)[-1]
    assert link.subject == "Your sign-in link / Votre lien de connexion"
    assert link.text.startswith("Your sign-in link\n\nTo sign in, open this link, then press the button: http")
    assert "Vous avez demandé à vous connecter" in link.text
    enter = path_in(link.text)
    post(client, enter, {}, token_from=enter)
    post(client, "/mon-espace/connexions/courriel", {"email": "olena@autre.example"}, token_from="/mon-espace")
    link = sent(runtime)[-1]
    assert link.subject.startswith("Confirm this address / ")
    assert post(client, path_in(link.text), {}, token_from=path_in(link.text)).status_code == 303
    told = sent(runtime)[-1]
    assert (told.recipient, told.subject.partition(" / ")[0]) == (
        "olena@courriel.example",
        "The address of your space has changed",
    )


def path_in(text: str) -> str:
    """The way in that a mail gives first."""
    found = re.search(r"https?://[^/]+(/\S+)", text)
    assert found
    return found[1]
