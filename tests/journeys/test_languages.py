"""The way of a request in a real browser: in English on a wide screen, in Arabic, right to left, on a telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app import create_app
from tests import factories
from tests.services import website
from tests.services.browser import Pages, check

pytestmark = pytest.mark.browser


@pytest.fixture
def site(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of the site of the town."""
    app = create_app(factories.some_settings(seeded_sqlite_url, tmp_path))
    with website.running(app) as address:
        yield address
    app.extensions["parvis"].database.dispose()


@pytest.mark.parametrize(
    ("name", "width", "direction", "send", "received"),
    [
        ("English", 1280, "ltr", "Send my request", "Your request has been received"),
        ("العربية", 375, "rtl", "إرسال طلبي", "لقد وصلنا طلبكم"),
    ],
)
def test_a_report_is_sent_and_followed_in_another_language(
    open_page: Pages, site: str, name: str, width: int, direction: str, send: str, received: str
) -> None:
    page = open_page(width)
    page.goto(f"{site}/demarches/street_issue/demande")
    with page.expect_event("load"):
        page.get_by_role("link", name=name).click()
    assert page.evaluate("getComputedStyle(document.body).direction") == direction
    with page.expect_event("load"):
        page.get_by_role("button", name=send).click()
    expect(page.locator("#error-summary")).to_be_visible()
    check(page)
    page.locator("[name=category][value=lighting]").check()
    page.locator("[name='location.address']").fill("12 rue des Lilas")
    page.locator("[name=description]").fill("Lampe éteinte.")
    page.locator("[name=danger][value=no]").check()
    with page.expect_event("load"):
        page.get_by_role("button", name=send).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(received)
    check(page)
    page.locator("main .actions a.btn-primary").click()
    page.wait_for_url(f"{site}/suivi/**")
    page.locator(".explain summary").first.click()
    check(page)
