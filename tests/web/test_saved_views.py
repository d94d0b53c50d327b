"""Views of the queue under a name: kept, shared, opened first; nobody counts what they may not read."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backoffice.domain.incoming import ChannelCode
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.saved_views import SavedView
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import post, words

QUEUE, VIEWS = "/agents/dossiers", "/agents/dossiers/vues"
CALLS = {"vue": "en-cours", "canal": ["phone", "letter"], "etat": "received", "bidon": "x", "langue": "klingon"}


def view_named(house: Runtime, name: str) -> SavedView:
    with house.database.reading() as session:
        return session.scalars(select(SavedView).where(SavedView.name == name)).one()


def street_department(house: Runtime) -> int:
    with house.database.reading() as session:
        return session.scalars(select(Case.department_id)).first() or 0


def send(client: FlaskClient, path: str, data: dict[str, object]) -> str:
    answer = post(client, path, data)
    assert answer.status_code == 303, answer.text
    return answer.location


def test_a_list_is_kept_with_what_the_page_understands_and_the_queue_opens_on_it(
    house: Runtime, signed_in: SignedIn
) -> None:
    karim = signed_in("Karim")
    called = factories.a_receipt(house, channel=ChannelCode.PHONE).reference
    factories.a_receipt(house, channel=ChannelCode.EMAIL)
    opened = send(karim, VIEWS, {**CALLS, "name": "  Appels   et courrier ", "colonnes": ["usager", "canal", "virus"]})
    assert opened == f"{QUEUE}?vue=en-cours&canal=phone&canal=letter&etat=received&colonnes=usager&colonnes=canal"
    page = karim.get(opened).text
    assert re.findall(r'aria-current="page">([^<]+)</a>', page)[-1].strip() != ""
    assert ">Appels et courrier</a>" in page
    assert re.findall(r'href="/agents/dossiers/(20\d\d-\d{6})"', page) == [called]
    assert 'data-label="Canal"' in page
    assert 'data-label="Agent"' not in page
    view = view_named(house, "Appels et courrier")
    send(karim, f"{VIEWS}/premiere", {"view": str(view.id)})
    assert karim.get(QUEUE).location == f"{QUEUE}?{view.fields}"
    assert karim.get(f"{QUEUE}?vue=en-cours").status_code == 200
    assert "Donnez un nom" in post(karim, VIEWS, {"vue": "en-cours", "name": " "}).text
    send(karim, f"{VIEWS}/{view.id}/supprimer", {})
    assert karim.get(QUEUE).status_code == 200
    assert "Aucune vue enregistrée" in karim.get(VIEWS).text


def test_a_view_is_shared_by_who_looks_after_a_department_and_counts_what_each_may_read(
    app: Flask, house: Runtime, signed_in: SignedIn
) -> None:
    for _ in range(2):
        factories.a_receipt(house)
    street = street_department(house)
    karim, marc, sandrine = (signed_in(name) for name in ("Karim", "Marc", "Sandrine"))
    said = {"vue": "en-cours", "name": "Voirie", "department": str(street)}
    assert post(karim, VIEWS, said).status_code == 403
    send(marc, VIEWS, said)
    view = view_named(house, "Voirie")
    assert "Voirie" in karim.get(VIEWS).text
    assert "2" in words(karim.get(VIEWS).text)
    assert post(karim, f"{VIEWS}/{view.id}", {"name": "Routes", "department": str(street)}).status_code == 403
    assert post(karim, f"{VIEWS}/{view.id}/supprimer", {}).status_code == 403
    # Another department's agent knows nothing of it.
    for path in (f"{VIEWS}/{view.id}", f"{VIEWS}/{view.id}/supprimer", f"{VIEWS}/premiere"):
        assert post(sandrine, path, {"name": "x", "view": str(view.id)}).status_code == 404
    send(karim, f"{VIEWS}/premiere", {"view": str(view.id)})
    send(marc, f"{VIEWS}/{view.id}", {"name": "Routes", "department": ""})
    assert "Routes" not in karim.get(VIEWS).text
    assert karim.get(QUEUE).status_code == 200  # the view is not theirs any more: the usual queue
    send(marc, f"{VIEWS}/{view.id}", {"name": "Routes", "department": str(street)})
    with house.database.transaction() as session:
        session.execute(update(Case).where(Case.id == session.scalar(select(Case.id).limit(1))).values(restricted=True))
        outsider = factories.staff_named(session, "Sandrine").id
        session.execute(update(SavedView).values(owner_id=outsider, department_id=None))
    counted = re.search(r'data-label="Dossiers" class="nowrap">([^<]+)<', sandrine.get(VIEWS).text)
    assert counted
    assert counted[1] == "1"


def test_columns_and_keys_are_remembered(house: Runtime, signed_in: SignedIn) -> None:
    factories.a_receipt(house)
    karim = signed_in("Karim")
    to = send(karim, f"{QUEUE}/colonnes", {"vue": "en-cours", "colonnes": ["echeance", "effet", "lieu"]})
    assert to == f"{QUEUE}?vue=en-cours&colonnes=lieu&colonnes=effet&colonnes=echeance"
    assert words(karim.get(f"{QUEUE}?vue=en-cours").text).count("Effet du silence") >= 2
    assert 'data-label="Objet"' not in karim.get(QUEUE).text
    assert "data-letter-keys" in karim.get(QUEUE).text
    off = {"letter_keys": "no", "retour": f"{QUEUE}?vue=termines"}
    assert send(karim, f"{QUEUE}/raccourcis", off) == off["retour"]
    assert "data-letter-keys" not in karim.get(QUEUE).text
    assert "data-letter-keys" in signed_in("Marc").get(QUEUE).text
