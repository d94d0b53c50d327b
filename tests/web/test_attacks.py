"""The house attacked from its doors: what strangers write, what they may not know of, and forms that nobody sent."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.routing import AnyConverter, Rule

from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.infra.database import Base
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Attachment, Case
from backoffice.models.mail import OutgoingMail
from backoffice.services import casework
from backoffice.web import local_paths
from tests import factories
from tests.web import everything
from tests.web.citizen_visits import PICTURE
from tests.web.everything import Everything

PROBE = "'\"><xss-probe onload=alert(1)>{{ 7 * 7 }}"
ELSEWHERE = "Les affaires d’une autre collectivité"


@pytest.fixture
def seeded_url(seeded_sqlite_url: str) -> str:
    """One engine is enough here."""
    return seeded_sqlite_url


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["parvis"]
    return found


FOR_ALL = frozenset({"open_data.catalogue", "open_data.latest", "open_data.version"})
"""What is the same for everybody, and says nothing of anybody: caches may keep it."""


def pages(app: Flask) -> list[Rule]:
    """Every page but the files of the house itself."""
    return [rule for rule in everything.routes(app) if rule.endpoint != "static"]


# What strangers write ----------------------------------------------------------------------------------------------


def hostile(runtime: Runtime) -> Everything:
    """A request whose author wrote the same attack everywhere."""
    picture = IncomingFile(f"{PROBE}.png", "image/png", 9, runtime.storage.put(PICTURE), field="photos")
    person = Sender(
        **dict.fromkeys(("family_name", "given_names", "usage_name", "organisation", "city", "address_line"), PROBE),
        phone="+33241000000",
        postcode="49000",
        email="jeanne@courriel.example",
    )
    said = {"category": "pothole", "description": PROBE, "location": {"address": PROBE}, "danger": "no"}
    return everything.fill(
        runtime,
        sender=person,
        subject=PROBE,
        body=PROBE,
        body_html=f"<p>{PROBE}</p><script>alert(1)</script><img src=x onerror=alert(1)>",
        quoted=PROBE,
        answers=said,
        files=(picture,),
    )


def test_nothing_that_a_stranger_writes_becomes_part_of_a_page(app: Flask, runtime: Runtime) -> None:
    house = hostile(runtime)
    client = everything.browser_of(app, staff_id=house.everywhere_id, citizen_id=house.citizen_id)
    seen = 0
    for rule in pages(app):
        for query in ("", f"?q={quote(PROBE)}&reference={quote(PROBE)}&du={quote(PROBE)}&next={quote(PROBE)}"):
            with client.get(house.address(rule) + query) as page:
                if page.mimetype == "text/html":
                    assert "<xss-probe" not in page.text, rule.rule
                    assert "<script>alert" not in page.text, rule.rule
                    assert "onerror=alert(1)>" not in page.text, rule.rule
                    seen += "&lt;xss-probe" in page.text
    assert seen > 12


def test_a_mail_shows_what_was_written_as_text(runtime: Runtime) -> None:
    house = hostile(runtime)
    with runtime.database.transaction() as session:
        marc = factories.actor_named(session, "Marc")
        casework.reply(session, runtime, marc, session.get_one(Case, house.case.id), PROBE)
        mail = session.scalars(select(OutgoingMail)).one()
        assert "<xss-probe" not in mail.html
        assert "xss-probe" in mail.html
        assert "\n" not in mail.subject
        assert "\r" not in mail.subject


def test_a_file_never_runs_in_the_browser_whatever_it_says_it_is(app: Flask, runtime: Runtime) -> None:
    house = everything.fill(runtime)
    client = everything.browser_of(app, staff_id=house.everywhere_id, citizen_id=house.citizen_id)
    for kind in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript"):
        with runtime.database.transaction() as session:
            session.execute(update(Attachment).values(media_type=kind, name=f'page"\r\nX-A: 1;é.{kind[-3:]}'))
        files = [rule for rule in pages(app) if rule.endpoint != "message_layout.show"]  # a page of ours
        served = [rule for rule in files if {"attachment_id", "message_id"} & rule.arguments]
        assert len(served) > 2
        for rule in served:
            with client.get(house.address(rule) + "?apercu=1") as answer:
                if answer.status_code == 200:
                    assert answer.mimetype == "application/octet-stream", rule.rule
                    assert answer.headers["Content-Disposition"].startswith("attachment"), rule.rule
                    assert "sandbox" in answer.headers["Content-Security-Policy"], rule.rule
                    assert answer.headers["X-Content-Type-Options"] == "nosniff"
                    assert "X-A" not in answer.headers


# What somebody may not know of -------------------------------------------------------------------------------------


def another_authority(runtime: Runtime) -> Everything:
    """One thing of each kind, of another authority on the same installation."""
    with runtime.database.transaction() as session:
        ours = factories.the_authority(session)
        theirs = Authority(
            code="ailleurs",
            kind=ours.kind,
            name="Commune d’Ailleurs",
            short_name="Ailleurs",
            timezone=ours.timezone,
            calendar=ours.calendar,
            email="mairie@ailleurs.example",
            phone="",
            details=dict(ours.details),
            created_at=datetime.now(UTC),
        )
        session.add(theirs)
        session.flush()
        office = Department(authority_id=theirs.id, code="accueil", name="Accueil", created_at=datetime.now(UTC))
        session.add(office)
        session.flush()
        theirs.details = theirs.details | {"triage_department_id": office.id}
        for _ in range(20):  # their references are none of ours
            factories.a_case(session, runtime, authority="ailleurs", procedure="")
    return everything.fill(runtime, authority="ailleurs", procedure="", subject=ELSEWHERE)


def test_nothing_of_another_authority_opens_whatever_the_number(app: Flask, runtime: Runtime) -> None:
    ours = everything.fill(runtime)
    theirs = another_authority(runtime)
    client = everything.browser_of(app, staff_id=ours.everywhere_id, citizen_id=ours.citizen_id)
    # Codes that any town may have: of procedures and of what is in them, of figures, of answers.
    public = {"code", "name", "file_name", "rule_id", "filename", "session_id", "figure", *everything.DRAFTED}
    for rule in pages(app):
        chosen = {name for name, kind in rule._converters.items() if isinstance(kind, AnyConverter)}
        if rule.arguments - public - chosen - ({"key"} if "/retours/" in rule.rule else set()):
            with client.get(theirs.address(rule)) as answer:
                assert answer.status_code in {302, 303, 404, 410}, rule.rule
            # The case of ours, and the part of theirs.
            inside = rule.arguments - public - chosen - {"reference"}
            if "reference" in rule.arguments and inside:
                with client.get(theirs.address(rule, reference=ours.case.reference)) as answer:
                    assert answer.status_code in {302, 303, 404, 410}, rule.rule
        else:
            with client.get(theirs.address(rule)) as answer:
                assert answer.is_streamed or ELSEWHERE.encode() not in answer.data, rule.rule


def contents(runtime: Runtime, authority_id: int) -> dict[str, list[tuple[object, ...]]]:
    """Every row of an authority."""
    tables = [table for table in Base.metadata.tables.values() if "authority_id" in table.columns]
    with runtime.database.reading() as session:
        return {
            table.name: [
                tuple(row) for row in session.execute(select(table).where(table.c.authority_id == authority_id))
            ]
            for table in tables
        }


def test_nothing_of_another_authority_changes_whatever_is_posted(app: Flask, runtime: Runtime) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    ours, theirs = everything.fill(runtime), another_authority(runtime)
    before = contents(runtime, theirs.case.authority_id)
    said = {"active": "0", "open": "0", "name": "Pris", "role": "dpo", "text": "Pris", "note": "Pris", "revision": "1"}
    for rule in everything.routes(app, "POST"):
        if rule.arguments - {"code", "name", "token"}:
            # A new browser each time: some forms sign out.
            client = everything.browser_of(app, staff_id=ours.everywhere_id, citizen_id=ours.citizen_id)
            answer = client.post(theirs.address(rule), data=said)
            assert answer.status_code in {303, 404, 409, 410, 422}, rule.rule
            assert ELSEWHERE not in answer.text, rule.rule
    assert contents(runtime, theirs.case.authority_id) == before


def test_a_citizen_follows_no_case_of_somebody_else(app: Flask, runtime: Runtime) -> None:
    jeanne = everything.fill(runtime, subject=ELSEWHERE)
    ahmed = everything.fill(runtime, sender=Sender(family_name="Amrani", email="ahmed@courriel.example"))
    assert ahmed.citizen_id != jeanne.citizen_id
    client = everything.browser_of(app, citizen_id=ahmed.citizen_id)
    for rule in pages(app):
        if not rule.rule.startswith("/agents/"):
            with client.get(jeanne.address(rule)) as answer:
                assert answer.is_streamed or ELSEWHERE.encode() not in answer.data, rule.rule
                if "reference" in rule.arguments:
                    assert answer.status_code in {302, 303, 404}, rule.rule
            if "reference" in rule.arguments and len(rule.arguments) > 1:
                with client.get(jeanne.address(rule, reference=ahmed.case.reference)) as answer:
                    assert answer.status_code in {302, 303, 404}, rule.rule


# Forms that nobody sent --------------------------------------------------------------------------------------------


def rows(runtime: Runtime) -> dict[str, int]:
    """How many rows each table holds, those that note the attack itself aside."""
    tables = [table for name, table in Base.metadata.tables.items() if name != "failed_sign_ins"]
    with runtime.database.reading() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_no_form_acts_without_its_proof_of_origin(app: Flask, runtime: Runtime) -> None:
    house = everything.fill(runtime)
    client = everything.browser_of(app, staff_id=house.everywhere_id, citizen_id=house.citizen_id)
    with client.session_transaction() as session:
        session["cases"] = {house.case.reference: 9_999_999_999}
    before = rows(runtime)
    for rule in everything.routes(app, "POST"):
        for token in ({}, {"csrf_token": "made-up"}):
            answer = client.post(house.address(rule), data={"message": "x", "text": "x", "do": "save", **token})
            # Some doors give the form back, or say first that there is nothing there; none goes on as if it were sent.
            assert answer.status_code in {400, 404, 410} or "/suivi" in str(answer.location), rule.rule
    assert rows(runtime) == before
    assert client.get("/agents/compte").status_code == 200
    assert client.get("/mon-espace").status_code == 200


def test_every_way_to_change_something_is_a_form(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


# What leads elsewhere, and what stays behind -----------------------------------------------------------------------


def test_no_page_leads_to_another_site_or_stays_in_a_cache(app: Flask, runtime: Runtime) -> None:
    house = everything.fill(runtime)
    names = ("next", "kept_path", "q", "reference", "state", "url", "retour", "back")
    for address, who in (
        ("https://ailleurs.example/", {}),
        ("//ailleurs.example/", {"staff_id": house.everywhere_id, "citizen_id": house.citizen_id}),
    ):
        client = everything.browser_of(app, **who)
        query = "&".join(f"{name}={quote(address)}" for name in names)
        for rule in pages(app):
            with client.get(f"{house.address(rule)}?{query}") as answer:
                place = answer.headers.get("Location", "/")
                assert place.startswith("/"), rule.rule
                assert not place.startswith(("//", "/\\")), rule.rule
                kept = answer.headers["Cache-Control"]
                # The empty form of somebody who is not signed in may be found again with « back ».
                kept_by_all = rule.endpoint in FOR_ALL and kept.startswith("public, ")
                assert "no-store" in kept or kept_by_all or (not who and kept == "private, no-cache"), rule.rule


@pytest.mark.parametrize(
    "path", ["https://ailleurs.example/", "//a", "/\\a", "/\ta", "\t//a", "/ a", "javascript:1", "a"]
)
def test_an_address_that_travels_through_a_form_is_ours_or_none(path: str) -> None:
    assert local_paths.safe_path(path) == ""
    assert local_paths.safe_path("/suivi?reference=2026-000001") == "/suivi?reference=2026-000001"


def test_a_case_seen_on_a_shared_computer_is_gone_once_signed_out(app: Flask, runtime: Runtime) -> None:
    house = everything.fill(runtime)
    client = everything.browser_of(app, citizen_id=house.citizen_id)
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.get(f"/suivi/{house.case.reference}").status_code == 200
    client.post("/deconnexion")
    assert client.get(f"/suivi/{house.case.reference}").status_code == 302
