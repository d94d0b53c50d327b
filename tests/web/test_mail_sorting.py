"""An agent places the mail that the house would not, and sees only what they may."""

import html
import re
from dataclasses import replace
from email.message import EmailMessage

import pytest
from flask import Flask

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.queries import cases
from tests import factories, mails
from tests.channels import samples
from tests.web.conftest import SignedIn
from tests.web.visits import words

PAGE = "/agents/courriels"
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
STRANGER = "Paul Inconnu <paul@ailleurs.example>"


@pytest.fixture
def house(app: Flask) -> Runtime:
    """The house that the web application serves, with a Maildir."""
    tools: Runtime = app.extensions["parvis"]
    return mails.with_maildirs(tools)


def park(house: Runtime, text: str = "Je réponds pour elle.", **options: object) -> tuple[Case, int]:
    """A case, and a stranger's message that quotes its reference."""
    mails.receive(house, mails.a_mail())
    (case, *_) = mails.cases(house)
    subject = f"Dossier {case.reference}"
    line = mails.receive(house, mails.a_mail(text, From=STRANGER, Subject=subject, **options))[-1]  # type: ignore[arg-type]
    return case, line.id


def test_a_parked_mail_stands_beside_its_candidate(house: Runtime, signed_in: SignedIn) -> None:
    case, _ = park(house, files={"plan.txt": b"ici"})
    page = words(signed_in("Sandrine").get(PAGE).text)
    for said in ("Je réponds pour elle.", "Paul Inconnu <paul@ailleurs.example>", "plan.txt", "La référence est citée"):
        assert said in page
    for said in (case.reference, "Jeanne Martin <jeanne.martin@courriel.example>", "trou profond"):
        assert said in page


def test_accepting_the_candidate_joins_it(house: Runtime, signed_in: SignedIn) -> None:
    case, line = park(house)
    client = signed_in("Sandrine")
    assert client.post(f"{PAGE}/{line}/rattacher", data={"reference": case.reference}).status_code == 303
    page = words(client.get(PAGE).text)
    assert f"Le courriel est rattaché au dossier {case.reference}." in page
    assert "Aucun courriel à trier" in page
    assert "Je réponds pour elle." in words(client.get(f"/agents/dossiers/{case.reference}").text)


def test_a_wrong_reference_is_told_beside_its_field_and_kept(house: Runtime, signed_in: SignedIn) -> None:
    _, line = park(house)
    client = signed_in("Sandrine")
    answer = client.post(f"{PAGE}/{line}/rattacher", data={f"reference_{line}": "2026-999999"})
    assert answer.status_code == 422
    assert "Vérifiez la référence" in answer.text
    assert 'value="2026-999999"' in answer.text
    answer = client.post(f"{PAGE}/{line}/rattacher", data={f"reference_{line}": " "})
    assert "Indiquez la référence du dossier" in answer.text
    assert mails.outcomes(house)[-1] == "parked"


def test_another_case_is_named_by_its_reference(house: Runtime, signed_in: SignedIn) -> None:
    _, line = park(house)
    mails.receive(house, mails.a_mail("Un lampadaire."))
    other = mails.cases(house)[-1]
    signed_in("Sandrine").post(f"{PAGE}/{line}/rattacher", data={f"reference_{line}": other.reference})
    assert mails.lines(house)[1].case_id == other.id


def test_a_new_case_is_opened_and_the_second_click_changes_nothing(house: Runtime, signed_in: SignedIn) -> None:
    _, line = park(house)
    client = signed_in("Karim")
    client.post(f"{PAGE}/{line}/nouveau")
    client.post(f"{PAGE}/{line}/nouveau")
    assert len(mails.cases(house)) == 2
    assert "a déjà été trié" in client.get(PAGE).text


