"""Mailboxes, real ones: nothing lost, nothing twice, whatever is cut and wherever."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from backoffice.errors import Unavailable
from backoffice.infra import imap_bell, mailbox_check
from backoffice.infra.imap import ImapMailbox, ImapReader
from backoffice.infra.mailbox_check import Mark, State
from backoffice.infra.mailboxes import Look, Waiting
from backoffice.infra.maildir import Maildir
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.jobs import Job
from backoffice.models.mail import MailboxBookmark
from backoffice.services import mail_ledger
from backoffice.services.outbox import JobKind
from backoffice.settings import MailboxSettings
from tests import factories, mails
from tests.services import certificate
from tests.services.dovecot import Dovecot, Mailbox
from tests.services.mail_tokens import REFRESH, SECRET
from tests.workers.crew import wait_until
from workers import inboxes
from workers.inboxes import Inbox

DONE = ".Traités"


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    """A house with one Maildir."""
    return mails.with_maildirs(runtime)


@pytest.fixture
def imap_house(runtime: Runtime, mailbox: Mailbox) -> Runtime:
    """A house with one mailbox on a real IMAP server."""
    return at(runtime, mailbox)


@pytest.fixture
def heard_house(seeded_sqlite_url: str, tmp_path: Path, mailbox: Mailbox) -> Iterator[Runtime]:
    """The same on one engine, for what knows nothing of the database."""
    found = factories.a_runtime(seeded_sqlite_url, tmp_path)
    yield at(found, mailbox)
    found.database.dispose()


def at(runtime: Runtime, *boxes: Mailbox) -> Runtime:
    read = tuple(
        MailboxSettings(box.user, mails.ADDRESS, f"imap://{box.user}@{box.host}:{box.port}/INBOX", box.password)
        for box in boxes
    )
    return replace(runtime, settings=replace(runtime.settings, mailboxes=read))


def poll(house: Runtime) -> int:
    return Inbox(house, house.settings.mailboxes[0]).poll()


def bookmark(house: Runtime) -> MailboxBookmark:
    with house.database.reading() as session:
        found = mail_ledger.queries.find_bookmark(session, house.settings.mailboxes[0].code)
        assert found is not None
        return found


def processed(house: Runtime) -> list[Path]:
    return list((house.settings.var_dir / "demandes" / DONE / "cur").iterdir())


# A Maildir --------------------------------------------------------------------------------------------------------


def test_a_mail_in_the_maildir_becomes_a_case_with_its_files(house: Runtime) -> None:
    raw = mails.a_mail(files={"trou.txt": b"Une photo de mots."})
    (line,) = mails.receive(house, raw)
    assert (line.outcome, line.kind, line.sender) == ("opened", "request", "jeanne.martin@courriel.example")
    assert house.storage.get(line.raw_digest) == raw
    with house.database.reading() as session:
        case = session.get_one(Case, line.case_id)
        assert (case.channel, case.subject) == ("email", "Trou dans la chaussée")
        message = session.query(Message).one()
        assert message.raw_digest == line.raw_digest
        file = session.query(Attachment).one()
        assert (file.name, file.media_type) == ("trou.txt", "text/plain")
        assert house.storage.get(file.digest) == b"Une photo de mots."
    assert len(processed(house)) == 1


def test_a_file_dropped_at_the_top_is_read_and_one_still_copied_is_left(house: Runtime) -> None:
    folder = house.settings.var_dir / "demandes"
    folder.mkdir()
    (folder / "lettre.eml").write_bytes(mails.a_mail())
    settled = time.time() - 5
    os.utime(folder / "lettre.eml", (settled, settled))
    (folder / "en-cours.eml").write_bytes(b"From: a")
    (folder / "notes.txt").write_text("pas un courriel")
    mails.read_all(house)
    assert [line.position.partition(":")[0] for line in mails.lines(house)] == ["lettre.eml"]


def test_an_inline_image_keeps_its_content_id(house: Runtime) -> None:
    pixel = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
    message = EmailMessage()
    message["From"], message["Message-ID"] = mails.JEANNE, "<image@courriel.example>"
    message.set_content('<p>Voyez</p><img src="cid:photo1">', subtype="html")
    message.add_related(pixel, "image", "png", cid="<photo1>", filename="p.png")
    mails.receive(house, message.as_bytes())
    with house.database.reading() as session:
        file = session.query(Attachment).one()
        assert (file.content_id, file.inline, file.media_type) == ("photo1", True, "image/png")


def test_the_same_file_delivered_again_after_a_cut_changes_nothing(
    house: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.deliver(house, mails.a_mail())
    with monkeypatch.context() as cut:
        cut.setattr(Maildir, "set_aside", _cut)
        with pytest.raises(Unavailable):
            poll_until_moved(house)
    assert mails.read_all(house) == 1
    mails.work_off(house, JobKind.SORT_MAIL)
    assert mails.outcomes(house) == ["opened"]
    assert bookmark(house).received == 1


def poll_until_moved(house: Runtime) -> None:
    for mailbox in house.settings.mailboxes:
        Inbox(house, mailbox).poll()


def _cut(*_: Any) -> None:
    raise Unavailable("coupé")


def test_a_full_disk_leaves_the_mail_where_it_is(house: Runtime) -> None:
    mails.deliver(house, mails.a_mail())
    shutil.rmtree(house.settings.var_dir / "files", ignore_errors=True)
    (house.settings.var_dir / "files").write_text("pas un dossier")
    with pytest.raises(Unavailable):
        mails.read_all(house)
    assert mails.lines(house) == []
    assert "n’a pas pu être gardé" in bookmark(house).last_error
    (house.settings.var_dir / "files").unlink()
    assert mails.read_all(house) == 1
    assert bookmark(house).last_error == ""


def test_one_worker_at_a_time_reads_a_mailbox(house: Runtime) -> None:
    mails.deliver(house, mails.a_mail())
    with house.database.transaction() as session:
        turn = mail_ledger.take_turn(session, house, house.settings.mailboxes[0])
    assert turn is not None
    assert poll(house) == 0
    with house.database.transaction() as session:
        mail_ledger.end_turn(session, turn)
    assert poll(house) == 1


def test_the_turn_of_a_dead_worker_passes_to_another_and_the_dead_one_writes_nothing(house: Runtime) -> None:
    with house.database.transaction() as session:
        dead = mail_ledger.take_turn(session, house, house.settings.mailboxes[0])
    assert dead is not None
    with house.database.transaction() as session:
        session.execute(update(MailboxBookmark).values(held_until=mail_ledger.moment.now() - mail_ledger.TURN))
    mails.deliver(house, mails.a_mail())
    assert poll(house) == 1
    late = mail_ledger.KeptMail("new/late:1", "f" * 64, 10, mail_ledger.moment.now())
    with pytest.raises(mail_ledger.LostTurn), house.database.transaction() as session:
        mail_ledger.take_in(session, dead, [late], 0)
    assert len(mails.lines(house)) == 1


def test_a_slow_reader_keeps_its_turn_as_long_as_it_lives(
    seeded_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = mails.with_maildirs(factories.a_runtime(seeded_sqlite_url, tmp_path))
    mails.deliver(house, mails.a_mail())
    monkeypatch.setattr(inboxes, "KEEP_EVERY", 0.05)
    genuine, others = Maildir.fetch, list[int]()

    def fetch_slowly(reader: Maildir, waiting: Waiting, limit: int) -> bytes | None:
        first = bookmark(house).held_until
        wait_until(lambda: bookmark(house).held_until != first)
        monkeypatch.setattr(Maildir, "fetch", genuine)
        others.append(poll(house))
        return genuine(reader, waiting, limit)

    monkeypatch.setattr(Maildir, "fetch", fetch_slowly)
    assert poll(house) == 1
    assert others == [0]
    assert len(mails.lines(house)) == 1
    assert bookmark(house).holder == ""
    house.database.dispose()


def test_two_workers_at_once_double_nothing(house: Runtime) -> None:
    for _ in range(30):
        mails.deliver(house, mails.a_mail())
    together = [threading.Thread(target=mails.read_all, args=(house,)) for _ in range(2)]
    for worker in together:
        worker.start()
    for worker in together:
        worker.join()
    mails.read_all(house)
    assert len({line.raw_digest for line in mails.lines(house)}) == len(mails.lines(house)) == 30
    assert len(processed(house)) == 30


def test_a_copy_in_two_mailboxes_makes_one_case(runtime: Runtime) -> None:
    house = mails.with_maildirs(runtime, "demandes", "mairie")
    raw = mails.a_mail()
    mails.deliver(house, b"Received: from a\n" + raw, "demandes")
    mails.deliver(house, b"Received: from b\n" + raw, "mairie")
    mails.read_all(house)
    mails.work_off(house, JobKind.SORT_MAIL)
    assert mails.outcomes(house) == ["opened", "repeated"]
    assert len(mails.cases(house)) == 1
    assert mails.lines(house)[1].case_id == mails.cases(house)[0].id


def test_copies_sorted_at_one_instant_make_one_case(runtime: Runtime) -> None:
    house = mails.with_maildirs(runtime, "demandes", "mairie")
    raw = mails.a_mail()
    mails.deliver(house, raw, "demandes")
    mails.deliver(house, raw, "mairie")
    mails.read_all(house)
    with house.database.reading() as session:
        ids = [job.id for job in session.query(Job)]
    together = [threading.Thread(target=mails.jobs.run, args=(house, mails.jobs.HANDLERS, one)) for one in ids]
    for worker in together:
        worker.start()
    for worker in together:
        worker.join()
    mails.work_off(house, JobKind.SORT_MAIL)
    assert sorted(mails.outcomes(house)) == ["opened", "repeated"]


def test_a_message_too_large_is_kept_by_its_beginning_and_answered_politely(runtime: Runtime) -> None:
    house = mails.with_maildirs(runtime, max_mail_bytes=100_000)
    (line,) = mails.receive(house, mails.a_mail(files={"film.bin": os.urandom(300_000)}))
    assert (line.outcome, line.complete) == ("opened", False)
    assert line.size > 300_000
    assert len(house.storage.get(line.raw_digest)) <= 100_000
    with house.database.reading() as session:
        assert "trou profond" in session.query(Message).one().body
        assert session.query(Attachment).count() == 0
    (answer,) = mails.sent(house)
    assert "sans ses pièces jointes" in answer.subject
    assert "ajoutez-les à votre demande par le lien ci-dessous (10 Mo au plus" in answer.text.replace("\u00a0", " ")
    mails.work_off(house, JobKind.RENDER_DOCUMENT)
    (_, acknowledgement) = mails.sent(house)
    said = acknowledgement.text.replace("\u00a0", " ")
    assert "n’ont pas pu être prises : ajoutez-les à votre demande sur sa page de suivi" in said
    assert "rien d’autre à envoyer" not in said


def test_an_empty_message_waits_in_quarantine_and_hides_nobody(house: Runtime) -> None:
    mails.deliver(house, b"", name="1700000000.M1.vide")
    empty, _ = mails.receive(house, mails.a_mail())
    assert mails.outcomes(house) == ["quarantined", "opened"]
    with house.database.transaction() as session:
        mail_ledger.sort_again(session, session.get_one(type(empty), empty.id))
    mails.receive(house)
    assert mails.outcomes(house) == ["quarantined", "opened"]  # read again, it is still empty


def test_a_house_without_authority_leaves_the_mail_where_it_is(sqlite_url: str, tmp_path: Path) -> None:
    house = mails.with_maildirs(factories.a_runtime(sqlite_url, tmp_path))
    path = mails.deliver(house, mails.a_mail())
    stop = threading.Event()
    inbox = Inbox(house, replace(house.settings.mailboxes[0], every_seconds=0.05))
    threading.Timer(0.3, stop.set).start()
    inbox.run(stop)
    assert path.exists()
    house.database.dispose()


def test_a_mailbox_is_read_again_after_a_fault_that_nobody_foresaw(
    seeded_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = mails.with_maildirs(factories.a_runtime(seeded_sqlite_url, tmp_path))
    mails.deliver(house, mails.a_mail())
    genuine, said = Maildir.look, list[str]()

    def break_then_look(reader: Maildir, *known: int) -> Look:
        if not said:
            said.append("broken")
            raise KeyError(b"RFC822.SIZE")
        return genuine(reader, *known)

    monkeypatch.setattr(Maildir, "look", break_then_look)
    with pytest.raises(KeyError):
        poll(house)
    assert "imprévue (KeyError)" in bookmark(house).last_error
    said.clear()
    monkeypatch.setattr(inboxes, "FIRST_PAUSE", 0.05)
    with listening(house, every_seconds=0.05):
        wait_until(lambda: len(mails.lines(house)) == 1)
    assert bookmark(house).last_error == ""
    house.database.dispose()


# An IMAP server ---------------------------------------------------------------------------------------------------


def test_a_mail_of_an_imap_server_is_taken_in_and_moved_aside_unseen(imap_house: Runtime, mailbox: Mailbox) -> None:
    raw = mails.a_mail()
    mailbox.append(raw)
    assert poll(imap_house) == 1
    mails.work_off(imap_house, JobKind.SORT_MAIL)
    assert mails.outcomes(imap_house) == ["opened"]
    assert mailbox.messages() == []
    assert [kept.replace(b"\r\n", b"\n") for kept in mailbox.messages("Traités")] == [raw]
    with mailbox.session() as client:
        client.select_folder("Traités", readonly=True)
        assert client.search("UNSEEN") == [1]


def test_a_mail_that_somebody_read_before_us_is_taken_in_all_the_same(imap_house: Runtime, mailbox: Mailbox) -> None:
    mailbox.append(mails.a_mail())
    with mailbox.session() as client:
        client.select_folder("INBOX")
        client.add_flags([1], [b"\\Seen"])
    assert poll(imap_house) == 1


STEPS = ["sign_in", "look", "fetch", "set_aside"]


@pytest.mark.parametrize("step", STEPS)
def test_a_connection_cut_at_any_step_loses_and_doubles_nothing(
    imap_house: Runtime, mailbox: Mailbox, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    for _ in range(3):
        mailbox.append(mails.a_mail())
    owner: type = ImapMailbox if step == "sign_in" else ImapReader
    genuine = getattr(owner, step)

    def cut_then_try(reader: Any, *arguments: Any) -> Any:
        assert dovecot.cut()
        return genuine(reader, *arguments)

    with monkeypatch.context() as cut:
        cut.setattr(owner, step, cut_then_try)
        # Nothing is moved before it is taken in: cutting the move of nothing is no cut.
        if step == "set_aside":
            cut.setattr(
                ImapReader,
                "set_aside",
                lambda reader, positions: cut_then_try(reader, positions) if positions else None,
            )
        with pytest.raises(Unavailable):
            poll(imap_house)
    assert "ne répond pas" in bookmark(imap_house).last_error
    poll(imap_house)
    mails.work_off(imap_house, JobKind.SORT_MAIL)
    assert mails.outcomes(imap_house) == ["opened"] * 3
    assert bookmark(imap_house).received == 3
    assert len(mailbox.messages("Traités")) == 3
    assert mailbox.messages() == []


def test_a_database_that_fails_leaves_the_mail_on_the_server(
    imap_house: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.append(mails.a_mail())

    def fail(*_: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    with monkeypatch.context() as broken:
        broken.setattr(mail_ledger.queries, "insert_lines", fail)
        with pytest.raises(OperationalError):
            poll(imap_house)
    assert len(mailbox.messages()) == 1
    assert poll(imap_house) == 1


def test_a_server_that_numbers_its_mail_afresh_is_read_again_without_doubles(
    imap_house: Runtime, mailbox: Mailbox, dovecot: Dovecot
) -> None:
    mailbox.append(mails.a_mail())
    poll(imap_house)
    before = bookmark(imap_house).uidvalidity
    with mailbox.session() as client:  # the messages come back under new numbers
        client.select_folder("Traités")
        client.copy([1], "INBOX")
        client.select_folder("INBOX")
    folder = dovecot.folder / "mail" / mailbox.user
    for path in folder.glob("dovecot*"):
        path.unlink()
    uids = folder / "dovecot-uidlist"
    uids.write_text(f"3 V{before + 7} N1 Gabcdefabcdefabcdefabcdefabcdefab\n")
    shutil.chown(uids, "nobody", "nogroup") if os.geteuid() == 0 else None
    mailbox.append(mails.a_mail())
    assert poll(imap_house) == 2
    mails.work_off(imap_house, JobKind.SORT_MAIL)
    assert bookmark(imap_house).uidvalidity != before
    assert sorted(mails.outcomes(imap_house)) == ["opened", "opened", "repeated"]


@pytest.fixture
def wrong(imap_house: Runtime) -> MailboxSettings:
    return imap_house.settings.mailboxes[0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "faux"}, "identifiant ou le mot de passe"),
        ({"url": "imap://x@127.0.0.1:1/INBOX"}, "Personne ne répond sur « 127.0.0.1 », port 1"),
        ({"url": "imap://x@imap.invalid/INBOX"}, "Le nom « imap.invalid » est inconnu"),
        ({"folder": "Absent"}, "Le dossier « Absent » ne s’ouvre pas"),
    ],
)
def test_a_mailbox_that_cannot_be_opened_says_what_to_check(
    imap_house: Runtime, wrong: MailboxSettings, change: dict[str, str], sentence: str
) -> None:
    folder = change.pop("folder", "")
    asked = replace(wrong, **change)
    if folder:
        asked = replace(asked, url=asked.url.replace("/INBOX", f"/{folder}"))
        change["folder"] = folder
    with pytest.raises(Unavailable, match=sentence):
        Inbox(imap_house, asked).poll()
    assert sentence in bookmark(imap_house).last_error


def test_a_large_message_of_a_server_crosses_the_network_by_its_beginning(
    imap_house: Runtime, mailbox: Mailbox
) -> None:
    house = replace(imap_house, settings=replace(imap_house.settings, max_mail_bytes=100_000))
    mailbox.append(mails.a_mail(files={"film.bin": os.urandom(300_000)}))
    poll(house)
    (line,) = mails.lines(house)
    assert not line.complete
    assert len(house.storage.get(line.raw_digest)) == 100_000


# The bell of a server ---------------------------------------------------------------------------------------------


@contextmanager
def listening(house: Runtime, **changes: Any) -> Iterator[Inbox]:
    """A worker that watches the mailbox, as long as the block lasts."""
    stop, inbox = threading.Event(), Inbox(house, replace(house.settings.mailboxes[0], **changes))
    thread = threading.Thread(target=inbox.run, args=(stop,))
    thread.start()
    try:
        yield inbox
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def has_read(house: Runtime, number: int) -> Callable[[], bool]:
    return lambda: len(mails.lines(house)) == number


def test_the_server_rings_when_mail_comes_and_again_after_a_cut(
    heard_house: Runtime, mailbox: Mailbox, dovecot: Dovecot
) -> None:
    mailbox.append(mails.a_mail())
    with listening(heard_house, every_seconds=1):
        wait_until(has_read(heard_house, 1))
    with listening(heard_house, every_seconds=3600):
        wait_until(lambda: dovecot.count_sessions() == 1)
        mailbox.append(mails.a_mail())
        wait_until(has_read(heard_house, 2))
    with listening(heard_house, every_seconds=1):
        wait_until(dovecot.cut)  # as soon as somebody listens
        dovecot.deliver(mailbox, mails.a_mail())
        wait_until(has_read(heard_house, 3))
    assert bookmark(heard_house).received == 3
    assert len(mailbox.messages("Traités")) == 3


def test_two_workers_that_hear_the_same_bell_double_nothing(heard_house: Runtime, mailbox: Mailbox) -> None:
    with listening(heard_house, every_seconds=0.2), listening(heard_house, every_seconds=0.2):
        for number in range(1, 6):
            mailbox.append(mails.a_mail())
            wait_until(has_read(heard_house, number))
    assert bookmark(heard_house).received == len({line.raw_digest for line in mails.lines(heard_house)}) == 5
    assert (len(mailbox.messages("Traités")), mailbox.messages()) == (5, [])


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_an_encrypted_mailbox_rings_too_and_an_unknown_certificate_is_told(
    heard_house: Runtime, mailbox: Mailbox, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    port = dovecot.tls_port if scheme == "imaps" else mailbox.port
    (box,) = heard_house.settings.mailboxes
    box = replace(box, url=f"{scheme}://{mailbox.user}@{certificate.NAME}:{port}/INBOX")
    with pytest.raises(Unavailable, match="certificat"):
        Inbox(heard_house, box).poll()
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    with listening(heard_house, url=box.url, every_seconds=3600):
        for number in (1, 2):
            mailbox.append(mails.a_mail())
            wait_until(has_read(heard_house, number))
    assert [step.state for step in mailbox_check.check(box, Mark())].count(State.FAULT) == 0


def test_idle_is_said_again_in_time_and_the_folder_looked_at_each_time(
    heard_house: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_bell, "LONGEST_IDLE", 0.2)
    monkeypatch.setattr(imap_bell, "NEWS", ())  # a server that forgets to ring
    with listening(heard_house, every_seconds=3600):
        mailbox.append(mails.a_mail())
        wait_until(has_read(heard_house, 1))
        mailbox.append(mails.a_mail())
        wait_until(has_read(heard_house, 2))


def test_a_server_without_a_bell_is_looked_at_from_time_to_time(
    heard_house: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = IMAPClient.has_capability
    monkeypatch.setattr(IMAPClient, "has_capability", lambda client, name: name != "IDLE" and offered(client, name))
    with listening(heard_house, every_seconds=0.1):
        for number in (1, 2):
            mailbox.append(mails.a_mail())
            wait_until(has_read(heard_house, number))


# XOAUTH2 ----------------------------------------------------------------------------------------------------------


def by_token(mailbox: Mailbox, dovecot: Dovecot, **changes: str) -> MailboxSettings:
    """The mailbox opened by XOAUTH2; the token server takes the client's identifier for the user."""
    said = {"token_url": f"{dovecot.tokens.address}/token", "client_id": mailbox.user, "refresh_token": REFRESH}
    url = f"imap://{mailbox.user}@{mailbox.host}:{mailbox.port}/INBOX"
    return MailboxSettings(mailbox.user, mails.ADDRESS, url, **(said | changes))


