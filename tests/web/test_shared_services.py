"""One team works for two authorities: each says yes, the agent too; nobody sees more than their part, for no longer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backoffice.models.authorities import Authority, SettingChange
from backoffice.models.cases import CaseEvent
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Membership, Staff, WebSession
from backoffice.services import account_history, case_texts, counting, whole_export, whole_import
from backoffice.services.second_factors import REQUIRED_ROLES
from tests import factories, mails
from tests.conftest import OpenApp
from tests.two_authorities import (
    AGGLO,
    CLAIRE,
    ELSEWHERE,
    REASON,
    SERVICES,
    SOPHIE,
    TOWN,
    Region,
    case_of,
    region,
    revision_of,
)
from tests.web import everything
from tests.web.visits import words

CANARY = "zwaqxorb"
OURS = "Permis de la halle"


@pytest.fixture
def pays(open_app: OpenApp, seeded_url: str, tmp_path: Path) -> Region:
    """The town and its community, once on each engine."""
    return region(open_app, seeded_url, tmp_path)


@pytest.fixture
def pays_sqlite(open_app: OpenApp, seeded_sqlite_url: str, tmp_path: Path) -> Region:
    """The same where one engine is enough: nothing there is asked in two ways."""
    return region(open_app, seeded_sqlite_url, tmp_path)


def is_in(client: FlaskClient) -> bool:
    """Whether this browser is signed in."""
    return client.get("/agents/compte").status_code == 200


def test_an_agent_of_the_community_examines_a_case_of_the_town(pays: Region) -> None:
    reference = pays.case_in("urbanisme", subject=OURS)
    pays.case_in("voirie", subject="Trou rue des Lilas")
    sophie, nadia, claire = pays.browser(SOPHIE), pays.nadia, pays.browser(CLAIRE)
    shared_id = pays.propose(sophie)
    assert "À accepter" in words(nadia.get(SERVICES).text)
    pays.accept(nadia, shared_id)
    assert "Personne ne vous a invité" in words(claire.get(ELSEWHERE).text)
    member_id = pays.invite(nadia, shared_id)
    with pays.runtime.database.reading() as session:
        told = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
        assert told is not None
        assert told.recipient == CLAIRE
        assert f"{AGGLO}{ELSEWHERE}" in told.text
    assert claire.post(f"{ELSEWHERE}{member_id}/accepter").status_code == 303
    page = words(claire.get(ELSEWHERE).text)
    assert "Ville de Saint-Aubin-les-Tilleuls Instruction des autorisations d’urbanisme 1 0" in page
    there = pays.cross(claire, member_id)
    queue = words(there.get("/agents/dossiers?vue=en-cours").text)
    assert "Vous travaillez pour : Ville de Saint-Aubin-les-Tilleuls" in queue
    assert OURS in queue
    assert "Trou rue des Lilas" not in queue
    assert there.post(f"/agents/dossiers/{reference}/prendre").status_code == 303
    said = revision_of(there.get(f"/agents/dossiers/{reference}").text) | {"reply": "Votre dossier est à l’étude."}
    assert there.post(f"/agents/dossiers/{reference}/repondre", data=said).status_code == 303
    case = case_of(pays, reference, pays.town_id)
    assert (case.authority_id, case.assignee_id) == (pays.town_id, pays.member_account().id)
    with pays.runtime.database.reading() as session:
        sent = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
        assert sent is not None
        assert "Ville de Saint-Aubin-les-Tilleuls" in sent.text
        assert "Tilleuls Agglomération" not in sent.text
        who = session.scalars(select(CaseEvent.actor_name).where(CaseEvent.case_id == case.id)).all()
    assert "Claire Martin (Tilleuls Agglo)" in who
    assert "Instruction des autorisations d’urbanisme 0 1" in words(claire.get(ELSEWHERE).text)
    # Both histories name who did what, and where they come from.
    with pays.runtime.database.reading() as session:
        lines = {
            authority_id: [
                (one.author, one.act)
                for one in session.scalars(select(SettingChange).where(SettingChange.authority_id == authority_id))
            ]
            for authority_id in (pays.town_id, pays.agglo_id)
        }
        assert account_history.verify(session, pays.member_account().id)
    assert ("Sophie Bernard (Tilleuls Agglo)", "Service commun proposé") in lines[pays.town_id]
    assert ("Nadia Ferreira (Saint-Aubin)", "Service commun accepté") in lines[pays.agglo_id]
    assert ("Claire Martin (Tilleuls Agglo)", "Rôle attribué") in lines[pays.town_id]


def end_by_the_town(pays: Region, shared_id: int, member_id: int) -> None:
    assert pays.nadia.post(f"{SERVICES}{shared_id}/fin", data=REASON).status_code == 303


def end_by_the_community(pays: Region, shared_id: int, member_id: int) -> None:
    assert pays.browser(SOPHIE).post(f"{SERVICES}{shared_id}/fin", data=REASON).status_code == 303


def withdrawn_by_the_town(pays: Region, shared_id: int, member_id: int) -> None:
    data = {f"reason_{member_id}": "Elle change de poste."}
    assert pays.nadia.post(f"{SERVICES}{shared_id}/agents/{member_id}/fin", data=data).status_code == 303


def given_up_by_the_agent(pays: Region, shared_id: int, member_id: int) -> None:
    assert pays.browser(CLAIRE).post(f"{ELSEWHERE}{member_id}/renoncer").status_code == 303


def suspended_by_the_town(pays: Region, shared_id: int, member_id: int) -> None:
    address = f"/agents/comptes/{pays.member_account().id}/activite"
    assert pays.nadia.post(address, data={"active": "0"}).status_code == 303


def suspended_by_the_community(pays: Region, shared_id: int, member_id: int) -> None:
    with pays.runtime.database.reading() as session:
        home = session.scalars(select(Staff.id).where(Staff.email == CLAIRE)).one()
    assert pays.browser(SOPHIE).post(f"/agents/comptes/{home}/activite", data={"active": "0"}).status_code == 303


def out_of_the_department(pays: Region, shared_id: int, member_id: int) -> None:
    with pays.runtime.database.reading() as session:
        home = session.scalars(select(Staff.id).where(Staff.email == CLAIRE)).one()
        role = session.scalars(select(Membership.id).where(Membership.staff_id == home)).one()
    address = f"/agents/comptes/{home}/roles/{role}/retrait"
    assert pays.browser(SOPHIE).post(address).status_code == 303


End = Callable[[Region, int, int], None]
ENDS: tuple[End, ...] = (
    end_by_the_town, end_by_the_community, withdrawn_by_the_town, given_up_by_the_agent, suspended_by_the_town,
    suspended_by_the_community, out_of_the_department,
)  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_whoever_ends_it_closes_what_is_open_at_once(pays_sqlite: Region, end: End) -> None:
    reference = pays_sqlite.case_in("urbanisme")
    shared_id, member_id = pays_sqlite.share()
    claire = pays_sqlite.browser(CLAIRE)
    there = pays_sqlite.cross(claire, member_id)
    late = claire.post(f"{ELSEWHERE}{member_id}/passer").headers["Location"].removeprefix(TOWN)
    assert is_in(there)
    end(pays_sqlite, shared_id, member_id)
    assert not is_in(there)
    assert there.post(f"/agents/dossiers/{reference}/prendre").status_code != 303
    # A passage that was already asked for opens nothing any more.
    assert pays_sqlite.town.test_client().post(late).status_code in {403, 404}
    assert pays_sqlite.browser(SOPHIE).get(f"{SERVICES}{shared_id}").status_code == 200


def test_signing_out_at_home_signs_out_there(pays_sqlite: Region) -> None:
    _, member_id = pays_sqlite.share()
    claire = pays_sqlite.browser(CLAIRE)
    there = pays_sqlite.cross(claire, member_id)
    claire.post("/agents/deconnexion")
    assert not is_in(there)


def test_what_ended_can_be_agreed_again_with_the_same_account(pays: Region) -> None:
    shared_id, _ = pays.share()
    end_by_the_town(pays, shared_id, 0)
    assert "Terminé" in words(pays.nadia.get(SERVICES).text)
    _, member_id = pays.share()
    assert is_in(pays.cross(pays.browser(CLAIRE), member_id))
    assert pays.member_account().active


def test_a_passage_serves_once_on_one_site_and_for_whom_it_was_made(pays_sqlite: Region) -> None:
    _, member_id = pays_sqlite.share()
    claire = pays_sqlite.browser(CLAIRE)
    path = claire.post(f"{ELSEWHERE}{member_id}/passer").headers["Location"].removeprefix(TOWN)
    assert pays_sqlite.agglo.test_client().post(path).status_code == 404
    assert pays_sqlite.town.test_client().get(f"{path}x").status_code == 404
    assert pays_sqlite.browser("luc.morel@agglo.example").post(f"{ELSEWHERE}{member_id}/passer").status_code == 404
    there = pays_sqlite.town.test_client()
    assert there.post(path).status_code == 303
    assert pays_sqlite.town.test_client().post(path).status_code == 404
    assert there.post(f"{ELSEWHERE}{member_id}/passer").status_code == 404


def test_nobody_signs_in_on_the_site_of_another_authority(pays_sqlite: Region) -> None:
    """Not even with the right password: an account opens the site of its own authority."""
    for app, email in ((pays_sqlite.town, CLAIRE), (pays_sqlite.agglo, "nadia.ferreira@saint-aubin.example")):
        client = app.test_client()
        answer = client.post("/agents/connexion", data={"email": email, "password": factories.PASSWORD})
        assert answer.status_code == 403
        assert "connectez-vous sur son site" in words(answer.text)
        assert not is_in(client)
    # A cookie carried from one to the other opens nothing either.
    claire = pays_sqlite.browser(CLAIRE)
    cookie = claire.get_cookie("parvis_agent")
    assert cookie is not None
    elsewhere = pays_sqlite.town.test_client()
    elsewhere.set_cookie("parvis_agent", cookie.value)
    assert is_in(claire)
    assert not is_in(elsewhere)
    _, _ = pays_sqlite.share()
    with pays_sqlite.runtime.database.transaction() as session:
        known = session.scalars(select(Staff.password_hash).where(Staff.email == CLAIRE)).one()
        session.execute(update(Staff).where(Staff.home_id.is_not(None)).values(password_hash=known))
    data = {"email": pays_sqlite.member_account().email, "password": factories.PASSWORD}
    assert pays_sqlite.town.test_client().post("/agents/connexion", data=data).status_code == 403


def test_the_town_asks_its_own_proofs(pays_sqlite: Region) -> None:
    _, member_id = pays_sqlite.share()
    with pays_sqlite.runtime.database.transaction() as session:
        town = session.get_one(Authority, pays_sqlite.town_id)
        town.details = {**town.details, REQUIRED_ROLES: ["case_handler"]}
    claire = pays_sqlite.browser(CLAIRE)
    refused = claire.post(f"{ELSEWHERE}{member_id}/passer")
    assert refused.status_code == 403
    assert "demande la double authentification" in words(refused.text)
    with pays_sqlite.runtime.database.transaction() as session:
        session.execute(update(WebSession).values(second_factor="totp"))
    there = pays_sqlite.cross(claire, member_id)
    # A locked screen opens with the password of the agent's own account.
    assert there.post("/agents/verrouiller").status_code == 303
    assert not is_in(there)
    assert there.post("/agents/deverrouiller", data={"password": "pas le bon"}).status_code == 403
    assert there.post("/agents/deverrouiller", data={"password": factories.PASSWORD}).status_code == 303
    assert is_in(there)
    # Their own factors are those of their own authority.
    assert there.get("/agents/compte/double-authentification").status_code == 403


def test_dangerous_steps_ask_for_the_password_again(pays_sqlite: Region) -> None:
    shared_id, member_id = pays_sqlite.share()
    nadia = pays_sqlite.nadia
    pays_sqlite.an_hour_later()
    for path in ("fin", "agents", f"agents/{member_id}/fin"):
        answer = nadia.post(f"{SERVICES}{shared_id}/{path}", data={**REASON, "email": CLAIRE})
        assert (answer.status_code, "Confirmez que c’est vous" in words(answer.text)) == (403, True), path


def test_an_administrator_gives_this_role_to_nobody_and_no_other_to_these_agents(pays_sqlite: Region) -> None:
    shared_id, _ = pays_sqlite.share()
    nadia, own = pays_sqlite.nadia, pays_sqlite.member_account()
    with pays_sqlite.runtime.database.reading() as session:
        karim = session.scalars(select(Staff.id).where(Staff.name.startswith("Karim"))).one()
    refused = nadia.post(f"/agents/comptes/{karim}/roles", data={"role": "shared_handler", "department": ""})
    assert refused.status_code == 422
    for path, data in (
        ("/roles", {"role": "case_handler", "department": ""}),
        ("", {"name": "Quelqu’un"}),
        ("/invitation", {}),
    ):
        nadia.post(f"/agents/comptes/{own.id}{path}", data=data)
    with pays_sqlite.runtime.database.reading() as session:
        held = session.scalars(select(Membership.role).where(Membership.staff_id == own.id)).all()
        now = session.get_one(Staff, own.id)
        assert (list(held), now.name) == (["shared_handler"], "Claire Martin (Tilleuls Agglo)")
    # An address tells nothing of the accounts of the other authority.
    sentences = set()
    for email in ("luc.morel@agglo.example", SOPHIE, "personne@agglo.example", "karim.benali@saint-aubin.example"):
        answer = nadia.post(f"{SERVICES}{shared_id}/agents", data={"email": email})
        assert answer.status_code == 422
        sentences.add("Aucun agent de ce service commun n’a cette adresse" in words(answer.text))
    assert sentences == {True}


def test_each_side_decides_for_itself(pays_sqlite: Region) -> None:
    sophie, nadia = pays_sqlite.browser(SOPHIE), pays_sqlite.nadia
    shared_id = pays_sqlite.propose(sophie)
    with pays_sqlite.runtime.database.reading() as session:
        theirs = pays_sqlite.department(session, pays_sqlite.agglo_id, "ads")
    # Who proposes does not accept, nobody names the department of the other, and an end has a reason.
    assert sophie.post(f"{SERVICES}{shared_id}/acceptation", data={"department": theirs}).status_code == 422
    assert nadia.post(f"{SERVICES}{shared_id}/acceptation", data={"department": theirs}).status_code == 422
    assert nadia.post(f"{SERVICES}{shared_id}/agents", data={"email": CLAIRE}).status_code == 422
    assert nadia.post(f"{SERVICES}{shared_id}/fin", data={"reason": " "}).status_code == 422
    again = {"department": theirs, "partner": pays_sqlite.town_id, "agreement": "Encore"}
    assert sophie.post(f"{SERVICES}proposer", data=again).status_code == 422
    assert nadia.post(f"{SERVICES}proposer", data=again).status_code == 422
    for page in (sophie.get(f"{SERVICES}{shared_id}"), nadia.get(f"{SERVICES}{shared_id}")):
        assert "Convention du 12 mars 2026" in words(page.text)
    assert nadia.get(f"{SERVICES}{shared_id + 1}").status_code == 404
    with pays_sqlite.runtime.database.transaction() as session:
        third = Authority(code="tiers", kind="commune", name="Tiers", details={}, created_at=datetime.now(UTC))
        session.add(third)
        session.flush()
        session.execute(update(Staff).where(Staff.email == SOPHIE).values(authority_id=third.id))
    assert sophie.get(f"{SERVICES}{shared_id}").status_code in {302, 404}


def test_an_agent_of_a_shared_service_finds_nothing_else_by_any_door(pays_sqlite: Region) -> None:
    """Every page, with searches: no word of a case of another department, nor of the agent's own authority."""
    secret = factories.an_incoming().sender.__class__(
        family_name=f"{CANARY}nom", given_names=CANARY, email=f"{CANARY}@courriel.example", phone="+33699887766"
    )
    hidden = everything.fill(pays_sqlite.runtime, authority="saint-aubin", subject=CANARY, body=CANARY, sender=secret)
    _, member_id = pays_sqlite.share()
    own = pays_sqlite.case_in("urbanisme", subject=OURS)
    pays_sqlite.case_in("dechets", "tilleuls-agglo", procedure="", subject="xqzagglo")
    there = pays_sqlite.cross(pays_sqlite.browser(CLAIRE), member_id)
    found = []
    for rule in everything.routes(pays_sqlite.town):
        if not rule.rule.startswith("/agents/"):
            continue
        asked_of_it = [hidden.address(rule)]
        if "reference" in rule.arguments:
            asked_of_it.append(hidden.address(rule, reference=own))
        if not rule.arguments:
            asked_of_it += [f"{rule.rule}?q={one}&recherche={one}&vue=tous" for one in ("zwaqxor", "xqzaggl")]
        for asked in asked_of_it:
            with there.get(asked) as answer:
                text = answer.get_data().decode(errors="replace")
                if answer.status_code == 500 or any(one in text for one in (CANARY, "xqzagglo", "99887766")):
                    found.append((asked, answer.status_code))
    assert not found, found
    case = case_of(pays_sqlite, hidden.case.reference, pays_sqlite.town_id)
    before = case.revision
    for rule in everything.routes(pays_sqlite.town, "POST"):
        if "reference" in rule.arguments and rule.rule.startswith("/agents/"):
            assert there.post(hidden.address(rule), data={"text": "x", "note": "x"}).status_code in {403, 404}, (
                rule.rule
            )
    assert case_of(pays_sqlite, hidden.case.reference, pays_sqlite.town_id).revision == before


