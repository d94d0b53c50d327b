"""Two machines that share a database, a Redis and an object store: what one accepted, both know, whatever goes away."""

import hashlib
import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import unescape
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from backoffice.infra.runtime import Runtime
from backoffice.services import accounts
from backoffice.web.access import STAFF_COOKIE
from tests import factories
from tests.services.bucket import Bucket
from tests.services.postgres import Postgres
from tests.services.program import free_port
from tests.services.redis import RedisServer
from tests.services.smtp import SmtpSink
from tests.web.citizen_visits import PICTURE
from tests.workers.crew import wait_until

FORM = "/demarches/street_issue/demande"
ANSWERS = {
    "category": "pothole",
    "location.address": "12 rue des Lilas",
    "description": "Un trou profond s’est formé devant le numéro 12, au bord du trottoir.",
    "danger": "no",
    "requester.family_name": "Martin",
    "requester.given_names": "Jeanne",
    "requester.contact_preference": "email",
}
VISITORS = 3
PATIENCE = 20.0


class Machine:
    """One machine: its pages, its relay and its worker, in a folder that no other machine sees."""

    def __init__(self, folder: Path, shared: Mapping[str, str]) -> None:
        folder.mkdir()
        self.port = free_port()
        self.log = folder / "log"
        self.environment = {**shared, "VAR_DIR": str(folder)}
        self.start()

    def start(self) -> None:
        """Switch it on."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers.supervisor", "--bind", f"127.0.0.1:{self.port}"],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Pull the plug, in the middle of whatever its parts do (each is a process group of its own)."""
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(ProcessLookupError, PermissionError):
                if os.getsid(int(path.name)) == self.process.pid:
                    os.kill(int(path.name), signal.SIGKILL)
        self.process.wait()

    def address(self, path: str) -> str:
        """Of one of its pages."""
        return f"http://127.0.0.1:{self.port}{path}"

    def is_ready(self) -> bool:
        """Whether a load balancer would send visitors here."""
        with suppress(requests.RequestException):
            return requests.get(self.address("/sante/pret"), timeout=PATIENCE).ok
        return False


class Town:
    """People who send forms by a load balancer, which tries the other machine when one does not answer."""

    def __init__(self, machines: list[Machine], count: int) -> None:
        self.machines = machines
        self.count = count
        self.numbers = itertools.count()
        self.accepted: dict[int, str] = {}
        self.photos: set[str] = set()

    def live(self) -> None:
        """Send forms until all are accepted, one in three with a photo."""
        while (number := next(self.numbers)) < self.count:
            self._send(number)

    def _send(self, number: int) -> None:
        with requests.Session() as visitor:
            visitor.headers["X-Forwarded-For"] = f"10.0.{number // 250}.{number % 250}"
            page = self._ask(visitor, number, "GET").text
            fields = {
                name: unescape(found[1])
                for name in ("csrf_token", "submission", "shown")
                if (found := re.search(rf'name="{name}" value="([^"]*)"', page))
            }
            fields |= ANSWERS | {"requester.email": f"habitant-{number}@courriel.example"}
            photo = PICTURE + str(number).encode()
            files = {"photos": ("trou.png", photo)} if number % 3 == 0 else None
            answer = self._ask(visitor, number + 1, "POST", data=fields, files=files)
            self.accepted[number] = answer.headers["Location"]
            if files:
                self.photos.add(hashlib.sha256(photo).hexdigest())

    def _ask(self, visitor: requests.Session, first: int, method: str, **more: object) -> requests.Response:
        """Ask one machine, then the other, again and again: the same form, under its own number."""
        deadline = time.monotonic() + 4 * PATIENCE
        for turn in itertools.count(first):
            machine = self.machines[turn % len(self.machines)]
            with suppress(requests.RequestException):
                answer = visitor.request(
                    method,
                    machine.address(FORM),
                    timeout=PATIENCE,
                    allow_redirects=False,
                    **more,  # type: ignore[arg-type]
                )
                if answer.status_code < 500:
                    assert answer.status_code == (200 if method == "GET" else 303), answer.text
                    return answer
            assert time.monotonic() < deadline, "nobody answers"
            time.sleep(0.1)
        raise AssertionError


