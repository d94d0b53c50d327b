"""Whatever is set in administration leaves a line: who, when, what it was and what it is; and one page finds it all."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.domain.file_checks import Scan
from backoffice.domain.policy import Permission
from backoffice.domain.setting_screens import SCREEN_LABELS, SCREEN_PERMISSIONS, Screen, difference
from backoffice.models.authorities import Authority, Department, SettingChange
from backoffice.models.files import ReceivedFile
from backoffice.models.mail import MailRecord
from backoffice.models.people import Membership, Staff
from backoffice.models.routing import RoutingRuleRow
from backoffice.models.shared_services import SharedMember, SharedService
from backoffice.models.sign_in import StaffIdentity
from backoffice.web import access
from tests.conftest import OpenApp
from tests.web import everything
from tests.web.citizen_visits import runtime_of
from tests.web.conftest import SignedIn
from tests.web.everything import NOW, Everything
from tests.web.visits import words

# The versions of a procedure are its history: who, when, why, compared on its own pages.
OF_PROCEDURES = Permission.PROCEDURE_MANAGE
ADMINISTRATION = frozenset(SCREEN_PERMISSIONS.values()) - {OF_PROCEDURES} | {
    Permission.EMERGENCY_OPEN,
    Permission.MAILBOX_MANAGE,
}
NOTHING_CHANGES = frozenset(
    {"admin_templates.preview", "admin_templates.ask_for_pdf", "mail_ledger.test", "staff_import.try_out"}
)
GEOJSON = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"nom": "Le Port"}, '
    '"geometry": {"type": "Polygon", "coordinates": [[[0, 47], [0.1, 47], [0.1, 47.1], [0, 47]]]}}]}'
)
ANSWER = {"title": "Où jeter le verre ?", "text": "Dans la colonne.", "review_on": "2027-09-01"}
DELEGATION = {"signatory": "Anne Roy", "title": "Adjointe", "act": "2026-12", "valid_from": "2026-01-01"}
RULE = {"name": "Lampadaires", "words": "lampadaire", "department": "{department_id}"}
MAILBOX = {
    "address": "urbanisme@collectivite.example",
    "scheme": "imaps",
    "host": "imap.collectivite.example",
    "port": "993",
    "account": "urbanisme",
    "password": "un-mot-de-passe-de-boite",
    "folder": "INBOX",
    "processed_folder": "Traités",
}
LIST = "Nom;Courriel;Fonction;Téléphone;Rôles;Services\nClaire Petit;claire@collectivite.example;;;Juriste;\n"

_DRAWN = io.BytesIO()
Image.new("RGB", (60, 20), "navy").save(_DRAWN, "PNG")
PICTURE = _DRAWN.getvalue()

# What is posted at each door, in this order: what suspends or erases comes last.
POSTED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("admin_authority.save", {"phone": "0241000000", "reopen_within_days": "10", "most_mail_megabytes": "5"}),
    ("authority_pages.appearance", {"name": "Ville de Saint-Aubin", "colour": "#8a1c5b"}),
    ("authority_pages.hours", {"day_1": "9 h – 12 h"}),
    ("authority_pages.texts", {"host": "Un hébergeur, 1 rue du Port"}),
    ("authority_pages.channels", {"open_phone": "no", "said_phone": "Le standard est fermé jusqu’à lundi."}),
    ("admin_kiosks.save", {"idle_seconds": "120", "title_fr": "Bonjour"}),
    ("admin_kiosks.add", {"place": "Hall de la mairie"}),
    ("admin_kiosks.give_code", {}),
    ("admin_kiosks.set_printer", {"printer": "1"}),
    ("admin_kiosks.withdraw", {}),
    ("admin_authority.save_logo", {"logo": PICTURE}),
    ("admin_agent_figures.save", {"do": "show", "reason": "Décidé au comité du 3 mars."}),
    ("admin_departments.create", {"name": "Espaces verts"}),
    ("admin_departments.edit", {"name": "Voirie et propreté"}),
    ("admin_departments.set_active", {"active": "0"}),
    ("admin_districts.import_file", {"file": GEOJSON}),
    ("admin_districts.create", {"name": "La Gare", "streets": "Rue de la Gare"}),
    ("admin_districts.edit", {"name": "Le Centre"}),
    ("admin_districts.set_active", {"active": "0"}),
    ("admin_routing.create", RULE),
    ("admin_routing.create", RULE),
    ("admin_routing.edit", {**RULE, "name": "Éclairage"}),
    ("admin_routing.move", {"vers": "haut"}),
    ("admin_routing.set_active", {"active": "0"}),
    ("tags.create", {"name": "Urgent", "tone": "danger"}),
    ("tags.edit", {"name": "Chaleur", "tone": "warning"}),
    ("tags.set_retired", {"retired": "1"}),
    ("macros.create", {"name": "Prendre", "take": "yes"}),
    ("macros.edit", {"name": "Prendre en charge", "take": "yes"}),
    ("macros.set_retired", {"retired": "1"}),
    ("ready_answers.create", ANSWER),
    ("ready_answers.edit", {**ANSWER, "seen": "1"}),
    ("ready_answers.set_retired", {"retired": "1"}),
    ("admin_templates.edit", {"title": "Texte de la rentrée", "body": "Bonjour,"}),
    ("admin_templates.restore", {}),
    ("admin_law.amend", {"value": "receipt", "article": "CRPA, L. 112-1", "confidence": "known"}),
    ("admin_law.add_delegation", DELEGATION),
    ("admin_law.end_delegation", {}),
    ("admin_jobs.try_again", {}),
    ("mail_ledger.replay", {}),
    ("admin_mailboxes.create", {**MAILBOX, "code": "urbanisme"}),
    ("admin_mailboxes.edit", {**MAILBOX, "host": "autre.collectivite.example"}),
    ("admin_mailboxes.set_active", {"active": "0"}),
    ("quarantine.scan_again", {}),
    ("quarantine.erase", {}),
    ("emergency.open_access", {"reason": "Panne signalée par le service de l’état civil."}),
    ("emergency.close", {}),
    ("staff_import.run", {"content": LIST}),
    ("admin_sign_in.save_rules", {"roles": ["jurist"], "lock_minutes": "10"}),
    ("admin_staff.create", {"name": "Luc Moreau", "email": "luc@collectivite.example"}),
    ("admin_staff.correct", {"name": "Yvon Ailleurs"}),
    ("admin_staff.add_membership", {"role": "jurist", "department": "{department_id}"}),
    ("admin_staff.remove_membership", {}),
    ("admin_staff.invite_again", {}),
    ("admin_sign_in.reset_factors", {"factor_reason": "Téléphone perdu dans le train."}),
    ("admin_sign_in.end_sessions", {}),
    ("admin_sign_in.forget_identity", {}),
    ("admin_staff.set_active", {"active": "0"}),
    (
        "admin_shared_services.propose",
        {"department": "{department_id}", "partner": "{partner_id}", "agreement": "Convention du 12 mars 2026"},
    ),
    ("admin_shared_services.keep_address", {}),
    ("admin_shared_services.accept", {"department": "{department_id}"}),
    ("admin_shared_services.invite", {"email": "claire@agglo.example"}),
    ("admin_shared_services.withdraw", {"reason_{member_id}": "Elle change de poste."}),
    ("admin_shared_services.end", {"reason": "La convention prend fin."}),
)


@pytest.fixture
def house(open_app: OpenApp, seeded_sqlite_url: str) -> tuple[Flask, Everything]:
    """One thing of each kind, an antivirus, a mail in quarantine."""
    app = open_app(seeded_sqlite_url, antivirus_url="tcp://127.0.0.1:9", public_posts_per_minute=0)
    app.config["WTF_CSRF_ENABLED"] = False
    found = everything.fill(runtime_of(app))
    with runtime_of(app).database.transaction() as session:
        session.get_one(MailRecord, found.parts["line_id"]).outcome = "quarantined"
        session.get_one(StaffIdentity, found.parts["identity_id"]).staff_id = found.parts["staff_id"]
        found.parts.update(_proposed_by_another(session, found.case.authority_id))
    return app, found


def _proposed_by_another(session: Session, authority_id: int) -> dict[str, int]:
    """A department that the authority of the neighbours offers to share."""
    other = Authority(code="agglo", kind="epci", name="Agglomération", details={}, created_at=NOW)
    session.add(other)
    session.flush()
    theirs = Department(authority_id=other.id, code="ads", name="Urbanisme", created_at=NOW)
    session.add(theirs)
    session.flush()
    held = Membership(authority_id=other.id, role="case_handler", department_id=theirs.id)
    claire = Staff(
        authority_id=other.id, email="claire@agglo.example", name="Claire Martin", created_at=NOW, memberships=[held]
    )
    shared = SharedService(
        authority_id=other.id, department_id=theirs.id, partner_id=authority_id, agreement="Convention",
        home_site="http://agglo.example", proposed_at=NOW, proposed_by="Sophie Bernard",
    )  # fmt: skip
    session.add_all([claire, shared])
    session.flush()
    return {"partner_id": other.id, "shared_id": shared.id}


def _infect(app: Flask, digest: str) -> None:
    with runtime_of(app).database.transaction() as session:
        known = session.get(ReceivedFile, digest) or ReceivedFile(digest=digest, media_type="image/png", first_at=NOW)
        known.scan, known.virus, known.scanned_at = Scan.INFECTED, "Eicar", NOW
        session.add(known)


def test_every_act_of_administration_leaves_a_line(house: tuple[Flask, Everything]) -> None:
    app, found = house
    client = everything.browser_of(app, staff_id=found.everywhere_id)
    rules = {rule.endpoint: rule for rule in everything.routes(app, "POST")}
    known = {endpoint for endpoint, _ in POSTED} | NOTHING_CHANGES
    asked = {name for name in rules if (access.audience_of(app, name) or ("", None))[1] in ADMINISTRATION}
    assert asked - known == set(), "a new act of administration: write its line, and add what it posts above"
    for endpoint, posted in POSTED:
        if endpoint.startswith("quarantine."):
            _infect(app, found.parts["digest"])
        before = _count(app)
        made = _made(app, endpoint)
        sent = {name.format(**made) if "{" in name else name: value for name, value in _data(found, posted).items()}
        answer = client.post(found.address(rules[endpoint], **made), data=sent)
        assert answer.status_code in {200, 302, 303}, (endpoint, answer.status_code, words(answer.text)[:2000])
        assert _count(app) > before, endpoint
    page = words(client.get("/agents/reglages/historique").text)
    for told in ("Compte suspendu", "Téléphone perdu dans le train.", "Règles de connexion changées", "Zoé Partout"):
        assert told in page, told


def _data(found: Everything, posted: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = dict(posted)
    for name, value in data.items():
        if isinstance(value, str) and value in {"{department_id}", "{partner_id}"}:
            data[name] = str(found.parts[value[1:-1]])
        elif name in {"file", "logo"}:
            data[name] = (io.BytesIO(value if isinstance(value, bytes) else value.encode()), "envoi")
    return data


def _made(app: Flask, endpoint: str) -> dict[str, int | str]:
    """What was just added, where the house holds none, or none that may be closed."""
    rows = {
        "admin_routing": ("rule_id", RoutingRuleRow.id),
        "admin_departments": ("department_id", Department.id),
        "admin_shared_services": ("member_id", SharedMember.id),
    }
    if endpoint.startswith("admin_mailboxes"):
        return {"code": "urbanisme"}
    name, number = rows.get(endpoint.partition(".")[0], ("", None))
    if number is None:
        return {}
    with runtime_of(app).database.reading() as session:
        return {name: session.scalar(select(func.max(number))) or 0}


def _count(app: Flask) -> int:
    with runtime_of(app).database.reading() as session:
        return session.scalar(select(func.count()).select_from(SettingChange)) or 0


def test_the_history_says_before_and_after_in_words_and_is_found_by_screen_person_day_and_word(
    app: Flask, signed_in: SignedIn
) -> None:
    nadia, page = signed_in("Nadia"), "/agents/reglages/historique"
    assert "Aucun changement" in words(nadia.get(page).text)
    said = {"reopen_within_days": "30", "most_mail_megabytes": "5"}
    for phone in ("02 61 91 40 00", "02 61 91 40 01", "02 61 91 40 01"):
        nadia.post("/agents/collectivite/", data={**said, "phone": phone, "opening_hours": "Le mardi de 9 h à 12 h"})
    nadia.post("/agents/services/nouveau", data={"name": "Espaces verts"})
    shown = words(nadia.get(page).text)
    assert "3 changements" in shown, "what changes nothing leaves no line"
    assert "Téléphone Avant : 02 61 91 40 00 Après : 02 61 91 40 01" in shown
    today = datetime.now(UTC).date()
    for asked, told in (
        ("ecran=departments", "1 changement"),
        ("q=ESPACES+vert", "1 changement"),
        (f"du={today}&au={today}", "3 changements"),
        (f"au={today.replace(year=today.year - 1)}", "Aucun changement ne correspond"),
        ("agent=999999", "Aucun changement ne correspond"),
        ("du=hier", "Écrivez la date"),
    ):
        assert told in words(nadia.get(f"{page}?{asked}").text), asked
    paul = words(signed_in("Paul").get(page).text)
    assert "Espaces verts" not in paul, "who sets no department reads no history of departments"
    assert signed_in("Sandrine").get(page).status_code == 403
    assert signed_in("Sandrine").get("/agents/reglages/").status_code == 403


def test_settings_are_found_by_the_words_of_people(signed_in: SignedIn) -> None:
    nadia, page = signed_in("Nadia"), "/agents/reglages/"
    assert 'href="/agents/collectivite/#f-calendar"' in nadia.get(page).text
    for asked, label in (("boite MAIL", "Boîtes de courriel"), ("mot de passe", "Règles de connexion")):
        assert label in words(nadia.get(page, query_string={"q": asked}).text), asked
    assert "Aucun réglage ne correspond" in words(nadia.get(f"{page}?q=licorne").text)
    assert "Règles de droit" not in words(nadia.get(page).text), "law is the jurist's"
    assert "Services" not in words(signed_in("Paul").get(f"{page}?q=services").text).partition("Chercher")[2]


def test_accounts_are_found_by_name_role_department_and_state(signed_in: SignedIn) -> None:
    nadia, page = signed_in("Nadia"), "/agents/comptes/"
    assert "Karim" in nadia.get(f"{page}?q=karim").text
    assert "Sandrine" not in nadia.get(f"{page}?q=karim").text
    assert "Karim" not in nadia.get(f"{page}?q=JURISTE").text
    assert "Aucun compte ne correspond" in words(nadia.get(f"{page}?etat=suspendu").text)


def test_a_line_holds_what_differs_alone() -> None:
    assert difference({"Nom": "a", "Ville": "b"}, {"Nom": "a", "Ville": "c"}) == ({"Ville": "b"}, {"Ville": "c"})
    assert set(SCREEN_LABELS) == set(SCREEN_PERMISSIONS) == set(Screen)
