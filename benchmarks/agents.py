"""Fifty agents at once on the whole house, at the pace of people: how long they wait, and whether anything is lost."""

import http.client
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from urllib.parse import urlencode, urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.domain.policy import Role
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.cases import Case, CaseEvent, Message
from backoffice.models.people import Membership, Staff
from backoffice.queries import cases
from backoffice.services import accounts, moment
from backoffice.web.access import STAFF_COOKIE
from benchmarks import house, volume
from benchmarks.engines import Engine
from benchmarks.house import House
from benchmarks.measure import Line, family, pss_megabytes
from benchmarks.subject import Bench
from tests import factories

AGENTS = 50
MINUTES, QUICK_MINUTES = 10.0, 0.5
CASES = 10_000
MOST_MILLISECONDS = 250.0
# A machine of 2 GB keeps a quarter of them for its system.
MOST_MEGABYTES = 1_500.0
SAMPLED_EVERY = 5.0
# Seconds between two moves of a person: at least so many, and on average so many more.
PAUSE, MORE = 2.0, 4.0
QUEUE = "/agents/dossiers"
LISTS = ("", "?vue=a-traiter", "?vue=en-retard", "?vue=sans-agent", "?q=lilas", "?q=durand", "?canal=phone")
MOVED, TOLD = 303, 409


def run(bench: Bench) -> Iterator[Line]:
    """Lists, searches, cases opened, taken, annotated and answered; then what was accepted is looked for, once each."""
    minutes = QUICK_MINUTES if bench.quick else MINUTES
    for engine in bench.engines:
        with engine.lend(bench.volumes[0] if bench.quick else CASES) as url:
            runtime = factories.a_runtime(url, bench.folder)
            with runtime.database.transaction() as session:
                cookies = _hire(session, runtime)
            with house.opened(url, bench.folder / f"agents-{engine.name}") as running:
                house.work_off(url)
                agents = [
                    _Agent(running.port, number, f"{STAFF_COOKIE}={cookie}") for number, cookie in enumerate(cookies)
                ]
                until = time.monotonic() + minutes * 60
                with ThreadPoolExecutor(AGENTS) as desks:
                    working = [desks.submit(agent.work, until) for agent in agents]
                    most = _watch_memory(working, running, engine)
                    for done in working:
                        done.result()
            yield from _lines(runtime, engine.name, agents, minutes)
            said = "most memory (PSS) of web × 2, relay, worker and database"
            yield Line("agents", engine.name, said, "MB", most, None, MOST_MEGABYTES)
            runtime.database.dispose()


def _watch_memory(working: Sequence[Future[None]], running: House, engine: Engine) -> float:
    """The most megabytes that the house and its database used while they worked."""
    most = 0.0
    while not all(one.done() for one in working):
        with suppress(FileNotFoundError, ProcessLookupError):  # a process ended as it was looked at
            most = max(most, pss_megabytes(family(running.pid)) + engine.memory())
        wait(working, SAMPLED_EVERY)
    return most


@dataclass(slots=True)
class _Agent:
    """A person at a browser: what was waited for, what was answered, and what the house accepted."""

    port: int
    number: int
    cookie: str
    waits: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    forms: str = ""
    connection: http.client.HTTPConnection | None = None
    chance: random.Random = field(default_factory=random.Random)

    def work(self, until: float) -> None:
        """Open a list, a case, do something there, and so on."""
        self.chance.seed(self.number)
        time.sleep(self.chance.random() * PAUSE)
        while time.monotonic() < until:
            _, page = self.ask("GET", QUEUE + self.chance.choice(LISTS))
            found = re.findall(r'href="(/agents/dossiers/[^"?/]+)', page)
            self.think()
            if not found:
                continue
            case = self.chance.choice(found)
            status, page = self.ask("GET", case)
            self.think()
            if status == http.client.OK:
                self._act(case, page)

    def think(self) -> None:
        """Read what came."""
        time.sleep(PAUSE + self.chance.expovariate(1 / MORE))

    def _act(self, case: str, page: str) -> None:
        draw = self.chance.random()
        offered = [act for act in ("noter", "prendre", "repondre") if f"{case}/{act}" in page]
        if draw < 0.5 or not offered:
            return
        act = self.chance.choice(offered)
        text = f"Écrit par {self.number} à {time.monotonic_ns()}"
        fields = {"noter": {"note": text}, "repondre": {"reply": text}}.get(act, {})
        status, _ = self.ask("POST", f"{case}/{act}", _proof(page) | fields)
        if status == MOVED and fields:
            self.written[text] = case.rsplit("/", 1)[-1]

    def ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> tuple[int, str]:
        """One request of a browser that keeps its connection; a redirection is followed by a person's next page."""
        headers = {"Cookie": self.cookie + (f"; {self.forms}" if self.forms else "")}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(fields) if fields is not None else None
        started = time.monotonic()
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                text = answer.read().decode(errors="replace")
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                # The server closes a connection that slept; browsers open another.
                self.connection = None
                if attempt == 2:
                    raise
        self.waits.append(time.monotonic() - started)
        self.answers[answer.status] += 1
        if answer.status not in {http.client.OK, MOVED, TOLD}:
            self.faults.append(f"{method} {urlsplit(path).path}: {answer.status}")
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            if not cookie.startswith(STAFF_COOKIE):
                self.forms = cookie.partition(";")[0]
        return answer.status, text


