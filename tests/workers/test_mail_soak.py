"""Ten thousand mails through bad luck: workers killed, IMAP cut, the database restarted, the disk full; all add up."""

import hashlib
import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from backoffice.services import mail_ledger, outbox
from backoffice.services.outbox import JobKind
from tests import mails
from tests.channels import samples
from tests.services.dovecot import Dovecot, Mailbox
from tests.services.postgres import Postgres
from tests.services.redis import RedisServer
from tests.workers.crew import Crew, kill, wait_until

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

DISK_MEGABYTES = 200
PATIENCE_SECONDS = 2400
# Real shapes, damage included; what they hold of identity is replaced, for each must be a message of its own.
SHAPES = [name for name in samples.EXPECTED if name.startswith(("request", "odd", "auto", "bounce", "reply", "spam"))]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that really fills up."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "parvis", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def house(
    tmp_path: Path, seeded_postgres_url: str, redis_server: RedisServer, mailbox: Mailbox, small_disk: Path
) -> Iterator[Crew]:
    """PostgreSQL, Redis, a mailbox on an IMAP server and a Maildir; the files on the small disk."""
    imap = f"imap://{mailbox.user}@{mailbox.host}:{mailbox.port}/INBOX"
    boxes = [
        {"code": "accueil", "address": mails.ADDRESS, "url": imap, "password": mailbox.password, "every_seconds": 1},
        {"code": "demandes", "address": "urbanisme@saint-aubin.example", "url": f"maildir://{tmp_path}/maildir"},
    ]
    house = Crew(
        {
            "SECRET_KEYS": "a-key-for-the-tests-of-the-workers-only",
            "DATABASE_URL": seeded_postgres_url,
            "BROKER_URL": redis_server.url,
            "VAR_DIR": str(tmp_path / "var"),
            "STORAGE_URL": f"file://{small_disk}/files",
            "MAILBOXES": json.dumps(boxes),
            "JOB_LEASE_SECONDS": "20",
            "RELAY_INTERVAL_SECONDS": "0.2",
        }
    )
    try:
        yield house
    finally:
        house.close()


