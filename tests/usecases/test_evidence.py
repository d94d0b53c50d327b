"""Evidence bundles: everything of a case, with hashes that prove it, made once, by those who may read it."""

import hashlib
import io
import json
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from sqlalchemy import select, update

from backoffice.domain.file_names import safe_name
from backoffice.domain.incoming import IncomingFile
from backoffice.errors import Forbidden, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.bundles import Bundle
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.jobs import Job
from backoffice.queries import cases
from backoffice.services import bundles, casework, journal, outbox
from backoffice.services.outbox import JobKind, LostLease
from tests import factories
from tests.infra.letters import HOSTILE
from tests.infra.test_pdf import check_accessible, check_structure
from tests.usecases.promises import LEASE, claim_next, jobs_by_state, render_next

RAW = b"From: jeanne@courriel.example\r\nSubject: Trou\r\n\r\nUn trou.\r\n"
PHOTO = b"\x89PNG photo of a hole"


def a_full_case(runtime: Runtime, **changes: object) -> str:
    """A case with an original mail, an attachment, a document, an internal note and an answer."""
    photo = IncomingFile("../../trou: « vu ».png", "image/png", len(PHOTO), runtime.storage.put(PHOTO))
    raw = runtime.storage.put(RAW)
    reference = factories.a_receipt(runtime, files=(photo,), raw_digest=raw, **changes).reference
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        case = cases.claim_case(session, karim, reference)
        casework.note(session, karim, case, "Vu sur place.")
        casework.reply(session, runtime, karim, case, "Bonjour,\n\nC’est réparé.")
    render_next(runtime)
    return reference


def asked(runtime: Runtime, reference: str, by: str = "Karim") -> int:
    with runtime.database.transaction() as session:
        actor = factories.actor_named(session, by)
        return bundles.ask_for(session, actor, cases.claim_case(session, actor, reference)).id


def made(runtime: Runtime, reference: str) -> Bundle:
    bundle_id = asked(runtime, reference)
    bundles.make(runtime, claim_next(runtime, JobKind.MAKE_BUNDLE))
    with runtime.database.reading() as session:
        return session.get_one(Bundle, bundle_id)


def opened(runtime: Runtime, bundle: Bundle) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(runtime.storage.get(bundle.zip_digest)))


def text_of(content: bytes, folder: Path) -> str:
    path = folder / "read.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_zip_holds_everything_and_its_manifest_proves_each_file(runtime: Runtime) -> None:
    with opened(runtime, made(runtime, a_full_case(runtime))) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert {file["name"] for file in manifest["files"]} == set(archive.namelist()) - {"manifest.json"}
        for file in manifest["files"]:
            content = archive.read(file["name"])
            assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["size"])
        assert archive.read("originaux/001.eml") == RAW
        assert archive.read("pieces-jointes/001-trou_ _ vu _.png") == PHOTO
        assert archive.read("documents/001-Accusé de réception – 2026-000001.pdf")[:4] == b"%PDF"
        assert "C’est réparé." in archive.read("messages/003.txt").decode()
        assert "À : jeanne.martin@courriel.example" in archive.read("courriels/001.txt").decode()
        assert (manifest["missing"], manifest["altered"]) == ([], [])


