"""Every layout and component, looked at by a browser: axe, 320 pixels, keyboard, dark, paper, no JavaScript."""

import gzip
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request

from tests.services.browser import Pages, axe, is_wider_than_screen
from tests.web import styleguide_server
from tests.web.styleguide_pages import PAGES, ROOT

pytestmark = pytest.mark.browser

WIDTHS = (1280, 375, 320)
# What RGAA 10.12 lets a reader set: line, letter, word and paragraph spacing.
WIDE_TEXT = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }
"""


@pytest.fixture(scope="module")
def guide() -> Iterator[str]:
    with styleguide_server.running() as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_fault_and_never_scrolls_sideways(guide: str, open_page: Pages, path: str, scheme: str) -> None:
    page = open_page(WIDTHS[0], color_scheme=scheme)
    page.goto(guide + path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert not is_wider_than_screen(page), width
        if width != 375:
            assert axe(page) == []


def test_a_faulty_page_is_caught(guide: str, open_page: Pages) -> None:
    page = open_page()
    page.goto(f"{guide}/form")
    page.evaluate("document.querySelector('label[for=f-category]').remove()")
    page.evaluate("document.documentElement.lang = ''")
    assert {line.split(" ")[0] for line in axe(page)} == {"html-has-lang", "select-name"}


@pytest.mark.parametrize("path", ["/form-errors", "/queue", "/case"])
def test_wide_text_spacing_breaks_nothing(guide: str, open_page: Pages, path: str) -> None:
    page = open_page(320)
    page.goto(guide + path)
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }",
        WIDE_TEXT,
    )
    assert not is_wider_than_screen(page)


def test_the_keyboard_first_meets_the_skip_link(guide: str, open_page: Pages) -> None:
    page = open_page()
    page.goto(f"{guide}/queue")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    assert skip.evaluate("link => link === document.activeElement && link.getBoundingClientRect().top >= 0")
    assert skip.evaluate("link => getComputedStyle(link).outlineWidth") == "3px"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_errors_are_met_first_and_lead_to_their_field(guide: str, open_page: Pages) -> None:
    page = open_page()
    page.goto(f"{guide}/form-errors")
    page.wait_for_function("document.activeElement.id === 'error-summary'")
    page.get_by_role("link", name="Dites s’il y a un danger.").press("Enter")
    assert page.evaluate("document.activeElement.name") == "danger_kind"
    email = page.get_by_label("Adresse électronique")
    assert email.input_value() == "amadou"
    assert email.get_attribute("aria-invalid") == "true"
    described = email.get_attribute("aria-describedby") or ""
    assert "Écrivez une adresse complète" in (page.locator(f"#{described.split()[-1]}").text_content() or "")


def test_the_reader_may_choose_dark_and_finds_it_again(guide: str, open_page: Pages) -> None:
    page = open_page(color_scheme="light")
    page.goto(guide)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Affichage").select_option("Sombre")
    dark = page.evaluate(ground)
    page.reload()
    assert light != dark == page.evaluate(ground)


def test_a_menu_closes_on_escape_and_gives_the_focus_back(guide: str, open_page: Pages) -> None:
    page = open_page()
    page.goto(f"{guide}/queue")
    account = page.locator("details.menu summary")
    account.press("Enter")
    logout = page.get_by_role("button", name="Se déconnecter")
    logout.focus()
    page.keyboard.press("Escape")
    assert not logout.is_visible()
    assert account.evaluate("summary => summary === document.activeElement")


def test_a_second_click_sends_nothing_more(guide: str, open_page: Pages) -> None:
    page = open_page()
    page.goto(f"{guide}/form")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    twice = "() => { const form = document.querySelector('main form'); form.requestSubmit(); form.requestSubmit(); }"
    with page.expect_navigation():
        page.evaluate(twice)
    assert sent == ["POST"]


def test_a_citizen_page_is_whole_without_javascript(guide: str, open_page: Pages) -> None:
    page = open_page(320, java_script_enabled=False)
    page.goto(f"{guide}/form-errors")
    assert page.get_by_role("heading", name="Signaler un problème").is_visible()
    assert page.get_by_role("button", name="Continuer").is_enabled()
    assert not page.get_by_label("Affichage").is_visible()


def test_paper_shows_the_content_alone_in_ink(guide: str, open_page: Pages) -> None:
    page = open_page(color_scheme="dark")
    page.goto(f"{guide}/receipt")
    page.emulate_media(media="print")
    assert page.get_by_text("K7PM-42XD").is_visible()
    assert not page.get_by_role("button", name="Imprimer").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_first_visit_is_light(guide: str, open_page: Pages) -> None:
    page = open_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(urlsplit(request.url).path)

    page.on("request", note)
    page.goto(f"{guide}/form", wait_until="networkidle")
    files = {path for path in asked if path.startswith("/static/")}
    weight = 0
    for path in files:
        content = (ROOT / path.lstrip("/")).read_bytes()
        weight += len(content) if path.endswith(".woff2") else len(gzip.compress(content))
    assert any(path.endswith(".woff2") for path in files)
    assert len(asked) <= 15
    assert weight <= 150_000, f"{weight} bytes"
