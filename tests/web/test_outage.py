"""When the database is away, every door says so in French, with how to call us when it is known, and nothing else."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from backoffice.web import current
from tests import factories

DOORS = ("/", "/suivi", "/demarches", "/demarches/street_issue/demande", "/agents/connexion", "/agents/dossiers", "/x")


def _told(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code in {200, 302, 404, 503}, path
    assert "Traceback" not in answer.text
    assert "psycopg" not in answer.text
    return answer.text


def test_a_house_whose_database_is_away_says_so_at_every_door(tmp_path: Path) -> None:
    client = create_app(factories.some_settings("postgresql://nobody@127.0.0.1:9/none", tmp_path)).test_client()
    client.set_cookie("parvis_agent", "x" * 43)
    for path in DOORS:
        _told(client, path)
    assert "Service momentanément indisponible" in _told(client, "/demarches")
    posted = client.post("/suivi", data={"reference": "2026-000001", "code": "AAAA-AAAA"})
    assert posted.status_code in {400, 503}
    assert client.get("/sante/pret").status_code == 503
    assert client.get("/sante/vivant").status_code == 200


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_who_we_are_is_remembered_while_the_database_is_away(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        assert current.authority().phone in client.get("/").text
        database = app.extensions["parvis"].database
        phone, kept = current.authority().phone, app.extensions["parvis.authority"]
    app.extensions["parvis.authority"] = (0.0, kept[1])
    Path(database.engine.url.database or "").rename(Path(str(database.engine.url.database) + ".away"))
    database.dispose()
    Path(str(database.engine.url.database)).mkdir()
    answer = client.get("/demarches")
    assert answer.status_code == 503
    assert "Service momentanément indisponible" in answer.text
    assert phone in answer.text
