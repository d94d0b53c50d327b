"""Takes the pictures of the README: Parvis on its demonstration data, looked at in Chromium."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser
from sqlalchemy import select

from app import create_app
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, Message
from backoffice.services import accounts
from backoffice.web.access import STAFF_COOKIE
from demo import seed
from tests import factories
from tests.services import browser, website

HERE = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
DESK, PHONE = (1280, 860), (375, 760)


def main() -> None:
    """Seed a throwaway installation, open its main pages, and write one PNG each under docs/screenshots."""
    HERE.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _served(Path(folder)) as (address, runtime),
        browser.running() as chromium,
    ):
        for name, path, who, size in _pictures(runtime):
            _take(chromium, address + path, _token(runtime, who), size, HERE / f"{name}.png")
            print(f"{name}.png")


def _pictures(runtime: Runtime) -> list[tuple[str, str, str, tuple[int, int]]]:
    with runtime.database.reading() as session:
        talkative = select(Message.case_id).where(Message.direction == "out").scalar_subquery()
        legal = select(Case.reference).where(
            Case.id.in_(talkative),
            Case.assignee_id == factories.staff_named(session, "Karim").id,
            Case.closed_at.is_(None),
            Case.implicit_on.is_not(None),
            Case.restricted.is_(False),
        )
        reference = session.scalars(legal.order_by(Case.id.desc()).limit(1)).one()
    return [
        ("home", "/", "", DESK),
        ("form-phone", "/demarches/street_issue/demande", "", PHONE),
        ("queue", "/agents/dossiers?onglet=tous", "Marc", DESK),
        ("case", f"/agents/dossiers/{reference}", "Karim", DESK),
        ("deadlines", "/agents/echeances/?jours=30", "Marc", DESK),
        ("activity", "/agents/activite/", "Nadia", DESK),
    ]


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, Runtime]]:
    settings = factories.some_settings(f"sqlite:///{folder}/parvis.db", folder, demo=True)
    seed.seed(settings)
    app = create_app(settings)
    with website.running(app) as address:
        yield address, app.extensions["parvis"]


def _token(runtime: Runtime, who: str) -> str:
    if not who:
        return ""
    with runtime.database.transaction() as session:
        return accounts.open_session(session, runtime, staff=factories.staff_named(session, who))


def _take(chromium: Browser, url: str, token: str, size: tuple[int, int], file: Path) -> None:
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, locale="fr-FR")
    if token:
        context.add_cookies([{"name": STAFF_COOKIE, "value": token, "url": url}])
    page = context.new_page()
    page.goto(url)
    page.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    main()
