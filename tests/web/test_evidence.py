"""The page of evidence bundles: asked with a button, downloaded when ready, hidden with its case."""

import io
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from backoffice.infra.runtime import Runtime
from backoffice.models.bundles import Bundle
from backoffice.models.cases import Case, CaseEvent
from backoffice.services import bundles
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next
from tests.web.visits import post, sign_in, words


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


@pytest.fixture
def page(runtime: Runtime) -> str:
    return f"/agents/dossiers/{factories.a_receipt(runtime).reference}/preuves"


def test_an_agent_asks_from_the_case_and_downloads_both_files(runtime: Runtime, client: FlaskClient, page: str) -> None:
    sign_in(client, "Karim")
    assert f'href="{page}"' in client.get(page.removesuffix("/preuves")).text
    assert post(client, page, {}).status_code == 303
    assert post(client, page, {}).status_code == 303
    waiting = client.get(page).text
    assert "En cours de production" in words(waiting)
    assert "hx-get" in waiting
    bundles.make(runtime, claim_next(runtime, JobKind.MAKE_BUNDLE))
    ready = client.get(page).text
    assert "hx-get" not in ready
    assert "Karim Benali" in words(ready)
    assert client.get(f"{page}/1.pdf").data.startswith(b"%PDF")
    answer = client.get(f"{page}/1.zip")
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "manifest.json" in archive.namelist()
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Bundle)) == 1


def test_a_bundle_that_is_not_ready_or_not_of_this_case_is_not_found(
    runtime: Runtime, client: FlaskClient, page: str
) -> None:
    other = f"/agents/dossiers/{factories.a_receipt(runtime).reference}/preuves"
    sign_in(client, "Karim")
    post(client, page, {})
    assert client.get(f"{page}/1.pdf").status_code == 404
    bundles.make(runtime, claim_next(runtime, JobKind.MAKE_BUNDLE))
    assert client.get(f"{other}/1.pdf").status_code == 404
    assert client.get(f"{page}/1.exe").status_code == 404
    assert client.get(f"{page}/2.zip").status_code == 404


def test_the_bundles_of_a_restricted_case_do_not_exist_for_others_and_their_readers_are_written_down(
    runtime: Runtime, app: Flask, client: FlaskClient, page: str
) -> None:
    with runtime.database.transaction() as session:
        session.execute(update(Case).values(restricted=True))
    sign_in(client, "Karim")
    post(client, page, {})
    bundles.make(runtime, claim_next(runtime, JobKind.MAKE_BUNDLE))
    assert client.get(f"{page}/1.zip").status_code == 200
    with runtime.database.reading() as session:
        readings = session.scalars(select(CaseEvent.data).where(CaseEvent.kind == "read_restricted")).all()
    assert {"bundle_id": 1} in readings
    stranger = app.test_client()
    sign_in(stranger, "Hélène")
    for address in (page, f"{page}/1.pdf", f"{page}/1.zip"):
        assert stranger.get(address).status_code == 404
    assert post(stranger, page, {}).status_code == 404