@pytest.fixture
def tools(seeded_postgres_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """What the test itself looks at the database with."""
    found = factories.a_runtime(seeded_postgres_url, tmp_path)
    yield found
    found.database.dispose()


@pytest.fixture
def machines(
    seeded_postgres_url: str, redis_server: RedisServer, bucket: Bucket, smtp_sink: SmtpSink, tmp_path: Path
) -> Iterator[list[Machine]]:
    """Two of them, open."""
    shared = {
        "SECRET_KEYS": factories.SECRET,
        "DATABASE_URL": seeded_postgres_url,
        "BROKER_URL": redis_server.url,
        "STORAGE_URL": "s3://pieces",
        "SMTP_URL": f"smtp://{smtp_sink.host}:{smtp_sink.port}",
        "TRUSTED_PROXIES": "1",
        "JOB_LEASE_SECONDS": "2",
        "RELAY_INTERVAL_SECONDS": "0.1",
        **bucket.settings,
    }
    found = [Machine(tmp_path / name, shared) for name in ("first", "second")]
    try:
        for machine in found:
            wait_until(machine.is_ready)
        yield found
    finally:
        for machine in found:
            machine.kill()


def rows(tools: Runtime, statement: str) -> list[tuple[object, ...]]:
    with tools.database.reading() as session:
        return [tuple(row) for row in session.execute(text(statement))]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [24, pytest.param(400, marks=pytest.mark.soak)])
def test_whatever_goes_away_each_request_is_one_case_and_one_acknowledgement(
    machines: list[Machine],
    tools: Runtime,
    postgres: Postgres,
    redis_server: RedisServer,
    bucket: Bucket,
    smtp_sink: SmtpSink,
    count: int,
) -> None:
    town = Town(machines, count)

    def lose_a_machine() -> None:
        machines[0].kill()
        yield_to(2)
        machines[0].start()

    def lose_redis() -> None:
        redis_server.stop()
        yield_to(2)
        redis_server.start()

    def slow_the_store() -> None:
        bucket.delay = 0.5
        yield_to(2)
        bucket.delay = 0.0

    def yield_to(more: int) -> None:
        wanted = min(len(town.accepted) + more, count)
        wait_until(lambda: len(town.accepted) >= wanted, 4 * PATIENCE)

    faults: list[Callable[[], None]] = [lose_a_machine, lose_redis, postgres.restart, slow_the_store]
    with ThreadPoolExecutor(VISITORS) as visitors:
        living = [visitors.submit(town.live) for _ in range(VISITORS)]
        for fault in faults * (count // 24):
            yield_to(2)
            fault()
        for one in living:
            one.result()
    wait_until(
        lambda: (
            rows(tools, "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'dead') AND kind <> 'print_paper_form'")
            == [(0,)]
        ),
        300,
    )

    assert rows(tools, "SELECT kind, error FROM jobs WHERE state = 'dead'") == []
    assert rows(tools, "SELECT count(*), count(DISTINCT id) FROM cases") == [(count, count)]
    sent = rows(tools, "SELECT count(*), count(DISTINCT case_id) FROM outgoing_mails WHERE sent_at IS NOT NULL")
    assert sent == [(count, count)]
    received = Counter((mail.recipients[0], mail.message["Message-ID"]) for mail in smtp_sink.received)
    assert {recipient for recipient, _ in received} == {
        f"habitant-{number}@courriel.example" for number in range(count)
    }
    assert len(received) == count  # a mail that left twice, when its worker was killed, bears the same Message-ID
    kept = {hashlib.sha256(content).hexdigest() for content in bucket.files.values()}
    assert town.photos <= kept

    # An agent who came in by one machine is known to the other, which shows what the first one received.
    with tools.database.transaction() as session:
        karim = factories.staff_named(session, "Karim")
        cookie = {STAFF_COOKIE: accounts.open_session(session, tools, staff=karim)}
    ((reference, attachment),) = rows(
        tools, "SELECT c.reference, a.id FROM attachments a JOIN cases c ON c.id = a.case_id ORDER BY a.id LIMIT 1"
    )
    for machine in machines:
        wait_until(machine.is_ready)
        photo = machine.address(f"/agents/dossiers/{reference}/pieces/{attachment}")
        found = requests.get(photo, cookies=cookie, timeout=PATIENCE)
        assert (found.status_code, hashlib.sha256(found.content).hexdigest() in town.photos) == (200, True)
