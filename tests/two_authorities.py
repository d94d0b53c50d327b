"""A town, and the community of towns whose planning department examines its requests, on one installation."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Case
from backoffice.models.people import Membership, Staff
from backoffice.models.shared_services import SharedMember, SharedService
from backoffice.services import accounts
from backoffice.web.access import STAFF_COOKIE
from tests import factories
from tests.conftest import OpenApp
from tests.web.visits import words

TOWN, AGGLO = "http://saint-aubin.localhost", "http://agglo.localhost"
SERVICES, ELSEWHERE = "/agents/services-communs/", "/agents/autres-collectivites/"
CLAIRE, SOPHIE = "claire.martin@agglo.example", "sophie.bernard@agglo.example"
REASON = {"reason": "La convention prend fin."}


@dataclass(slots=True)
class Region:
    """The two sites, and what a test looks for in them."""

    town: Flask
    agglo: Flask
    town_id: int
    agglo_id: int

    @property
    def runtime(self) -> Runtime:
        """The tools of the town's processes; both have one database."""
        found: Runtime = self.town.extensions["parvis"]
        return found

    def browser(self, email: str) -> FlaskClient:
        """A browser where somebody is signed in, on the site of their own authority."""
        with self.runtime.database.transaction() as session:
            staff = session.scalars(select(Staff).where(Staff.email == email)).one()
            app = self.agglo if staff.authority_id == self.agglo_id else self.town
            token = accounts.open_session(session, self.runtime, staff=staff)
        client = app.test_client()
        client.set_cookie(STAFF_COOKIE, token)
        return client

    @property
    def nadia(self) -> FlaskClient:
        """Who administers the town."""
        return self.browser("nadia.ferreira@saint-aubin.example")

    def department(self, session: Session, authority_id: int, code: str) -> int:
        """One of their departments."""
        return session.scalars(
            select(Department.id).where(Department.authority_id == authority_id, Department.code == code)
        ).one()

    def case_in(self, code: str, authority: str = "", *, restricted: bool = False, **said: object) -> str:
        """A case of one of them, in a department; give its reference."""
        with self.runtime.database.transaction() as session:
            case = factories.a_case(session, self.runtime, authority=authority, **said)
            case.department_id = self.department(session, case.authority_id, code)
            case.restricted = restricted
            return case.reference

    def propose(self, sophie: FlaskClient) -> int:
        """The community offers its department; give the number of the row."""
        with self.runtime.database.reading() as session:
            department = self.department(session, self.agglo_id, "ads")
        data = {"department": department, "partner": self.town_id, "agreement": "Convention du 12 mars 2026"}
        assert sophie.post(f"{SERVICES}proposer", data=data).status_code == 303
        with self.runtime.database.reading() as session:
            return session.scalars(select(SharedService.id).order_by(SharedService.id.desc())).first() or 0

    def accept(self, nadia: FlaskClient, shared_id: int) -> None:
        """The town says yes, for its own department."""
        with self.runtime.database.reading() as session:
            department = self.department(session, self.town_id, "urbanisme")
        answer = nadia.post(f"{SERVICES}{shared_id}/acceptation", data={"department": department})
        assert answer.status_code == 303, words(answer.text)

    def invite(self, nadia: FlaskClient, shared_id: int, email: str = CLAIRE) -> int:
        """The town asks an agent; give the number of the access."""
        assert nadia.post(f"{SERVICES}{shared_id}/agents", data={"email": email}).status_code == 303
        with self.runtime.database.reading() as session:
            return session.scalars(select(SharedMember.id).order_by(SharedMember.id.desc())).first() or 0

    def share(self) -> tuple[int, int]:
        """All of it, until the agent may pass: (row of the service, row of the agent)."""
        shared_id = self.propose(self.browser(SOPHIE))
        self.accept(self.nadia, shared_id)
        member_id = self.invite(self.nadia, shared_id)
        assert self.browser(CLAIRE).post(f"{ELSEWHERE}{member_id}/accepter").status_code == 303
        return shared_id, member_id

    def cross(self, at_home: FlaskClient, member_id: int) -> FlaskClient:
        """Pass from the community's site to the town's."""
        place = at_home.post(f"{ELSEWHERE}{member_id}/passer").headers["Location"]
        assert place.startswith(TOWN)
        path, there = place.removeprefix(TOWN), self.town.test_client()
        assert "Vous allez travailler pour" in words(there.get(path).text)
        assert there.post(path).status_code == 303
        return there

    def member_account(self) -> Staff:
        """The account that the agent has in the town."""
        with self.runtime.database.reading() as session:
            return session.scalars(select(Staff).where(Staff.home_id.is_not(None))).one()

    def an_hour_later(self) -> None:
        """Whoever proved who they are did it an hour ago."""
        from backoffice.models.people import WebSession  # noqa: PLC0415

        with self.runtime.database.transaction() as session:
            session.execute(update(WebSession).values(proved_at=datetime.now(UTC) - timedelta(hours=1)))


def region(open_app: OpenApp, url: str, folder: Path) -> Region:
    """Two authorities, each with its site, on one database."""
    town = open_app(url, public_url=TOWN, authority="saint-aubin")
    agglo = open_app(url, public_url=AGGLO, authority="tilleuls-agglo")
    runtime: Runtime = town.extensions["parvis"]
    now = datetime.now(UTC)
    with runtime.database.transaction() as session:
        ours = factories.the_authority(session)
        theirs = Authority(
            code="tilleuls-agglo", kind="epci", name="Tilleuls Agglomération", short_name="Tilleuls Agglo",
            email="contact@agglo.example", details=dict(ours.details), created_at=now,
        )  # fmt: skip
        session.add(theirs)
        session.flush()
        places = {}
        for code, name in (("ads", "Instruction des autorisations d’urbanisme"), ("dechets", "Déchets")):
            places[code] = Department(authority_id=theirs.id, code=code, name=name, active=True, created_at=now)
            session.add(places[code])
        session.flush()
        theirs.details = theirs.details | {"triage_department_id": places["dechets"].id}
        for email, name, role, place in (
            (CLAIRE, "Claire Martin", "case_handler", places["ads"].id),
            (SOPHIE, "Sophie Bernard", "functional_admin", None),
            ("luc.morel@agglo.example", "Luc Morel", "case_handler", places["dechets"].id),
        ):
            member = Membership(authority_id=theirs.id, role=role, department_id=place)
            hashed = session.scalars(select(Staff.password_hash).limit(1)).one()
            session.add(
                Staff(
                    authority_id=theirs.id, email=email, name=name, password_hash=hashed, created_at=now,
                    memberships=[member],
                )
            )  # fmt: skip
        found = Region(town, agglo, ours.id, theirs.id)
    for app in (town, agglo):
        app.config["WTF_CSRF_ENABLED"] = False
    return found


def revision_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that answers: what its author had seen."""
    form = re.search(r'<form[^>]*action="[^"]*/repondre".*?</form>', page, re.DOTALL)
    assert form
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


def case_of(region: Region, reference: str, authority_id: int) -> Case:
    """A case of one of them: both may have one of this reference."""
    with region.runtime.database.reading() as session:
        return session.scalars(select(Case).where(Case.reference == reference, Case.authority_id == authority_id)).one()
