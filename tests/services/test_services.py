"""The throwaway servers do what the other tests trust them to do."""

import smtplib
import socket
from email.message import EmailMessage

import pytest
import redis
from imapclient.exceptions import IMAPClientError
from playwright.sync_api import Page
from sqlalchemy import create_engine, inspect, text

from tests.services import program
from tests.services.browser import AXE, Pages, axe, is_wider_than_screen
from tests.services.clamd import EICAR, Clamd
from tests.services.dovecot import Dovecot, Mailbox
from tests.services.postgres import Postgres
from tests.services.program import MissingServiceError
from tests.services.redis import RedisServer
from tests.services.smtp import SmtpSink


def a_mail(subject: str = "Lampadaire en panne") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "jeanne@example.org", "mairie@example.org", subject
    message.set_content("Rue des Tilleuls, devant le 12.")
    return message


def test_a_missing_program_is_named_with_the_package_to_install() -> None:
    with pytest.raises(MissingServiceError, match="apt-get install --no-install-recommends some-package"):
        program.find_program("no-such-program", "some-package", "/usr/lib/nowhere/*/bin")


def test_each_postgresql_database_is_new(postgres: Postgres) -> None:
    for _ in range(2):
        with postgres.database() as url:
            engine = create_engine(url)
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE visitors (name text)"))
            engine.dispose()


def test_each_database_has_every_table_and_no_row(database_url: str) -> None:
    engine = create_engine(database_url)
    # SQLite lists what a full-text index keeps for itself as tables too.
    tables = {name for name in inspect(engine).get_table_names() if not name.startswith("case_texts_fts_")}
    assert "alembic_version" in tables
    with engine.connect() as connection:
        counts = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in tables}
    engine.dispose()
    assert {name for name, rows in counts.items() if rows} == {"alembic_version"}


def test_redis_answers_and_can_have_an_outage(redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("bell", "ding")
        assert client.get("bell") == b"ding"
    redis_server.stop()
    assert not program.is_listening(redis_server.port)
    redis_server.start()
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.get("bell") is None


def test_a_mail_put_in_a_mailbox_is_found_read_and_moved(mailbox: Mailbox) -> None:
    mailbox.append(bytes(a_mail()))
    with mailbox.session() as client:
        client.select_folder("INBOX")
        (uid,) = client.search("UNSEEN")
        assert b"Lampadaire en panne" in client.fetch([uid], ["BODY[]"])[uid][b"BODY[]"]
        assert client.search("UNSEEN") == []
        client.create_folder("Traites")
        client.move([uid], "Traites")
    assert mailbox.messages() == []
    assert len(mailbox.messages("Traites")) == 1


def test_mail_outlives_a_cut_session_and_a_restart(dovecot: Dovecot, mailbox: Mailbox) -> None:
    mailbox.append(bytes(a_mail()))
    with pytest.raises((IMAPClientError, OSError)), mailbox.session() as client:
        client.select_folder("INBOX")
        assert dovecot.cut() >= 1
        client.search("ALL")
    dovecot.restart()
    assert len(mailbox.messages()) == 1


def test_two_mailboxes_are_strangers(dovecot: Dovecot) -> None:
    one, other = dovecot.mailbox(), dovecot.mailbox()
    one.append(bytes(a_mail()))
    assert other.messages() == []


def test_the_smtp_sink_keeps_what_it_accepts(smtp_sink: SmtpSink) -> None:
    with smtplib.SMTP(smtp_sink.host, smtp_sink.port) as client:
        client.send_message(a_mail("Accusé de réception"))
    (received,) = smtp_sink.received
    assert received.recipients == ("mairie@example.org",)
    assert received.message["Subject"] == "Accusé de réception"


def test_the_smtp_sink_refuses_and_hangs_up_on_demand(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse("mairie@example.org", "451 4.3.0 Come back later")
    with smtplib.SMTP(smtp_sink.host, smtp_sink.port) as client, pytest.raises(smtplib.SMTPRecipientsRefused):
        client.send_message(a_mail())
    smtp_sink.clean()
    smtp_sink.cut()
    with pytest.raises((smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException)):
        smtplib.SMTP(smtp_sink.host, smtp_sink.port).send_message(a_mail())
    smtp_sink.stop()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(smtp_sink.host, smtp_sink.port)
    assert smtp_sink.received == []


@pytest.mark.parametrize(
    ("content", "verdict"), [(EICAR, b"Eicar-Test-Signature.UNOFFICIAL FOUND"), (b"bonjour", b"OK")]
)
def test_the_scanner_tells_a_virus_from_a_greeting(clamd: Clamd, content: bytes, verdict: bytes) -> None:
    with socket.create_connection((clamd.host, clamd.port), timeout=10) as connection:
        connection.sendall(b"zINSTREAM\0" + len(content).to_bytes(4, "big") + content + bytes(4))
        assert connection.recv(200).rstrip(b"\0").endswith(verdict)


GOOD_PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Votre demande</title></head>
<body><main><h1>Votre demande</h1><label for="city">Commune</label><input id="city"></main></body></html>"""
BAD_PAGE = """<!doctype html><html lang=""><head><meta charset="utf-8"><title></title></head>
<body><p style="color:#ccc;background:#fff">Commune</p>
<input><div style="width:900px">large</div></body></html>"""


def shown(page: Page, html: str) -> Page:
    page.set_content(html)
    return page


@pytest.mark.browser
def test_axe_passes_a_good_page_and_catches_a_bad_one(open_page: Pages) -> None:
    assert AXE.exists()
    assert axe(shown(open_page(320), GOOD_PAGE)) == []
    rules = {fault.split()[0] for fault in axe(shown(open_page(320), BAD_PAGE))}
    assert {"color-contrast", "document-title", "html-has-lang", "label"} <= rules


@pytest.mark.browser
def test_a_page_wider_than_its_screen_is_noticed(open_page: Pages) -> None:
    assert not is_wider_than_screen(shown(open_page(320), GOOD_PAGE))
    assert is_wider_than_screen(shown(open_page(320), BAD_PAGE))


@pytest.mark.browser
def test_a_page_that_calls_another_site_is_noticed(open_page: Pages) -> None:
    shown(open_page(), GOOD_PAGE + '<img alt="" src="http://tracker.invalid/dot.png">').wait_for_timeout(200)
    assert open_page.complaints == ["foreign address: http://tracker.invalid/dot.png"]
    open_page.complaints.clear()
