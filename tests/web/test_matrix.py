"""Every role at every door of the desk, with every kind of case: what opens is what the policy says, and no word of a
restricted case reaches anybody else.

Both are made from the routes of the application: a new one is tried by itself, or asks for what its address needs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import String, Text, select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.domain.policy import GRANTS, Actor, Permission, Role, allows
from backoffice.infra.database import Base
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority, Department
from backoffice.models.case_drafts import CaseDraft
from backoffice.models.cases import Case
from backoffice.models.people import Membership, Staff
from backoffice.models.staff_notices import StaffNotice
from backoffice.models.tasks import Task
from backoffice.queries import people
from backoffice.services import accounts, case_texts, casework
from backoffice.web import access
from backoffice.web.access import Audience
from tests import factories
from tests.conftest import OpenApp
from tests.web import everything
from tests.web.everything import NOW, Everything
from tests.web.visits import words

OWN, OTHER = "voirie", "police"
KINDS = {(OWN, False), (OTHER, False), (OWN, True), (OTHER, True)}
"""The cases: of the agent's department or of another one, restricted or not."""
SECRET = (OTHER, True)
CANARY = "zwaqxorb"
SEARCHES = ("zwaqxor", "zwaqxobr")
"""Its beginning, and what a hand in a hurry makes of it: neither is an echo of the word itself."""
ABSENT = "2026-999999"
IN_DEPARTMENT = frozenset({Role.FRONT_DESK, Role.CASE_HANDLER, Role.UNIT_SUPERVISOR, Role.JURIST, Role.SHARED_HANDLER})
# Who reads restricted cases everywhere has nothing hidden from them.
HIDDEN_FROM = frozenset(Role) - {Role.DPO}
# Parts of addresses that nothing of this house stands for: what they lead to has tests of its own.
NOWHERE = frozenset({"mail_id", "merge_id", "rank", "version", "shared_id", "member_id"})
# Files that a worker makes later, and links that left by mail: there is none here yet.
UNMADE = frozenset({"files.thumbnail", "archive_transfer.download", "case_tasks.send_again", "case_tasks.close_link"})
# Reading people is a right of the whole authority, whatever their cases are (`policy.AUTHORITY_WIDE`).
PEOPLE = ("/agents/usagers", "/agents/accueil/personnes", "/agents/appels", "/agents/rappels")
FREE_WORDS = frozenset({"subject", "body", "text", "name", "line", "message", "quoted", "title", "author", "question"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a permission is asked about: a case as it is now."""

    authority_id: int
    department_id: int
    restricted: bool


@dataclass(frozen=True, slots=True)
class House:
    """The application, one house for each kind of case, an agent for each role, and two who hold many."""

    app: Flask
    runtime: Runtime
    kinds: dict[tuple[str, bool], Everything]
    agents: dict[str, int]
    departments: dict[str, int]
    actors: dict[str, Actor] = field(default_factory=dict)

    @property
    def secret(self) -> Everything:
        """The restricted case of the other department."""
        return self.kinds[SECRET]

    def browser(self, who: str) -> FlaskClient:
        """Where this agent is signed in."""
        return everything.browser_of(self.app, staff_id=self.agents[who])

    def routes(self, method: str) -> Iterator[tuple[Rule, Permission | None]]:
        """The doors of the desk, but the one that closes the session."""
        for rule in everything.routes(self.app, method):
            said = access.audience_of(self.app, rule.endpoint)
            if said is not None and said[0] is Audience.STAFF and rule.endpoint != "staff_sign_in.sign_out":
                yield rule, said[1]


@pytest.fixture
def house(open_app: OpenApp, seeded_sqlite_url: str) -> House:
    """One engine is enough: what may be seen is the same condition on both."""
    app = open_app(seeded_sqlite_url)
    app.config["WTF_CSRF_ENABLED"] = False
    runtime: Runtime = app.extensions["parvis"]
    kinds = {kind: _case(runtime, *kind) for kind in sorted(KINDS)}
    case_texts.catch_up(runtime)
    own = {role.value: (role,) for role in Role}
    sets = own | {
        "many": tuple(HIDDEN_FROM),
        "no secret": tuple(HIDDEN_FROM - {Role.CASE_HANDLER, Role.UNIT_SUPERVISOR}),
    }
    with runtime.database.transaction() as session:
        departments = {code: _department(session, code) for code in (OWN, OTHER)}
        agents = {name: _agent(session, name, roles, departments[OWN]) for name, roles in sets.items()}
    found = House(app, runtime, kinds, agents, departments)
    with runtime.database.reading() as session:
        for name, staff_id in agents.items():
            staff = people.find_staff_with_memberships(session, staff_id)
            assert staff is not None
            found.actors[name] = accounts.actor_of(staff)
    return found


def _department(session: Session, code: str) -> int:
    return session.scalars(select(Department.id).where(Department.code == code)).one()


def _agent(session: Session, name: str, roles: tuple[Role, ...], department: int) -> int:
    authority_id = factories.the_authority(session).id
    held = [
        Membership(authority_id=authority_id, role=role, department_id=department if role in IN_DEPARTMENT else None)
        for role in roles
    ]
    agent = Staff(
        authority_id=authority_id, email=f"{name}@saint-aubin.example".replace(" ", "."), name=f"Agent {name}",
        password_hash="", created_at=NOW, memberships=held,
    )  # fmt: skip
    session.add(agent)
    session.flush()
    return agent.id


def _case(runtime: Runtime, department: str, restricted: bool) -> Everything:
    secret = (department, restricted) == SECRET
    picture = IncomingFile(f"{CANARY}.png", "image/png", 9, runtime.storage.put(everything.PDF), field="photos")
    person = Sender(
        family_name=f"{CANARY}nom", given_names=f"{CANARY}prenom", email=f"{CANARY}@courriel.example",
        phone="+33699887766", address_line=f"12 rue {CANARY}", postcode="49000", city=f"{CANARY}ville",
    )  # fmt: skip
    answers = {"category": "pothole", "description": CANARY, "danger": "no", "location": {"address": CANARY}}
    said = dict.fromkeys(("subject", "body", "quoted"), CANARY) | {
        "sender": person, "files": (picture,), "answers": answers,
    }  # fmt: skip
    found = everything.fill(runtime, **(said if secret else {}))
    with runtime.database.transaction() as session:
        case = session.get_one(Case, found.case.id)
        case.department_id, case.restricted = _department(session, department), restricted
        own = {"department_id": case.department_id, "from_department_id": case.department_id}
        session.execute(update(Task).where(Task.case_id == case.id).values(own))
        if secret:
            own = {"authority_id": case.authority_id, "case_id": case.id, "staff_id": found.everywhere_id}
            session.add(CaseDraft(**own, kind="reply", text=CANARY, shared=True, saved_at=NOW, expires_at=NOW))
            keeper = people.find_staff_with_memberships(session, found.everywhere_id)
            assert keeper is not None
            casework.note(session, accounts.actor_of(keeper), case, CANARY)
            session.flush()
            _write_everywhere(session, case.id)
    return found


def _write_everywhere(session: Session, case_id: int) -> None:
    """Put the word in every free text of every row of the case, whichever table the house has today."""
    for table in Base.metadata.tables.values():
        links = [column for name, column in table.columns.items() if name in {"case_id", "about_case_id"}]
        texts = {
            column: CANARY
            for column in table.columns
            if column.name in FREE_WORDS and isinstance(column.type, String | Text)
        }
        for link in links if texts and table.name != "case_events" else ():
            session.execute(update(table).where(link == case_id).values(texts))


def text_of(answer: Response) -> str:
    """What is read of an answer, whatever it is made of."""
    return answer.get_data().decode(errors="replace").lower()


def leaks(house: House, rule: Rule, answer: Response, asked: str) -> list[str]:
    """The words of the secret case in an answer; its reference too, unless the agent typed it."""
    text = text_of(answer)
    kept = [CANARY, "99887766", "99 88 77 66"]
    if rule.rule.startswith(PEOPLE):
        kept = []
    if house.secret.case.reference not in asked:
        kept.append(house.secret.case.reference)
    return [word for word in kept if word in text] + ["500"] * (answer.status_code == 500)


def test_every_address_is_known_so_that_every_door_is_tried(house: House) -> None:
    for method in ("GET", "POST"):
        for rule, _ in house.routes(method):
            unknown = rule.arguments - house.secret.parts_of(rule).keys() - NOWHERE
            assert not unknown, f"{rule.rule}: say in tests/web/everything.py what leads to {sorted(unknown)}"


def test_what_each_role_may_do_with_each_case_is_what_the_policy_says(house: House) -> None:
    wrong = []
    for role in Role:
        client, actor = house.browser(role.value), house.actors[role.value]
        for method in ("GET", "POST"):
            for rule, permission in house.routes(method):
                if "reference" not in rule.arguments:
                    continue
                assert permission is not None, rule.rule
                for kind in sorted(KINDS) if permission in GRANTS[role] else [(OWN, False)]:
                    asked = house.kinds[kind].address(rule)
                    with client.open(asked, method=method, data={"note": "x"}) as answer:
                        may_lack = rule.arguments & NOWHERE or rule.endpoint in UNMADE
                        if not (answer.status_code == 404 and may_lack):
                            expected = _expected(actor, permission, house, kind)
                            if answer.status_code not in expected:
                                wrong.append((role.value, kind, method, rule.rule, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


DONE = frozenset(range(200, 500)) - {403, 404}
"""What is allowed is done, or asks for what is missing."""
NOT_DONE = frozenset({403, 409, 422})
"""What is refused; a form that is incomplete or late may say so first, for nothing is done and nothing is told."""


def _expected(actor: Actor, permission: Permission, house: House, kind: tuple[str, bool]) -> frozenset[int]:
    case = _Asked(house.secret.case.authority_id, house.departments[kind[0]], kind[1])
    if not allows(actor, permission):
        return frozenset({403})
    if not allows(actor, Permission.CASE_READ, case):
        return frozenset({404})
    return DONE if allows(actor, permission, case) else NOT_DONE


def test_no_word_of_a_restricted_case_reaches_anybody_else_by_any_door(house: House) -> None:
    reference = house.secret.case.reference
    keeper = everything.browser_of(house.app, staff_id=house.secret.everywhere_id)
    doors = [rule for rule, _ in house.routes("GET") if "reference" in rule.arguments]
    seen = [rule for rule in doors if CANARY in text_of(keeper.get(house.secret.address(rule)))]
    assert len(seen) > 5  # who may read it reads it: the word is where it can leak from
    with house.runtime.database.reading() as session:
        before = _state(session, house.secret.case.id)
    found = []
    # Whoever holds every role but those that read it, and whoever reads no restricted case at all.
    for who in ("many", "no secret"):
        client = house.browser(who)
        for rule, _ in house.routes("GET"):
            asked_of_it = [house.secret.address(rule)]
            if rule.arguments > {"reference"}:
                asked_of_it.append(house.secret.address(rule, reference=house.kinds[OWN, False].case.reference))
            if not rule.arguments and who == "many":
                asked_of_it += [f"{rule.rule}?q={one}&recherche={one}&vue=tous" for one in SEARCHES]
            for asked in asked_of_it:
                with client.get(asked) as answer:
                    found += [(who, asked, word) for word in leaks(house, rule, answer, asked)]
        said = dict.fromkeys(("reference", "dossier", "autre", "case", "references"), reference)
        for rule, _ in house.routes("POST"):
            asked = house.kinds[OWN, False].address(rule)
            with client.post(asked, data=said | {"lien": "linked", "q": SEARCHES[0], "text": "x"}) as answer:
                found += [(who, f"POST {asked}", word) for word in leaks(house, rule, answer, reference)]
    assert not found, "\n".join(map(str, found))
    with house.runtime.database.reading() as session:
        assert _state(session, house.secret.case.id) == before
        told = session.scalars(select(StaffNotice.staff_id).where(StaffNotice.case_id == house.secret.case.id))
        assert not set(told) & set(house.agents.values())


def _state(session: Session, case_id: int) -> tuple[int, int, int]:
    case = session.get_one(Case, case_id)
    return case.revision, case.history_length, case.department_id


def test_a_hidden_case_is_answered_word_for_word_like_one_that_does_not_exist(house: House) -> None:
    hidden = house.secret.case.reference
    client = house.browser("many")
    for method in ("GET", "POST"):
        for rule, _ in house.routes(method):
            if "reference" in rule.arguments:
                answers = []
                for reference in (hidden, ABSENT):
                    with client.open(house.secret.address(rule, reference=reference), method=method) as answer:
                        answers.append((answer.status_code, words(text_of(answer)).replace(reference, "")))
                assert answers[0] == answers[1], rule.rule


def test_what_is_counted_and_listed_is_the_same_with_or_without_a_restricted_case(house: House) -> None:
    """Lists, tabs, counts and reports do not move by one when a case becomes known to another department only."""
    clients = house.browser("many"), everything.browser_of(house.app, staff_id=house.secret.everywhere_id)
    hidden, known = [], []
    # The page that a notice leads to reads it, and the count of the head would move by itself.
    clients[0].post("/agents/notifications/lues")
    with house.runtime.database.transaction() as session:
        elsewhere = _another_authority(session)
    for is_there in (True, False):
        pages = {}
        for rule, _ in house.routes("GET"):
            if not rule.arguments:
                with clients[0].get(rule.rule) as answer:
                    # How full the disk is changes by itself.
                    pages[rule.rule] = answer.status_code, re.sub(r"[\d,]+ go libres", "", words(text_of(answer)))
        hidden.append(pages)
        known.append(words(text_of(clients[1].get("/agents/dossiers"))))
        if is_there:
            with house.runtime.database.transaction() as session:
                session.execute(update(Case).where(Case.id == house.secret.case.id).values(authority_id=elsewhere))
    for address, page in hidden[0].items():
        assert page == hidden[1][address], address
    assert known[0] != known[1]


def _another_authority(session: Session) -> int:
    """Where a case is as if it had never been one of this authority."""
    ours = factories.the_authority(session)
    values = {
        one.name: getattr(ours, one.name) for one in Authority.__table__.columns if one.name not in {"id", "code"}
    }
    theirs = Authority(code="ailleurs", **values)
    session.add(theirs)
    session.flush()
    return theirs.id
