"""Sharing a case: the reason of a hand-over at its head, who follows it, and the list of those one follows."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from backoffice.domain.french import long_date
from backoffice.infra.runtime import Runtime
from backoffice.models.absences import Absence
from backoffice.models.cases import Case
from backoffice.services import absences, casework, moment
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next
from tests.web.conftest import SignedIn
from tests.web.test_case_page import do
from tests.web.visits import words

pytestmark = pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
CASES = "/agents/dossiers"


def test_a_case_is_followed_from_its_page_and_found_again_in_the_queue(house: Runtime, signed_in: SignedIn) -> None:
    mine, other = (factories.a_receipt(house).reference for _ in range(2))
    client = signed_in("Julie")
    assert client.post(f"{CASES}/{mine}/suivre").status_code == 303
    page = client.get(f"{CASES}/{mine}").text
    assert "Agents qui suivent ce dossier" in page
    assert "Julie Caron" in page
    listed = client.get(f"{CASES}?vue=en-cours&suivis=1").text
    assert mine in listed
    assert other not in listed
    assert "ceux que je suis" in listed
    client.post(f"{CASES}/{mine}/ne-plus-suivre")
    assert mine not in client.get(f"{CASES}?vue=en-cours&suivis=1").text
    # A restricted case of another department is not there to be followed.
    with house.database.transaction() as session:
        secret = factories.a_case(session, house)
        secret.restricted = True
    assert client.post(f"{CASES}/{secret.reference}/suivre").status_code == 404


def test_whoever_is_given_a_case_reads_why_first(house: Runtime, signed_in: SignedIn) -> None:
    reference = factories.a_receipt(house).reference
    with house.database.reading() as session:
        karim = factories.staff_named(session, "Karim").id
    marc, client = signed_in("Marc"), signed_in("Karim")
    assert do(marc, reference, "attribuer", assignee=karim, handover="Rappeler avant\njeudi.").status_code == 303
    page = client.get(f"{CASES}/{reference}").text
    assert "la consigne de Marc Duval" in page
    assert page.index("Rappeler avant") < page.index('class="two-columns"')
    assert "À lire d’abord" not in marc.get(f"{CASES}/{reference}").text
    assert client.post(f"{CASES}/{reference}/consigne-lue").status_code == 303
    page = client.get(f"{CASES}/{reference}").text
    assert "À lire d’abord" not in page
    assert "Consigne lue" in page
    # What was typed is kept when the case changed meanwhile.
    seen = marc.get(f"{CASES}/{reference}").text
    with house.database.transaction() as session:
        held = session.get_one(factories.Case, factories.a_case(session, house).id)
        casework.note(session, factories.actor_named(session, "Marc"), held, "Ailleurs.")
    do(client, reference, "noter", note="Vu.")
    late = do(marc, reference, "attribuer", seen, assignee=karim, handover="Et vite.")
    assert late.status_code == 409
    assert "Et vite." in late.text


def test_why_a_case_was_handed_over_is_read_first_however_much_others_wrote_since(
    house: Runtime, signed_in: SignedIn
) -> None:
    reference = factories.a_receipt(house).reference
    with house.database.reading() as session:
        karim = factories.staff_named(session, "Karim").id
    marc, client = signed_in("Marc"), signed_in("Karim")
    do(marc, reference, "attribuer", assignee=karim, handover="Rappeler avant jeudi.")

    def write(first_name: str, times: int) -> None:
        with house.database.transaction() as session:
            held = session.scalars(select(Case).where(Case.reference == reference)).one()
            for _ in range(times):
                casework.note(session, factories.actor_named(session, first_name), held, "Vu sur place.")

    write("Marc", 60)
    assert "À lire d’abord" in client.get(f"{CASES}/{reference}").text
    write("Karim", 1)
    write("Marc", 60)
    assert "À lire d’abord" not in client.get(f"{CASES}/{reference}").text


def test_an_absence_is_noted_said_to_those_who_assign_and_called_off(house: Runtime, signed_in: SignedIn) -> None:
    reference = factories.a_receipt(house).reference
    with house.database.reading() as session:
        karim, marc = factories.staff_named(session, "Karim").id, factories.staff_named(session, "Marc").id
    today = datetime.now(UTC).date()
    days = {"from_on": today.isoformat(), "until_on": (today + timedelta(days=4)).isoformat(), "stand_in": marc}
    agent, supervisor = signed_in("Karim"), signed_in("Marc")
    refused = agent.post("/agents/absences", data=days | {"until_on": "demain", "words": "Bonne lecture."})
    assert refused.status_code == 422
    assert 'href="#f-until_on"' in refused.text
    assert "Bonne lecture." in refused.text
    assert agent.post("/agents/absences", data=days | {"staff": marc}).status_code == 403
    assert signed_in("Hélène").post("/agents/absences", data=days | {"staff": karim}).status_code == 403
    assert supervisor.post("/agents/absences", data=days | {"staff": karim}).status_code == 303
    page = agent.get("/agents/absences").text
    assert "Karim Benali" in page
    assert "à Marc Duval" in page
    absence = re.search(r"/agents/absences/(\d+)/annuler", page)
    assert absence is not None
    # Whoever assigns sees it before, and is told after; the case goes where it was sent all the same.
    shown = supervisor.get(f"/agents/dossiers/{reference}").text
    assert "Karim Benali (pas là jusqu’au" in shown
    assert do(supervisor, reference, "attribuer", assignee=karim).status_code == 303
    assert "n’est pas là jusqu’au" in supervisor.get(f"/agents/dossiers/{reference}").text
    assert signed_in("Julie").post(absence[0]).status_code == 403
    assert agent.post(absence[0]).status_code == 303
    page = agent.get("/agents/absences").text
    assert "L’absence est annulée" in page
    assert "Aucune absence notée" in page
    assert "Vos dossiers en cours" in page, "of nobody else"
    # One that has begun is not called off: somebody is back.
    assert agent.post("/agents/absences", data=days).status_code == 303
    with house.database.transaction() as session:
        session.scalars(select(Absence).order_by(Absence.id.desc()).limit(1)).one().begun_at = datetime.now(UTC)
    (back,) = re.findall(r"/agents/absences/\d+/annuler", agent.get("/agents/absences").text)
    agent.post(back)
    assert "Le retour est noté" in agent.get("/agents/absences").text
    # The case that Karim was given before he was away went nowhere: nothing is to be taken up again.
    assert "Vous êtes de retour" not in agent.get("/agents/absences").text
    assert agent.post("/agents/absences/reprendre").status_code == 303
    assert "Aucun dossier ne vous attend." in agent.get("/agents/absences").text


def test_who_was_away_for_a_day_reads_which_day(house: Runtime, signed_in: SignedIn) -> None:
    reference = factories.a_receipt(house).reference
    agent, yesterday = signed_in("Karim"), datetime.now(UTC).replace(hour=10) - timedelta(days=1)
    with house.database.transaction() as session, moment.at(yesterday):
        karim = factories.staff_named(session, "Karim")
        casework.take(session, factories.actor_named(session, "Karim"), session.scalars(select(Case)).one())
        planned = absences.Planned(yesterday.date(), yesterday.date())
        absences.record(session, factories.actor_named(session, "Karim"), karim, planned)
    with moment.at(yesterday):
        absences.begin(house, claim_next(house, JobKind.BEGIN_ABSENCES))
    day = f"le {long_date(yesterday.date())}"
    page = words(agent.get("/agents/absences").text)
    assert f"1 dossier vous attend : votre absence {day} l" in page
    assert f"Absence de Karim Benali {day} : rendue au service" in agent.get(f"/agents/dossiers/{reference}").text


def test_a_colleague_named_in_a_note_is_told_if_they_may_read_the_case(house: Runtime, signed_in: SignedIn) -> None:
    reference = factories.a_receipt(house).reference
    client = signed_in("Karim")
    address = f"{CASES}/{reference}/collegues"
    found = client.get(f"{address}?q=m").get_json()["suggestions"]
    assert {"label": "Marc Duval", "details": ["Chef du service cadre de vie"], "insert": "@marc.duval"} in found
    assert client.get(f"{address}?q=kerv").get_json()["suggestions"] == []  # the technical administrator reads no case
    note = "Qu’en dis-tu, @Marc.Duval ? Copie @jean.dupond, @paul.kervadec."
    assert do(client, reference, "noter", note=note).status_code == 303
    page = client.get(f"{CASES}/{reference}").text
    assert "@jean.dupond\u00a0» ne désigne aucun collègue" in page
    assert "Paul Kervadec\u00a0» n’a pas accès à ce dossier" in page
    place = re.search(r'id="(note-\d+)"', page)
    assert place is not None
    notices = signed_in("Marc").get("/agents/notifications").text
    assert f'href="/agents/dossiers/{reference}#{place[1]}"' in notices
    assert "Karim Benali vous mentionne dans une note." in notices
    with house.database.reading() as session:
        marc = factories.staff_named(session, "Marc").id
    do(client, reference, "attribuer", assignee=marc, handover="À toi, et @sandrine.legoff le sait.")
    assert "dans une consigne" in signed_in("Sandrine").get("/agents/notifications").text
    with house.database.transaction() as session:
        session.scalars(select(factories.Case)).one().restricted = True
    assert signed_in("Julie").get(f"{address}?q=m").status_code == 404
    assert reference not in signed_in("Sandrine").get("/agents/notifications").text
