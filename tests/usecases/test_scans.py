"""Received files and the real antivirus: looked at once, told to their cases, closed until it has spoken."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from backoffice.domain.file_checks import FileCheck, Scan
from backoffice.domain.incoming import ChannelCode, IncomingFile
from backoffice.errors import Unavailable
from backoffice.infra.antivirus import Antivirus, read_version
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.jobs import Job
from backoffice.queries import cases
from backoffice.services import intake, moment, outbox, received_files, scans
from backoffice.services.journal import Event
from backoffice.services.outbox import JobKind
from tests import factories
from tests.services.clamd import EICAR, MAXIMUM_STREAM_BYTES, Clamd
from tests.usecases.promises import claim_next, jobs_by_state

HONEST = b"Une photo du trou."


@pytest.fixture
def scanned(seeded_url: str, tmp_path: Path, clamd: Clamd) -> Iterator[Runtime]:
    """An installation with an antivirus, once on each engine."""
    found = factories.a_runtime(seeded_url, tmp_path, antivirus_url=clamd.address)
    yield found
    found.database.dispose()


def a_file(runtime: Runtime, content: bytes, name: str = "photo.png", media_type: str = "text/plain") -> IncomingFile:
    return IncomingFile(name, media_type, len(content), runtime.storage.put(content))


def scan_all(runtime: Runtime) -> None:
    while jobs_by_state(runtime, JobKind.SCAN_FILE).get("queued"):
        scans.scan(runtime, claim_next(runtime, JobKind.SCAN_FILE))


def look_again(runtime: Runtime) -> None:
    """The periodic look for what still waits."""
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.ASK_SCANS_AGAIN)
    scans.ask_again(runtime, claim_next(runtime, JobKind.ASK_SCANS_AGAIN))


def try_to_scan(runtime: Runtime) -> None:
    """One start of the next scan, as a worker that may try again at once."""
    claim = claim_next(runtime, JobKind.SCAN_FILE)
    try:
        scans.scan(runtime, claim)
    except Unavailable as fault:
        with runtime.database.transaction() as session:
            outbox.fail(session, claim, fault.sentence)
            session.get_one(Job, claim.job_id).due_at = datetime.now(UTC)


def known_of(runtime: Runtime, file: IncomingFile) -> FileCheck:
    with runtime.database.reading() as session:
        return received_files.checks(session, runtime, [file.digest])[file.digest]


def told(runtime: Runtime) -> list[tuple[int, str]]:
    """(case, name) of every history line about an infected file."""
    with runtime.database.reading() as session:
        found = session.scalars(select(CaseEvent).where(CaseEvent.kind == Event.FILE_INFECTED).order_by(CaseEvent.id))
        return [(event.case_id, event.data["name"]) for event in found]


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_the_daemon_is_asked_by_either_door(clamd: Clamd, kind: str) -> None:
    antivirus = Antivirus(clamd.address if kind == "tcp" else f"unix://{clamd.socket}")
    assert antivirus.answers()
    assert antivirus.scan([b"Bonjour"]).scan is Scan.CLEAN
    assert antivirus.scan([]).scan is Scan.CLEAN
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("a/b.txt", EICAR)
    assert antivirus.scan([archive.getvalue()]).virus.startswith("Eicar-Test-Signature")
    # In pieces as the storage gives them, the virus across two of them.
    assert antivirus.scan([EICAR[:30], EICAR[30:]]).scan is Scan.INFECTED
    assert antivirus.scan([b"x" * 1_000_000] * (2 + MAXIMUM_STREAM_BYTES // 1_000_000)).scan is Scan.TOO_LARGE
    clamd.stop()
    assert not antivirus.answers()
    with pytest.raises(Unavailable):
        antivirus.scan([b"Bonjour"])


def test_a_file_is_closed_until_it_was_scanned_and_scanned_once(scanned: Runtime) -> None:
    file = a_file(scanned, HONEST)
    factories.a_receipt(scanned, files=(file, replace(file, name="copie.png")))
    assert known_of(scanned, file).scan is Scan.WAITING
    assert not known_of(scanned, file).may_leave
    scan_all(scanned)
    assert known_of(scanned, file).scan is Scan.CLEAN
    factories.a_receipt(scanned, files=(file,))
    assert jobs_by_state(scanned, JobKind.SCAN_FILE) == {"done": 1}
    assert told(scanned) == []


def test_an_infected_file_is_told_once_to_each_of_its_cases_and_its_message_with_it(scanned: Runtime) -> None:
    raw = a_file(scanned, b"From: a@b\r\n\r\n(the file was here)", "", "message/rfc822")
    file = a_file(scanned, EICAR, "facture.zip")
    mail = {"files": (file,), "channel": ChannelCode.EMAIL, "raw_digest": raw.digest}
    first, second = (factories.a_receipt(scanned, **mail) for _ in range(2))
    scan_all(scanned)
    assert known_of(scanned, file).sentence == "Fichier écarté\u00a0: virus trouvé (Eicar-Test-Signature.UNOFFICIAL)."
    assert known_of(scanned, raw).is_infected
    assert told(scanned) == [(first.case_id, "facture.zip"), (second.case_id, "facture.zip")]
    # The same content sent again, by another door, days later.
    third = factories.a_receipt(scanned, files=(replace(file, name="devis.zip"),))
    scan_all(scanned)
    assert told(scanned)[2:] == [(third.case_id, "devis.zip")]
    with scanned.database.reading() as session:
        event = cases.list_events(session, third.case_id)[-1]
        assert (event.kind, event.data["virus"]) == (Event.FILE_INFECTED, "Eicar-Test-Signature.UNOFFICIAL")


def test_an_antivirus_that_is_away_closes_files_and_loses_none(scanned: Runtime, clamd: Clamd) -> None:
    clamd.stop()
    file = a_file(scanned, EICAR)
    receipt = factories.a_receipt(scanned, files=(file,))
    for _ in range(3):
        assert jobs_by_state(scanned, JobKind.SCAN_FILE) == {"queued": 1}
        try_to_scan(scanned)
    assert jobs_by_state(scanned, JobKind.SCAN_FILE) == {"done": 1}
    assert "ne répond pas" in known_of(scanned, file).sentence
    assert not known_of(scanned, file).may_leave
    look_again(scanned)
    assert jobs_by_state(scanned, JobKind.SCAN_FILE) == {"done": 1}
    clamd.start()
    look_again(scanned)
    look_again(scanned)
    assert jobs_by_state(scanned, JobKind.SCAN_FILE) == {"done": 1, "queued": 1}
    scan_all(scanned)
    assert told(scanned) == [(receipt.case_id, "photo.png")]


def test_a_file_beyond_the_limits_of_the_antivirus_stays_closed(scanned: Runtime) -> None:
    file = a_file(scanned, b"x" * (2 * MAXIMUM_STREAM_BYTES))
    factories.a_receipt(scanned, files=(file,))
    scan_all(scanned)
    assert "trop lourd pour l’antivirus" in known_of(scanned, file).sentence
    look_again(scanned)
    assert jobs_by_state(scanned, JobKind.SCAN_FILE) == {"done": 1}


def test_an_antivirus_that_arrives_later_looks_at_what_came_before(
    seeded_url: str, tmp_path: Path, clamd: Clamd
) -> None:
    before = factories.a_runtime(seeded_url, tmp_path)
    file = a_file(before, EICAR)
    receipt = factories.a_receipt(before, files=(file,))
    assert jobs_by_state(before, JobKind.SCAN_FILE) == {}
    assert known_of(before, file).may_leave
    after = replace(before, antivirus=Antivirus(clamd.address))
    assert not known_of(after, file).may_leave
    look_again(after)
    scan_all(after)
    assert told(after) == [(receipt.case_id, "photo.png")]
    # What was found stays found when the antivirus is taken away.
    assert known_of(before, file).is_infected
    before.database.dispose()


def test_an_answer_brings_its_files_to_the_antivirus_too(scanned: Runtime) -> None:
    case_id = factories.a_receipt(scanned).case_id
    file = a_file(scanned, EICAR)
    assert case_id is not None
    intake.accept_answer(scanned, case_id, factories.an_incoming(files=(file,)))
    scan_all(scanned)
    assert told(scanned) == [(case_id, "photo.png")]
    with scanned.database.reading() as session:
        assert session.get_one(Case, case_id).history_length == len(cases.list_events(session, case_id))


def scan_anew(runtime: Runtime, *, later: timedelta) -> int:
    """A night: give how many files are looked at again."""
    with moment.at(datetime.now(UTC) + later):
        with runtime.database.transaction() as session:
            outbox.promise(session, JobKind.SCAN_ANEW)
        scans.ask_anew(runtime, claim_next(runtime, JobKind.SCAN_ANEW))
        asked = jobs_by_state(runtime, JobKind.SCAN_FILE).get("queued", 0)
        scan_all(runtime)
    return asked


def test_recent_clean_files_are_looked_at_again_with_new_signatures(scanned: Runtime, clamd: Clamd) -> None:
    infected, honest = a_file(scanned, EICAR), a_file(scanned, HONEST)
    with clamd.forgetting():
        factories.a_receipt(scanned, files=(infected, honest))
        scan_all(scanned)
        assert known_of(scanned, infected).may_leave
        assert scan_anew(scanned, later=timedelta(hours=2)) == 0  # the signatures are the same
        clamd.stop()
        assert scan_anew(scanned, later=timedelta(days=2)) == 0
        clamd.start()
    assert scan_anew(scanned, later=timedelta(days=2)) == 2
    assert known_of(scanned, infected).is_infected
    assert known_of(scanned, honest).may_leave
    assert [name for _, name in told(scanned)] == ["photo.png"]
    assert scan_anew(scanned, later=timedelta(days=40)) == 0  # they are not recent any more


def test_the_date_of_signatures_is_read_from_the_daemon() -> None:
    assert read_version("ClamAV 1.4.6/27871/Sat Nov 21 08:21:48 2026") == datetime(2026, 11, 21, 8, 21, 48, tzinfo=UTC)
    assert read_version("ClamAV 1.4.6") is None
