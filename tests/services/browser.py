"""Debian's Chromium, driven by Playwright: pages of a given width, axe's rules, nothing from outside."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.services.program import find_program

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
COLOUR_RULES = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours: what another colour scheme can break."""
OPTIONS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    # Other sites are nowhere. A route of Playwright would say so too, at the price of the browser's cache and of a
    # journey through this process for each file of each page.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--no-first-run",
    "--no-sandbox",
]
LOCAL_HOSTS = {"127.0.0.1", "localhost"}
INLINE_SCHEMES = {"about", "blob", "data"}


class Complaints(list[str]):
    """What no page of ours may do: call another site, break its security policy, fail in a script."""

    def watch(self, page: Page) -> None:
        """Take note of everything that this page does from now on."""
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.append(f"script error: {error}"))

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in INLINE_SCHEMES and address.hostname not in LOCAL_HOSTS:
            self.append(f"foreign address: {request.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.append(f"security policy: {message.text}")


class Pages:
    """Opens pages in fresh, separate contexts, French and clean of cookies, and closes them all."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.complaints = Complaints()

    def __call__(self, width: int = 1280, *, height: int = 900, **options: Any) -> Page:
        """A page of this width in CSS pixels; options are those of Playwright's `new_context`."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR", **options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        self.complaints.watch(page)
        return page

    def close(self) -> None:
        """Close every page."""
        for context in self.browser.contexts:
            context.close()


@cache
def _axe_itself() -> str:
    return AXE.read_text(encoding="utf-8")


def axe(page: Page, only: Sequence[str] = ()) -> list[str]:
    """The accessibility faults of a page, one line each: rule, place, what to do; none on a good page.

    `only` are the rules to look at, instead of all.
    """
    page.wait_for_load_state()  # a page that is still being read has no title yet
    if not page.evaluate("'axe' in window"):
        # Evaluated, not added as a script element: the page's security policy stays in force.
        page.evaluate(_axe_itself())
    options = {"resultTypes": ["violations"]} | ({"runOnly": {"type": "rule", "values": list(only)}} if only else {})
    result = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']} at {' '.join(map(str, node['target']))}: {violation['help']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def is_wider_than_screen(page: Page) -> bool:
    """Whether the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def check(page: Page) -> None:
    """Every page is free of axe violations and fits the screen."""
    assert axe(page) == []
    assert not is_wider_than_screen(page)


@contextmanager
def running() -> Iterator[Browser]:
    """A Chromium that lives as long as the block."""
    chromium = find_program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()
