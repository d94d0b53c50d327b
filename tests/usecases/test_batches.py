"""Bulk letters: one batch a form, one letter a case whatever stops, a reason for each refusal, one PDF for the post."""

import io
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import func, select, update

from backoffice.domain.batches import BatchState, LineState, Way
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.errors import Forbidden, Invalid, NotFound
from backoffice.infra import pdf_joining
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.batches import Batch, BatchLine
from backoffice.models.cases import Case, Message
from backoffice.models.documents import Document
from backoffice.models.jobs import Job
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen, Staff
from backoffice.queries import batches as queries
from backoffice.queries import cases
from backoffice.queries.queue_filters import Filters, View
from backoffice.services import batch_letters, batch_post, batches, casework, journal, outbox
from backoffice.services.batches import Letter
from backoffice.services.outbox import JobKind, LostLease
from tests import factories
from tests.usecases.promises import LEASE, claim_next, jobs_by_state, send_next

WORKS = Letter(
    "Travaux : {{ objet }}",
    "Bonjour {{ usager }},\n\nVotre demande {{ reference }} sera traitée lundi par {{service}}.",
)
WITHOUT_EMAIL = Sender(
    family_name="Petit", given_names="René", address_line="3 rue des Lilas", postcode="49990", city="Saint-Aubin"
)
WITHOUT_ADDRESS = Sender(family_name="Morel", phone="0241000000")
NOBODY = Sender()
KEY = "k" * 32


def opened(runtime: Runtime, *senders: Sender | None) -> list[str]:
    """The references of street issues, one for each sender (Jeanne Martin, who has an e-mail, for None)."""
    changes = [{"sender": one, "channel": ChannelCode.LETTER} if one is not None else {} for one in senders]
    return [factories.a_receipt(runtime, **change).reference for change in changes]


def made(runtime: Runtime, references: Sequence[str], letter: Letter = WORKS, key: str = KEY, by: str = "Karim") -> int:
    with runtime.database.transaction() as session:
        return batches.create(session, factories.actor_named(session, by), references, letter, key=key).id


def written(runtime: Runtime, batch_id: int) -> Batch:
    """The batch, once every promise about it is kept."""
    while jobs_by_state(runtime, JobKind.WRITE_BATCH).get("queued"):
        batch_letters.write(runtime, claim_next(runtime, JobKind.WRITE_BATCH))
    while jobs_by_state(runtime, JobKind.JOIN_BATCH).get("queued"):
        batch_post.join(runtime, claim_next(runtime, JobKind.JOIN_BATCH))
    with runtime.database.reading() as session:
        return session.get_one(Batch, batch_id)


def lines(runtime: Runtime, batch_id: int) -> list[BatchLine]:
    with runtime.database.reading() as session:
        mine = select(BatchLine).where(BatchLine.batch_id == batch_id).order_by(BatchLine.position)
        return list(session.scalars(mine))


def text_of(content: bytes, folder: Path) -> str:
    path = folder / "read.pdf"
    path.write_bytes(content)
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.replace("\u00a0", " ").split())


def test_each_citizen_gets_the_same_letter_with_their_own_name_and_reference(runtime: Runtime) -> None:
    first, second = opened(runtime, None, WITHOUT_EMAIL)
    batch = written(runtime, made(runtime, [first, second]))
    assert (batch.state, batch.done, batch.total) == (BatchState.DONE, 2, 2)
    with runtime.database.reading() as session:
        letters = session.scalars(
            select(Document).where(Document.template == "letter").order_by(Document.case_id)
        ).all()
    assert f"Bonjour Jeanne Martin,\n\nVotre demande {first} sera" in letters[0].values["text"]
    assert f"Bonjour René Petit,\n\nVotre demande {second} sera" in letters[1].values["text"]
    assert letters[0].values["subject"] == "Travaux : Nid-de-poule rue des Lilas"
    assert all(runtime.storage.get(letter.digest).startswith(b"%PDF") for letter in letters)