def _proof(page: str) -> dict[str, str]:
    names = ("csrf_token", "revision", "history", "form_key")
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in names}
    return {name: unescape(match[1]) for name, match in found.items() if match}


def _hire(session: Session, runtime: Runtime) -> list[str]:
    """Fifty handlers, spread over the departments, each signed in."""
    authority = factories.the_authority(session)
    departments = session.scalars(select(Department.id).where(Department.authority_id == authority.id)).all()
    cookies = []
    for number in range(AGENTS):
        staff = Staff(
            authority_id=authority.id,
            email=f"agent-{number}@commune.example",
            name=f"Agent {number}",
            created_at=moment.now(),
        )
        place = departments[number % len(departments)]
        staff.memberships = [Membership(authority_id=authority.id, role=Role.CASE_HANDLER, department_id=place)]
        session.add(staff)
        session.flush()
        cookies.append(accounts.open_session(session, runtime, staff=staff))
    return cookies


def _lines(runtime: Runtime, engine: str, agents: list[_Agent], minutes: float) -> Iterator[Line]:
    waits = [1000 * wait for agent in agents for wait in agent.waits]
    answers = sum((agent.answers for agent in agents), Counter[int]())
    written = {text: reference for agent in agents for text, reference in agent.written.items()}
    asked = f"{AGENTS} agents, {minutes:g} minutes, {len(waits):,} requests"
    percentile = statistics.quantiles(waits, n=20)[-1]
    yield Line("agents", engine, f"{asked}: median wait", "ms", statistics.median(waits))
    yield Line("agents", engine, f"{asked}: 95th percentile", "ms", percentile, None, MOST_MILLISECONDS)
    refused = f"{answers[TOLD]} told that somebody was quicker"
    for fault in [fault for agent in agents for fault in agent.faults][:5]:
        print(fault)
    errors = sum(len(agent.faults) for agent in agents)
    yield Line("agents", engine, f"{asked}: errors ({refused})", "errors", errors, None, 0)
    lost = _count_lost(runtime, written)
    yield Line(
        "agents", engine, f"{len(written):,} texts accepted: lost, doubled or badly chained", "texts", lost, None, 0
    )


def _count_lost(runtime: Runtime, written: Mapping[str, str]) -> int:
    """Texts that are not in their case exactly once, and histories whose chain is broken."""
    lost = 0
    with runtime.database.reading() as session:
        for text, reference in written.items():
            query = select(func.count()).select_from(Message).join(Case, Case.id == Message.case_id)
            found = session.scalar(query.where(Case.reference == reference, Message.body.startswith(text)))
            lost += found != 1
        for reference in set(written.values()):
            case = session.scalars(select(Case).where(Case.reference == reference)).one()
            lost += not _is_chained(case, cases.list_events(session, case.id))
    return lost


def _is_chained(case: Case, events: Sequence[CaseEvent]) -> bool:
    """Whether no line of a history was overwritten or skipped; those that came with the volume are bound to nothing."""
    ours = [pair for pair in pairwise(events) if pair[0].number > volume.EVENTS]
    return (
        [event.number for event in events] == list(range(1, case.history_length + 1))
        and events[-1].digest == case.history_digest
        and all(event.previous_digest == before.digest for before, event in ours)
    )
