"""Accounts of agents: a password that only its owner knows, and every change written, shown and told."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backoffice.infra.runtime import Runtime
from backoffice.models.accounts import AccountEvent
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Staff
from backoffice.queries import people
from backoffice.services import account_history, accounts, moment
from tests import factories
from tests.web.conftest import SignedIn
from tests.web.visits import STAFF, post, sign_in, words

ACCOUNTS, INVITATION = "/agents/comptes", "/agents/invitation"
LEA = {"name": "Léa Petit", "email": "lea.petit@saint-aubin.example"}
CHOSEN = "quatre mots à elle seule"


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


def mails_to(runtime: Runtime, email: str) -> list[OutgoingMail]:
    with runtime.database.reading() as session:
        query = select(OutgoingMail).where(OutgoingMail.recipient == email).order_by(OutgoingMail.id)
        return list(session.scalars(query))


def link_of(mail: OutgoingMail) -> str:
    """The path of the link in an invitation."""
    found = re.search(rf"http://127\.0\.0\.1:8000({INVITATION}/\S+)", mail.text)
    assert found
    assert found[1] in mail.html
    return found[1]


def account_id(runtime: Runtime, email: str) -> int:
    with runtime.database.reading() as session:
        found = people.find_staff_by_email(session, email)
        assert found is not None
        return found.id


def history_of(runtime: Runtime, email: str) -> list[AccountEvent]:
    with runtime.database.reading() as session:
        assert account_history.verify(session, account_id(runtime, email))
        query = select(AccountEvent).where(AccountEvent.staff_id == account_id(runtime, email))
        return list(session.scalars(query.order_by(AccountEvent.number)))


def a_new_agent(runtime: Runtime, admin: FlaskClient) -> str:
    """Open Léa's account; the path of the link that she is sent."""
    done = admin.post(f"{ACCOUNTS}/nouveau", data=LEA)
    assert done.status_code == 303
    (mail,) = mails_to(runtime, LEA["email"])
    return link_of(mail)


def test_a_new_agent_chooses_a_password_that_no_administrator_ever_sees(
    app: Flask, runtime: Runtime, signed_in: SignedIn
) -> None:
    admin = signed_in("Nadia")
    link = a_new_agent(runtime, admin)
    page = admin.get(f"{ACCOUNTS}/{account_id(runtime, LEA['email'])}")
    assert link.rsplit("/", 1)[1] not in page.text
    assert "n’a pas encore choisi" in page.text
    lea = app.test_client()
    for _ in range(2):  # looked at as often as a scanner likes
        assert "Léa Petit" in lea.get(link).text
    short = lea.post(link, data={"new_password": "court"})
    assert short.status_code == 422
    assert "au moins 12 caractères" in words(short.text)
    assert lea.post(link, data={"new_password": CHOSEN}).location == "/agents/"
    assert "Léa Petit" in lea.get("/agents/compte").text
    assert accounts.sign_in(runtime, LEA["email"], CHOSEN, "192.0.2.1").name == "Léa Petit"
    kinds = [event.kind for event in history_of(runtime, LEA["email"])]
    assert kinds == ["created", "password_chosen"]


def test_an_invitation_serves_once_and_three_days(app: Flask, runtime: Runtime, signed_in: SignedIn) -> None:
    link = a_new_agent(runtime, signed_in("Nadia"))
    client = app.test_client()
    client.post(link, data={"new_password": CHOSEN})
    for answer in (client.get(link), client.post(link, data={"new_password": "encore quatre autres mots"})):
        assert answer.status_code == 410
        assert "Demandez-en un autre" in answer.text
    for made_up in ("x", "WzEsICIiXQ.aaaa.bbbb", link.rsplit("/", 1)[1][:-2] + "xx"):
        assert client.get(f"{INVITATION}/{made_up}").status_code == 410


def test_another_invitation_voids_the_one_before_and_a_suspended_account_has_none(
    app: Flask, runtime: Runtime, signed_in: SignedIn
) -> None:
    admin = signed_in("Nadia")
    first = a_new_agent(runtime, admin)
    page = f"{ACCOUNTS}/{account_id(runtime, LEA['email'])}"
    admin.post(f"{page}/invitation")
    second = link_of(mails_to(runtime, LEA["email"])[-1])
    client = app.test_client()
    assert (client.get(first).status_code, client.get(second).status_code) == (410, 200)
    admin.post(f"{page}/activite", data={"active": "0"})
    assert client.get(second).status_code == 410
    admin.post(f"{page}/invitation")
    assert "rouvrez-le d’abord" in admin.get(page).text