def test_a_letter_of_a_batch_stands_in_the_thread_and_the_history_of_its_case(runtime: Runtime) -> None:
    (reference,) = opened(runtime, WITHOUT_EMAIL)
    written(runtime, made(runtime, [reference]))
    with runtime.database.reading() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        message = cases.list_messages(session, case.id)[-1]
        kinds = [event.kind for event in cases.list_events(session, case.id)]
        assert journal.verify(session, case)
    assert (message.direction, message.author) == ("out", "Karim Benali")
    assert kinds[-3:] == ["document_asked", "document_rendered", "replied"]
    assert case.status == Status.UNDER_REVIEW
    assert case.first_answer_at is not None


def test_what_went_out_of_sight_since_is_shown_to_nobody_and_leaves_the_file_to_post(
    runtime: Runtime, tmp_path: Path
) -> None:
    other = Sender(family_name="Roux", address_line="4 rue des Lilas", postcode="49990", city="Saint-Aubin")
    batch = written(runtime, made(runtime, opened(runtime, WITHOUT_EMAIL, other)))
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        assert batches.is_file_fit(session, karim, batch)
        assert len(queries.list_lines(session, karim, batch.id)) == 2
        hidden = session.scalars(select(Case).order_by(Case.id)).all()[0]
        hidden.restricted = True
        hidden.department_id = next(
            one.id for one in session.scalars(select(Department)) if one.id not in karim.department_ids
        )
        session.flush()
        assert queries.count_hidden(session, karim, batch.id) == 1
        assert [subject for _, _, subject in queries.list_lines(session, karim, batch.id)] == [hidden.subject]
        assert hidden.reference not in [reference for _, reference, _ in queries.list_lines(session, karim, batch.id)]
        assert not batches.is_file_fit(session, karim, session.get_one(Batch, batch.id))
        batches.join_again(session, karim, batch.id)
    again = written(runtime, batch.id)
    with runtime.database.reading() as session:
        assert batches.is_file_fit(session, karim, again)
    text = text_of(runtime.storage.get(again.merged_digest), tmp_path)
    assert "Roux" in text
    assert "Petit" not in text


def test_those_who_have_an_email_get_the_letter_attached_and_the_others_are_to_be_posted(
    runtime: Runtime, tmp_path: Path
) -> None:
    references = opened(runtime, None, WITHOUT_EMAIL, WITHOUT_ADDRESS)
    batch = written(runtime, made(runtime, references))
    assert [line.way for line in lines(runtime, batch.id)] == [Way.MAIL, Way.POST, Way.NO_ADDRESS]
    with runtime.database.reading() as session:
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.subject.contains("Travaux"))).one()
    assert mail.recipient == "jeanne.martin@courriel.example"
    assert len(mail.files["documents"]) == 1
    post = runtime.storage.get(batch.merged_digest)
    with pikepdf.open(io.BytesIO(post)) as file:
        assert len(file.pages) == 4
    read = text_of(post, tmp_path)
    assert (
        read.index("pas d’adresse électronique")
        < read.index("René Petit")
        < read.index("à compléter")
        < read.index("Morel")
    )
    assert "Jeanne Martin" not in read


def test_the_mail_of_a_batch_really_leaves_with_its_letter(runtime: Runtime) -> None:
    references = opened(runtime, None)
    written(runtime, made(runtime, references))
    send_next(runtime)
    with runtime.database.reading() as session:
        assert session.scalars(select(OutgoingMail)).one().sent_at is not None
    assert b"Courrier" in b"".join(path.read_bytes() for path in runtime.settings.var_dir.rglob("*.eml"))


def test_somebody_who_refuses_emails_gets_a_sheet_of_paper(runtime: Runtime) -> None:
    (reference,) = opened(runtime, None)
    with runtime.database.transaction() as session:
        address = {"address_line": "1 rue Neuve", "postcode": "49990", "city": "Saint-Aubin"}
        session.execute(update(Citizen).values(electronic_reply_refused=True, **address))
    batch = written(runtime, made(runtime, [reference]))
    assert [line.way for line in lines(runtime, batch.id)] == [Way.POST_ASKED]
    assert jobs_by_state(runtime, JobKind.SEND_MAIL) == {}
    assert batch.merged_digest


