"""The copy of an account: complete, readable by people and machines, without anybody else's words, and gone in time."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from backoffice.domain.incoming import IncomingFile, Sender
from backoffice.domain.lifecycle import Outcome
from backoffice.errors import Conflict
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.exports import DataExport
from backoffice.models.people import Citizen, CitizenIdentity
from backoffice.queries import cases, exports
from backoffice.services import casework, citizen_acts, data_exports, moment, outbox
from backoffice.services.outbox import JobKind
from tests import factories
from tests.infra.test_pdf import check_accessible, check_structure
from tests.usecases.promises import claim_next, jobs_by_state
from workers import upkeep

JEANNE = "jeanne.martin@courriel.example"


def a_full_account(runtime: Runtime) -> int:
    """Jeanne's account with one case that has everything; the id of her sheet."""
    file = IncomingFile("trou.png", "image/png", 3, runtime.storage.put(b"png"))
    answers = {"category": "pothole", "location": {"address": "12 rue des Lilas"}, "description": "Un trou <b>."}
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, answers=answers, files=(file,))
        karim = factories.actor_named(session, "Karim")
        casework.note(session, karim, case, "Note interne sur la voisine.")
        casework.close(session, runtime, karim, case, Outcome.ANSWERED, "C’est réparé.")
        citizen_acts.judge(session, case, "Merci.", helped=True)
        assert case.citizen_id is not None
        now = datetime.now(UTC)
        session.add(
            CitizenIdentity(
                authority_id=case.authority_id,
                citizen_id=case.citizen_id,
                issuer="https://fc.example",
                subject="s",
                provider="franceconnect",
                claims={"given_name": "Jeanne", "birthdate": "1985-03-14"},
                linked_at=now,
                last_login_at=now,
            )
        )
        return case.citizen_id


def asked(runtime: Runtime, citizen_id: int, address: str = "") -> int:
    with runtime.database.transaction() as session:
        return data_exports.ask_for(session, session.get_one(Citizen, citizen_id), address).id


def made(runtime: Runtime, citizen_id: int, address: str = "") -> DataExport:
    export_id = asked(runtime, citizen_id, address)
    data_exports.make(runtime, claim_next(runtime, JobKind.MAKE_DATA_EXPORT))
    with runtime.database.reading() as session:
        found = exports.find_made(session, export_id, citizen_id, address, moment.now())
        assert found is not None
        return found


def test_a_copy_says_everything_that_the_account_shows_and_no_internal_note(runtime: Runtime, tmp_path: Path) -> None:
    export = made(runtime, a_full_account(runtime))
    assert export.data is not None
    assert export.page is not None
    data = json.loads(export.data)
    (case,) = data["cases"]
    assert case["answers_as_data"]["location"] == {"address": "12 rue des Lilas"}
    assert [one["text"] for one in case["messages"]] == [
        "Un trou profond s’est formé devant le numéro 12.",
        "C’est réparé.",
    ]
    assert [(one["name"], one["size"]) for one in case["files"]] == [("trou.png", 3)]
    assert case["opinions"] == [{"at": case["opinions"][0]["at"], "helped": True, "reason": "Merci."}]
    assert data["account"]["email"] == JEANNE
    assert data["identities"][0]["claims"]["birthdate"] == "1985-03-14"
    assert b"voisine" not in export.data
    path = tmp_path / "copy.pdf"
    path.write_bytes(export.page)
    check_structure(path)
    check_accessible(path)
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    for said in ("Un trou <b>.", "C’est réparé.", "trou.png", "14 mars 1985", case["reference"]):
        assert said in text
    assert "voisine" not in text


def test_an_account_opened_by_a_link_has_the_cases_that_go_by_its_address(runtime: Runtime) -> None:
    owner = a_full_account(runtime)
    with runtime.database.transaction() as session:
        factories.a_case(session, runtime, sender=Sender(family_name="Durand", email="durand@courriel.example"))
    assert len(json.loads(made(runtime, owner, JEANNE).data or b"")["cases"]) == 1
    assert json.loads(made(runtime, owner, "autre@courriel.example").data or b"")["cases"] == []


def test_one_is_made_at_a_time_and_three_a_day(runtime: Runtime) -> None:
    owner = a_full_account(runtime)
    assert asked(runtime, owner) == asked(runtime, owner)
    assert jobs_by_state(runtime, JobKind.MAKE_DATA_EXPORT) == {"queued": 1}
    data_exports.make(runtime, claim_next(runtime, JobKind.MAKE_DATA_EXPORT))
    made(runtime, owner)
    made(runtime, owner)
    with pytest.raises(Conflict):
        asked(runtime, owner)


def test_a_copy_is_gone_after_a_week(runtime: Runtime) -> None:
    owner = a_full_account(runtime)
    export = made(runtime, owner)
    later = moment.now() + timedelta(days=7, minutes=1)
    with runtime.database.transaction() as session:
        assert exports.find_made(session, export.id, owner, "", later) is None
        assert exports.list_live(session, owner, "", later) == []
        session.get_one(DataExport, export.id).expires_at = moment.now() - timedelta(minutes=1)
        outbox.promise(session, JobKind.SWEEP_SESSIONS)
    upkeep.sweep(runtime, claim_next(runtime, JobKind.SWEEP_SESSIONS))
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DataExport)) == 0
        assert session.scalars(select(Case)).one().citizen_id == owner
        assert cases.list_citizen_cases(session, owner) != []