def test_a_password_voided_by_the_technical_administrator_lets_only_its_owner_in(
    app: Flask, runtime: Runtime, signed_in: SignedIn
) -> None:
    karim, paul = signed_in("Karim"), signed_in("Paul")
    page = f"{ACCOUNTS}/{account_id(runtime, STAFF['Karim'])}"
    assert paul.post(f"{page}/invitation").status_code == 303
    assert karim.get("/agents/compte").status_code == 302
    with pytest.raises(Exception, match="incorrect"):
        accounts.sign_in(runtime, STAFF["Karim"], factories.PASSWORD, "192.0.2.1")
    (mail,) = mails_to(runtime, STAFF["Karim"])
    assert "Votre ancien mot de passe ne fonctionne plus." in mail.text
    assert link_of(mail).rsplit("/", 1)[1] not in paul.get(page).text
    (event,) = history_of(runtime, STAFF["Karim"])
    assert (event.kind, event.actor_name) == ("reset", "Paul Kervadec")


def test_an_invitation_dies_after_three_days(app: Flask, runtime: Runtime, signed_in: SignedIn) -> None:
    link = a_new_agent(runtime, signed_in("Nadia"))
    signed = link.rsplit("/", 1)[1]
    with moment.at(datetime.now(UTC) + timedelta(days=2, hours=23)):
        assert app.test_client().get(f"{INVITATION}/{signed}").status_code == 200
    with moment.at(datetime.now(UTC) + timedelta(days=3, minutes=1)):
        assert app.test_client().get(f"{INVITATION}/{signed}").status_code == 410


def test_every_change_of_an_account_is_written_shown_and_told(runtime: Runtime, signed_in: SignedIn) -> None:
    admin, page = signed_in("Nadia"), f"{ACCOUNTS}/{account_id(runtime, STAFF['Karim'])}"
    identity = {"name": "Karim Ben Ali", "title": "Instructeur urbanisme et voirie", "phone": "02 61 91 40 61"}
    admin.post(page, data=identity)
    admin.post(page, data=identity)  # nothing changes: nothing is written
    admin.post(f"{page}/roles", data={"role": "front_desk", "department": ""})
    with runtime.database.reading() as session:
        role = max(one.id for one in factories.staff_named(session, "Karim").memberships)
    admin.post(f"{page}/roles/{role}/retrait")
    admin.post(f"{page}/activite", data={"active": "0"})
    admin.post(f"{page}/activite", data={"active": "0"})
    admin.post(f"{page}/activite", data={"active": "1"})
    events = history_of(runtime, STAFF["Karim"])
    assert [event.kind for event in events] == ["corrected", "role_given", "role_taken", "suspended", "reopened"]
    assert (events[0].before, events[0].after) == ({"Nom": "Karim Benali"}, {"Nom": "Karim Ben Ali"})
    assert events[1].after == {"Rôle": "Agent d’accueil – toute la collectivité"}
    assert {event.actor_name for event in events} == {"Nadia Ferreira"}
    shown = words(admin.get(page).text)
    assert "Identité corrigée Nadia Ferreira Nom : Karim Benali Nom : Karim Ben Ali" in shown.replace("\u00a0", " ")
    told = mails_to(runtime, STAFF["Karim"])
    assert [mail.subject.replace("\u00a0", " ") for mail in told] == [
        "Votre compte d’agent : identité corrigée",
        "Votre compte d’agent : rôle attribué",
        "Votre compte d’agent : rôle retiré",
        "Votre compte d’agent : compte suspendu",
        "Votre compte d’agent : compte rouvert",
    ]
    assert "Karim Ben Ali" in told[0].text
    assert "Nadia Ferreira" in told[0].text


def test_a_history_that_was_altered_is_found_out(runtime: Runtime, signed_in: SignedIn) -> None:
    admin, karim = signed_in("Nadia"), account_id(runtime, STAFF["Karim"])
    for active in "010":
        admin.post(f"{ACCOUNTS}/{karim}/activite", data={"active": active})
    with runtime.database.transaction() as session:
        assert account_history.verify(session, karim)
        session.execute(update(AccountEvent).where(AccountEvent.number == 1).values(actor_name="Paul"))
        assert not account_history.verify(session, karim)


def test_who_changes_their_own_password_is_told(runtime: Runtime, client: FlaskClient) -> None:
    sign_in(client, "Karim")
    changed = {"current_password": factories.PASSWORD, "new_password": CHOSEN}
    assert post(client, "/agents/compte/mot-de-passe", changed).status_code == 303
    (mail,) = mails_to(runtime, STAFF["Karim"])
    assert mail.subject.replace("\u00a0", " ") == "Votre compte d’agent : mot de passe changé par l’agent"
    with runtime.database.reading() as session:
        assert session.scalars(select(Staff.password_hash).where(Staff.email == STAFF["Karim"])).one() not in mail.text
