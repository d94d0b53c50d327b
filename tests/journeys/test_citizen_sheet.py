"""Two sheets of one person, found from one box and joined by keyboard alone; the sheet fits a desk and a telephone."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import select

from backoffice.domain.incoming import ChannelCode
from backoffice.models.people import CitizenMerge
from tests import factories
from tests.journeys.conftest import Desk, press_enter
from tests.services.browser import Pages, check
from tests.web.test_citizen_sheets import JEANNE, TWIN


def tab_to(page: Page, name: str) -> None:
    """Walk to what has this accessible name."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "document.activeElement.innerText || document.activeElement.labels?.[0]?.innerText || ''"
        )
        if name in focused:
            return
    raise AssertionError(name)


def test_two_sheets_of_one_person_are_joined_by_keyboard(open_page: Pages, desk: Desk) -> None:
    first = factories.a_receipt(desk.runtime, channel=ChannelCode.COUNTER, sender=JEANNE)
    other = factories.a_receipt(desk.runtime, channel=ChannelCode.PHONE, sender=TWIN)
    page = desk.sign_in(open_page(), "Sandrine", "/agents/usagers")
    tab_to(page, "Nom, téléphone, courriel")
    page.keyboard.type("lefevre jeane")
    press_enter(page)
    check(page)
    found = page.get_by_role("row").filter(has_text=first.reference)
    expect(found).to_contain_text("12 rue des Lilas")
    tab_to(page, "Jeanne Lefèvre")
    press_enter(page)
    alike = page.get_by_role("region", name="Peut-être la même personne")
    expect(alike).to_contain_text("même téléphone")
    check(page)
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        check(page)
    tab_to(page, "Réunir cette fiche")
    page.keyboard.press("Enter")
    tab_to(page, "Ce qui montre")
    page.keyboard.press("Tab")
    press_enter(page)  # without a reason: said beside the field, which stays open
    expect(page.get_by_role("alert")).to_contain_text("Dites ce qui montre")
    check(page)
    page.get_by_role("alert").get_by_role("link").press("Enter")
    page.keyboard.type("Carte d’identité présentée.")
    page.keyboard.press("Tab")
    press_enter(page)
    expect(page.get_by_role("region", name="Ses demandes")).to_contain_text(other.reference)
    expect(page.get_by_role("region", name="Fiches réunies")).to_contain_text(re.compile("constat d’un agent.*Carte"))
    page.set_viewport_size({"width": 375, "height": 900})
    check(page)
    with desk.runtime.database.reading() as session:
        assert session.scalars(select(CitizenMerge)).one().merged_by.startswith("Sandrine")
