"""The sheet of a citizen: all that the house knows of a person, and what may be another sheet of theirs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.representation import Capacity, Represented, Tie
from backoffice.errors import Conflict, Forbidden
from backoffice.models.calls import CallRecord
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.contacts import Contact
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen, CitizenIdentity, CitizenMerge
from backoffice.services import reconciliation
from backoffice.services.journal import Event
from tests import factories
from tests.conftest import OpenApp
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.visits import words

JEANNE = Sender(
    family_name="Lefèvre",
    given_names="Jeanne",
    email="jeanne@courriel.example",
    phone="+33612345678",
    address_line="12 rue des Lilas",
    postcode="49100",
    city="Angers",
)
TWIN = Sender(family_name="Lefebvre", given_names="Jeanne", phone="06 12 34 56 78", city="Angers", usage_name="Roy")


@pytest.fixture
def app(open_app: OpenApp, seeded_sqlite_url: str) -> Flask:
    return open_app(seeded_sqlite_url)


def sheet_of(app: Flask, sender: Sender, **changes: object) -> tuple[int, str]:
    """Somebody asked for something at the counter: their sheet, and the reference."""
    receipt = factories.a_receipt(runtime_of(app), channel=ChannelCode.COUNTER, sender=sender, **changes)
    with runtime_of(app).database.reading() as session:
        return session.get_one(Case, receipt.case_id).citizen_id or 0, receipt.reference


def test_an_agent_corrects_on_the_sheet_how_a_person_is_reached(app: Flask, signed_in: SignedIn) -> None:
    jeanne, reference = sheet_of(app, JEANNE)
    desk = signed_in("Sandrine")
    form = {"email": "", "phone": "06 98 76 54", "city": "Angers", "contact_preference": "sms", "refuses_email": "yes"}
    wrong = desk.post(f"/agents/usagers/{jeanne}/coordonnees", data=form)
    assert (wrong.status_code, 'value="06 98 76 54"' in wrong.text, 'href="#f-phone"' in wrong.text) == (
        422,
        True,
        True,
    )
    nowhere = desk.post(f"/agents/usagers/{jeanne}/coordonnees", data={**form, "phone": ""})
    assert "Écrivez son téléphone, ou choisissez un autre moyen." in nowhere.text
    right = desk.post(f"/agents/usagers/{jeanne}/coordonnees", data={**form, "phone": "06 98 76 54 32"})
    assert right.status_code == 303
    page = words(desk.get(right.location).text)
    for shown in ("06 98 76 54 32", "(un agent, ", "Par SMS", "Refuse les réponses électroniques"):
        assert shown in page, shown
    assert JEANNE.email not in page
    history = words(desk.get(f"/agents/dossiers/{reference}").text)
    assert "adresse électronique, téléphone, numéro et rue, code postal, préférence de contact, refus des" in history
    with runtime_of(app).database.reading() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        assert (case.citizen.phone, case.citizen.accepts_email) == ("+33698765432", False)
    # Nobody reads another authority's sheets, and who only reads changes nothing.
    assert signed_in("Inès").post(f"/agents/usagers/{jeanne + 99}/coordonnees", data=form).status_code in (403, 404)


def test_a_sheet_tells_how_a_person_is_reached_and_all_that_was_done(app: Flask, signed_in: SignedIn) -> None:
    mother = Represented(Capacity.PERSON, "Lefèvre", "Odile", Tie.MANDATE, scope="Ses démarches de logement", seen=True)
    jeanne, reference = sheet_of(app, JEANNE, represented=mother)
    childcare, hidden = sheet_of(app, replace(JEANNE, citizen_id=jeanne), procedure="childcare_place")
    assert childcare == jeanne
    with runtime_of(app).database.transaction() as session:
        sandrine = factories.staff_named(session, "Sandrine")
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        sent = datetime(2026, 3, 2, 8, tzinfo=UTC)
        own = {"authority_id": case.authority_id, "case_id": case.id, "created_at": sent, "sent_at": sent}
        session.add(OutgoingMail(**own, recipient=JEANNE.email, subject="", text="", message_id="<lost@ici>",
                                 bounced_at=sent, error="550 Boîte inconnue"))  # fmt: skip
        said = {"channel": "phone", "at": sent, "recorded_by_id": sandrine.id, "citizen_id": jeanne}
        session.add(Contact(authority_id=case.authority_id, source_id="form-1", line="Horaires de la piscine", **said))
        rung = {"external_id": "c1", "direction": "in", "from_number": JEANNE.phone, "to_number": "", "told_at": sent}
        over = {"started_at": sent, "duration": 75, "outcome": "answered", "citizen_id": jeanne}
        session.add(CallRecord(authority_id=case.authority_id, **rung, **over))
    page = words(signed_in("Sandrine").get(f"/agents/usagers/{jeanne}").text)
    for shown in (
        reference, "Guichet", "06 12 34 56 78", "Dernier courriel revenu", "550 Boîte inconnue",
        "Horaires de la piscine", "1 min 15 s", "Odile Lefèvre", "Ses démarches de logement",
        "justificatif vu par un agent",
    ):  # fmt: skip
        assert shown in page, shown
    assert hidden not in page
    assert "sensibles" not in page
    # Who may read it has it on the page, and its history says so.
    assert hidden in words(signed_in("Mathieu").get(f"/agents/usagers/{jeanne}").text)
    with runtime_of(app).database.reading() as session:
        kinds = (CaseEvent.kind == Event.READ_RESTRICTED, Case.reference == hidden)
        (read,) = session.scalars(select(CaseEvent).join(Case, Case.id == CaseEvent.case_id).where(*kinds))
        assert read.actor_name.startswith("Mathieu")
        assert read.data["citizen_id"] == jeanne
    assert "Vu sur la fiche de l’usager" in words(signed_in("Mathieu").get(f"/agents/dossiers/{hidden}").text)


def test_an_agent_joins_two_sheets_for_a_reason_and_parts_them_exactly(app: Flask, signed_in: SignedIn) -> None:
    jeanne, reference = sheet_of(app, JEANNE)
    twin, other = sheet_of(app, TWIN)
    with runtime_of(app).database.transaction() as session:
        sandrine, at = factories.staff_named(session, "Sandrine"), datetime(2026, 3, 2, 8, tzinfo=UTC)
        said = {"channel": "phone", "at": at, "recorded_by_id": sandrine.id, "line": "Horaires de la piscine"}
        session.add(Contact(authority_id=sandrine.authority_id, source_id="form-1", citizen_id=twin, **said))
    before = [_state(app, one) for one in (jeanne, twin)]
    desk = signed_in("Sandrine")
    path = f"/agents/usagers/{jeanne}"
    page = words(desk.get(path).text)
    for shown in ("Peut-être la même personne", "Jeanne Roy", "même téléphone, nom très proche, même commune", other):
        assert shown in page, shown
    empty = desk.post(f"{path}/reunir", data={"fiche": twin, f"join-{twin}": " "})
    assert empty.status_code == 422
    assert "Dites ce qui montre" in words(empty.text)
    why = "Carte d’identité présentée au guichet."
    assert desk.post(f"{path}/reunir", data={"fiche": twin, f"join-{twin}": why}).status_code == 303
    page = words(desk.get(path).text)
    assert "Peut-être" not in page
    for shown in (reference, other, "constat d’un agent", why, "Nom d’usage Roy", "Horaires de la piscine"):
        assert shown in page, shown
    assert why in words(desk.get(f"/agents/dossiers/{other}").text)
    assert 'href="/agents/usagers?q=lefebvre"' in desk.get("/agents/dossiers?q=lefebvre").text
    assert path in desk.get("/agents/usagers?q=lefebvre").text
    assert desk.post(f"{path}/reunir", data={"fiche": twin, f"join-{twin}": why}).status_code == 409
    with runtime_of(app).database.reading() as session:
        merge = session.scalars(select(CitizenMerge)).one()
    parted = desk.post(f"{path}/separer/{merge.id}", data={f"reason-{merge.id}": "Deux cousines."})
    assert parted.status_code == 303
    assert [_state(app, one) for one in (jeanne, twin)] == before
    # They are told apart for good, from either sheet.
    assert desk.post(f"{path}/ecarter", data={"fiche": twin}).status_code == 303
    assert "Peut-être" not in words(desk.get(path).text) + words(desk.get(f"/agents/usagers/{twin}").text)


def test_two_verified_people_are_never_joined_and_few_may_join(app: Flask, signed_in: SignedIn) -> None:
    jeanne, _ = sheet_of(app, JEANNE)
    twin, _ = sheet_of(app, TWIN)
    now = datetime.now(UTC)
    with runtime_of(app).database.transaction() as session:
        for citizen_id in (jeanne, twin):
            proven = {"issuer": "https://fc", "subject": str(citizen_id), "provider": "franceconnect"}
            session.add(CitizenIdentity(
                authority_id=session.get_one(Citizen, citizen_id).authority_id,
                citizen_id=citizen_id, linked_at=now, last_login_at=now, **proven,
            ))  # fmt: skip
    with runtime_of(app).database.transaction() as session:
        sandrine, paul = (factories.actor_named(session, name) for name in ("Sandrine", "Paul"))
        with pytest.raises(Conflict):
            reconciliation.merge_by_agent(session, sandrine, jeanne, twin, "Même visage.")
        with pytest.raises(Conflict):
            reconciliation.merge_by_agent(session, sandrine, jeanne, jeanne, "Même fiche.")
        with pytest.raises(Forbidden):
            reconciliation.merge_by_agent(session, paul, jeanne, twin, "Curieux.")
    assert signed_in("Paul").post(f"/agents/usagers/{jeanne}/ecarter", data={"fiche": twin}).status_code == 403


def test_rows_written_past_the_house_are_found_once_indexed(app: Flask, signed_in: SignedIn) -> None:
    jeanne, _ = sheet_of(app, JEANNE)
    with runtime_of(app).database.transaction() as session:
        session.execute(update(Citizen).values(family_name="Quéméneur"))
    desk, path = signed_in("Sandrine"), "/agents/usagers?q=kemeneur"
    assert f"/agents/usagers/{jeanne}" not in desk.get(path).text
    with app.app_context():  # as the `flask` command gives
        assert app.test_cli_runner().invoke(args=["index-people"]).output == "People are indexed.\n"
    assert f"/agents/usagers/{jeanne}" in desk.get(path).text


def _state(app: Flask, citizen_id: int) -> dict[str, object]:
    """A sheet and its cases, column by column, but for what keeps the count of changes."""
    with runtime_of(app).database.reading() as session:
        citizen = session.get_one(Citizen, citizen_id)
        columns = {column.name: getattr(citizen, column.name) for column in Citizen.__table__.columns}
        owned = session.scalars(select(Case.reference).where(Case.citizen_id == citizen_id)).all()
        contacts = session.scalars(select(Contact.id).where(Contact.citizen_id == citizen_id)).all()
        return columns | {"cases": list(owned), "contacts": list(contacts)}
