"""The pages of exports: from a list or a figure to the file, and the log of what left."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from backoffice.infra.runtime import Runtime
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import WebSession
from backoffice.models.saved_reports import ReportVersion
from backoffice.services import export_jobs, mailed_reports, outbox, saved_reports
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next
from tests.web.conftest import SignedIn

# Pages ask the database for nothing that is not tried elsewhere on both engines.
pytestmark = pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
REASON = "Publipostage pour la réunion de quartier."


def test_a_supervisor_takes_a_list_away_and_the_log_says_so(app: Flask, signed_in: SignedIn) -> None:
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        factories.a_case(session, runtime)
    client = signed_in("Marc")
    queue = client.get("/agents/dossiers?vue=en-cours").text
    assert "/agents/exports/nouveau?vue=en-cours" in queue
    form = client.get("/agents/exports/nouveau?vue=en-cours&canal=web_form").text
    assert "1 dossier" in form
    assert "Canal" in form
    typed = {"source": "vue=en-cours&canal=web_form", "content": "personnes", "format": "ods"}
    with runtime.database.transaction() as session:
        session.execute(update(WebSession).values(proved_at=datetime.now(UTC) - timedelta(hours=1)))
    refused = client.post("/agents/exports/", data={**typed, "reason": "non"})
    assert refused.status_code == 422  # said before the password is asked for
    assert "le motif reste au journal" in refused.text
    assert 'value="ods" checked' in refused.text
    asked = client.post("/agents/exports/", data={**typed, "reason": REASON})
    assert asked.status_code == 403
    assert 'name="confirm_password"' in asked.text
    typed["confirm_password"] = factories.PASSWORD
    made = client.post("/agents/exports/", data={**typed, "reason": REASON})
    page = made.headers["Location"]
    assert "En attente" in client.get(page).text
    export_jobs.make(runtime, claim_next(runtime, JobKind.MAKE_EXPORT))
    assert "Télécharger le fichier" in client.get(page).text
    file = client.get(f"{page}/fichier")
    assert file.data[:2] == b"PK"
    assert file.headers["Content-Disposition"].startswith('attachment; filename="dossiers-tous-en-cours')
    log = signed_in("Nadia").get("/agents/exports/journal").text
    assert REASON in log
    assert "Marc Duval" in log
    assert "Marc Duval" not in signed_in("Hélène").get("/agents/exports/journal").text.partition("<main")[2]
    assert signed_in("Hélène").get(page).status_code == 404
    assert signed_in("Karim").get("/agents/exports/nouveau").status_code == 403


def _given_up(runtime: Runtime, kind: JobKind) -> None:
    claim = claim_next(runtime, kind)
    with runtime.database.transaction() as session:
        outbox.give_up(session, claim, "OSError: No space left on device")


def test_what_stopped_says_so_wherever_it_is_shown_and_begins_again(app: Flask, signed_in: SignedIn) -> None:
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        day = factories.a_case(session, runtime).received_on.isoformat()
    marc, period = signed_in("Marc"), f"du={day}&au={day}"
    export = marc.post("/agents/exports/rapport", data={"source": period, "format": "csv"}).headers["Location"]
    report = marc.post("/agents/rapports/nouveau", data={"source": period, "name": "Été", "span": "fixed"}).location
    version = marc.post(f"{report}/versions", data={"form_key": "a" * 32}).headers["Location"]
    for address, kind, made, everywhere in (
        (export, JobKind.MAKE_EXPORT, export_jobs.make, ("/agents/exports/", "/agents/exports/journal")),
        (version, JobKind.FREEZE_REPORT, saved_reports.make, (report,)),
    ):
        assert "Recommencer" not in marc.get(address).text
        assert marc.post(f"{address}/recommencer").location == address  # it did not stop: it goes on
        _given_up(runtime, kind)
        page = marc.get(address).text
        assert "a échoué plusieurs fois" in page
        assert "every " not in page.partition("<main")[2]
        assert "No space" not in page
        assert all("Interrompu" in marc.get(one).text for one in everywhere)
        assert signed_in("Hélène").post(f"{address}/recommencer").status_code in {403, 404}
        assert marc.post(f"{address}/recommencer").location == address
        assert "échoué" not in marc.get(address).text
        made(runtime, claim_next(runtime, kind))
        assert not any("Interrompu" in marc.get(one).text for one in everywhere)
    assert "Télécharger le fichier" in marc.get(export).text
    assert "Empreinte SHA-256" in marc.get(version).text


def test_what_a_figure_counts_leaves_from_its_page(app: Flask, signed_in: SignedIn) -> None:
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        day = factories.a_case(session, runtime).received_on.isoformat()
    client = signed_in("Philippe")
    figure = client.get(f"/agents/activite/recues?du={day}&au={day}").text
    assert f"/agents/exports/nouveau?chiffre=recues&amp;du={day}" in figure or "chiffre=recues" in figure
    form = client.get(f"/agents/exports/nouveau?chiffre=recues&du={day}&au={day}").text
    assert "1 dossier" in form
    assert "données personnelles" in form
    assert 'name="reason"' not in form


def test_the_report_leaves_as_a_document_and_hides_small_numbers_when_asked(app: Flask, signed_in: SignedIn) -> None:
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        day = factories.a_case(session, runtime).received_on.isoformat()
    client, period = signed_in("Philippe"), f"du={day}&au={day}"
    assert "/agents/exports/rapport?du=" in client.get(f"/agents/activite/?{period}").text.replace("&amp;", "&")
    assert "masquer les petits nombres" in client.get(f"/agents/exports/rapport?{period}").text
    assert client.post("/agents/exports/rapport", data={"source": period, "format": "gif"}).status_code == 422
    made = client.post("/agents/exports/rapport", data={"source": period, "format": "csv", "outward": "yes"})
    export_jobs.make(runtime, claim_next(runtime, JobKind.MAKE_EXPORT))
    file = client.get(f"{made.headers['Location']}/fichier")
    assert "Reçues;masqué;demandes" in file.text
    assert "petits nombres masqués" in client.get(made.headers["Location"]).text


def test_a_report_is_saved_frozen_read_again_and_stopped_by_who_receives_it(app: Flask, signed_in: SignedIn) -> None:
    runtime = app.extensions["parvis"]
    with runtime.database.transaction() as session:
        day = factories.a_case(session, runtime).received_on.isoformat()
    client = signed_in("Philippe")
    form = client.get(f"/agents/rapports/nouveau?du={day}&au={day}&canal=web_form").text
    assert "En ligne" in form
    typed = {"source": f"du={day}&au={day}&canal=web_form", "name": "", "span": "fixed", "shared": "tous"}
    refused = client.post("/agents/rapports/nouveau", data=typed)
    assert (refused.status_code, "Donnez un nom à ce rapport" in refused.text) == (422, True)
    typed |= {"name": "Conseil", "rhythm": "monthly", "recipients": "maire@saint-aubin.example"}
    page = client.post("/agents/rapports/nouveau", data=typed).headers["Location"]
    assert "Toutes les personnes" in client.get(page).text
    assert 'value="Conseil"' in client.get(f"{page}/modifier").text
    made = client.post(f"{page}/versions", data={"form_key": "f" * 32}).headers["Location"]
    assert "en train" in client.get(made).text
    saved_reports.make(runtime, claim_next(runtime, JobKind.FREEZE_REPORT))
    shown = signed_in("Marc").get(made).text
    digest = hashlib.sha256(client.get(f"{made}/pdf").data).hexdigest()
    assert digest in shown
    assert "En ligne" in shown
    assert signed_in("Karim").get(made).status_code == 403
    with runtime.database.transaction() as session:
        version = session.scalars(select(ReportVersion)).one()
        mailed_reports.send(session, runtime, version)
        token = session.scalars(select(OutgoingMail.text)).all()[-1].partition("/rapports/")[2].split()[0]
    reader = app.test_client()
    assert reader.get(f"/rapports/{token}").data.startswith(b"%PDF")
    assert "maire@saint-aubin.example" in reader.get(f"/rapports/{token}/arret").text
    assert "ne sera plus envoyé" in reader.post(f"/rapports/{token}/arret").text
    assert reader.get(f"/rapports/{token}").status_code == 404
    assert client.post(f"{page}/supprimer").status_code == 303
    assert client.get(page).status_code == 404
