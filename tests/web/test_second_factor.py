"""Staff prove twice who they are: an application, a recovery code, roles that must; the lock, and dangerous acts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backoffice.domain import one_time_codes
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import WebSession
from backoffice.models.sign_in import RecoveryCode, StaffFactor
from backoffice.services import account_history, accounts, second_factors
from tests import factories
from tests.conftest import OpenApp
from tests.web.visits import SIGN_IN, STAFF, hidden, sign_in, words

OWN = "/agents/compte/double-authentification"
STEP = "/agents/connexion/verification"
HOME = "/agents/compte"


@pytest.fixture
def app(open_app: OpenApp, seeded_sqlite_url: str) -> Flask:
    """One engine is enough: nothing here is asked in two ways."""
    return open_app(seeded_sqlite_url)


@pytest.fixture
def house(app: Flask) -> Runtime:
    app.config["WTF_CSRF_ENABLED"] = False
    found: Runtime = app.extensions["parvis"]
    return found


def _code(house: Runtime, first_name: str, *, later: int = 0) -> str:
    """What the application of this agent shows now, or some periods later."""
    with house.database.reading() as session:
        staff = factories.staff_named(session, first_name)
        factor = session.scalars(select(StaffFactor).where(StaffFactor.staff_id == staff.id)).one()
        key, last = second_factors.key_of(house, factor), factor.last_counter
    return one_time_codes.code_of(key, max(last, one_time_codes.counter_at(datetime.now(UTC)) - 1) + later)


def _enrol(house: Runtime, client: FlaskClient, first_name: str) -> list[str]:
    """Add an application, and give the recovery codes."""
    page = client.post(f"{OWN}/application")
    assert '<svg role="img"' in page.text
    assert "otpauth://totp/" in page.text
    answer = client.post(f"{OWN}/application/confirmer", data={"code": _code(house, first_name, later=1)})
    assert answer.status_code == 200, words(answer.text)
    return re.findall(r"<code>([A-Z2-7-]{19})</code>", answer.text)


def _begin(client: FlaskClient, first_name: str, **more: str) -> str:
    """The password, and where it leads."""
    data = {"email": STAFF[first_name], "password": factories.PASSWORD, **more}
    return str(client.post(SIGN_IN, data=data).location)


def _require(house: Runtime, *roles: str) -> None:
    with house.database.transaction() as session:
        authority = session.scalars(select(Authority)).one()
        authority.details = authority.details | {second_factors.REQUIRED_ROLES: list(roles)}


def test_an_application_is_added_asked_for_and_never_believed_twice(app: Flask, house: Runtime) -> None:
    client = app.test_client()
    sign_in(client, "Karim")
    assert "Inactive" in words(client.get(HOME).text)
    wrong = client.post(f"{OWN}/application/confirmer", data={"code": "000000"})
    assert wrong.status_code == 409
    client.post(f"{OWN}/application")
    assert client.post(f"{OWN}/application/confirmer", data={"code": "000000"}).status_code == 422
    codes = _enrol(house, client, "Karim")
    assert len(set(codes)) == second_factors.CODES
    with house.database.reading() as session:
        kept = session.scalars(select(RecoveryCode)).all()
        factor = session.scalars(select(StaffFactor)).one()
        assert not {code.replace("-", "") for code in codes} & {one.code_hash for one in kept}
        assert factor.secret.startswith("gAAAA")  # sealed
    # The password alone opens nothing any more, and says nothing else.
    other = app.test_client()
    assert _begin(other, "Karim", next="/agents/dossiers") == f"{STEP}?next=/agents/dossiers"
    assert other.get("/agents/dossiers").location.startswith(STEP)
    assert other.get(OWN).location.startswith(STEP)
    assert "Donnez le code" in words(other.post(STEP, data={"code": ""}).text)
    assert second_factors.WRONG in words(other.post(STEP, data={"code": "123 456"}).text)
    half = other.get_cookie("parvis_agent")
    code = _code(house, "Karim", later=1)
    entered = other.post(STEP, data={"code": f"{code[:3]} {code[3:]}", "next": "/agents/dossiers"})
    assert entered.location == "/agents/dossiers"
    assert other.get("/agents/dossiers").status_code == 200
    whole = other.get_cookie("parvis_agent")
    assert half
    assert whole
    assert half.value != whole.value
    assert "code d’une application" in words(other.get(HOME).text)
    replay = app.test_client()
    _begin(replay, "Karim")
    assert replay.post(STEP, data={"code": code}).status_code == 403
    # A recovery code, written as people write, once.
    assert replay.post(STEP, data={"code": codes[0].lower().replace("-", " ")}).status_code == 303
    again = app.test_client()
    _begin(again, "Karim")
    assert again.post(STEP, data={"code": codes[0]}).status_code == 403
    assert "9 codes de secours restent" in words(replay.get(OWN).text)
    # New codes void the old ones; without any factor, the password is enough again.
    assert len(re.findall(r"<code>[A-Z2-7-]{19}</code>", client.post(f"{OWN}/codes").text)) == 10
    factor_id = hidden(client.get(OWN).text.replace('/retirer"', '" name="factor" value="x"'), "factor")
    assert factor_id == "x"
    with house.database.reading() as session:
        number = session.scalars(select(StaffFactor.id)).one()
    assert client.post(f"{OWN}/{number}/retirer").status_code == 303
    assert _begin(app.test_client(), "Karim") == "/agents/"
    with house.database.reading() as session:
        staff = factories.staff_named(session, "Karim")
        assert account_history.verify(session, staff.id)


def test_codes_are_not_guessed_and_what_was_typed_comes_through(app: Flask, house: Runtime) -> None:
    client = app.test_client()
    sign_in(client, "Karim")
    _enrol(house, client, "Karim")
    thief = app.test_client()
    _begin(thief, "Karim")
    for _ in range(second_factors.MOST_TRIALS):
        thief.post(STEP, data={"code": "000001"})
    closed = thief.post(STEP, data={"code": _code(house, "Karim", later=1)})
    assert closed.status_code == 403
    assert accounts.THROTTLED in words(closed.text)
    # The session of who is in goes on, and nobody else's is counted.
    assert client.get(HOME).status_code == 200
    sign_in(app.test_client(), "Julie")
    carried = {"kept_path": "/agents/compte/mot-de-passe", "kept.note": "Rappeler demain"}
    page = app.test_client().post(SIGN_IN, data={"email": STAFF["Karim"], "password": factories.PASSWORD, **carried})
    assert page.status_code == 200
    assert (hidden(page.text, "kept.note"), hidden(page.text, "kept_path")) == ("Rappeler demain", carried["kept_path"])


def test_a_role_that_must_have_one_enrols_before_anything_else(app: Flask, house: Runtime) -> None:
    _require(house, "functional_admin", "unit_supervisor")
    client = app.test_client()
    late = {"kept_path": "/agents/comptes/nouveau", "kept.name": "Claire Petit"}
    written = client.post(SIGN_IN, data={"email": STAFF["Nadia"], "password": factories.PASSWORD, **late})
    assert "Nom Claire Petit" in words(written.text)
    assert _begin(client, "Nadia", next="/agents/comptes/") == OWN
    page = client.get(OWN)
    assert "À faire avant de continuer" in words(page.text)
    assert client.get("/agents/comptes/").location == f"{OWN}?next=/agents/comptes/"
    assert client.post("/agents/comptes/nouveau", data={"name": "X"}).status_code == 401
    half = client.get_cookie("parvis_agent")
    codes = _enrol(house, client, "Nadia")
    assert len(codes) == 10
    whole = client.get_cookie("parvis_agent")
    assert half
    assert whole
    assert half.value != whole.value
    assert client.get("/agents/comptes/").status_code == 200
    # The last one stays as long as the role asks for it.
    with house.database.reading() as session:
        number = session.scalars(select(StaffFactor.id)).one()
    refused = client.post(f"{OWN}/{number}/retirer")
    assert (refused.status_code, second_factors.LAST in words(refused.text)) == (409, True)
    assert _begin(app.test_client(), "Karim") == "/agents/"


def test_a_locked_screen_keeps_the_session_and_what_was_typed(app: Flask, house: Runtime) -> None:
    client = app.test_client()
    sign_in(client, "Karim")
    locked = client.post("/agents/verrouiller", data={"next": "/agents/dossiers?vue=tous"})
    assert locked.location == "/agents/verrouille?next=/agents/dossiers?vue%3Dtous"
    assert client.get(HOME).location.startswith("/agents/verrouille")
    assert client.get("/agents/dossiers/nouveautes").status_code == 204
    sent = client.post(f"{HOME}/mot-de-passe", data={"note": "Rappeler", "current_password": "secret"})
    assert (sent.status_code, hidden(sent.text, "kept.note")) == (401, "Rappeler")
    assert "secret" not in sent.text
    assert client.post("/agents/deverrouiller", data={"password": "faux"}).status_code == 403
    with house.database.reading() as session:
        who = str(factories.staff_named(session, "Karim").id)
    itself, right = {"Accept": "application/json"}, {"password": factories.PASSWORD, "who": who}
    for sent, status in (({**right, "password": "faux"}, 403), ({**right, "who": "1"}, 401)):
        assert client.post("/agents/deverrouiller", data=sent, headers=itself).status_code == status
    assert client.get(HOME).status_code == 302
    carried = {"kept_path": f"{HOME}/mot-de-passe", "kept.note": "Rappeler", "password": factories.PASSWORD}
    back = client.post("/agents/deverrouiller", data=carried)
    assert hidden(back.text, "note") == "Rappeler"
    assert client.get(HOME).status_code == 200
    client.post("/agents/verrouiller", headers={"Accept": "application/json"})
    assert client.get("/agents/connexion").location.startswith("/agents/verrouille")
    # The page that hid itself asks its reader, even if the server never heard of the lock, or opened another session.
    for _ in range(2):
        assert client.post("/agents/deverrouiller", data=right, headers=itself).status_code == 204
        assert client.post("/agents/deverrouiller", data={**right, "password": "x"}, headers=itself).status_code == 403
    julie = app.test_client()
    sign_in(julie, "Julie")
    assert julie.post("/agents/deverrouiller", data=right, headers=itself).status_code == 401
    assert app.test_client().post("/agents/deverrouiller", data=right, headers=itself).status_code == 401
    assert client.post("/agents/deconnexion").status_code == 303
    assert client.get(HOME).location.startswith("/agents/connexion")


def test_these_doors_ask_for_the_password_again(app: Flask) -> None:
    marked = {
        name: view.dangerous[0]  # type: ignore[attr-defined]
        for name, view in app.view_functions.items()
        if hasattr(view, "dangerous")
    }
    by_act = {act: sorted(name for name in marked if marked[name] is act) for act in DangerousAct}
    assert by_act == {
        DangerousAct.ROLES: [
            "admin_shared_services.accept",
            "admin_shared_services.end",
            "admin_shared_services.invite",
            "admin_shared_services.propose",
            "admin_staff.add_membership",
            "admin_staff.remove_membership",
        ],
        DangerousAct.STAFF_ACCESS: [
            "admin_shared_services.withdraw",
            "admin_sign_in.forget_identity",
            "admin_sign_in.reset_factors",
            "admin_staff.invite_again",
            "admin_staff.set_active",
        ],
        DangerousAct.STAFF_IMPORT: ["staff_import.run"],
        DangerousAct.SIGN_IN_RULES: ["admin_sign_in.save_rules"],
        DangerousAct.OWN_FACTORS: [name for name in sorted(app.view_functions) if name.startswith("own_factors.")],
        DangerousAct.EMERGENCY: ["emergency.open_access"],
        DangerousAct.PERSONAL_EXPORT: ["agent_exports.create", "archive_transfer.download", "data_rights.copy"],
        DangerousAct.MAILBOX: ["admin_mailboxes.create", "admin_mailboxes.edit", "admin_mailboxes.set_active"],
        DangerousAct.DELETION: ["data_rights.anonymise", "eliminations.begin", "quarantine.erase"],
        DangerousAct.OPEN_DATA: ["admin_open_data.save"],
    }


def test_a_dangerous_act_asks_again_and_goes_on_with_what_was_sent(app: Flask, house: Runtime) -> None:
    client = app.test_client()
    sign_in(client, "Karim")
    with house.database.transaction() as session:
        session.execute(update(WebSession).values(proved_at=datetime.now(UTC) - timedelta(minutes=11)))
    asked = client.get(OWN)
    assert (asked.status_code, hidden(asked.text, "next")) == (403, OWN)
    form = {"next": OWN, "act": "own_factors"}
    refused = client.post("/agents/confirmer", data={**form, "confirm_password": "faux"})
    assert (refused.status_code, "Ce n’est pas votre mot de passe." in refused.text) == (403, True)
    # A form goes on by itself once the password is right, and its words were in the page that asked.
    stopped = client.post(f"{OWN}/application/confirmer", data={"code": "000000", "name": "Mon téléphone"})
    assert (stopped.status_code, hidden(stopped.text, "name")) == (403, "Mon téléphone")
    sent = {"code": "000000", "name": "Mon téléphone", "confirm_password": factories.PASSWORD}
    assert client.post(f"{OWN}/application/confirmer", data=sent).status_code == 409
    assert client.get(OWN).status_code == 200
