"""Debian's Chromium, driven by Playwright: pages of a given width, axe's rules, nothing from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

from tests.services.program import find_program

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
OPTIONS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]
LOCAL_HOSTS = {"127.0.0.1", "localhost"}
INLINE_SCHEMES = {"about", "blob", "data"}


class Complaints(list[str]):
    """What no page of ours may do: call another site, break its security policy, fail in a script."""

    def watch(self, page: Page) -> None:
        """Take note of everything that this page does from now on."""
        page.route("**/*", self._route)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.append(f"script error: {error}"))

    def _route(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in INLINE_SCHEMES or address.hostname in LOCAL_HOSTS:
            route.continue_()
        else:
            self.append(f"foreign address: {route.request.url}")
            route.abort()

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


def axe(page: Page) -> list[str]:
    """The accessibility faults of a page, one line each: rule, place, what to do; none on a good page."""
    page.wait_for_load_state()  # a page that is still being read has no title yet
    # Evaluated, not added as a script element: the page's security policy stays in force.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
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
