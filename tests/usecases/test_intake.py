"""The only door: what arrives opens a case once, whatever the channel, and nothing is half-written."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from backoffice.domain.incoming import ChannelCode, IncomingFile, Sender, VerifiedIdentity
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, CaseEvent, Message
from backoffice.models.documents import Document
from backoffice.models.jobs import Job
from backoffice.models.people import Citizen
from backoffice.queries import catalogue
from backoffice.services import casework, intake, journal
from backoffice.services.intake import Intake
from tests import factories

EVERY_CHANNEL = [ChannelCode.WEB_FORM, ChannelCode.EMAIL, ChannelCode.COUNTER, ChannelCode.PHONE, ChannelCode.LETTER]


def _count(runtime: Runtime, table: type) -> int:
    with runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("channel", EVERY_CHANNEL)
def test_every_channel_opens_the_same_case_with_the_same_clock(runtime: Runtime, channel: ChannelCode) -> None:
    received = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    receipt = factories.a_receipt(runtime, channel=channel, received_at=received)
    assert receipt.outcome is Intake.OPENED
    assert receipt.reference == "2026-000001"
    with runtime.database.reading() as session:
        case = session.get_one(Case, receipt.case_id)
        assert case.channel == channel
        assert (case.received_on, case.implicit_on, case.target_on) == (
            date(2026, 3, 2),
            date(2026, 5, 2),
            date(2026, 3, 9),
        )
        assert case.department.code == "voirie"
        assert journal.verify(session, case)
        assert [job.kind for job in session.scalars(select(Job))] == ["render_document"]
        assert len(case.tracking_code) == 8


def test_receiving_the_same_thing_again_changes_nothing(runtime: Runtime) -> None:
    first = factories.a_receipt(runtime, source_id="double-click")
    second = factories.a_receipt(runtime, source_id="double-click", subject="Autre chose")
    assert second.outcome is Intake.REPEATED
    assert (second.reference, second.tracking_code) == (first.reference, first.tracking_code)
    assert [_count(runtime, table) for table in (Case, Message, Job, Document)] == [1, 1, 1, 1]


def test_the_same_form_sent_eight_times_at_once_opens_one_case(runtime: Runtime) -> None:
    incoming = factories.an_incoming(source_id="impatient")
    gate = threading.Barrier(8)
    receipts = []

    def send() -> None:
        gate.wait()
        receipts.append(intake.accept(runtime, incoming))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {receipt.reference for receipt in receipts} == {"2026-000001"}
    assert _count(runtime, Case) == 1


def test_references_follow_each_other_without_a_hole_even_when_one_request_fails(runtime: Runtime) -> None:
    received = datetime(2026, 5, 4, tzinfo=UTC)
    factories.a_receipt(runtime, received_at=received)
    with pytest.raises(RuntimeError), runtime.database.transaction() as session:
        factories.a_case(session, runtime, received_at=received)
        raise RuntimeError
    assert factories.a_receipt(runtime, received_at=received).reference == "2026-000002"
    assert factories.a_receipt(runtime, received_at=datetime(2027, 1, 4, tzinfo=UTC)).reference == "2027-000001"


def test_leaving_by_an_exception_writes_neither_case_nor_promise(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError), runtime.database.transaction() as session:
        factories.a_case(session, runtime)
        raise RuntimeError
    assert [_count(runtime, table) for table in (Case, Message, Job, Citizen, CaseEvent)] == [0] * 5


def test_a_closed_procedure_refuses_with_a_sentence_and_writes_nothing(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        authority = factories.the_authority(session)
        catalogue.get_procedure(session, authority.id, "street_issue").open = False
    with pytest.raises(Invalid, match="fermée pour le moment"):
        factories.a_receipt(runtime)
    assert _count(runtime, Case) == 0


def test_what_comes_without_a_procedure_goes_to_the_department_that_sorts_with_the_general_regime(
    runtime: Runtime,
) -> None:
    receipt = factories.a_receipt(
        runtime, procedure="", channel=ChannelCode.EMAIL, received_at=datetime(2026, 3, 2, 9, tzinfo=UTC)
    )
    with runtime.database.reading() as session:
        case = session.get_one(Case, receipt.case_id)
        assert case.department.code == "etat_civil"
        assert case.routing_reason.startswith("À orienter")
        assert case.implicit_on == date(2026, 5, 2)


def test_files_are_attached_to_the_message_that_brought_them(runtime: Runtime) -> None:
    digest = runtime.storage.put(b"photo")
    photo = IncomingFile("trou.jpg", "image/jpeg", 5, digest)
    receipt = factories.a_receipt(runtime, files=(photo,))
    with runtime.database.reading() as session:
        attachment = session.scalars(select(Attachment)).one()
        assert (attachment.case_id, attachment.name, attachment.digest) == (receipt.case_id, "trou.jpg", digest)
        assert runtime.storage.get(digest) == b"photo"


def test_a_known_address_with_the_same_name_is_the_same_citizen_and_another_name_is_not(runtime: Runtime) -> None:
    jeanne = factories.an_incoming().sender
    factories.a_receipt(runtime)
    factories.a_receipt(runtime, sender=replace(jeanne, phone="+33639980001"))
    factories.a_receipt(runtime, sender=replace(jeanne, given_names="Paul"))
    with runtime.database.reading() as session:
        sheets = session.scalars(select(Citizen).order_by(Citizen.id)).all()
    assert [(sheet.given_names, sheet.phone) for sheet in sheets] == [("Jeanne", "+33639980001"), ("Paul", "")]


def test_who_writes_by_internet_under_another_name_learns_nothing_of_what_we_know(runtime: Runtime) -> None:
    jeanne = factories.an_incoming().sender
    moved = replace(jeanne, address_line="3 rue cachée", postcode="49990", city="Saint-Aubin")
    factories.a_receipt(runtime, channel=ChannelCode.COUNTER, sender=moved)
    factories.a_receipt(runtime, sender=jeanne)
    factories.a_receipt(runtime, sender=Sender(email=jeanne.email))
    factories.a_receipt(runtime, sender=moved)
    with runtime.database.reading() as session:
        owners = session.scalars(select(Case.citizen_id).order_by(Case.id)).all()
        letters = session.scalars(select(Document).order_by(Document.id)).all()
    assert owners[0] == owners[3]
    assert len(set(owners)) == 3
    assert [letter.values["citizen"]["address_line"] for letter in letters] == ["3 rue cachée", "", "", "3 rue cachée"]
    assert letters[2].values["citizen"]["name"] == jeanne.email


def test_an_address_alone_never_reaches_a_sheet_that_an_identity_provider_vouches_for(runtime: Runtime) -> None:
    jeanne = factories.an_incoming().sender
    verified = replace(jeanne, identity=VerifiedIdentity("https://fc.example", "abc", "franceconnect"))
    factories.a_receipt(runtime, sender=verified)
    factories.a_receipt(runtime, sender=jeanne)
    factories.a_receipt(runtime, sender=replace(verified, email="autre@courriel.example"))
    with runtime.database.reading() as session:
        owners = session.scalars(select(Case.citizen_id).order_by(Case.id)).all()
    assert owners[0] == owners[2] != owners[1]


def test_an_anonymous_report_opens_a_case_without_a_citizen(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime, sender=Sender())
    with runtime.database.reading() as session:
        case = session.get_one(Case, receipt.case_id)
        assert case.citizen_id is None
        assert session.scalars(select(Document)).one().mail_template == ""


def test_an_answer_of_the_citizen_wakes_a_waiting_case_and_reopens_a_closed_one(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        authority, karim = factories.the_authority(session), factories.actor_named(session, "Karim")
        case = factories.a_case(session, runtime)
        casework.move(session, karim, case, Status.WAITING_CITIZEN)
        intake.join(session, authority, case, factories.an_incoming(body="Voici la photo."))
        assert case.status == Status.UNDER_REVIEW
        casework.close(session, runtime, karim, case, Outcome.ANSWERED, "C’est réparé.")
        seen = case.revision
        intake.join(session, authority, case, factories.an_incoming(body="Non, toujours là."))
        assert (case.status, case.outcome, case.closed_on, case.closed_after_days) == ("under_review", "", None, None)
        assert case.revision > seen
        assert journal.verify(session, case)


def test_a_change_in_the_history_is_seen(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime)
    with runtime.database.transaction() as session:
        event = session.scalars(select(CaseEvent).where(CaseEvent.number == 2)).one()
        event.data = {**event.data, "reason": "Autre raison"}
    with runtime.database.transaction() as session:
        assert not journal.verify(session, session.get_one(Case, receipt.case_id))


def test_a_line_taken_off_the_end_of_the_history_is_seen(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime)
    with runtime.database.transaction() as session:
        last = session.scalars(select(CaseEvent).order_by(CaseEvent.number.desc()).limit(1)).one()
        session.delete(last)
    with runtime.database.reading() as session:
        assert not journal.verify(session, session.get_one(Case, receipt.case_id))