def test_who_leaves_takes_the_sharing_along(
    pays_sqlite: Region, postgres_url: str, tmp_path: Path, open_app: OpenApp
) -> None:
    _, member_id = pays_sqlite.share()
    case_texts.catch_up(pays_sqlite.runtime)
    counting.catch_up(pays_sqlite.runtime)
    told = whole_export.export(pays_sqlite.runtime, tmp_path / "export")
    new = factories.a_runtime(postgres_url, tmp_path / "new")
    whole_import.take_in(new, tmp_path / "export")
    again = whole_export.export(new, tmp_path / "again")
    new.database.dispose()
    said = [{one["name"]: (one["rows"], one["sha256"]) for one in export["tables"]} for export in (told, again)]
    assert said[0] == said[1]
    assert (said[0]["shared_services"][0], said[0]["shared_members"][0]) == (1, 1)
    pays_sqlite.town = open_app(postgres_url, public_url=TOWN, authority="saint-aubin")
    pays_sqlite.agglo = open_app(postgres_url, public_url=AGGLO, authority="tilleuls-agglo")
    for app in (pays_sqlite.town, pays_sqlite.agglo):
        app.config["WTF_CSRF_ENABLED"] = False
    assert is_in(pays_sqlite.cross(pays_sqlite.browser(CLAIRE), member_id))