def test_a_mailbox_is_opened_by_a_token_that_is_renewed_when_the_server_wants_another(
    heard_house: Runtime, mailbox: Mailbox, dovecot: Dovecot
) -> None:
    inbox, asked = Inbox(heard_house, by_token(mailbox, dovecot)), dovecot.tokens.asked
    before = asked["refresh_token"]
    for _ in range(2):
        mailbox.append(mails.a_mail())
        assert inbox.poll() == 1
    assert asked["refresh_token"] == before + 1
    dovecot.tokens.revoke()
    mailbox.append(mails.a_mail())
    assert inbox.poll() == 1
    assert asked["refresh_token"] == before + 2
    by_secret = by_token(mailbox, dovecot, refresh_token="", client_secret=SECRET, token_scope="mail")
    dovecot.tokens.seconds = 1  # ends before it could be used twice
    for _ in range(2):
        Inbox(heard_house, by_secret).poll()
    assert asked["client_credentials"] == 2


def test_a_token_that_nobody_gives_is_told_without_a_secret(
    heard_house: Runtime, mailbox: Mailbox, dovecot: Dovecot
) -> None:
    with pytest.raises(Unavailable, match="invalid_grant"):
        Inbox(heard_house, by_token(mailbox, dovecot, refresh_token="faux")).poll()
    said = bookmark(heard_house).last_error
    assert "jeton de renouvellement" in said
    assert "faux" not in said
    assert "never be shown" not in said
    away = by_token(mailbox, dovecot, token_url="http://127.0.0.1:1/token")
    with pytest.raises(Unavailable, match="serveur de jetons"):
        Inbox(heard_house, away).poll()