def test_a_batch_that_leaves_wholly_by_email_has_nothing_to_post(runtime: Runtime) -> None:
    batch = written(runtime, made(runtime, opened(runtime, None, None)))
    assert (batch.state, batch.merged_digest) == (BatchState.DONE, "")
    assert batch.finished_at is not None


def test_a_closed_an_anonymous_and_a_foreign_case_are_refused_each_with_its_reason(runtime: Runtime) -> None:
    closed, anonymous, written_to = opened(runtime, None, NOBODY, None)
    foreign = factories.a_receipt(runtime, procedure="birth_certificate").reference
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        case = cases.claim_case(session, karim, closed)
        casework.close(session, runtime, karim, case, Outcome.ANSWERED, "C’est réparé.")
    batch = written(runtime, made(runtime, [closed, anonymous, written_to, foreign]))
    said = {line.message for line in lines(runtime, batch.id) if line.state == LineState.REFUSED}
    assert said == {batches.CLOSED, batches.ANONYMOUS, batches.NOT_ALLOWED}
    assert [line.state for line in lines(runtime, batch.id)].count(LineState.OK) == 1
    assert batch.done == batch.total == 4


def test_a_case_closed_between_the_order_and_the_printing_is_refused(runtime: Runtime) -> None:
    (reference,) = opened(runtime, None)
    batch_id = made(runtime, [reference])
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        case = cases.claim_case(session, karim, reference)
        casework.close(session, runtime, karim, case, Outcome.CLOSED_NO_ACTION, "Sans objet.")
    written(runtime, batch_id)
    assert [line.message for line in lines(runtime, batch_id)] == [batches.CLOSED]


def test_nothing_leaves_in_the_name_of_an_agent_whose_account_was_closed(runtime: Runtime) -> None:
    batch_id = made(runtime, opened(runtime, None))
    with runtime.database.transaction() as session:
        session.execute(update(Staff).where(Staff.name.startswith("Karim")).values(active=False))
    batch = written(runtime, batch_id)
    assert [line.message for line in lines(runtime, batch_id)] == [batch_letters.NO_MORE_AUTHOR]
    assert batch.state == BatchState.DONE


def test_the_same_form_sent_twice_makes_one_batch(runtime: Runtime) -> None:
    references = opened(runtime, None, None)
    assert made(runtime, references) == made(runtime, references)
    assert made(runtime, references, key="z" * 32) != made(runtime, references)
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BatchLine)) == 4


def test_a_worker_that_lost_its_slice_undoes_everything_it_did(runtime: Runtime) -> None:
    batch_id = made(runtime, opened(runtime, None, WITHOUT_EMAIL))
    lost = claim_next(runtime, JobKind.WRITE_BATCH)
    with runtime.database.transaction() as session:
        session.execute(update(Job).where(Job.id == lost.job_id).values(lease_until=datetime(2026, 1, 1, tzinfo=UTC)))
        again = outbox.claim(session, lost.job_id, LEASE)
    assert again is not None
    batch_letters.write(runtime, again)
    with pytest.raises(LostLease):
        batch_letters.write(runtime, lost)
    batch = written(runtime, batch_id)
    with runtime.database.reading() as session:
        letters = session.scalar(select(func.count()).select_from(Document).where(Document.template == "letter"))
        messages = session.scalar(select(func.count()).select_from(Message).where(Message.direction == "out"))
    assert (letters, messages, batch.done) == (2, 2, 2)