def test_what_a_shared_worker_writes_leads_to_the_site_of_the_authority_that_decides(pays_sqlite: Region) -> None:
    settings = pays_sqlite.runtime.settings
    shared = replace(settings, sites=(("saint-aubin", TOWN), ("tilleuls-agglo", AGGLO)))
    worker = replace(pays_sqlite.runtime, settings=shared)
    pays_sqlite.case_in("dechets", "tilleuls-agglo", procedure="")
    pays_sqlite.case_in("voirie")
    mails.work_off(worker)
    with pays_sqlite.runtime.database.reading() as session:
        texts = {
            one.authority_id: one.text
            for one in session.scalars(select(OutgoingMail).where(OutgoingMail.case_id.is_not(None)))
        }
    assert f"{AGGLO}/suivi" in texts[pays_sqlite.agglo_id]
    assert f"{TOWN}/suivi" in texts[pays_sqlite.town_id]
    assert TOWN not in texts[pays_sqlite.agglo_id]


def test_figures_stay_with_the_authority_that_decides(pays_sqlite: Region) -> None:
    pays_sqlite.case_in("urbanisme", subject=OURS)
    shared_id, member_id = pays_sqlite.share()
    there = pays_sqlite.cross(pays_sqlite.browser(CLAIRE), member_id)
    for page in ("/agents/activite/", "/agents/comptes/", SERVICES, "/agents/appels", "/agents/usagers"):
        assert there.get(page).status_code in {403, 404}, page
    assert OURS not in pays_sqlite.browser(CLAIRE).get("/agents/dossiers?vue=tous").text
    assert pays_sqlite.browser(SOPHIE).get(f"{SERVICES}{shared_id}").status_code == 200


