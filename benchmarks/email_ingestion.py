"""An e-mail from its mailbox to its case: bytes and files kept, ledger, classification, intake, promises."""

import os
import tempfile
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from backoffice.services.outbox import JobKind
from benchmarks import bare
from benchmarks.engines import Engine
from benchmarks.measure import Line, compare, own_cpu
from benchmarks.subject import Bench
from tests import factories, mails

TARGET = 1.6
COUNT = 50
# A machine that is lent in parts has slow moments of seconds: short rounds, and enough of them to meet quiet ones.
ROUNDS = 12
# What citizens attach: a scan, a photo made smaller, a photo as a telephone sends it.
FILE_BYTES = (150_000, 300_000, 600_000)
# Bytes that are like nothing are the dearest to recognise, and nobody sends them.
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
TEXT = "Bonjour,\n\nJe vous signale un trou profond devant le 12 rue des Lilas.\n\nCordialement,\nJeanne\n"


def run(bench: Bench) -> Iterator[Line]:
    """Against the standard library: parse, decode, write the same files, one INSERT committed."""
    count = bench.many(COUNT)
    for engine in bench.engines:
        for cases in (0, bench.volumes[-1]):
            for size in FILE_BYTES:
                with engine.lend(cases) as url:
                    ours, limit = _measure(engine, url, bench, count, size)
                detail = f"one file of {size // 1000} kB, {cases:,} cases"
                yield Line(
                    "email_ingestion", engine.name, detail, "ms", ours, limit, TARGET if engine.promised else None
                )


def _measure(engine: Engine, url: str, bench: Bench, count: int, size: int) -> tuple[float, float]:
    folder = Path(tempfile.mkdtemp(dir=bench.folder))
    house = mails.with_maildirs(factories.a_runtime(url, folder))
    bare.prepare(url)
    insert, plain = bare.insert_statement(url), folder / "plain"
    plain.mkdir()

    def ingest() -> int:
        _deliver(house, count, size)
        begun = own_cpu()  # only the mail server's work is left out
        mails.read_all(house)
        mails.work_off(house, JobKind.SORT_MAIL)
        spent.append(own_cpu() - begun)
        return count

    def parse_and_write() -> int:
        messages = [_a_mail(size) for _ in range(count)]
        begun = own_cpu()
        for raw in messages:
            _parse_and_write(raw, plain, connection, insert)
        spent.append(own_cpu() - begun)
        return count

    spent: list[float] = []

    def clock() -> float:
        return sum(spent) + engine.cpu()

    ingest()  # warm
    with bare.connecting(url, bare.Connections.OPENED)() as connection:
        measured = compare((ingest, clock), (parse_and_write, clock), ROUNDS)
    house.database.dispose()
    return measured


def _a_mail(size: int) -> bytes:
    sender = f"Jeanne Martin <jeanne.{next(factories.numbers)}@courriel.example>"
    return mails.a_mail(TEXT, files={"photo.jpg": JPEG + os.urandom(size)}, html=f"<p>{TEXT}</p>", From=sender)


def _deliver(house: Any, count: int, size: int) -> None:
    for _ in range(count):
        mails.deliver(house, _a_mail(size))
    time.sleep(0.1)


def _parse_and_write(raw: bytes, folder: Path, connection: Any, insert: str) -> None:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body is not None else ""
    number = next(factories.numbers)
    (folder / f"{number}.eml").write_bytes(raw)
    for index, part in enumerate(message.iter_attachments()):
        content: Any = part.get_payload(decode=True)
        (folder / f"{number}-{index}").write_bytes(content)
    connection.execute(insert, [str(message["From"]), str(message["Subject"]), text])