def test_the_history_of_the_bundle_can_be_verified_by_anybody(runtime: Runtime) -> None:
    with opened(runtime, made(runtime, a_full_case(runtime))) as archive:
        history = json.loads(archive.read("history.json"))
        deadlines = json.loads(archive.read("deadlines.json"))
    previous = ""
    for event in history["events"]:
        at = datetime.fromisoformat(event["at"]).astimezone(UTC).isoformat(timespec="microseconds")
        names = ("actor_kind", "actor_id", "actor_name", "data", "previous_digest")
        line = [event["number"], event["kind"], at, *(event[name] for name in names)]
        previous = hashlib.sha256(json.dumps(line, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        assert event["digest"] == previous
    assert (history["head"], history["intact"]) == (previous, True)
    assert {"filed_on", "acknowledge_by", "implicit_on"} <= {one["code"] for one in deadlines["dates"]}
    assert all(one["explanation"]["steps"] or one["explanation"]["facts"] for one in deadlines["dates"])


def test_the_pdf_tells_the_whole_case_and_every_date_says_why(runtime: Runtime, tmp_path: Path) -> None:
    reference = a_full_case(runtime)
    bundle = made(runtime, reference)
    content = runtime.storage.get(bundle.pdf_digest)
    read = text_of(content, tmp_path)
    for said in (
        f"Dossier de preuve {reference}",
        "Jeanne Martin",
        "Vu sur place.",
        "Note interne",
        "l’historique est intact",
        "Karim Benali",
        "Seule la lecture des dossiers sensibles est consignée",
    ):
        assert said in read
    assert hashlib.sha256(PHOTO).hexdigest() in read.replace(" ", "")
    with opened(runtime, bundle) as archive:
        assert archive.read("dossier.pdf") == content


def test_the_pdf_is_archival_and_accessible(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "bundle.pdf"
    path.write_bytes(runtime.storage.get(made(runtime, a_full_case(runtime)).pdf_digest))
    check_structure(path)
    check_accessible(path)


def test_the_pdf_stays_archival_whatever_people_wrote(
    runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "\n".join(HOSTILE.values()).replace("\x00", "").replace("\udc80", "")
    reference = a_full_case(runtime, subject=HOSTILE["markup"][:200], body=text)
    path = tmp_path / "bundle.pdf"
    path.write_bytes(runtime.storage.get(made(runtime, reference).pdf_digest))
    check_structure(path)
    assert [line for line in caplog.messages if "glyph" in line or "Ignored" in line] == []


def test_a_line_altered_in_the_database_is_told_in_the_bundle(runtime: Runtime, tmp_path: Path) -> None:
    reference = a_full_case(runtime)
    with runtime.database.transaction() as session:
        session.execute(update(CaseEvent).where(CaseEvent.number == 2).values(actor_name="Quelqu’un d’autre"))
    bundle = made(runtime, reference)
    assert "ne correspond pas à ses empreintes" in text_of(runtime.storage.get(bundle.pdf_digest), tmp_path)
    with opened(runtime, bundle) as archive:
        assert json.loads(archive.read("history.json"))["intact"] is False


def test_a_file_that_the_storage_lost_or_altered_is_named_and_the_rest_is_there(
    runtime: Runtime, tmp_path: Path
) -> None:
    reference = a_full_case(runtime)
    stored = tmp_path / "files"
    next(stored.rglob(hashlib.sha256(PHOTO).hexdigest())).unlink()
    next(stored.rglob(hashlib.sha256(RAW).hexdigest())).write_bytes(b"something else")
    bundle = made(runtime, reference)
    with opened(runtime, bundle) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert [one["digest"] for one in manifest["missing"]] == [hashlib.sha256(PHOTO).hexdigest()]
    assert manifest["altered"] == ["originaux/001.eml"]
    assert "Absent du stockage" in text_of(runtime.storage.get(bundle.pdf_digest), tmp_path)


def test_asking_twice_while_one_is_being_made_gives_the_same(runtime: Runtime) -> None:
    reference = a_full_case(runtime)
    first = asked(runtime, reference)
    assert asked(runtime, reference) == first
    assert jobs_by_state(runtime, JobKind.MAKE_BUNDLE) == {"queued": 1}
    bundles.make(runtime, claim_next(runtime, JobKind.MAKE_BUNDLE))
    assert asked(runtime, reference) != first


def test_a_bundle_is_written_in_the_history_when_asked_and_when_made(runtime: Runtime) -> None:
    bundle = made(runtime, a_full_case(runtime))
    with runtime.database.reading() as session:
        case = session.scalars(select(Case)).one()
        last = cases.list_events(session, case.id)[-2:]
        assert journal.verify(session, case)
    assert [event.kind for event in last] == ["evidence_asked", "evidence_made"]
    assert last[0].actor_name == "Karim Benali"
    assert last[1].data["zip_digest"] == bundle.zip_digest


def test_a_worker_that_lost_its_bundle_changes_nothing(runtime: Runtime) -> None:
    bundle_id = asked(runtime, a_full_case(runtime))
    lost = claim_next(runtime, JobKind.MAKE_BUNDLE)
    with runtime.database.transaction() as session:
        session.execute(update(Job).where(Job.id == lost.job_id).values(lease_until=datetime(2026, 1, 1, tzinfo=UTC)))
        again = outbox.claim(session, lost.job_id, LEASE)
    with pytest.raises(LostLease):
        bundles.make(runtime, lost)
    with runtime.database.reading() as session:
        assert session.get_one(Bundle, bundle_id).made_at is None
    assert again is not None
    bundles.make(runtime, again)
    with runtime.database.reading() as session:
        kinds = list(session.scalars(select(CaseEvent.kind).order_by(CaseEvent.number)))
    assert kinds.count("evidence_made") == 1


def test_a_restricted_case_does_not_exist_for_others_and_tells_who_read_it(runtime: Runtime, tmp_path: Path) -> None:
    reference = a_full_case(runtime)
    with runtime.database.transaction() as session:
        session.execute(update(Case).values(restricted=True))
        case = cases.claim_case_by_id(session, session.scalars(select(Case.id)).one())
        karim = factories.actor_named(session, "Karim")
        journal.record(session, karim, case, journal.Event.READ_RESTRICTED, attachment_id=1)
    with pytest.raises(NotFound):
        asked(runtime, reference, by="Hélène")
    read = text_of(runtime.storage.get(made(runtime, reference).pdf_digest), tmp_path)
    assert "Dossier sensible" in read
    assert "Karim Benali Pièce jointe n° 1" in read


def test_who_reads_no_case_asks_for_no_bundle(runtime: Runtime) -> None:
    reference = a_full_case(runtime)
    with runtime.database.transaction() as session, pytest.raises((Forbidden, NotFound)):
        case = cases.claim_case_by_id(
            session, session.scalars(select(Case.id).where(Case.reference == reference)).one()
        )
        bundles.ask_for(session, factories.actor_named(session, "Nadia"), case)


@pytest.mark.parametrize(
    "given",
    ["../../etc/passwd", "C:\\Windows\\CON", "a/b\x00c.pdf", "..", "", ".", "x" * 300 + ".pdf", *HOSTILE.values()],
)
def test_any_name_becomes_one_that_unpacks_in_its_folder(given: str) -> None:
    name = safe_name(given, 7)
    assert name.startswith("007-")
    assert len(name) <= 110
    assert PurePosixPath(name).name == name
    assert not set(name) & set('<>:"/\\|?*\u202e')
    assert name.isprintable()
    assert not name.endswith((".", " "))
    name.encode()