def test_who_runs_the_machine_opens_a_second_authority_that_shares_a_department(
    open_app: OpenApp, seeded_sqlite_url: str
) -> None:
    town = open_app(seeded_sqlite_url, public_url=TOWN, authority="saint-aubin")
    agglo = open_app(seeded_sqlite_url, public_url=AGGLO, authority="tilleuls-agglo")

    def run(*said: str) -> int:
        with agglo.app_context():
            return int(agglo.test_cli_runner().invoke(args=list(said)).exit_code)

    assert run("add-authority", "Tilleuls Agglo", "Tilleuls Agglomération") == 1  # not a code
    assert run("add-authority", "saint-aubin", "Une autre") == 1  # taken
    assert run("add-authority", "tilleuls-agglo", "Tilleuls Agglomération", "--kind", "epci") == 0
    assert run("create-administrator", SOPHIE, "Sophie Bernard", "--password", factories.PASSWORD) == 0
    with agglo.extensions["parvis"].database.transaction() as session:
        theirs = session.scalars(select(Authority).where(Authority.code == "tilleuls-agglo")).one()
        assert theirs.details[REQUIRED_ROLES], "as on a first installation"
        theirs.details = theirs.details | {REQUIRED_ROLES: []}
    agglo.config["WTF_CSRF_ENABLED"] = False
    for page in ("/", "/mentions-legales", "/donnees-personnelles", "/accessibilite", "/plan-du-site"):
        answer = agglo.test_client().get(page)
        assert answer.status_code == 200, page
        assert "Saint-Aubin" not in words(answer.text), page
    sophie = agglo.test_client()
    entered = sophie.post("/agents/connexion", data={"email": SOPHIE, "password": factories.PASSWORD})
    assert entered.status_code == 303
    assert "Accueil" in words(sophie.get("/agents/services/").text)
    assert "Ville de Saint-Aubin-les-Tilleuls" in words(sophie.get(SERVICES).text), "whom to propose a department to"
    for page in ("/agents/reglages/", "/agents/collectivite/", "/agents/demarches/nouvelle", "/agents/modeles/"):
        assert sophie.get(page).status_code == 200, page
    assert town.test_client().get("/").status_code == 200
