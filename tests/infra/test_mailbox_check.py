"""A test of a mailbox stops at the step that fails, and says what to do, without a secret."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from backoffice.errors import Unavailable
from backoffice.infra import mailbox_check
from backoffice.infra.imap import ImapMailbox
from backoffice.infra.mailbox_check import Mark, State, Step
from backoffice.settings import MailboxSettings
from tests import mails
from tests.services import certificate
from tests.services.dovecot import Dovecot, Mailbox

SECRET = "mot-de-passe-faux"


@pytest.fixture
def settings(mailbox: Mailbox) -> MailboxSettings:
    url = f"imap://{mailbox.user}@{mailbox.host}:{mailbox.port}/INBOX"
    return MailboxSettings("demandes", mails.ADDRESS, url, mailbox.password)


def said(steps: list[Step]) -> dict[str, str]:
    return {step.label: step.said for step in steps}


def test_a_mailbox_that_works_tells_each_step_and_stays_as_it_is(settings: MailboxSettings, mailbox: Mailbox) -> None:
    mailbox.append(mails.a_mail())
    steps = mailbox_check.check(settings, Mark(1, 7))
    assert [step.label for step in steps] == [
        "Nom du serveur", "Connexion", "Chiffrement", "Identification", "Dossier", "Rangement", "Signet",
        "Dernier message", "Nouveaux courriels",
    ]  # fmt: skip
    told = said(steps)
    assert "127.0.0.1" in told["Nom du serveur"]
    assert "1 message" in told["Dossier"]
    assert "qui sera créé" in told["Rangement"]
    assert "renuméroté" in told["Signet"]
    assert "Le plus récent est arrivé le" in told["Dernier message"]
    assert "IDLE" in told["Nouveaux courriels"]
    assert {step.state for step in steps} == {State.OK, State.WARNING}
    assert len(mailbox.messages()) == 1
    assert "Jamais lue" in said(mailbox_check.check(settings, Mark()))["Signet"]


def test_each_fault_ends_the_test_with_what_to_do(settings: MailboxSettings, mailbox: Mailbox) -> None:
    wrong = {
        "Identification": replace(settings, password=SECRET),
        "Dossier": replace(settings, url=settings.url.replace("INBOX", "Absent")),
        "Connexion": replace(settings, url="imap://x@127.0.0.1:1/INBOX"),
        "Nom du serveur": replace(settings, url="imaps://x@nulle-part.invalid/INBOX"),
        "Chiffrement": replace(settings, url=settings.url.replace("imap:", "imaps:")),
        "Adresse": replace(settings, url="pop3://x"),
    }
    for label, one in wrong.items():
        last = mailbox_check.check(one, Mark())[-1]
        assert (last.label, last.state) == (label, State.FAULT)
        assert SECRET not in last.said
    assert "Dossiers de ce compte : INBOX" in mailbox_check.check(wrong["Dossier"], Mark())[-1].said


UNKNOWN_SIGNER = "signé par aucune autorité que cette machine connaît"
OTHER_NAME = "n’est pas au nom de « 127.0.0.1 » : écrivez le nom pour lequel il a été fait"


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
@pytest.mark.parametrize(("is_signer_known", "sentence"), [(False, UNKNOWN_SIGNER), (True, OTHER_NAME)])
def test_a_certificate_that_is_refused_says_why_however_the_connection_is_encrypted(
    settings: MailboxSettings,
    mailbox: Mailbox,
    dovecot: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    is_signer_known: bool,
    sentence: str,
) -> None:
    if is_signer_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    port = dovecot.tls_port if scheme == "imaps" else mailbox.port
    box = replace(settings, url=f"{scheme}://{mailbox.user}@127.0.0.1:{port}/INBOX")
    last = mailbox_check.check(box, Mark())[-1]
    assert last.state is State.FAULT
    assert last.said.startswith("Le certificat du serveur ")
    assert sentence in last.said
    with pytest.raises(Unavailable, match=sentence), ImapMailbox(box).open():
        pass  # whoever reads the ledger is told the same


@contextmanager
def server(context: ssl.SSLContext | None, greeting: bytes = b"") -> Iterator[int]:
    """A server that says so much to each visitor, and answers that it can do nothing more."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                visitor, _ = door.accept()
                with suppress(OSError), visitor:
                    if context is not None:
                        visitor = context.wrap_socket(visitor, server_side=True)
                    visitor.sendall(greeting)
                    while asked := visitor.recv(1000):
                        visitor.sendall(b"* CAPABILITY IMAP4rev1\r\n%s OK done\r\n" % asked.split()[0])

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)


def test_a_certificate_that_is_over_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certified, key = certificate.write(tmp_path, lasts=-timedelta(hours=1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certified))
    with server(context) as port:
        box = MailboxSettings("m", "m@x.example", f"imaps://x@{certificate.NAME}:{port}/INBOX")
        assert "Le certificat du serveur est périmé" in mailbox_check.check(box, Mark())[-1].said


def test_a_port_that_is_not_the_right_one_for_its_encryption_says_which_to_try(mailbox: Mailbox) -> None:
    in_clear = MailboxSettings("m", "m@x.example", f"imaps://x@127.0.0.1:{mailbox.port}/INBOX")
    assert "ou essayez STARTTLS" in mailbox_check.check(in_clear, Mark())[-1].said
    with server(None, b"* OK [CAPABILITY IMAP4rev1] ready\r\n") as port:
        never = MailboxSettings("m", "m@x.example", f"imap+starttls://x@127.0.0.1:{port}/INBOX")
        assert "ne propose pas STARTTLS sur ce port" in mailbox_check.check(never, Mark())[-1].said


def test_a_token_that_nobody_gives_is_a_fault_of_the_sign_in(settings: MailboxSettings, dovecot: Dovecot) -> None:
    by_token = replace(settings, token_url=f"{dovecot.tokens.address}/token", refresh_token=SECRET)
    last = mailbox_check.check(by_token, Mark())[-1]
    assert (last.label, last.state) == ("Identification", State.FAULT)
    assert "jeton de renouvellement" in last.said
    assert SECRET not in last.said


def test_a_server_that_says_nothing_is_not_waited_for_longer_than_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = MailboxSettings("m", "m@x.example", f"imaps://x@127.0.0.1:{silent.getsockname()[1]}/INBOX")
        last = mailbox_check.check(mute, Mark(), seconds=0.3)[-1]
        assert (last.label, last.state) == ("Chiffrement", State.FAULT)
        assert "Pas de réponse" in last.said


def test_a_folder_of_this_machine_is_tested_too(tmp_path: Path) -> None:
    box = MailboxSettings("m", "m@x.example", f"maildir://{tmp_path}/m")
    assert mailbox_check.check(box, Mark())[-1].state is State.WARNING
    (tmp_path / "m" / "new").mkdir(parents=True)
    (tmp_path / "m" / "new" / "1").write_bytes(mails.a_mail())
    steps = mailbox_check.check(box, Mark())
    assert {step.state for step in steps} == {State.OK}
    assert "1 message" in said(steps)["Dossier"]
