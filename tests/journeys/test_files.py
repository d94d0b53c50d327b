"""Files in a real browser: thumbnails that load under the site's own policy, the quarantine, a document taken again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from backoffice.infra.runtime import Runtime
from backoffice.models.people import Citizen
from backoffice.services import accounts
from backoffice.web.access import CITIZEN_COOKIE
from tests import factories
from tests.journeys.conftest import Desk
from tests.services import website
from tests.services.browser import Pages, check
from tests.services.clamd import EICAR, Clamd
from tests.web.test_received_files import Filed, filed
from tests.workers.test_file_preparing import HEIC, a_pdf, a_photo

pytestmark = pytest.mark.browser

QUARANTINE = "/agents/fichiers-ecartes"


@pytest.fixture
def desk(seeded_sqlite_url: str, tmp_path: Path, clamd: Clamd) -> Iterator[Desk]:
    """A served installation with an antivirus."""
    app = create_app(factories.some_settings(seeded_sqlite_url, tmp_path, antivirus_url=clamd.address))
    runtime: Runtime = app.extensions["parvis"]
    with website.running(app) as address:
        yield Desk(address, runtime)
    runtime.database.dispose()


@pytest.fixture
def full(desk: Desk) -> Filed:
    """A case with a photo, one of an iPhone, a quote, a program and a virus under a long name."""
    return filed(
        desk.runtime,
        ("trou rue des Lilas.jpg", "image/jpeg", a_photo()),
        ("IMG_0001.HEIC", "image/heic", HEIC),
        ("devis.pdf", "application/pdf", a_pdf()),
        ("facture-" + "2026-" * 12 + "definitive.pdf", "application/pdf", EICAR),
    )


def drawn(page: Page) -> int:
    """How many thumbnails the browser has really drawn."""
    page.wait_for_load_state("networkidle")
    return int(page.evaluate("[...document.querySelectorAll('img.thumbnail')].filter(i => i.naturalWidth > 0).length"))


@pytest.mark.parametrize("width", [1280, 375])
def test_agents_and_administrators_meet_received_files(desk: Desk, full: Filed, open_page: Pages, width: int) -> None:
    place = f"/agents/dossiers/{full.case.reference}"
    page = desk.sign_in(open_page(width), "Karim", place)
    page.locator(".received-files").scroll_into_view_if_needed()
    assert drawn(page) == 2
    expect(page.locator(".received-files")).to_contain_text("Fichier écarté\u00a0: virus trouvé")
    check(page)
    page.get_by_role("link", name="trou rue des Lilas.jpg", exact=True).click()
    expect(page.locator("img")).to_be_visible()
    admin = desk.sign_in(open_page(width), "Paul", QUARANTINE)
    check(admin)
    admin.get_by_role("link", name="Effacer facture").click()
    check(admin)
    admin.get_by_role("button", name="Effacer définitivement").click()
    expect(admin.get_by_role("alert").or_(admin.get_by_role("status")).first).to_contain_text("Le fichier est effacé")
    admin.get_by_label("État").select_option("gardes")
    admin.get_by_role("button", name="Filtrer").click()
    expect(admin.get_by_text("Aucun fichier ne correspond")).to_be_visible()
    check(admin)


@pytest.mark.parametrize("width", [1280, 375])
def test_a_citizen_sees_clean_pictures_and_takes_a_document_again(
    desk: Desk, full: Filed, open_page: Pages, width: int
) -> None:
    with desk.runtime.database.transaction() as session:
        jeanne = session.get_one(Citizen, full.case.citizen_id)
        token = accounts.open_session(session, desk.runtime, citizen=jeanne)
    page = open_page(width)
    page.context.add_cookies([{"name": CITIZEN_COOKIE, "value": token, "url": desk.address}])
    page.goto(f"{desk.address}/suivi/{full.case.reference}")
    page.locator(".received-files").scroll_into_view_if_needed()
    assert drawn(page) == 2
    check(page)
    page.goto(f"{desk.address}/demarches/street_issue/demande")
    page.get_by_text("Reprendre un document déjà envoyé").first.click()
    page.get_by_label("devis.pdf").first.check()
    check(page)


def test_the_page_of_jobs_says_that_the_antivirus_is_away(desk: Desk, open_page: Pages, clamd: Clamd) -> None:
    filed(desk.runtime, ("trou.jpg", "image/jpeg", a_photo()), worked=False)
    clamd.stop()
    page = desk.sign_in(open_page(375), "Paul", "/agents/taches/")
    expect(page.get_by_text("L’antivirus ne répond pas")).to_be_visible()
    check(page)
