"""Mails: owed by a row, sent at least once under one name, refused without endless retries, threaded and recognised."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from backoffice.domain.incoming import ChannelCode, Sender, Threading
from backoffice.infra import smtp_connections
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.jobs import Job
from backoffice.models.mail import OutgoingMail
from backoffice.services import casework, checklists, correspondence, decisions, outbox, placing
from backoffice.services.intake import Intake
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim, JobKind
from backoffice.settings import MailboxSettings
from channels.email_inbox import find_reply_token
from tests import factories
from tests.services.smtp import SmtpSink
from tests.usecases.promises import jobs_by_state, render_next, send_next


@pytest.fixture
def posting(runtime: Runtime, smtp_sink: SmtpSink) -> Runtime:
    """A seeded installation that has an SMTP server."""
    settings = replace(runtime.settings, smtp_url=f"smtp://{smtp_sink.host}:{smtp_sink.port}")
    return replace(runtime, settings=settings)


def the_case(runtime: Runtime) -> Case:
    with runtime.database.reading() as session:
        return session.scalars(select(Case)).one()


def the_mail(runtime: Runtime) -> OutgoingMail:
    with runtime.database.reading() as session:
        return session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).all()[0]


def the_digest(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        return session.scalars(select(Document.digest)).one()


def reply(runtime: Runtime, text: str) -> None:
    with runtime.database.transaction() as session:
        case = session.scalars(select(Case)).one()
        casework.reply(session, runtime, factories.actor_named(session, "Karim"), case, text)


def file_of(message: EmailMessage) -> bytes:
    (file,) = message.iter_attachments()
    content = file.get_content()
    assert isinstance(content, bytes)
    return content


def test_the_acknowledgement_reaches_the_citizen_with_its_document(posting: Runtime, smtp_sink: SmtpSink) -> None:
    receipt = factories.a_receipt(posting)
    render_next(posting)
    send_next(posting)
    (received,) = smtp_sink.received
    assert received.recipients == ("jeanne.martin@courriel.example",)
    assert received.message["From"].addresses[0].display_name == "Ville de Saint-Aubin-les-Tilleuls"
    assert received.message["Auto-Submitted"] == "auto-replied"
    assert receipt.reference in received.message["Subject"]
    assert file_of(received.message).startswith(b"%PDF-1.7")
    assert the_case(posting).acknowledged_at == the_mail(posting).sent_at
    with posting.database.reading() as session:
        sent = session.scalars(select(CaseEvent).where(CaseEvent.kind == Event.MAIL_SENT)).one()
    assert sent.data["mail_id"] == the_mail(posting).id


def test_the_answer_of_an_agent_threads_under_the_mail_it_answers(posting: Runtime, smtp_sink: SmtpSink) -> None:
    facts = {"message_id": "<abc.123@courriel.example>"}
    factories.a_receipt(posting, channel=ChannelCode.EMAIL, facts=facts)
    reply(posting, "Bonjour,\n\nC’est réparé.")
    send_next(posting)
    (received,) = smtp_sink.received
    assert received.message["In-Reply-To"] == "<abc.123@courriel.example>"
    assert received.message["References"] == "<abc.123@courriel.example>"
    assert received.message["Auto-Submitted"] == "no"
    body = received.message.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Bonjour,\r\n\r\nC’est réparé.")
    assert "Karim" in body.get_content()
    assert the_case(posting).acknowledged_at is None


@pytest.mark.parametrize("hostile", ["<é@b.fr>", f"<{'a' * 300}@b.fr>"])
def test_an_answer_leaves_whatever_message_id_the_citizen_wrote_under(
    posting: Runtime, smtp_sink: SmtpSink, hostile: str
) -> None:
    factories.a_receipt(posting, channel=ChannelCode.EMAIL, facts={"message_id": hostile})
    for text in ("Bonjour", "Encore nous"):
        reply(posting, text)
        send_next(posting)
    first, second = (received.message for received in smtp_sink.received)
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == first["Message-ID"]


def test_who_wrote_to_a_mailbox_is_answered_by_it(posting: Runtime, smtp_sink: SmtpSink) -> None:
    urban = MailboxSettings("urbanisme", "urbanisme@saint-aubin.example", "maildir:///nowhere")
    house = replace(posting, settings=replace(posting.settings, mailboxes=(urban,)))
    factories.a_receipt(house, channel=ChannelCode.EMAIL, facts={"message_id": "a@b.example", "mailbox": "urbanisme"})
    reply(house, "Bonjour")
    send_next(house)
    (received,) = smtp_sink.received
    assert received.message["From"].addresses[0].addr_spec == urban.address
    answered_at = received.message["Reply-To"].addresses[0].addr_spec
    assert answered_at.startswith("urbanisme+")
    assert find_reply_token([answered_at]) == placing.reply_token(house, the_case(house).id)


def test_what_the_citizen_answers_comes_home(posting: Runtime, smtp_sink: SmtpSink) -> None:
    factories.a_receipt(posting)
    reply(posting, "Où exactement ?")
    send_next(posting)
    (received,) = smtp_sink.received
    address = received.message["Reply-To"].addresses[0].addr_spec
    assert received.sender == address
    token = address.partition("@")[0].partition("+")[2]
    ours = received.message["Message-ID"].strip().strip("<>")
    assert placing.is_our_message_id(posting, ours)
    for threading in (Threading(reply_token=token), Threading(referred_ids=(ours,))):
        answer = factories.a_receipt(posting, channel=ChannelCode.EMAIL, threading=threading)
        assert answer.outcome is Intake.JOINED
    stranger = Sender(email="quelqu-un@ailleurs.example")
    other = factories.a_receipt(
        posting, channel=ChannelCode.EMAIL, threading=Threading(reply_token=token), sender=stranger
    )
    assert other.outcome is Intake.PARKED


def test_a_server_out_of_order_leaves_the_mail_to_a_later_attempt(posting: Runtime, smtp_sink: SmtpSink) -> None:
    factories.a_receipt(posting)
    render_next(posting)
    smtp_sink.refuse(answer="451 4.7.1 Greylisted")
    send_next(posting)
    mail = the_mail(posting)
    assert (mail.sent_at, mail.failed_at) == (None, None)
    assert "451 4.7.1" in mail.error
    with posting.database.transaction() as session:
        job = session.scalars(select(Job).where(Job.kind == JobKind.SEND_MAIL)).one()
        assert (job.state, job.attempts) == ("queued", 0)
        assert job.due_at - datetime.now(UTC) > correspondence.SHORTEST_WAIT * 0.8
        # Two days later nobody waits any more: the agent is told.
        job.due_at = datetime.now(UTC)
        session.scalars(select(OutgoingMail)).one().created_at -= correspondence.LONGEST_TRYING
    send_next(posting)
    mail = the_mail(posting)
    assert mail.failed_at is not None
    assert mail.error.startswith(correspondence.GIVEN_UP)


def test_a_server_that_takes_its_time_gets_the_mail_once(
    posting: Runtime, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.a_receipt(posting)
    reply(posting, "Bonjour")
    monkeypatch.setattr(smtp_connections, "TIMEOUT_SECONDS", 0.2)
    with posting.database.transaction() as session:
        job_id = session.scalars(select(Job.id).where(Job.kind == JobKind.SEND_MAIL)).one()
        claim = outbox.claim(session, job_id, timedelta(milliseconds=1))
    assert claim is not None
    others = list[Claim | None]()

    def be_slow() -> None:
        time.sleep(0.3)
        with posting.database.transaction() as session:
            others.append(outbox.claim(session, job_id, timedelta(minutes=2)))

    smtp_sink.check(be_slow)
    correspondence.send(posting, claim)
    assert others == [None]
    assert len(smtp_sink.received) == 1
    assert the_mail(posting).sent_at is not None


def test_what_left_is_kept_as_it_left(posting: Runtime, smtp_sink: SmtpSink) -> None:
    factories.a_receipt(posting)
    render_next(posting)
    send_next(posting)
    (received,) = smtp_sink.received
    assert posting.storage.get(the_mail(posting).raw_digest).rstrip() == received.raw.rstrip()
    reply(posting, "Bonjour")
    assert the_mail(posting).in_reply_to == received.message["Message-ID"].strip(" <>")


def test_a_mail_refused_for_good_is_told_and_not_tried_again(posting: Runtime, smtp_sink: SmtpSink) -> None:
    factories.a_receipt(posting)
    render_next(posting)
    smtp_sink.refuse(answer="550 5.1.1 Boîte inconnue")
    send_next(posting)
    mail = the_mail(posting)
    assert mail.sent_at is None
    assert mail.failed_at is not None
    assert "550 5.1.1" in mail.error
    assert jobs_by_state(posting, JobKind.SEND_MAIL) == {"done": 1}
    with posting.database.reading() as session:
        failed = session.scalars(select(CaseEvent).where(CaseEvent.kind == Event.MAIL_FAILED)).one()
    assert failed.data["mail_id"] == mail.id
    assert the_case(posting).acknowledged_at is None


def test_an_impossible_address_is_refused_too(posting: Runtime, smtp_sink: SmtpSink) -> None:
    factories.a_receipt(posting)
    render_next(posting)
    with posting.database.transaction() as session:
        session.scalars(select(OutgoingMail)).one().recipient = "pas une adresse"
    send_next(posting)
    assert smtp_sink.received == []
    assert the_mail(posting).failed_at is not None


def test_the_decision_of_an_agent_leaves_however_many_acknowledgements_left_before(runtime: Runtime) -> None:
    for _ in range(2):
        factories.a_receipt(runtime, channel=ChannelCode.EMAIL, procedure="terrace_permit")
    with runtime.database.transaction() as session:
        for case in session.scalars(select(Case)):
            actor = factories.actor_named(session, "Marc")
            checklists.choose(session, actor, case, ["passage", "insurance"])
            decisions.accept(session, actor, case, "La terrasse est autorisée.")
    for _ in range(4):
        render_next(runtime)
    with runtime.database.reading() as session:
        mails = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
        assert [mail.automatic for mail in mails].count(False) == 2
        failed = session.scalars(select(CaseEvent).where(CaseEvent.kind == Event.MAIL_FAILED)).all()
    assert len(failed) == 1  # the second acknowledgement: it stays in its case


def test_a_mail_refused_once_may_leave_when_a_person_tries_again(posting: Runtime, smtp_sink: SmtpSink) -> None:
    factories.a_receipt(posting)
    render_next(posting)
    smtp_sink.refuse()
    send_next(posting)
    smtp_sink.clean()
    with posting.database.transaction() as session:
        outbox.promise(session, JobKind.SEND_MAIL, mail_id=the_mail(posting).id)
    send_next(posting)
    mail = the_mail(posting)
    assert (mail.failed_at, mail.error) == (None, "")
    assert mail.sent_at is not None
    assert len(smtp_sink.received) == 1


def test_a_mail_sent_already_is_not_sent_again(posting: Runtime, smtp_sink: SmtpSink) -> None:
    factories.a_receipt(posting)
    render_next(posting)
    send_next(posting)
    with posting.database.transaction() as session:
        outbox.promise(session, JobKind.SEND_MAIL, mail_id=the_mail(posting).id)
    send_next(posting)
    assert len(smtp_sink.received) == 1
    assert jobs_by_state(posting, JobKind.SEND_MAIL) == {"done": 2}


def test_without_a_server_mails_wait_in_the_local_outbox(runtime: Runtime) -> None:
    factories.a_receipt(runtime)
    render_next(runtime)
    send_next(runtime)
    (path,) = runtime.settings.outbox_dir.glob("*.eml")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert file_of(message) == runtime.storage.get(the_digest(runtime))
    assert the_mail(runtime).sent_at is not None
