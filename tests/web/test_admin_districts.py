"""Administrators draw districts or list their streets; cases know theirs, and rules look at place, time and load."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from backoffice.domain.incoming import ChannelCode
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.districts import DistrictRow
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import catalogue, people
from backoffice.queries import tags as tag_queries
from backoffice.services import tags
from tests import factories, mails
from tests.web.conftest import SignedIn
from tests.web.visits import words

PAGE, RULES = "/agents/quartiers/", "/agents/orientation/"
NORTH = [[-0.9, 47.31], [-0.8, 47.31], [-0.8, 47.4], [-0.9, 47.4], [-0.9, 47.31]]
DRAWN = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"nom": "Nord"}, "geometry": {"type": "Polygon", "coordinates": [NORTH]}}
    ],
}


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """What is tested here does not depend on the database's engine."""
    return seeded_sqlite_url


def reported(house: Runtime, **place: object) -> Case:
    """A report of the street at a place, filed online on a Tuesday of this month, before noon."""
    now = datetime.now(UTC)
    tuesday = now - timedelta(days=(now.isoweekday() - 2) % 7 + 7)
    receipt = factories.a_receipt(
        house,
        procedure="street_issue",
        answers={"category": "lighting", "location": place},
        received_at=tuesday.replace(hour=9),
    )
    with house.database.reading() as session:
        case = session.get_one(Case, receipt.case_id)
        session.expunge(case)
    return case


def ids(house: Runtime) -> dict[str, str]:
    """The numbers that forms send: departments by code, districts and agents by name."""
    with house.database.reading() as session:
        authority = factories.the_authority(session)
        found = {one.code: str(one.id) for one in catalogue.list_departments(session, authority.id)}
        found |= {one.name: str(one.id) for one in session.scalars(select(DistrictRow))}
        found |= {one.name.split()[0]: str(one.id) for one in people.list_staff(session, authority.id)}
        return found


def write_districts_and_rules(house: Runtime, signed_in: SignedIn) -> dict[str, str]:
    """A district that is drawn, one of odd numbers, and three rules: a tag in the morning, two departments, one."""
    client = signed_in("Nadia")
    file = {"file": (io.BytesIO(json.dumps(DRAWN).encode()), "quartiers.geojson")}
    assert client.post(f"{PAGE}import", data=file).status_code == 303
    assert "Dossiers en cours" not in client.get(PAGE).text, "she reads no case: a 0 would be a lie"
    refused = client.post(f"{PAGE}nouveau", data={"name": "nord", "streets": "rue des Lilas : au bout"})
    assert refused.status_code == 422
    assert "déjà ce nom" in words(refused.text)
    assert "Ligne 1" in words(refused.text)
    assert "rue des Lilas : au bout" in refused.text
    client.post(f"{PAGE}nouveau", data={"name": "Centre", "streets": "rue des Lilas : impairs"})
    known = ids(house)
    with house.database.transaction() as session:
        tag = tags.create(session, factories.actor_named(session, "Nadia"), {"name": "Nuit", "tone": "info"})
        known["tag"] = str(tag.id)
    # A tag alone lets the next rules decide.
    client.post(
        f"{RULES}nouvelle", data={"name": "le matin", "from_hour": "08:00", "to_hour": "12:00", "tag": known["tag"]}
    )
    assert "Entre 8 h et 12 h" in words(client.get(RULES).text)
    shared = {
        "name": "nord partagé",
        "districts": [known["Nord"]],
        "for_procedures": ["street_issue"],
        "channels": ["web_form", "phone"],
        "weekdays": ["2"],
        "department": [known["voirie"], known["juridique"]],
    }
    assert client.post(f"{RULES}nouvelle", data=shared).status_code == 303
    centre = {"name": "centre", "districts": [known["Centre"]], "agents": [known["Karim"]]}
    assert client.post(f"{RULES}nouvelle", data=centre).status_code == 303
    return known


