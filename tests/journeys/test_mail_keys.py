"""Mail is placed by one key each, in a real browser; the rules that send it are written on a phone too."""

import pytest
from playwright.sync_api import expect

from tests import mails
from tests.journeys.conftest import Desk
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser


def test_mail_is_placed_by_one_key_each(desk: Desk, open_page: Pages) -> None:
    house = mails.with_maildirs(desk.runtime)
    mails.receive(house, mails.a_mail())
    mails.receive(house, mails.a_mail("Un chat est perché.", Subject="Chat perdu"))
    first, other = mails.cases(house)
    subject = f"Dossier {first.reference}"
    for text in ("Je confirme.", "Autre chose.", "C’est pour le chat."):
        mails.receive(house, mails.a_mail(text, From="Paul Inconnu <paul@ailleurs.example>", Subject=subject))
    page = desk.sign_in(open_page(1280), "Sandrine", "/agents/courriels")
    check(page)
    page.keyboard.press("?")
    expect(page.get_by_text("rattacher au dossier proposé")).to_be_visible()
    check(page)
    with page.expect_event("load"):
        page.keyboard.press("a")
    expect(page.get_by_text(f"rattaché au dossier {first.reference}")).to_be_visible()
    with page.expect_event("load"):
        page.keyboard.press("n")
    assert len(mails.cases(house)) == 3
    page.keyboard.press("?")
    page.get_by_label("Raccourcis actifs sur cet ordinateur").uncheck()
    page.keyboard.press("o")
    expect(page.get_by_label("Ou la référence d’un autre dossier")).not_to_be_focused()
    page.get_by_label("Raccourcis actifs sur cet ordinateur").check()
    page.keyboard.press("o")
    page.keyboard.type(other.reference)  # typed in the field: no key acts there
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page.get_by_text("Aucun courriel à trier")).to_be_visible()
    assert [line.case_id for line in mails.lines(house)][2:] == [first.id, mails.cases(house)[2].id, other.id]


def test_a_rule_is_written_and_tried_on_a_phone(desk: Desk, open_page: Pages) -> None:
    house = mails.with_maildirs(desk.runtime)
    mails.receive(house, mails.a_mail())
    page = desk.sign_in(open_page(375), "Nadia", "/agents/orientation/nouvelle")
    page.get_by_label("Nom de la règle").fill("nid-de-poule")
    page.get_by_label("Mots ou expressions").fill("nid de poule, trou*")
    page.get_by_label("Démarche").select_option("street_issue")
    with page.expect_event("load"):
        page.get_by_role("button", name="Essayer sur le dernier mois").click()
    expect(page.get_by_text("cette règle en aurait pris 1,")).to_be_visible()
    check(page)
    with page.expect_event("load"):
        page.get_by_role("button", name="Enregistrer la règle").click()
    expect(page.get_by_role("link", name="nid-de-poule", exact=True)).to_be_visible()
    check(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    check(page)
