"""Mailboxes are named in the settings, and faults there are told before anything starts."""

import json
from pathlib import Path

import pytest

from backoffice.errors import Invalid
from backoffice.infra import mailboxes
from backoffice.infra.imap import ImapMailbox
from backoffice.settings import MailboxSettings, Settings

DOORS = {"livree": "lmtp://127.0.0.1:2424", "lue": "maildir:///m"}
SECRET = {"SECRET_KEYS": "a-secret-for-tests-that-is-long-enough-000"}


def read(*boxes: dict[str, str], **environment: str) -> tuple[MailboxSettings, ...]:
    return Settings.from_environment({**SECRET, "MAILBOXES": json.dumps(boxes), **environment}).mailboxes


def test_a_demonstration_reads_a_maildir_beside_its_database(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {"PARVIS_DEMO": "1", "VAR_DIR": str(tmp_path), "MAIL_FROM": "mairie@x.example"}
    )
    (mailbox,) = settings.mailboxes
    assert (mailbox.code, mailbox.address, mailbox.url) == (
        "demandes",
        "mairie@x.example",
        f"maildir://{tmp_path}/maildir",
    )


def test_an_installation_reads_only_the_mailboxes_it_names() -> None:
    assert Settings.from_environment(SECRET).mailboxes == ()
    (mailbox,) = read({"code": "m", "address": "m@x.example", "url": "imaps://jean%40x@imap.x.example/INBOX/Mairie"})
    opened = mailboxes.mailbox_of(mailbox)
    assert isinstance(opened, ImapMailbox)
    assert (opened.user, opened.host, opened.port, opened.folder) == ("jean@x", "imap.x.example", 993, "INBOX/Mairie")


def test_a_mailbox_may_be_delivered_to_by_a_relay() -> None:
    found = read(*({"code": code, "address": f"{code}@x.example", "url": url} for code, url in DOORS.items()))
    assert [mailbox.code for mailbox in found if mailbox.is_delivered] == ["livree"]


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        ([{"code": "m", "address": "m@x.example", "url": "pop3://x"}], "doit commencer par"),
        ([{"code": "m", "address": "m@x.example", "url": "maildir:///m"}] * 2, "même code"),
        ([{"nom": "m"}], "une liste JSON de boîtes"),
    ],
)
def test_a_faulty_mailbox_is_named(boxes: list[dict[str, str]], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read(*boxes)


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(MailboxSettings("m", "m@x.example", "imaps://u@h/", password="secret"))


def test_secrets_stand_in_variables_of_their_own_and_tokens_travel_encrypted() -> None:
    box = {"code": "m", "address": "m@x.example", "url": "imaps://m@h/", "token_url": "https://login.example/token"}
    (mailbox,) = read(box | {"refresh_token_env": "M_TOKEN"}, M_TOKEN="un-jeton")
    assert mailbox.refresh_token == "un-jeton"
    assert "un-jeton" not in repr(mailbox)
    with pytest.raises(Invalid, match="M_TOKEN : cette variable"):
        read(box | {"refresh_token_env": "M_TOKEN"})
    with pytest.raises(Invalid, match="pas en https"):
        read(box | {"token_url": "http://login.example/token"})


def test_an_authority_knows_its_own_mailboxes_only() -> None:
    boxes = [{"code": code, "address": f"{code}@x.example", "url": "maildir:///m", "authority": of}
             for code, of in (("ours", ""), ("theirs", "agglo"))]  # fmt: skip
    settings = Settings.from_environment({**SECRET, "MAILBOXES": json.dumps(boxes)})
    assert [one.code for one in settings.mailboxes_of("ville")] == ["ours"]
    assert [one.code for one in settings.mailboxes_of("agglo")] == ["ours", "theirs"]
    served = Settings.from_environment({**SECRET, "MAILBOXES": json.dumps(boxes), "AUTHORITY": "ville"})
    assert [one.code for one in served.mailboxes_of("agglo")] == ["theirs"]