def test_a_dismissed_mail_is_found_among_those_put_aside_and_taken_back(house: Runtime, signed_in: SignedIn) -> None:
    case, line = park(house)
    client = signed_in("Sandrine")
    client.post(f"{PAGE}/{line}/ecarter")
    page = words(client.get(f"{PAGE}?vue=ecartes").text)
    assert f"Dossier {case.reference}" in page
    assert "Écarté par un agent" in page
    client.post(f"{PAGE}/{line}/reprendre", data={"vue": "ecartes"})
    mails.receive(house)
    assert mails.outcomes(house)[-1] == "parked"


def test_a_mail_without_a_subject_is_named_so_among_those_put_aside(house: Runtime, signed_in: SignedIn) -> None:
    (line,) = mails.receive(house, b"")
    client = signed_in("Sandrine")
    client.post(f"{PAGE}/{line.id}/ecarter", data={"vue": "quarantaine"})
    assert "Original du courriel sans objet" in words(client.get(f"{PAGE}?vue=ecartes").text)


def test_the_original_and_the_files_come_out_as_they_came_in(house: Runtime, signed_in: SignedIn) -> None:
    _, line = park(house, files={"plan.txt": b"ici"})
    client = signed_in("Sandrine")
    original = client.get(f"{PAGE}/{line}/original")
    assert original.data == house.storage.get(mails.lines(house)[-1].raw_digest)
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"{PAGE}/{line}/pieces/1").data == b"ici"
    assert client.get(f"{PAGE}/{line}/pieces/2").status_code == 404


def test_seeing_a_mail_beside_a_restricted_case_is_written_in_its_history(house: Runtime, signed_in: SignedIn) -> None:
    case, line = park(house)
    with house.database.transaction() as session:
        held = session.get_one(Case, case.id)
        held.restricted, held.department_id = True, min(factories.actor_named(session, "Karim").department_ids)
    assert "Je réponds pour elle." in signed_in("Karim").get(PAGE).text
    with house.database.reading() as session:
        last = cases.list_events(session, case.id)[-1]
    assert (last.kind, last.data["mail_line_id"]) == ("read_restricted", line)


def test_a_mail_about_a_restricted_case_is_not_shown_to_others(house: Runtime, signed_in: SignedIn) -> None:
    case, line = park(house)
    with house.database.transaction() as session:
        session.get_one(Case, case.id).restricted = True
    client = signed_in("Sandrine")
    page = client.get(PAGE).text
    assert "Je réponds pour elle." not in page
    assert re.search(r"À trier\s*<span class=\"tab-count\">0<", page)
    assert client.get(f"{PAGE}/{line}/original").status_code == 404
    assert client.post(f"{PAGE}/{line}/nouveau").status_code == 303
    assert mails.outcomes(house)[-1] == "parked"


def test_a_forged_mail_says_so_where_it_waits_and_on_the_case_that_takes_it(
    house: Runtime, signed_in: SignedIn
) -> None:
    (box,) = house.settings.mailboxes
    house = replace(house, settings=replace(house.settings, mailboxes=(replace(box, authserv_id="mx.example"),)))
    case, line = park(house, Authentication_Results="mx.example; dmarc=fail header.from=ailleurs.example")
    client = signed_in("Karim")
    assert "Expéditeur non authentifié Rien ne prouve que ce courriel vient de paul@ailleurs.example" in words(
        client.get(PAGE).text
    )
    client.post(f"{PAGE}/{line}/rattacher", data={"reference": case.reference})
    assert words(client.get(f"/agents/dossiers/{case.reference}").text).count("Expéditeur non authentifié") == 1