def test_several_workers_share_a_batch_by_slices(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SLICE", 2)
    batch_id = made(runtime, opened(runtime, *[None] * 5))
    assert jobs_by_state(runtime, JobKind.WRITE_BATCH) == {"queued": 3}
    batch_letters.write(runtime, claim_next(runtime, JobKind.WRITE_BATCH))
    with runtime.database.reading() as session:
        assert session.get_one(Batch, batch_id).done == 2
    assert jobs_by_state(runtime, JobKind.JOIN_BATCH) == {}
    assert written(runtime, batch_id).done == 5
    assert jobs_by_state(runtime, JobKind.JOIN_BATCH) == {"done": 1}


def test_a_letter_with_a_blank_that_nothing_fills_is_refused_before_anything_is_written(runtime: Runtime) -> None:
    references = opened(runtime, None)
    for typed in ("Bonjour {{ prénom }}", "Bonjour {{ usager", "usager }}", "{{}}"):
        with pytest.raises(Invalid) as refused:
            made(runtime, references, Letter("Travaux", typed))
        assert "text" in refused.value.faults
    with pytest.raises(Invalid) as refused:
        made(runtime, references, Letter(" ", " "))
    assert set(refused.value.faults) == {"subject", "text"}


def test_a_citizen_whose_name_looks_like_a_blank_is_written_as_they_are_named(runtime: Runtime) -> None:
    references = opened(runtime, Sender(family_name="{{ reference }}", email="a@courriel.example"))
    written(runtime, made(runtime, references, Letter("Avis", "Bonjour {{ usager }}.")))
    with runtime.database.reading() as session:
        letter = session.scalars(select(Document).where(Document.template == "letter")).one()
    assert letter.values["text"] == "Bonjour {{ reference }}."


def test_a_batch_needs_cases_that_its_author_may_know_of(runtime: Runtime) -> None:
    hidden = factories.a_receipt(runtime, procedure="birth_certificate").reference
    with runtime.database.transaction() as session:
        session.execute(update(Case).where(Case.reference == hidden).values(restricted=True))
    for references in ([], [hidden], ["2026-999999"]):
        with pytest.raises(Invalid):
            made(runtime, references)


def test_an_agent_who_may_not_write_to_citizens_makes_no_batch(runtime: Runtime) -> None:
    with pytest.raises(Forbidden):
        made(runtime, opened(runtime, None), by="Sandrine")


def test_a_batch_is_its_authors_alone(runtime: Runtime) -> None:
    batch_id = made(runtime, opened(runtime, None))
    with runtime.database.reading() as session, pytest.raises(NotFound):
        queries.get_batch(session, factories.actor_named(session, "Hélène"), batch_id)


def test_the_whole_list_is_what_the_queue_shows(runtime: Runtime) -> None:
    mine = opened(runtime, None, None)
    factories.a_receipt(runtime, procedure="birth_certificate")
    with runtime.database.reading() as session:
        karim = factories.actor_named(session, "Karim")
        listed = batches.list_references(session, karim, Filters(View.DEPARTMENTS), datetime.now(UTC).date())
        everything = batches.list_references(session, karim, Filters(View.OPEN), datetime.now(UTC).date())
        with pytest.raises(Invalid):
            batches.list_references(session, karim, Filters(View.WAITING), datetime.now(UTC).date())
    assert listed == mine
    assert len(everything) == 3


def test_what_a_selection_would_give_is_said_before(runtime: Runtime) -> None:
    references = opened(runtime, None, WITHOUT_EMAIL, NOBODY)
    with runtime.database.reading() as session:
        found = batches.foresee(session, factories.actor_named(session, "Karim"), references, WORKS)
    assert (found.ways, found.refused) == ({Way.MAIL: 1, Way.POST: 1}, {batches.ANONYMOUS: 1})
    assert found.example is not None
    assert found.example.text.startswith("Bonjour Jeanne Martin,")
    assert jobs_by_state(runtime, JobKind.WRITE_BATCH) == {}


def test_pages_joined_are_whole_and_keep_their_fonts(tmp_path: Path, runtime: Runtime) -> None:
    batch = written(runtime, made(runtime, opened(runtime, *[WITHOUT_EMAIL] * 3)))
    path = tmp_path / "post.pdf"
    path.write_bytes(runtime.storage.get(batch.merged_digest))
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts)
    with pikepdf.open(path) as file:
        assert file.docinfo["/Title"] == batches_title(runtime, batch)


def batches_title(runtime: Runtime, batch: Batch) -> str:
    with runtime.database.reading() as session:
        return batches.title_of(session, batch)


def test_what_is_no_pdf_is_not_joined() -> None:
    with pytest.raises(pikepdf.PdfError):
        pdf_joining.join([io.BytesIO(b"%PDF-nothing")], io.BytesIO(), "Rien")
