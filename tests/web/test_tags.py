"""Tags: who writes them, how agents put them on cases, how the queue is narrowed to one, and who never hears of it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backoffice.domain.policy import Permission, allows
from backoffice.errors import Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.tags import Tag
from backoffice.queries import cases
from backoffice.queries import tags as queries
from backoffice.services import case_tags, journal, tags
from tests import factories
from tests.web.visits import post, sign_in, words

TAGS = "/agents/etiquettes"


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def a_tag(runtime: Runtime, name: str, department: str = "") -> int:
    """A tag of all departments, or of the one of this code, by the administrator."""
    with runtime.database.transaction() as session:
        one = session.scalars(select(Department).where(Department.code == department)).one() if department else None
        typed = {"name": name, "tone": "warning", "department": str(one.id) if one else ""}
        return tags.create(session, factories.actor_named(session, "Nadia"), typed).id


def test_an_administrator_writes_a_tag_agents_put_it_and_the_queue_finds_it(
    runtime: Runtime, client: FlaskClient, app: Flask
) -> None:
    reference, other = factories.a_receipt(runtime).reference, factories.a_receipt(runtime).reference
    sign_in(client, "Nadia")
    wrong = post(client, f"{TAGS}/nouvelle", {"name": " ", "tone": "puce", "department": "999"})
    assert wrong.status_code == 422
    for said in ("Écrivez le nom de l’étiquette.", "Choisissez une couleur", "Choisissez un service"):
        assert said in wrong.text
    assert post(client, f"{TAGS}/nouvelle", {"name": "Fuite d'eau", "tone": "danger"}).status_code == 303
    assert "existe déjà" in post(client, f"{TAGS}/nouvelle", {"name": "FUITE D’EAU", "tone": "info"}).text
    assert "Fuite d’eau" in words(client.get(TAGS).text)
    school = a_tag(runtime, "Cantine", "enfance")

    agent = app.test_client()
    sign_in(agent, "Karim")
    assert agent.get(TAGS).status_code == 403
    page = agent.get(f"/agents/dossiers/{reference}").text
    assert "Fuite d’eau" in page
    assert "Cantine" not in page
    with runtime.database.reading() as session:
        tag = session.scalars(select(Tag).where(Tag.tone == "danger")).one()
        revision = session.scalars(select(Case.revision).where(Case.reference == reference)).one()
    address, seen = f"/agents/dossiers/{reference}/etiquettes", {"revision": str(revision)}
    assert post(agent, address, {"tags": [str(school)], **seen}).status_code == 422
    assert post(agent, address, {"tags": [str(tag.id)], **seen}).status_code == 303
    assert post(agent, address, {"tags": [], **seen}).status_code == 409
    with runtime.database.reading() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        last = cases.list_events(session, case.id)[-1]
        assert (last.kind, last.data["names"]) == ("tagged", ["Fuite d’eau"])
        assert journal.verify(session, case)
    queue = agent.get("/agents/dossiers", query_string={"vue": "en-cours", "etiquette": tag.id}).text
    assert reference in queue
    assert other not in queue
    shown = agent.get("/agents/dossiers?vue=en-cours&colonnes=etiquettes").text
    carried = re.findall(r'data-label="Étiquettes"><span>(.*?)</span></td>', shown)
    assert [len(re.findall("Fuite d’eau", one)) for one in carried] == [1, 0]

    assert post(client, f"{TAGS}/{tag.id}/service", {"retired": "1"}).status_code == 303
    assert "Retirée" in client.get(f"{TAGS}/{tag.id}").text
    assert "Fuite d’eau" in agent.get(f"/agents/dossiers/{reference}").text
    assert "Fuite d’eau" not in agent.get(f"/agents/dossiers/{other}").text


def test_a_supervisor_writes_the_tags_of_their_departments_alone(runtime: Runtime) -> None:
    for_all, roads = a_tag(runtime, "Canicule"), a_tag(runtime, "Enrobé", "voirie")
    with runtime.database.transaction() as session:
        helene = factories.actor_named(session, "Hélène")
        own = next(one for one in session.scalars(select(Department)) if one.code == "enfance")
        mine = tags.create(session, helene, {"name": "Cantine", "tone": "info", "department": str(own.id)})
        tags.set_retired(session, helene, mine.id, retired=True)
        assert [one.kind for one in queries.list_changes(session, mine.id)] == ["retired", "created"]
        for tag_id in (for_all, roads):
            with pytest.raises(Forbidden):
                tags.set_retired(session, helene, tag_id, retired=True)
        with pytest.raises(Invalid) as nowhere:
            tags.create(session, helene, {"name": "Partout", "tone": "info"})
        assert "Choisissez le service" in nowhere.value.faults["department"]
        assert not allows(factories.actor_named(session, "Karim"), Permission.TAG_MANAGE)


def test_the_tags_of_a_restricted_case_are_counted_for_nobody_else(runtime: Runtime, client: FlaskClient) -> None:
    tag_id, reference = a_tag(runtime, "Canicule"), factories.a_receipt(runtime).reference
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        case_tags.choose(session, karim, cases.claim_case(session, karim, reference), {tag_id})
        helene = factories.actor_named(session, "Hélène")
        assert queries.count_cases(session, helene) == {tag_id: 1}
        session.execute(update(Case).values(restricted=True))
        assert queries.count_cases(session, helene) == {}
    sign_in(client, "Hélène")
    assert reference not in client.get("/agents/dossiers", query_string={"etiquette": tag_id, "vue": "en-cours"}).text