@pytest.mark.parametrize(
    ("found", "is_said"),
    [("spf=none smtp.mailfrom=a; dkim=none; dmarc=none", True), ("spf=pass smtp.mailfrom=a; dmarc=none", False)],
)
def test_a_mail_that_nothing_vouches_for_says_so_on_its_case(
    house: Runtime, signed_in: SignedIn, found: str, is_said: bool
) -> None:
    (box,) = house.settings.mailboxes
    house = replace(house, settings=replace(house.settings, mailboxes=(replace(box, authserv_id="mx.example"),)))
    mails.receive(house, mails.a_mail(Authentication_Results=f"mx.example; {found}"))
    page = words(signed_in("Karim").get(f"/agents/dossiers/{mails.cases(house)[0].reference}").text)
    assert ("Expéditeur non vérifié Notre serveur n’a rien trouvé" in page) is is_said
    assert "Expéditeur non authentifié" not in page


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("odd-smime-chiffre", "Courriel chiffré Le texte de ce courriel est chiffré : personne ici"),
        ("odd-smime-signe", "cette signature n’a pas été vérifiée"),
        ("odd-invitation", "Invitation : Réunion de quartier, le 12/03/2025 à 18:30, Salle des fêtes Rien"),
    ],
)
def test_the_case_says_what_a_mail_is_beside_its_words(
    house: Runtime, signed_in: SignedIn, sample: str, said: str
) -> None:
    mails.receive(house, (samples.FOLDER / f"{sample}.eml").read_bytes())
    assert said in words(signed_in("Karim").get(f"/agents/dossiers/{mails.cases(house)[0].reference}").text)


def test_a_mail_is_shown_as_it_was_laid_out_with_its_own_pictures(house: Runtime, signed_in: SignedIn) -> None:
    message = EmailMessage()
    message["From"], message["Message-ID"], message["Subject"] = mails.JEANNE, "<mise@courriel.example>", "Trou"
    page = (
        '<h1>Voyez</h1><img src="cid:photo1" onerror="x()"><img src="https://suivi.example/p.gif"><script>x()</script>'
    )
    message.set_content(page, subtype="html")
    message.add_related(PIXEL, "image", "png", cid="<photo1>", filename="trou.png")
    mails.receive(house, message.as_bytes())
    (case,) = mails.cases(house)
    client = signed_in("Karim")
    (address,) = re.findall(r'href="([^"]+/mise-en-forme)"', client.get(f"/agents/dossiers/{case.reference}").text)
    shown = client.get(address).text
    (picture,) = re.findall(r'<img src="([^"]+)" alt="trou.png">', shown)
    assert client.get(html.unescape(picture)).mimetype == "image/png"
    assert "1 image d’un autre site n’est pas affichée" in shown
    assert "<p>Voyez</p>" in shown
    for dangerous in ("suivi.example", "onerror", "x()"):
        assert dangerous not in shown


def test_an_address_whose_last_mail_came_back_is_told_on_every_case_of_its_owner(
    house: Runtime, signed_in: SignedIn
) -> None:
    mails.receive(house, mails.a_mail("Un trou."))
    mails.work_off(house)
    mails.receive(house, mails.a_bounce(mails.sent(house)[0]), mails.a_mail("Un lampadaire."))
    first, second = mails.cases(house)
    said = "L’adresse électronique de l’usager ne fonctionne pas"
    told = words(signed_in("Karim").get(f"/agents/dossiers/{second.reference}").text)
    assert f"{said} Le dernier courriel envoyé à jeanne.martin@courriel.example n’est pas arrivé" in told
    assert said not in words(signed_in("Karim").get(f"/agents/dossiers/{first.reference}").text)  # its letter says so


def test_words_of_a_mail_are_never_markup(house: Runtime, signed_in: SignedIn) -> None:
    park(house, "<script>alert(1)</script>")
    page = signed_in("Sandrine").get(PAGE).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_mail_in_quarantine_becomes_a_case(house: Runtime, signed_in: SignedIn) -> None:
    (line,) = mails.receive(house, b"")
    client = signed_in("Sandrine")
    assert "Ce message est vide" in words(client.get(f"{PAGE}?vue=quarantaine").text)
    client.post(f"{PAGE}/{line.id}/nouveau", data={"vue": "quarantaine"})
    assert mails.cases(house)[0].subject == "Courriel illisible"


@pytest.mark.parametrize("first_name", ["Paul", "Philippe", "Nadia"])
def test_those_who_sort_no_mail_see_none(house: Runtime, signed_in: SignedIn, first_name: str) -> None:
    _, line = park(house)
    client = signed_in(first_name)
    assert client.get(PAGE).status_code == 403
    assert client.get(f"{PAGE}/{line}/original").status_code == 403
