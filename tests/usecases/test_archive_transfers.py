"""Transfers to the archives: a closed case as a package that the official schema of the SEDA accepts."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import select

from backoffice.domain import seda
from backoffice.domain.archive_transfer import Agency, Appraisal, Content, Happening, Level, Transfer, Unit, place_of
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.procedures import FinalDisposition, Retention, RetentionStart
from backoffice.errors import Conflict, Forbidden
from backoffice.infra.runtime import Runtime
from backoffice.models.bundles import Bundle
from backoffice.models.cases import Case, CaseEvent
from backoffice.queries import cases
from backoffice.services import archive_transfers, casework, history_text, journal
from backoffice.services.outbox import JobKind
from tests import factories
from tests.infra.letters import HOSTILE
from tests.usecases.promises import claim_next, jobs_by_state, render_next

NAMES = {"s": seda.NAMESPACE}
SCHEMA = Path(__file__).parents[1] / "vendor" / "seda-2.2" / "seda-2.2-main.xsd"
RAW = b"From: jeanne@courriel.example\r\nSubject: Trou\r\n\r\nUn trou.\r\n"
PHOTO = b"\x89PNG photo of a hole"

OCCUPIED = Retention(10, RetentionStart.END_OF_OCCUPATION, FinalDisposition.KEEP)


def read(manifest: bytes) -> etree._Element:
    """A manifest as the archives read it: first of all, by the schema."""
    root = etree.fromstring(manifest, etree.XMLParser(resolve_entities=False, no_network=True))
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    assert schema.validate(root), schema.error_log
    return root


def said(element: etree._Element, path: str) -> list[str]:
    steps = "/".join(step if step == "." or not step else f"s:{step}" for step in path.split("/"))
    return [str(found.text) for found in element.findall(steps, NAMES)]


def a_transfer(**changes: object) -> Transfer:
    values: dict[str, object] = {
        "identifier": "saint-aubin-2026-000001-1",
        "at": datetime(2029, 5, 4, 9, tzinfo=UTC),
        "comment": "Versement",
        "agreement": "AV-12",
        "archives": Agency("FRAD049", "Archives départementales"),
        "authority": Agency("21490999600016", "Ville"),
        "appraisal": Appraisal(2, date(2026, 5, 4), keep=False),
        "access_rule": "AR048",
        "closed_on": date(2026, 5, 4),
        "file": Unit("Bac cassé", level=Level.FILE, identifier="2026-000001"),
    }
    return Transfer(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [*HOSTILE, "</Title><x>&e;", "\x00\x0b\ud800\ufffe", "]]>", "  ", "a\nb\tc"])
def test_whatever_people_write_the_manifest_stays_valid(name: str) -> None:
    content = Content(place_of("a" * 64, name), "b" * 128, 0, "", name)
    event = Happening(1, "noted", name, datetime(2026, 5, 1, tzinfo=UTC), name, "citizen", name)
    piece = Unit(name, description=name, sender=name, addressee=name, identifier=name, content=content)
    file = Unit(name, level=Level.FILE, history=(event,), parts=(piece, piece))
    root = read(seda.write(a_transfer(file=file, comment=name, agreement=name)))
    assert len(root.findall(".//s:BinaryDataObject", NAMES)) == 1, "a file sent twice is one object"
    assert len(said(root, ".//DataObjectGroupReferenceId")) == 2


@pytest.mark.parametrize(
    ("retention", "expected"),
    [
        (Retention(2, RetentionStart.CLOSURE, FinalDisposition.DESTROY), ["P2Y", "2026-05-04", "Destroy"]),
        (Retention(5, RetentionStart.CLOSURE, FinalDisposition.SORT), ["P5Y", "2026-05-04", "Keep"]),
        (OCCUPIED, ["P10Y", "Keep"]),
        (replace(OCCUPIED, start_field="occupation"), ["P10Y", "2027-09-30", "Keep"]),
        (replace(OCCUPIED, start_field="other"), ["P10Y", "2026-05-04", "Keep"]),
        (Retention(None, RetentionStart.CLOSURE, FinalDisposition.KEEP), ["Keep"]),
    ],
)
def test_the_fate_of_a_file_is_that_of_its_procedure(retention: Retention, expected: list[str]) -> None:
    answers = {"occupation": {"start": "2026-06-01", "end": "2027-09-30"}}
    root = read(seda.write(a_transfer(appraisal=Appraisal.of(retention, date(2026, 5, 4), answers))))
    rule = root.find(".//s:ManagementMetadata/s:AppraisalRule", NAMES)
    assert rule is not None
    assert [element.text for element in rule] == expected


def a_closed_case(runtime: Runtime, **changes: object) -> int:
    """With an original mail, an attachment of a hostile name, an internal note and an answer."""
    photo = IncomingFile("../../trou: « vu » \u202e.png", "image/png", len(PHOTO), runtime.storage.put(PHOTO))
    raw = runtime.storage.put(RAW)
    receipt = factories.a_receipt(runtime, files=(photo,), raw_digest=raw, **changes)
    with runtime.database.transaction() as session:
        chief = factories.actor_named(session, "Marc")
        case = cases.claim_case(session, chief, receipt.reference)
        casework.note(session, chief, case, "Vu sur place.")
        casework.close(session, runtime, chief, case, Outcome.ANSWERED, "Bonjour,\n\nC’est réparé.")
    render_next(runtime)
    return receipt.case_id


def transferred(runtime: Runtime, case_id: int) -> zipfile.ZipFile:
    with runtime.database.transaction() as session:
        chief = factories.actor_named(session, "Marc")
        first = archive_transfers.ask_for(session, chief, cases.claim_case_by_id(session, case_id))
        assert archive_transfers.ask_for(session, chief, cases.claim_case_by_id(session, case_id)).id == first.id
    archive_transfers.make(runtime, claim_next(runtime, JobKind.MAKE_ARCHIVE_TRANSFER))
    with runtime.database.reading() as session:
        return zipfile.ZipFile(io.BytesIO(runtime.storage.get(session.get_one(Bundle, first.id).zip_digest)))


def test_a_closed_case_leaves_whole_and_each_file_is_the_one_described(runtime: Runtime) -> None:
    case_id = a_closed_case(runtime)
    with transferred(runtime, case_id) as package:
        assert package.testzip() is None
        root = read(package.read("manifest.xml"))
        objects = root.findall(".//s:BinaryDataObject", NAMES)
        assert {*said(root, ".//Uri"), "manifest.xml"} == set(package.namelist())
        for described in objects:
            content = package.read(said(described, "Uri")[0])
            assert said(described, "MessageDigest") == [hashlib.sha512(content).hexdigest()]
            assert said(described, "Size") == [str(len(content))]
            assert hashlib.sha256(content).hexdigest() in said(described, "Uri")[0], "named by what it holds"
        texts = b"".join(package.read(name) for name in package.namelist())
    assert RAW in texts
    assert PHOTO in texts
    assert said(root, ".//ArchivalAgency/Identifier") == ["archives-exemple"]
    assert said(root, ".//ManagementMetadata/OriginatingAgencyIdentifier") == ["21490999600016"]
    assert said(root, ".//ManagementMetadata/AccessRule/Rule") == ["AR048"]
    titles = said(root, ".//Title")
    for title in ("Échanges", "Pièces jointes", "Documents produits", "Courriels envoyés", "Message d’origine"):
        assert title in titles
    with runtime.database.reading() as session:
        case = session.get_one(Case, case_id)
        lines = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number)).all()
        assert [line.kind for line in lines][-2:] == ["archives_asked", "archives_made"]
        assert journal.verify(session, case)
    told = root.findall(".//s:Event", NAMES)
    assert [said(event, "EventTypeCode") for event in told] == [[line.kind] for line in lines[:-1]]
    assert said(told[-1], "LinkingAgentIdentifier/LinkingAgentIdentifierValue") == ["Marc Duval"]


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_file_that_was_lost_is_described_with_the_reason(runtime: Runtime) -> None:
    case_id = a_closed_case(runtime)
    runtime.storage.delete(hashlib.sha256(PHOTO).hexdigest())
    with transferred(runtime, case_id) as package:
        root = read(package.read("manifest.xml"))
        assert hashlib.sha256(PHOTO).hexdigest() not in " ".join(package.namelist())
        history = next(name for name in package.namelist() if name.endswith(".json"))
        assert json.loads(package.read(history))
    (reason,) = [words for words in said(root, ".//Description") if "n’a pas été retrouvé" in words]
    assert "versement" in reason


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_an_open_case_stays_and_an_agent_transfers_nothing(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime)
    with runtime.database.transaction() as session:
        case = cases.claim_case_by_id(session, receipt.case_id)
        with pytest.raises(Conflict, match="terminé"):
            archive_transfers.ask_for(session, factories.actor_named(session, "Marc"), case)
        with pytest.raises(Forbidden):
            archive_transfers.ask_for(session, factories.actor_named(session, "Karim"), case)


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_case_opened_again_before_its_transfer_is_made_stays_and_says_so(runtime: Runtime) -> None:
    case_id = a_closed_case(runtime)
    with runtime.database.transaction() as session:
        chief, case = factories.actor_named(session, "Marc"), cases.claim_case_by_id(session, case_id)
        archive_transfers.ask_for(session, chief, case)
        casework.move(session, chief, case, Status.UNDER_REVIEW)
    archive_transfers.make(runtime, claim_next(runtime, JobKind.MAKE_ARCHIVE_TRANSFER))
    assert jobs_by_state(runtime, JobKind.MAKE_ARCHIVE_TRANSFER) == {"done": 1}
    with runtime.database.transaction() as session:
        assert session.scalars(select(Bundle)).all() == []
        chief, case = factories.actor_named(session, "Marc"), cases.claim_case_by_id(session, case_id)
        line = cases.list_events(session, case_id)[-1]
        assert (line.kind, history_text.detail(line)) == ("archives_abandoned", archive_transfers.STILL_OPEN)
        casework.close(session, runtime, chief, case, Outcome.ANSWERED, "Bonjour,\n\nC’est réparé.")
    transferred(runtime, case_id).close()


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_nothing_leaves_before_the_archives_are_known(runtime: Runtime) -> None:
    case_id = a_closed_case(runtime)
    with runtime.database.transaction() as session:
        authority = factories.the_authority(session)
        authority.details = {name: said for name, said in authority.details.items() if not name.startswith("archives")}
        case = cases.claim_case_by_id(session, case_id)
        with pytest.raises(Conflict, match="service d’archives"):
            archive_transfers.ask_for(session, factories.actor_named(session, "Marc"), case)
