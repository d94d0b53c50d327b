"""A test of a mailbox stops at the step that fails, and says what to do, without a secret."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from backoffice.infra import mailbox_check
from backoffice.infra.mailbox_check import Mark, State, Step
from backoffice.settings import MailboxSettings
from tests import mails
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
