"""The page of transfers to the archives: offered on closed cases, to who may, made and downloaded."""

import io
import zipfile

import pytest
from flask import Flask

from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.services import archive_transfers
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next
from tests.usecases.test_archive_transfers import a_closed_case
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import words


def a_page(runtime: Runtime) -> str:
    case_id = a_closed_case(runtime)
    with runtime.database.reading() as session:
        return f"/agents/dossiers/{session.get_one(Case, case_id).reference}/versement"


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_chief_prepares_the_transfer_of_a_closed_case_and_downloads_it(app: Flask, signed_in: SignedIn) -> None:
    runtime = runtime_of(app)
    page, chief = a_page(runtime), signed_in("Marc")
    assert f'href="{page}"' in chief.get(page.removesuffix("/versement")).text
    shown = words(chief.get(page).text)
    assert "Archives départementales (exemple)" in shown
    assert "2 ans après la clôture du dossier, puis détruites" in shown
    assert chief.post(page).status_code == 303
    assert "En cours de production" in words(chief.get(page).text)
    assert chief.get(f"{page}/1.zip").status_code == 404
    archive_transfers.make(runtime, claim_next(runtime, JobKind.MAKE_ARCHIVE_TRANSFER))
    with zipfile.ZipFile(io.BytesIO(chief.get(f"{page}/1.zip").data)) as package:
        assert "manifest.xml" in package.namelist()
    assert chief.get(f"{page.removesuffix('/versement')}/preuves/1.zip").status_code == 404, "it is no evidence"
    assert "Versement aux archives préparé" in words(chief.get(page.removesuffix("/versement")).text)
    agent = signed_in("Karim")
    assert agent.get(page).status_code == 403
    assert f'href="{page}"' not in agent.get(page.removesuffix("/versement")).text


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_the_page_says_why_an_open_case_stays(app: Flask, signed_in: SignedIn) -> None:
    reference = factories.a_receipt(runtime_of(app)).reference
    shown = signed_in("Marc").get(f"/agents/dossiers/{reference}/versement").text
    assert "Seul un dossier terminé se verse aux archives." in words(shown)
    assert "Préparer le versement" not in words(shown)
