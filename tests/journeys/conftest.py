"""A served installation as its staff use it: where the journeys of the desk begin."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from app import create_app
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from tests import factories
from tests.services import website
from tests.web.visits import STAFF


def press_enter(page: Page) -> None:
    """Activate what has the focus, and wait for the page that it opens to be whole, styles included."""
    with page.expect_event("load"):
        page.keyboard.press("Enter")


@dataclass(frozen=True)
class Desk:
    """A served installation with what tests look at behind the scenes."""

    address: str
    runtime: Runtime

    def sign_in(self, page: Page, first_name: str, path: str = "/agents/dossiers") -> Page:
        """Sign in by keyboard, on the way to a page."""
        page.goto(self.address + path)
        page.get_by_label("Adresse électronique professionnelle").focus()
        page.keyboard.type(STAFF[first_name])
        page.keyboard.press("Tab")
        page.keyboard.type(factories.PASSWORD)
        press_enter(page)
        assert page.url == self.address + path
        return page

    def last_case(self) -> Case:
        """The newest case."""
        with self.runtime.database.reading() as session:
            return session.scalars(select(Case).order_by(Case.id.desc()).limit(1)).one()


@pytest.fixture
def desk(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    app = create_app(factories.some_settings(seeded_sqlite_url, tmp_path))
    runtime: Runtime = app.extensions["parvis"]
    with website.running(app) as address:
        yield Desk(address, runtime)
    runtime.database.dispose()