def test_a_place_gives_its_district_and_a_rule_sends_by_it(house: Runtime, signed_in: SignedIn) -> None:
    known = write_districts_and_rules(house, signed_in)
    client, karim = signed_in("Nadia"), signed_in("Karim")
    first = reported(house, latitude=47.35, longitude=-0.85)
    assert str(first.district_id) == known["Nord"]
    assert "par la règle «\u00a0nord partagé\u00a0» (le moins chargé de 2 services)" in first.routing_reason
    second = reported(house, latitude=47.36, longitude=-0.85)
    # One open case each: the first department was loaded by the first case.
    assert {str(first.department_id), str(second.department_id)} == {known["voirie"], known["juridique"]}
    third = reported(house, address="13 rue des Lilas, Saint-Aubin")
    assert (str(third.district_id), str(third.department_id)) == (known["Centre"], known["voirie"])
    assert str(third.assignee_id) == known["Karim"]
    assert "confié à Karim" in third.routing_reason
    away = reported(house, address="12 rue des Lilas")
    assert (away.district_id, away.assignee_id, away.routing_reason) == (None, None, "Service chargé de la démarche")
    with house.database.reading() as session:
        events = select(CaseEvent).where(CaseEvent.case_id == third.id, CaseEvent.kind.in_(["assigned", "tagged"]))
        assert [one.actor_kind for one in session.scalars(events)] == ["system", "system"]
        assert [one.name for one in tag_queries.list_of_case(session, away.id)] == ["Nuit"]
        told = session.execute(select(StaffNotice.case_id, StaffNotice.staff_id, StaffNotice.event)).all()
        assert [tuple(one) for one in told] == [(third.id, third.assignee_id, "assigned")]
    assert "Une règle d’orientation vous attribue ce dossier." in words(karim.get("/agents/notifications").text)

    # Tried on last month: the rules move nothing, and say what they would do.
    centre = {"name": "essai", "districts": [known["Centre"]], "agents": [known["Karim"]], "action": "essayer"}
    page = words(client.post(f"{RULES}nouvelle", data=centre).text)
    assert "sur 4 dossiers ouverts, cette règle en aurait pris 0" in page  # the first rule of the list decides
    page = words(client.get(f"{RULES}?essai=1").text)
    assert "ces règles en auraient pris 4" in page
    assert "Le moins chargé de : " in page

    # The queue keeps what is of a district, and shows its column; the case says it.
    queue = words(karim.get(f"/agents/dossiers?vue=en-cours&quartier={known['Nord']}&colonnes=quartier").text)
    assert first.reference in queue
    assert second.reference in queue
    assert third.reference not in queue
    assert "Quartier Centre" in words(karim.get(f"/agents/dossiers/{third.reference}").text)

    # A district that comes later finds the open cases of its streets.
    client.post(f"{PAGE}nouveau", data={"name": "Lilas", "streets": "rue des Lilas : pairs"})
    mails.work_off(house)
    with house.database.reading() as session:
        assert str(session.get_one(Case, away.id).district_id) == ids(house)["Lilas"]
        assert str(session.get_one(Case, first.id).district_id) == known["Nord"]

    # What is retired takes no new case, and those it has keep it.
    client.post(f"{PAGE}{known['Nord']}/activite", data={"active": "0"})
    assert reported(house, latitude=47.35, longitude=-0.85).district_id is None
    mails.work_off(house)
    assert "Quartier Nord" in words(karim.get(f"/agents/dossiers/{first.reference}").text)
    assert "Contour importé" in words(client.get(f"{PAGE}{known['Nord']}").text)


def test_a_sensitive_procedure_follows_only_the_rules_that_name_it(house: Runtime, signed_in: SignedIn) -> None:
    client, known = signed_in("Nadia"), ids(house)
    client.post(f"{RULES}nouvelle", data={"name": "tout", "channels": ["counter"], "department": known["voirie"]})
    with house.database.reading() as session:
        listed = catalogue.list_procedures(session, factories.the_authority(session).id)
        sensitive = next(
            one for one in listed if one.current_version and one.current_version.definition.get("restricted")
        )
        code, home = sensitive.code, sensitive.department_id

    def opened() -> int:
        receipt = factories.a_receipt(house, channel=ChannelCode.COUNTER, procedure=code)
        with house.database.reading() as session:
            return session.get_one(Case, receipt.case_id).department_id

    assert opened() == home
    named = {"name": "nommée", "for_procedures": [code], "department": known["juridique"]}
    client.post(f"{RULES}nouvelle", data=named)
    assert str(opened()) == known["juridique"]


def test_a_rule_that_cannot_hold_is_told_beside_its_fields(house: Runtime, signed_in: SignedIn) -> None:
    known = ids(house)
    faulty = {
        "name": "x",
        "for_procedures": ["street_issue"],
        "procedure": "street_issue",
        "from_hour": "08:00",
        "department": known["juridique"],
        "agents": [known["Karim"]],
        "mailbox": "demandes",
        "channels": ["phone"],
    }
    answer = signed_in("Nadia").post(f"{RULES}nouvelle", data=faulty)
    page = words(answer.text)
    for said in (
        "La démarche est déjà choisie",
        "Donnez les deux heures",
        "ne fait pas partie du service",
        "que des courriels",
    ):
        assert said in page
    assert answer.status_code == 422
    for first_name in ("Karim", "Paul"):
        assert signed_in(first_name).get(PAGE).status_code == 403


def test_a_street_of_two_districts_is_told_above_their_list(house: Runtime, signed_in: SignedIn) -> None:
    client = signed_in("Nadia")
    for name, streets in (("Nord", "rue des Lilas"), ("Sud", "rue des Lilas : 12 à 30 pairs")):
        client.post(f"{PAGE}nouveau", data={"name": name, "streets": streets})
    assert "« rue des lilas » : Nord, Sud" in words(client.get(PAGE).text)