def a_message(number: int) -> bytes:
    """A mail with a name of its own: most are plain requests, the others of every shape that we know."""
    name = f"{number}@soak.example"
    if number % 4:
        message = EmailMessage()
        message["From"] = f"Usager {number} <usager{number}@courriel.example>"
        message["To"], message["Subject"], message["Message-ID"] = mails.ADDRESS, f"Trou numéro {number}", f"<{name}>"
        message.set_content(f"Bonjour,\n\nUn trou numéro {number} s’est formé.\n")
        return message.as_bytes()
    raw = samples.raw(SHAPES[number // 4 % len(SHAPES)])
    kept = [line for line in raw.split(b"\n") if not line.lower().startswith(b"message-id:")]
    return b"Message-ID: <%s>\n" % name.encode() + b"\n".join(kept)


@pytest.fixture
def count(request: pytest.FixtureRequest) -> int:
    """How many different mails: `make soak ARGS=--soak-mails=1000` for fewer."""
    return int(request.config.getoption("--soak-mails"))


def deliver(house: Crew, mailbox: Mailbox, count: int) -> Counter[str]:
    """Put the mails in both mailboxes, one in ten in the two; gives how many each got."""
    delivered: Counter[str] = Counter()
    folder = maildir(house)
    folder.mkdir(parents=True)
    with mailbox.session() as client:
        for number in range(count):
            raw = a_message(number)
            # A server ends every line as RFC 5322 wants it; a Maildir keeps what it got.
            if number % 2 or number % 10 == 0:
                sent = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                client.append("INBOX", sent)
                delivered["accueil"] += 1
            if not number % 2:
                (folder / f"{1_700_000_000 + number}.M{number}.soak").write_bytes(raw)
                delivered["demandes"] += 1
    return delivered


def maildir(house: Crew) -> Path:
    """Where new mails of the second mailbox are."""
    return Path(house.settings.mailboxes[1].url.removeprefix("maildir://")) / "new"


class BadLuck:
    """Every fault, one after the other, while the mails flow."""

    def __init__(self, house: Crew, dovecot: Dovecot, postgres: Postgres, disk: Path) -> None:
        self.house, self.dovecot, self.postgres, self.disk = house, dovecot, postgres, disk
        self.parts = {part: house.start(part) for part in ("reader", "sorter")}
        self.struck: Counter[str] = Counter()

    def strike(self, rounds: int, is_over: Callable[[], bool]) -> None:
        """Each fault so many times, in any order; the last one when little is left would prove nothing."""
        faults = [self.kill_reader, self.kill_sorter, self.cut_imap, self.restart_database, self.fill_disk] * rounds
        random.Random(20261122).shuffle(faults)
        for fault in faults:
            if is_over():
                return
            time.sleep(3)
            fault()
            self.struck[fault.__name__] += 1

    def kill_reader(self) -> None:
        self._kill("reader")

    def kill_sorter(self) -> None:
        self._kill("sorter")

    def cut_imap(self) -> None:
        self.dovecot.cut()

    def restart_database(self) -> None:
        self.postgres.restart()

    def fill_disk(self) -> None:
        ballast = self.disk / "ballast"
        with ballast.open("wb", buffering=0) as stream:
            try:
                while True:
                    stream.write(b"\0" * 65536)
            except OSError:
                pass
        time.sleep(3)
        ballast.unlink()

    def end(self) -> None:
        """Nobody works any more."""
        for process in self.parts.values():
            kill(process)

    def _kill(self, part: str) -> None:
        kill(self.parts[part])
        self.parts[part] = self.house.start(part)


def test_whatever_breaks_the_ledger_adds_up(
    request: pytest.FixtureRequest,
    capfd: pytest.CaptureFixture[str],
    house: Crew,
    mailbox: Mailbox,
    dovecot: Dovecot,
    postgres: Postgres,
    small_disk: Path,
    count: int,
) -> None:
    delivered = deliver(house, mailbox, count)
    total = delivered.total()

    def settled() -> int:
        return int(house.rows("SELECT count(*) FROM mail_records WHERE outcome <> 'pending'")[0][0])

    luck = BadLuck(house, dovecot, postgres, small_disk)
    luck.strike(max(1, count // 2500), lambda: settled() >= total)
    wait_until(lambda: settled() >= total, PATIENCE_SECONDS)
    luck.end()
    outcomes = dict(house.rows("SELECT outcome, count(*) FROM mail_records GROUP BY outcome"))
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    with capfd.disabled():
        reporter.write_line(f"{total} mails, {dict(luck.struck)}: {outcomes}")

    # One line for each mail of each mailbox, no more; the bookmark counted the same.
    lines = dict(house.rows("SELECT mailbox, count(*) FROM mail_records GROUP BY mailbox"))
    counted = dict(house.rows("SELECT mailbox, received FROM mailbox_bookmarks"))
    assert lines == counted == delivered
    assert sum(outcomes.values()) == total
    assert house.rows("SELECT count(*) FROM mail_records WHERE outcome = 'pending' OR settled_at IS NULL") == [(0,)]
    # Nothing doubled: a message opens one case, whatever the number of its copies.
    assert house.rows("SELECT only_key FROM mail_records GROUP BY only_key HAVING count(only_key) > 1") == []
    assert house.rows("SELECT count(*) FROM cases") == [(outcomes["opened"],)]
    plain = sum(1 for number in range(count) if number % 4)
    distinct = "SELECT count(DISTINCT subject), count(*) FROM cases WHERE subject LIKE 'Trou numéro %'"
    assert house.rows(distinct) == [(plain, plain)]
    # Every original is in the storage, whole.
    for (digest,) in house.rows("SELECT DISTINCT raw_digest FROM mail_records"):
        assert hashlib.sha256(house.tools.storage.get(digest)).hexdigest() == digest
    # Nothing waits in the mailboxes; the daily reckoning of the house finds no fault.
    assert mailbox.messages() == []
    assert not list(maildir(house).iterdir())
    house.promise(JobKind.CHECK_LEDGER)
    ((job_id,),) = house.rows("SELECT max(id) FROM jobs WHERE kind = 'check_ledger'")
    with house.tools.database.transaction() as session:
        claim = outbox.claim(session, job_id, mail_ledger.TURN)
    assert claim is not None
    mail_ledger.check(house.tools, claim)
    assert house.rows("SELECT mailbox FROM mailbox_bookmarks WHERE fault <> ''") == []
