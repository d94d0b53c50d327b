"""Administrators set how staff sign in, void a lost telephone, open accounts in number, read cases in an emergency."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backoffice.infra.runtime import Runtime
from backoffice.models.accounts import AccountEvent
from backoffice.models.cases import CaseEvent
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Staff, WebSession
from backoffice.models.sign_in import EmergencyAccess, StaffFactor
from backoffice.services import account_history, intake
from tests import factories
from tests.conftest import OpenApp
from tests.web.conftest import SignedIn
from tests.web.visits import words

ACCOUNTS = "/agents/comptes"
LIST = (
    "Prénom et nom;Courriel;Rôles;Services;Téléphone\r\n"
    "Claire Petit;Claire.Petit@saint-aubin.example;Agent instructeur;{places};02 41 00 00 00\r\n"
    "Luc Moreau;luc.moreau@saint-aubin.example;Agent d'accueil | dpo;;\r\n"
    "Karim Benali;karim.benali@saint-aubin.example;Agent instructeur;;\r\n"
)


@pytest.fixture
def app(open_app: OpenApp, seeded_sqlite_url: str) -> Flask:
    """One engine is enough: nothing here is asked in two ways."""
    return open_app(seeded_sqlite_url)


def _id(house: Runtime, first_name: str) -> int:
    with house.database.reading() as session:
        return factories.staff_named(session, first_name).id


def _kinds(house: Runtime, staff_id: int) -> list[str]:
    with house.database.reading() as session:
        assert account_history.verify(session, staff_id)
        lines = select(AccountEvent.kind).where(AccountEvent.staff_id == staff_id).order_by(AccountEvent.number)
        return list(session.scalars(lines))


def _upload(client: FlaskClient, content: bytes) -> tuple[int, str]:
    answer = client.post(f"{ACCOUNTS}/import", data={"list": (io.BytesIO(content), "agents.csv")})
    return answer.status_code, answer.text


def test_rules_and_the_access_of_a_colleague(house: Runtime, signed_in: SignedIn) -> None:
    nadia, karim = signed_in("Nadia"), signed_in("Karim")
    karim_id = _id(house, "Karim")
    refused = nadia.post(f"{ACCOUNTS}/regles", data={"roles": ["case_handler", "king"], "lock_minutes": "jamais"})
    assert refused.status_code == 422
    assert "Écrivez un nombre de minutes" in refused.text
    assert nadia.post(f"{ACCOUNTS}/regles", data={"roles": ["case_handler"], "lock_minutes": "5"}).status_code == 303
    page = words(nadia.get(f"{ACCOUNTS}/regles").text)
    assert "Pas encore de double authentification" in page
    assert "Karim Benali" in page
    assert 'data-minutes="5"' in nadia.get(f"{ACCOUNTS}/regles").text
    assert _kinds(house, _id(house, "Nadia"))[-1] == "rules_changed"
    # A telephone lost: a reason, everything void, signed out, told.
    with house.database.transaction() as session:
        staff = factories.staff_named(session, "Karim")
        now = datetime.now(UTC)
        session.add(
            StaffFactor(authority_id=staff.authority_id, staff_id=staff.id, kind="totp", name="Téléphone", secret="",
                        created_at=now, confirmed_at=now)
        )  # fmt: skip
    reset = f"{ACCOUNTS}/{karim_id}/double-authentification"
    assert "Dites pourquoi" in words(nadia.post(reset, data={"factor_reason": " "}).text)
    assert nadia.post(reset, data={"factor_reason": "Téléphone volé, vu à l’accueil."}).status_code == 303
    assert karim.get("/agents/compte").status_code == 302
    page = words(nadia.get(f"{ACCOUNTS}/{karim_id}").text)
    assert "Motif : Téléphone volé, vu à l’accueil." in page
    # Other rights, other sessions; and every one of them at once.
    karim = signed_in("Karim")
    assert nadia.post(f"{ACCOUNTS}/{karim_id}/roles", data={"role": "front_desk", "department": ""}).status_code == 303
    assert karim.get("/agents/compte").status_code == 302
    karim = signed_in("Karim")
    assert nadia.post(f"{ACCOUNTS}/{karim_id}/sessions/fermer").status_code == 303
    assert karim.get("/agents/compte").status_code == 302
    assert _kinds(house, karim_id) == ["factors_reset", "role_given", "sessions_ended"]
    mine = nadia.post(f"{ACCOUNTS}/{_id(house, 'Nadia')}/double-authentification", data={"factor_reason": "Perdu"})
    assert mine.status_code == 409
    # An hour later, the same administrator types the password before any of it.
    with house.database.transaction() as session:
        session.execute(update(WebSession).values(proved_at=datetime.now(UTC) - timedelta(hours=1)))
    stopped = nadia.post(f"{ACCOUNTS}/{karim_id}/activite", data={"active": "0"})
    assert (stopped.status_code, "Confirmez que c’est vous" in words(stopped.text)) == (403, True)
    proof = {"active": "0", "confirm_password": factories.PASSWORD}
    assert nadia.post(f"{ACCOUNTS}/{karim_id}/activite", data=proof).status_code == 303
    with house.database.reading() as session:
        assert not session.get_one(Staff, karim_id).active


def test_accounts_are_opened_in_number_all_or_none_after_a_trial(house: Runtime, signed_in: SignedIn) -> None:
    nadia = signed_in("Nadia")
    assert "Prénom" not in nadia.get(f"{ACCOUNTS}/import/modele.csv").text
    assert _upload(nadia, b"")[0] == 422
    assert "Il manque la colonne « Courriel »" in words(_upload(nadia, "Nom;Rôles\nA;dpo\n".encode())[1])
    wrong = LIST.format(places="Voirie | Lune") + ";;Roi;;\r\nX;luc.moreau@saint-aubin.example;dpo;;\r\n"
    status, page = _upload(nadia, wrong.encode("cp1252"))
    said = words(page)
    assert status == 422
    assert "Ligne 2 : le service « Lune » n’existe pas." in said
    assert "Ligne 5 : le nom manque." in said
    assert "Ligne 5 : le courriel manque." in said
    assert "Ligne 5 : le rôle « Roi » n’existe pas." in said
    assert "Ligne 6 : l’adresse luc.moreau@saint-aubin.example est déjà à la ligne 3." in said
    with house.database.reading() as session:
        before = len(session.scalars(select(Staff.id)).all())
    # What was not shown is not believed either.
    assert nadia.post(f"{ACCOUNTS}/import/ouvrir", data={"content": wrong}).status_code == 422
    right = LIST.format(places="voirie")
    status, page = _upload(nadia, b"\xef\xbb\xbf" + right.encode())
    assert status == 200
    assert "2 comptes à ouvrir" in words(page)
    assert "Ligne 4 : karim.benali@saint-aubin.example" in words(page)
    assert nadia.post(f"{ACCOUNTS}/import/ouvrir", data={"content": right}).status_code == 303
    with house.database.reading() as session:
        assert len(session.scalars(select(Staff.id)).all()) == before + 2
        luc = session.scalars(select(Staff).where(Staff.email == "luc.moreau@saint-aubin.example")).one()
        assert {m.role for m in luc.memberships} == {"front_desk", "dpo"}
        invited = session.scalars(select(OutgoingMail.recipient).where(OutgoingMail.case_id.is_(None))).all()
        assert sorted(invited) == ["claire.petit@saint-aubin.example", "luc.moreau@saint-aubin.example"]
    # The technical administrator opens accounts, and gives nobody the right to read cases.
    status, page = _upload(signed_in("Paul"), "Nom;Courriel;Rôles\nEve;eve@saint-aubin.example;dpo\n".encode())
    assert (status, "Ligne 2 : L’administration technique" in words(page)) == (422, True)


def test_the_list_to_fill_in_names_departments_that_there_are(signed_in: SignedIn) -> None:
    nadia = signed_in("Nadia")
    content = nadia.get(f"{ACCOUNTS}/import/modele.csv").data
    tried = nadia.post(f"{ACCOUNTS}/import", data={"list": (io.BytesIO(content), "agents.csv")})
    assert tried.status_code == 200, words(tried.text)
    assert "Claire Petit" in tried.text


def test_an_administrator_reads_cases_in_an_emergency_alone_and_says_why(
    app: Flask, house: Runtime, signed_in: SignedIn
) -> None:
    with house.database.transaction() as session:
        case = intake.receive(session, house, factories.an_incoming()).reference
    nadia, elsewhere = signed_in("Nadia"), signed_in("Nadia")
    assert nadia.get(f"/agents/dossiers/{case}").status_code == 403
    short = nadia.post("/agents/acces-urgence/", data={"reason": "Pour voir"})
    assert (short.status_code, "Dites précisément pourquoi" in words(short.text)) == (422, True)
    reason = "Le service est fermé et un élu attend la réponse."
    assert nadia.post("/agents/acces-urgence/", data={"reason": reason}).status_code == 303
    page = nadia.get(f"/agents/dossiers/{case}")
    assert page.status_code == 200
    assert "chaque lecture est notée" in words(page.text)
    assert "Consultation par l’administration, en accès d’urgence" in words(nadia.get(f"/agents/dossiers/{case}").text)
    # To read, not to act; here, not elsewhere; and signing in does not bring it.
    assert nadia.post(f"/agents/dossiers/{case}/prendre", data={"revision": "1"}).status_code == 403
    assert elsewhere.get(f"/agents/dossiers/{case}").status_code == 403
    with house.database.reading() as session:
        lines = session.scalars(select(CaseEvent).where(CaseEvent.kind == "read_in_emergency")).all()
        assert [line.actor_name for line in lines] == ["Nadia Ferreira"] * 2
        access = session.scalars(select(EmergencyAccess)).one()
        assert (access.reason, access.cases_read) == (reason, 2)
        told = session.scalars(select(OutgoingMail).where(OutgoingMail.subject.contains("urgence"))).all()
        assert {one.recipient for one in told} >= {"ines.haddad@saint-aubin.example"}
        assert reason in told[0].text
    assert nadia.post("/agents/acces-urgence/fermer").status_code == 303
    assert nadia.get(f"/agents/dossiers/{case}").status_code == 403
    assert nadia.post("/agents/acces-urgence/", data={"reason": reason}).status_code == 303
    with house.database.transaction() as session:
        session.execute(update(WebSession).values(emergency_until=datetime.now(UTC)))
    assert nadia.get(f"/agents/dossiers/{case}").status_code == 403
    assert _kinds(house, _id(house, "Nadia")) == ["emergency_opened", "emergency_closed", "emergency_opened"]


def test_a_new_authority_asks_two_proofs_of_those_who_administer(open_app: OpenApp, sqlite_url: str) -> None:
    app = open_app(sqlite_url)

    def run(*said: str) -> int:
        with app.app_context():
            return int(app.test_cli_runner().invoke(args=list(said)).exit_code)

    assert run("seed") == 0
    assert run("create-administrator", "chef@ville.example", "Anne Chef", "--password", "quatre mots bien choisis") == 0
    app.config["WTF_CSRF_ENABLED"] = False
    entering = {"email": "chef@ville.example", "password": "quatre mots bien choisis"}
    entered = app.test_client().post("/agents/connexion", data=entering)
    assert entered.location == "/agents/compte/double-authentification"
    # The last one who lost everything is helped by who runs the machine.
    assert run("reset-second-factor", "personne@ville.example", "Perdu") == 1
    assert run("reset-second-factor", "chef@ville.example", "Téléphone perdu") == 0
    with app.extensions["parvis"].database.reading() as session:
        kinds = session.scalars(select(AccountEvent.kind).order_by(AccountEvent.id)).all()
    assert kinds == ["created", "factors_reset"]


@pytest.mark.parametrize("name", ["Paul", "Karim", "Inès"])
def test_nobody_else_opens_an_emergency_access(signed_in: SignedIn, name: str) -> None:
    assert signed_in(name).get("/agents/acces-urgence/").status_code == 403
