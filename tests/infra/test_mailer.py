"""Mails out: headers that thread and cannot be forged, no robot answered, failures sorted, a local outbox."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from backoffice.errors import Unavailable
from backoffice.infra import mailer
from backoffice.settings import Settings
from tests.factories import some_settings
from tests.services.smtp import SmtpSink

REPLY_TO = "demandes+12.0123456789abcdef0123@saint-aubin.example"


@dataclass(frozen=True)
class Mail:
    """A mail to send, as the tables keep it."""

    recipient: str = "jeanne.martin@courriel.example"
    sender: str = '"Ville de Saint-Aubin-les-Tilleuls" <demandes@saint-aubin.example>'
    subject: str = "Accusé de réception de votre demande n° 2026-000123"
    text: str = "Bonjour,\n\nVotre demande est bien arrivée.\n"
    html: str = "<p>Votre demande est bien arrivée.</p>"
    message_id: str = "parvis.0123456789abcdef01234567.0123456789abcdef0123@saint-aubin.example"
    in_reply_to: str = ""
    thread: str = ""
    reply_to: str = REPLY_TO
    automatic: bool = True
    created_at: datetime = datetime(2026, 3, 2, 13, 5, tzinfo=UTC)


def composed(mail: Mail, *attached: tuple[str, bytes]) -> EmailMessage:
    """The message as its reader gets it."""
    return read(mailer.compose(mail, list(attached)).as_bytes())


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def through(sink: SmtpSink, **changes: object) -> Settings:
    address = f"smtp://{sink.host}:{sink.port}"
    return some_settings("sqlite://", Path("unused"), smtp_url=address, **changes)


def test_a_mail_says_who_writes_to_whom_about_what() -> None:
    message = composed(Mail())
    assert message["From"].addresses[0].display_name == "Ville de Saint-Aubin-les-Tilleuls"
    assert message["From"].addresses[0].addr_spec == "demandes@saint-aubin.example"
    assert [address.addr_spec for address in message["To"].addresses] == ["jeanne.martin@courriel.example"]
    assert message["Subject"] == "Accusé de réception de votre demande n° 2026-000123"
    assert message["Message-ID"].strip() == f"<{Mail.message_id}>"
    assert message["Reply-To"] == REPLY_TO
    assert message["Date"].datetime == Mail.created_at


@pytest.mark.parametrize(
    "subject",
    [
        "Ville de Saint-Aubin-les-Tilleuls vous demande votre avis\u00a0: Réseau d’eaux pluviales",
        "Ville de Saint-Aubin-les-Tilleuls vous demande votre avis : Réseau d’eaux pluviales",
        "Décision sur l’été " + "à l’école " * 20 + "fin",
        "Your request, in plain English, whatever its length may be when it goes over one line of a header",
    ],
)
def test_a_subject_keeps_its_spaces_whatever_its_accents_and_its_length(subject: str) -> None:
    raw = mailer.compose(Mail(subject=subject), []).as_bytes()
    assert read(raw)["Subject"] == subject
    assert all(len(line) <= 78 for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n") if b"utf-8" in line)


def test_a_mail_says_the_same_in_text_and_in_html_with_its_pdf_beside() -> None:
    message = composed(Mail(), ("Accusé de réception – 2026-000123.pdf", b"%PDF-1.7"))
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == Mail.text
    assert html.get_content().strip() == Mail.html
    (file,) = message.iter_attachments()
    assert file.get_filename() == "Accusé de réception – 2026-000123.pdf"
    assert (file.get_content_type(), file.get_content()) == ("application/pdf", b"%PDF-1.7")


def test_an_automatic_mail_asks_robots_not_to_answer() -> None:
    message = composed(Mail())
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Loop"] == "demandes@saint-aubin.example"


def test_an_agent_is_not_a_robot() -> None:
    message = composed(Mail(automatic=False))
    assert message["Auto-Submitted"] == "no"
    assert message["X-Auto-Response-Suppress"] is None


@pytest.mark.parametrize("given", ["<{}>", "{}", " <{}>\r\n"])
def test_an_answer_threads_under_the_mail_it_answers_however_long_its_name(given: str) -> None:
    answered = f"{'A' * 120}@EUR05.prod.outlook.example"
    raw = mailer.compose(Mail(in_reply_to=given.format(answered)), []).as_bytes()
    for header in (b"In-Reply-To", b"References"):
        assert b"\r\n%s: <%s>\r\n" % (header, answered.encode()) in raw


def test_its_own_name_stands_whole_on_one_line() -> None:
    own = f"parvis.{'0' * 24}.{'1' * 20}@mairie-de-saint-aubin-les-tilleuls.example"
    assert f"\r\nMessage-ID: <{own}>\r\n".encode() in mailer.compose(Mail(message_id=own), []).as_bytes()


def test_an_answer_names_the_whole_conversation_without_growing_for_ever() -> None:
    known = [f"<{number}@courriel.example>" for number in range(60)]
    message = composed(Mail(in_reply_to="59@courriel.example", thread="\n".join(known)))
    references = message["References"].split()
    assert references[0] == known[0]
    assert references[-2:] == known[-2:]
    assert len(references) == mailer.MOST_REFERENCES


def test_a_mail_tried_again_is_the_same_bytes() -> None:
    assert len({mailer.compose(Mail(), [("a.pdf", b"%PDF")]).as_bytes() for _ in range(2)}) == 1


def test_what_is_no_message_id_is_not_answered() -> None:
    assert composed(Mail(in_reply_to="n’importe quoi"))["In-Reply-To"] is None


HOSTILE_IDS = (
    "<é@b.fr>",
    f"<{'a' * 300}@b.fr>",
    f"<a@{'b' * 300}>",
    "<a bc@d.fr>",
    "<a@b@c.fr>",
    "<été.x@b.fr>",
    "@",
    "<>",
)


def test_no_message_id_of_a_stranger_stops_a_mail() -> None:
    thread = "\n".join((*HOSTILE_IDS, "<bon@b.fr>", "parvis.1@ville.example"))
    for hostile in HOSTILE_IDS:
        assert composed(Mail(in_reply_to=hostile, thread=thread))["In-Reply-To"] is None
    message = composed(Mail(in_reply_to="<bon@b.fr>", thread=thread))
    assert message["In-Reply-To"] == "<bon@b.fr>"
    assert message["References"].split() == ["<parvis.1@ville.example>", "<bon@b.fr>"]


INJECTED = "x\r\nBcc: victime@ailleurs.example\r\n\r\n<script>\x00\u2028Cc: y@z.example"


def test_no_header_can_be_slipped_in() -> None:
    mail = Mail(
        subject=INJECTED,
        message_id=INJECTED,
        in_reply_to=INJECTED,
        sender=f'"{INJECTED}" <demandes@saint-aubin.example>',
    )
    message = composed(mail, (f"{INJECTED}/../a.pdf", b"%PDF"))
    assert message["Bcc"] is None
    assert message["Cc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == [Mail.recipient]
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == Mail.text
    (file,) = message.iter_attachments()
    assert "/" not in (file.get_filename() or "/")


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "jeanne",
        "jeanne@",
        "@courriel.example",
        "a@b.example, c@d.example",
        "a@b.example\nBcc: c@d.example",
        "a b@c.d",
        "<a@b.example>",
        "a@b@c.example",
        f"a@{'b' * 80}.example",
        "a@b..example",
    ],
)
def test_an_address_that_nobody_can_have_is_refused_before_any_server_sees_it(recipient: str) -> None:
    with pytest.raises(mailer.Refused, match="adresse du destinataire est incorrecte"):
        mailer.compose(Mail(recipient=recipient), [])


def test_a_domain_with_accents_is_written_as_dns_knows_it() -> None:
    assert composed(Mail(recipient="jeanne@forêt.example"))["To"] == "jeanne@xn--fort-ipa.example"


def test_a_mail_leaves_by_the_server_and_bounces_to_the_case(smtp_sink: SmtpSink) -> None:
    mailer.send(through(smtp_sink), mailer.compose(Mail(), [("a.pdf", b"%PDF")]))
    (received,) = smtp_sink.received
    assert received.recipients == (Mail.recipient,)
    assert received.sender == REPLY_TO
    assert received.message["Subject"] == Mail.subject


def test_one_conversation_with_the_server_carries_many_mails(smtp_sink: SmtpSink) -> None:
    refused = "inconnu@courriel.example"
    smtp_sink.refuse(refused)
    for recipient in ("a@courriel.example", refused, "b@courriel.example"):
        with pytest.raises(mailer.Refused) if recipient == refused else nullcontext():
            mailer.send(through(smtp_sink), mailer.compose(Mail(recipient=recipient), []))
    assert [received.recipients for received in smtp_sink.received] == [
        ("a@courriel.example",),
        ("b@courriel.example",),
    ]
    assert smtp_sink.conversations == 1
    smtp_sink.stop()
    smtp_sink.clean()  # the server came back: the old conversation is dead, another one begins
    mailer.send(through(smtp_sink), mailer.compose(Mail(), []))
    assert len(smtp_sink.received) == 1


def test_a_server_that_writes_notices_is_asked_for_one(smtp_sink: SmtpSink) -> None:
    mailer.send(through(smtp_sink), mailer.compose(Mail(), []))
    mailer.send(through(smtp_sink), mailer.compose(Mail(reply_to=""), []))
    asked, silent = smtp_sink.received
    assert "RET=HDRS" in asked.options
    assert "NOTIFY=FAILURE,DELAY" in asked.options
    assert silent.options == ()  # nobody would read what comes back to the null sender


def test_an_automatic_mail_of_no_case_has_a_null_sender(smtp_sink: SmtpSink) -> None:
    mailer.send(through(smtp_sink), mailer.compose(Mail(reply_to=""), []))
    mailer.send(through(smtp_sink), mailer.compose(Mail(reply_to="", automatic=False), []))
    senders = [received.sender.strip("<>") for received in smtp_sink.received]
    assert senders == ["", "demandes@saint-aubin.example"]


def test_a_final_refusal_is_told_apart(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse(answer="550 5.1.1 Boîte inconnue")
    with pytest.raises(mailer.Refused, match=r"ce courriel : l’adresse n’existe pas \(550 5\.1\.1"):
        mailer.send(through(smtp_sink), mailer.compose(Mail(), []))


def test_a_refusal_for_now_is_for_later(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse(answer="451 4.7.1 Greylisted")
    with pytest.raises(Unavailable, match=r"451 4\.7\.1 Greylisted"):
        mailer.send(through(smtp_sink), mailer.compose(Mail(), []))


def test_a_server_that_hangs_up_or_is_stopped_is_for_later(smtp_sink: SmtpSink) -> None:
    smtp_sink.cut()
    with pytest.raises(Unavailable, match=r"a coupé la conversation\."):
        mailer.send(through(smtp_sink), mailer.compose(Mail(), []))
    smtp_sink.stop()
    with pytest.raises(Unavailable, match=r"refuse la connexion\. L’envoi sera retenté"):
        mailer.send(through(smtp_sink), mailer.compose(Mail(), []))


def test_a_server_without_the_encryption_asked_for_gets_nothing(smtp_sink: SmtpSink) -> None:
    for scheme in ("smtp+starttls", "smtps"):
        settings = replace(through(smtp_sink), smtp_url=f"{scheme}://parvis:secret@{smtp_sink.host}:{smtp_sink.port}")
        with pytest.raises(Unavailable):
            mailer.send(settings, mailer.compose(Mail(), []))
    assert smtp_sink.received == []


def test_without_a_server_mails_are_files_named_by_date_and_written_once(tmp_path: Path) -> None:
    settings = some_settings("sqlite://", tmp_path)
    for _ in range(2):
        mailer.send(settings, mailer.compose(Mail(), [("a.pdf", b"%PDF")]))
    (path,) = settings.outbox_dir.iterdir()
    assert path.name == f"20260302T130500-{Mail.message_id}.eml"
    assert read(path.read_bytes())["To"] == Mail.recipient


def test_a_file_of_the_outbox_stays_in_its_folder(tmp_path: Path) -> None:
    settings = some_settings("sqlite://", tmp_path)
    mailer.send(settings, mailer.compose(Mail(message_id="../../../etc/x" + "y" * 300), []))
    (path,) = settings.outbox_dir.iterdir()
    assert path.parent == settings.outbox_dir
