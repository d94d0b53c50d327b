"""Open data on the web: what the desk decides, and what everybody and every machine may then take."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from backoffice.domain import dcat
from backoffice.infra.runtime import Runtime
from backoffice.models.districts import DistrictRow
from backoffice.services import moment
from tests.usecases.test_open_data import JUNE, TYPED, WHY, fill, publish, round_of
from tests.web.conftest import SignedIn
from tests.web.visits import words

DESK, PUBLIC = "/agents/donnees-ouvertes", "/donnees-ouvertes"
HERE, CATALOGUE = f"{PUBLIC}/street_issue", f"{PUBLIC}/catalogue.jsonld"
MEDIA_TYPES = {
    "donnees.csv": "text/csv; charset=utf-8; header=present",
    "donnees.geojson": "application/geo+json",
    "dictionnaire.csv": "text/csv; charset=utf-8; header=present",
    "schema.json": "application/json",
}


def addresses_of(said: Any) -> Iterator[str]:
    """The addresses of a catalogue that are ours."""
    if isinstance(said, dict):
        for name, value in said.items():
            if name == "@id" and "/donnees-ouvertes" in value:
                yield value
            yield from addresses_of(value)
    elif isinstance(said, list):
        for one in said:
            yield from addresses_of(one)


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_an_administrator_publishes_and_everybody_downloads(
    house: Runtime, signed_in: SignedIn, client: FlaskClient
) -> None:
    fill(house, {1: 9, 2: 8})
    nadia = signed_in("Nadia")
    with moment.at(JUNE):
        seen = words(nadia.post(f"{DESK}/street_issue/apercu", data=TYPED).text)
        assert "Demandes reçues 17" in seen
        assert "Rien n’est publié par cet aperçu." in seen
        assert client.get(HERE).status_code == 404
        wrong = nadia.post(f"{DESK}/street_issue", data={**TYPED, "threshold": "1"})
        assert wrong.status_code == 422
        assert "Écrivez un nombre de personnes, de 3 à 100." in wrong.text
        assert 'value="2026-01"' in wrong.text
        assert nadia.post(f"{DESK}/street_issue", data=TYPED).status_code == 303
        assert nadia.post(f"{DESK}/street_issue/publier", data={}).status_code == 303
        publish(house)
    desk = words(nadia.get(f"{DESK}/street_issue").text)
    for said in ("Publication ouverte", "Publication demandée maintenant", "Version 1 : 17 lignes, 0 demande écartée."):
        assert said in desk

    # Who only reads figures sees and looks, and decides nothing.
    philippe = signed_in("Philippe")
    page = philippe.get(f"{DESK}/street_issue").text
    assert "Voir l’aperçu" in page
    assert "Publier maintenant" not in page
    for path in ("", "/publier", "/retirer"):
        assert philippe.post(f"{DESK}/street_issue{path}", data=TYPED).status_code == 403
    assert signed_in("Sandrine").get(f"{DESK}/").status_code == 403


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_files_are_for_everybody_until_they_are_taken_back(
    house: Runtime, signed_in: SignedIn, client: FlaskClient
) -> None:
    """No session, no cookie, a cache may keep them, and each version has an address of its own."""
    fill(house, {1: 9, 2: 8})
    nadia = signed_in("Nadia")
    with moment.at(JUNE):
        assert nadia.post(f"{DESK}/street_issue", data=TYPED).status_code == 303
        round_of(house)
        publish(house)
    for name, media_type in MEDIA_TYPES.items():
        answer = client.get(f"{HERE}/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert not {"Set-Cookie", "Vary"} & set(answer.headers.keys())
        assert answer.content_length == len(answer.data)
        assert answer.headers["ETag"].strip('"') == hashlib.sha256(answer.data).hexdigest()
        always = answer.headers["Content-Location"]
        assert always == f"{HERE}/versions/1/{name}"
        assert client.get(always).data == answer.data
        again = client.get(always, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert client.head(always).content_length == len(answer.data)
    lines = list(csv.DictReader(io.StringIO(client.get(f"{HERE}/donnees.csv").text)))
    assert len(lines) == 17
    schema = client.get(f"{HERE}/schema.json").json
    assert schema is not None
    assert [one["name"] for one in schema["fields"]] == list(lines[0])
    for field in schema["fields"]:
        allowed = field.get("constraints", {}).get("enum")
        for line in lines:
            cell = line[field["name"]]
            assert cell or not field.get("constraints", {}).get("required")
            assert not cell or not allowed or cell in allowed
    for path in ("/x", "/versions/1/x", "/versions/2/donnees.csv", "/versions/99999999999/donnees.csv"):
        assert client.get(f"{HERE}{path}").status_code == 404
    page = client.get(HERE, headers={"Accept-Language": "en"}).text
    assert "One line for each request received from" in page
    assert client.get(PUBLIC).text.count("/donnees-ouvertes/street_issue") == 1

    # Taken back, nothing opens: not what was bookmarked either.
    with moment.at(JUNE):
        assert nadia.post(f"{DESK}/street_issue/retirer", data={"reason": "non"}).status_code == 422
        assert nadia.post(f"{DESK}/street_issue/retirer", data={"reason": WHY}).status_code == 303
    for path in ("", "/donnees.csv", "/versions/1/donnees.csv"):
        gone = client.get(f"{HERE}{path}")
        assert (gone.status_code, "retiré" in gone.text) == (410, True)
    assert "street_issue" not in client.get(PUBLIC).text
    assert client.get(CATALOGUE).json["dcat:dataset"] == []
    assert WHY in nadia.get(f"{DESK}/street_issue").text


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_the_catalogue_says_all_that_dcat_ap_wants(house: Runtime, signed_in: SignedIn, client: FlaskClient) -> None:
    fill(house, {1: 9})
    with house.database.transaction() as session:
        session.execute(update(DistrictRow).values(name="Gare"))
    nadia = signed_in("Nadia")
    licence = {
        "licence": "ODbL", "licence_url": "https://opendatacommons.org/licenses/odbl/1-0/",
        "email": "donnees@saint-aubin.example", "territory": "Saint-Aubin", "territory_uri": "http://id.insee.fr/geo/commune/49007",
    }  # fmt: skip
    assert nadia.post(f"{DESK}/catalogue", data={**licence, "licence_url": "ici"}).status_code == 422
    assert nadia.post(f"{DESK}/catalogue", data=licence).status_code == 303
    assert "ODbL" in nadia.get(f"{DESK}/").text
    with moment.at(JUNE):
        assert nadia.post(f"{DESK}/street_issue", data=TYPED).status_code == 303
        round_of(house)
        publish(house)
    answer = client.get(CATALOGUE)
    assert (answer.mimetype, "Set-Cookie" in answer.headers) == ("application/ld+json", False)
    again = client.get(CATALOGUE, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    said = json.loads(answer.data)
    assert said["@context"] == dcat.CONTEXT
    # Mandatory properties of DCAT-AP 3, then those that portals recommend.
    for name in ("dct:title", "dct:description", "dct:publisher", "dcat:dataset", "dct:license", "dct:language"):
        assert said[name], name
    (dataset,) = said["dcat:dataset"]
    for name in ("dct:title", "dct:description", "dct:identifier", "dcat:keyword", "dcat:theme", "dcat:contactPoint"):
        assert dataset[name], name
    assert dataset["dct:accrualPeriodicity"]["@id"].endswith("frequency/MONTHLY")
    assert dataset["dct:spatial"]["@id"] == licence["territory_uri"]
    assert dataset["dct:publisher"]["foaf:name"]["@value"] == "Ville de Saint-Aubin-les-Tilleuls"
    assert dataset["dct:temporal"]["dcat:endDate"] == {"@type": "xsd:date", "@value": "2026-03-31"}
    assert dataset["dct:issued"]["@value"] == "2026-06-10T08:00:00+00:00"
    names = []
    for file in dataset["dcat:distribution"]:
        assert file["dct:license"]["@id"] == licence["licence_url"]
        names.append(file["dct:format"]["@id"].rpartition("/")[2])
        address = file["dcat:downloadURL"]["@id"].partition(PUBLIC)
        content = client.get(address[1] + address[2])
        assert content.mimetype == file["dcat:mediaType"]["@id"].removeprefix(dcat.MEDIA_TYPES)
        assert file["dcat:byteSize"] == {"@type": "xsd:nonNegativeInteger", "@value": str(len(content.data))}
        assert file["spdx:checksum"]["spdx:checksumValue"]["@value"] == hashlib.sha256(content.data).hexdigest()
    assert names == ["CSV", "GEOJSON", "CSV"]
    for address in set(addresses_of(said)):
        assert client.get(PUBLIC + address.partition(PUBLIC)[2]).status_code == 200, address
