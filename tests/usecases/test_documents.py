"""Documents: promised with the request, made once whatever happens, mailed to those who have an address."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.legal_events import Piece
from backoffice.domain.policy import Actor
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.jobs import Job
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases
from backoffice.services import (
    casework,
    checklists,
    decisions,
    documents,
    journal,
    missing_pieces,
    moment,
    outbox,
    transmissions,
)
from backoffice.services.decisions import Reasons
from backoffice.services.journal import Event
from backoffice.services.outbox import JobKind, LostLease
from backoffice.services.transmissions import Recipient
from tests import factories
from tests.usecases.promises import claim_next, jobs_by_state, render_next

WITHOUT_EMAIL = Sender(family_name="Petit", given_names="René", address_line="3 rue des Lilas", postcode="49990")


def the_document(runtime: Runtime) -> Document:
    with runtime.database.reading() as session:
        return session.scalars(select(Document)).one()


def events(runtime: Runtime, case_id: int) -> list[str]:
    with runtime.database.reading() as session:
        assert journal.verify(session, session.get_one(Case, case_id))
        return [event.kind for event in cases.list_events(session, case_id)]


def test_a_request_is_acknowledged_by_a_document_and_its_mail(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime)
    render_next(runtime)
    document = the_document(runtime)
    content = runtime.storage.get(document.digest)
    assert (document.template, document.size) == ("acknowledgement", len(content))
    assert document.digest == hashlib.sha256(content).hexdigest()
    assert content.startswith(b"%PDF-1.7")
    with runtime.database.reading() as session:
        mail = session.scalars(select(OutgoingMail)).one()
    assert mail.recipient == "jeanne.martin@courriel.example"
    assert mail.subject == f"Accusé de réception de votre demande n°\u00a0{receipt.reference}"
    assert (mail.automatic, mail.files) == (True, {"documents": [document.id]})
    assert Event.DOCUMENT_RENDERED in events(runtime, document.case_id)
    assert jobs_by_state(runtime, JobKind.RENDER_DOCUMENT) == {"done": 1}
    assert jobs_by_state(runtime, JobKind.SEND_MAIL) == {"queued": 1}


def test_the_counter_and_the_telephone_give_a_receipt(runtime: Runtime) -> None:
    for channel in (ChannelCode.COUNTER, ChannelCode.PHONE):
        factories.a_receipt(runtime, channel=channel)
    with runtime.database.reading() as session:
        assert set(session.scalars(select(Document.template))) == {"receipt"}


def test_somebody_without_an_email_gets_paper_and_no_mail(runtime: Runtime) -> None:
    factories.a_receipt(runtime, channel=ChannelCode.LETTER, sender=WITHOUT_EMAIL)
    render_next(runtime)
    assert the_document(runtime).digest
    assert jobs_by_state(runtime, JobKind.SEND_MAIL) == {}


def test_somebody_unknown_has_a_document_too(runtime: Runtime) -> None:
    factories.a_receipt(runtime, channel=ChannelCode.PHONE, sender=Sender())
    render_next(runtime)
    assert the_document(runtime).digest


def test_a_worker_that_lost_its_lease_changes_nothing(runtime: Runtime) -> None:
    factories.a_receipt(runtime)
    slow = claim_next(runtime, JobKind.RENDER_DOCUMENT)
    with runtime.database.transaction() as session:
        job = session.get_one(Job, slow.job_id)
        job.state, job.token = "queued", ""
    fast = claim_next(runtime, JobKind.RENDER_DOCUMENT)
    with pytest.raises(LostLease):
        documents.render(runtime, slow)
    assert the_document(runtime).digest == ""
    documents.render(runtime, fast)
    assert the_document(runtime).digest
    assert jobs_by_state(runtime, JobKind.SEND_MAIL) == {"queued": 1}


def test_a_document_made_already_is_left_as_it_is(runtime: Runtime) -> None:
    factories.a_receipt(runtime)
    render_next(runtime)
    before = the_document(runtime)
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.RENDER_DOCUMENT, document_id=before.id)
    render_next(runtime)
    after = the_document(runtime)
    assert (after.digest, after.rendered_at) == (before.digest, before.rendered_at)
    assert jobs_by_state(runtime, JobKind.RENDER_DOCUMENT) == {"done": 2}
    assert jobs_by_state(runtime, JobKind.SEND_MAIL) == {"queued": 1}


def test_the_facts_of_a_document_are_those_of_the_day_it_was_asked_for(runtime: Runtime) -> None:
    factories.a_receipt(runtime)
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case)).one()
        assert case.citizen is not None
        case.citizen.family_name = "Durand"
    render_next(runtime)
    assert the_document(runtime).values["citizen"]["name"] == "Jeanne Martin"


def test_an_answer_to_somebody_without_an_email_is_a_letter(runtime: Runtime) -> None:
    factories.a_receipt(runtime, channel=ChannelCode.LETTER, sender=WITHOUT_EMAIL)
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case)).one()
        casework.reply(session, runtime, factories.actor_named(session, "Karim"), case, "Bonjour,\n\nC’est réparé.")
    render_next(runtime)
    render_next(runtime)
    with runtime.database.reading() as session:
        letter = session.scalars(select(Document).where(Document.template == "letter")).one()
        asked = session.scalars(select(CaseEvent).where(CaseEvent.kind == Event.DOCUMENT_ASKED)).all()
    assert letter.values["agent"]["name"].startswith("Karim")
    assert runtime.storage.get(letter.digest).startswith(b"%PDF")
    assert len(asked) == 2
    assert jobs_by_state(runtime, JobKind.SEND_MAIL) == {}


def test_the_day_stated_is_the_day_it_was_in_the_town(runtime: Runtime) -> None:
    factories.a_receipt(runtime, received_at=datetime(2026, 7, 14, 22, 30, tzinfo=UTC))
    assert the_document(runtime).values["received_on"] == "2026-07-15"


def test_every_act_of_the_law_becomes_a_letter_and_the_mail_that_says_what_it_is(runtime: Runtime) -> None:
    received = datetime(2026, 3, 2, 11, tzinfo=UTC)
    piece = Piece("plan", "Plan coté", "Règlement de voirie, article 4", blocking=True)
    reasons = Reasons("le règlement de voirie", "un passage reste libre", "x" * 50, "le passage manque", "Trop étroit.")
    acts: list[tuple[str, str, Callable[[Session, Actor, Case], object]]] = [
        ("terrace_permit", "est incomplet", lambda s, a, c: missing_pieces.ask_for_pieces(s, a, c, [piece], LIMIT)),
        (
            "terrace_permit",
            "Transmission",
            lambda s, a, c: transmissions.transmit(s, runtime, a, c, Recipient("EPCI", "1 r."), ""),
        ),
        ("terrace_permit", "Réponse à", lambda s, a, c: decisions.refuse(s, a, c, reasons)),
        ("terrace_permit", "est acceptée", _accepted),
        ("terrace_permit", "le silence vaut refus", _after_silence),
        ("school_meals_aftercare", "est acceptée", _after_silence),
        ("school_meals_aftercare", "Attestation", _certified),
    ]
    for procedure, subject, act in acts:
        with runtime.database.transaction() as session, moment.at(received):
            case = factories.a_case(session, runtime, procedure=procedure, received_at=received)
            actor = factories.actor_named(session, "Marc" if procedure == "terrace_permit" else "Mathieu")
            with moment.at(datetime(2026, 3, 20, 11, tzinfo=UTC)):
                act(session, actor, case)
        while jobs_by_state(runtime, JobKind.RENDER_DOCUMENT).get("queued"):
            render_next(runtime)
        with runtime.database.reading() as session:
            document = session.scalars(select(Document).order_by(Document.id.desc())).first()
            mail = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
        assert document is not None
        assert mail is not None
        assert mail.files == {"documents": [document.id]}
        assert subject in mail.subject
        assert runtime.storage.get(document.digest).startswith(b"%PDF")


LIMIT = date(2026, 4, 20)


def _accepted(session: Session, actor: Actor, case: Case) -> None:
    checklists.choose(session, actor, case, ["passage", "insurance"])
    decisions.accept(session, actor, case, "Du 1er juin au 30 septembre.")


def _after_silence(session: Session, actor: Actor, case: Case) -> None:
    with moment.at(datetime(2026, 5, 4, 11, tzinfo=UTC)):
        assert decisions.write_implicit_decision(session, case)


def _certified(session: Session, actor: Actor, case: Case) -> None:
    _after_silence(session, actor, case)
    with moment.at(datetime(2026, 5, 5, 11, tzinfo=UTC)):
        decisions.ask_for_certificate(session, actor, case)
