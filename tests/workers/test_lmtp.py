"""A relay brings mail by LMTP: kept before it is answered, refused for now when it cannot be."""

import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from backoffice.infra.mailbox_check import Mark, State, check
from backoffice.infra.runtime import Runtime
from backoffice.models.mail import MailboxBookmark
from backoffice.settings import MailboxSettings
from tests import factories, mails
from tests.services.program import free_port
from workers import inboxes, lmtp

SENDER = "jeanne.martin@courriel.example"
CULTURE = "culture@saint-aubin.example"


@pytest.fixture
def house(runtime: Runtime) -> Iterator[Runtime]:
    """A house that a relay of this machine delivers to, for two addresses."""
    with listening(runtime) as found:
        yield found


@pytest.fixture
def small_house(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The same on one engine, for what knows nothing of the database."""
    tools = factories.a_runtime(seeded_sqlite_url, tmp_path)
    with listening(tools) as found:
        yield found
    tools.database.dispose()


@contextmanager
def listening(runtime: Runtime) -> Iterator[Runtime]:
    url = f"lmtp://127.0.0.1:{free_port()}"
    boxes = (MailboxSettings("demandes", mails.ADDRESS, url), MailboxSettings("culture", CULTURE, url))
    found = replace(runtime, settings=replace(runtime.settings, mailboxes=boxes, max_mail_bytes=100_000))
    (listener,) = lmtp.open_listeners(found)
    yield found
    listener.stop()


def relay(house: Runtime) -> smtplib.LMTP:
    port = int(house.settings.mailboxes[0].url.rpartition(":")[2])
    return smtplib.LMTP("127.0.0.1", port, timeout=10)


def bring(house: Runtime, raw: bytes) -> dict[str, tuple[int, bytes]]:
    with relay(house) as server:
        return server.sendmail(SENDER, mails.ADDRESS, raw)


def test_a_message_brought_by_the_relay_becomes_a_case_once(house: Runtime) -> None:
    raw = mails.a_mail().replace(b"\n", b"\r\n")
    for _ in range(2):  # the relay, which did not hear our first answer, brings it again
        assert bring(house, raw) == {}
    mails.work_off(house)
    (line,) = mails.lines(house)
    assert (line.outcome, line.mailbox, line.sender) == ("opened", "demandes", SENDER)
    kept = house.storage.get(line.raw_digest)
    assert kept == f"Return-Path: <{SENDER}>\r\nDelivered-To: {mails.ADDRESS}\r\n".encode() + raw
    with house.database.reading() as session:
        bookmark = session.query(MailboxBookmark).one()
        assert (bookmark.received, bookmark.last_error) == (1, "")
        assert bookmark.last_success_at is not None
    with ThreadPoolExecutor(4) as relays:
        assert list(relays.map(lambda _: bring(house, mails.a_mail()), range(6))) == [{}] * 6
    assert len(mails.lines(house)) == 7
    stop = Event()
    stop.set()
    (follower,) = inboxes.start(house.settings, stop)  # of the settings, nothing to look at
    follower.join()
    assert follower.name == "mailboxes of the screens"


def test_each_recipient_has_an_answer_and_unknown_ones_are_refused(small_house: Runtime) -> None:
    with relay(small_house) as server:
        server.docmd("LHLO", "relais.example")
        server.mail("")
        marked = mails.ADDRESS.replace("@", "+12.0123456789abcdef0123@")
        assert [server.rcpt(to)[0] for to in (marked, "inconnu@saint-aubin.example", CULTURE)] == [250, 550, 250]
        assert server.data(mails.a_mail())[0] == 250
        assert server.getreply()[0] == 250
    culture, requests = sorted(mails.lines(small_house), key=lambda line: line.mailbox)
    assert (culture.mailbox, requests.mailbox) == ("culture", "demandes")
    assert small_house.storage.get(requests.raw_digest).startswith(
        f"Return-Path: <>\r\nDelivered-To: {marked}".encode()
    )


def test_what_cannot_be_kept_is_refused_for_now_and_what_is_too_large_for_good(small_house: Runtime) -> None:
    files = small_house.settings.var_dir / "files"
    away = files.rename(files.with_name("away")) if files.exists() else None
    files.write_text("a disk that takes nothing more")
    with relay(small_house) as server:
        with pytest.raises(smtplib.SMTPDataError) as later:
            server.sendmail(SENDER, mails.ADDRESS, mails.a_mail())
        assert later.value.smtp_code == 451
    assert mails.lines(small_house) == []
    files.unlink()
    if away is not None:
        away.rename(files)
    with relay(small_house) as server:
        assert server.sendmail(SENDER, mails.ADDRESS, mails.a_mail()) == {}
        with pytest.raises(smtplib.SMTPException, match="552"):
            server.sendmail(SENDER, mails.ADDRESS, mails.a_mail("x" * 120_000))
    assert len(mails.lines(small_house)) == 1


def test_a_message_in_one_long_line_is_kept_as_it_came(small_house: Runtime) -> None:
    raw = mails.a_mail().partition(b"\n\n")[0].replace(b"\n", b"\r\n") + b"\r\n\r\n" + b"Bonjour. " * 5_000 + b"\r\n"
    assert bring(small_house, raw) == {}
    (line,) = mails.lines(small_house)
    assert small_house.storage.get(line.raw_digest).endswith(raw)


def test_each_recipient_is_told_of_a_message_that_is_too_large(small_house: Runtime) -> None:
    with relay(small_house) as server:
        server.docmd("LHLO", "relais.example")
        server.mail(SENDER)
        assert [server.rcpt(to)[0] for to in (mails.ADDRESS, CULTURE)] == [250, 250]
        assert server.data(mails.a_mail("x" * 120_000))[0] == 552
        assert server.getreply()[0] == 552
        assert server.noop()[0] == 250
    assert mails.lines(small_house) == []


def test_testing_such_a_mailbox_says_whether_somebody_listens(small_house: Runtime) -> None:
    mailbox = small_house.settings.mailboxes[0]
    (heard,) = check(mailbox, Mark())
    assert (heard.state, mails.ADDRESS in heard.said) == (State.OK, True)
    (other,) = check(replace(mailbox, address="autre@saint-aubin.example"), Mark())
    assert other.state is State.FAULT
    (silent,) = check(replace(mailbox, url=f"lmtp://127.0.0.1:{free_port()}"), Mark())
    assert (silent.state, "l’écoute des livraisons" in silent.said) == (State.FAULT, True)
