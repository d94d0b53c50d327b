"""Mailboxes as the house reads them: look, fetch, and move aside what is safely kept; a Maildir or an IMAP server."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Protocol
from urllib.parse import urlsplit

from backoffice.errors import Invalid
from backoffice.settings import MailboxSettings


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that was not taken in yet: its place in the mailbox, its size in bytes, when it was received.

    `uid` is its number on an IMAP server, 0 elsewhere.
    """

    position: str
    size: int
    received_at: datetime
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What a mailbox holds: new messages in their order, and those already taken in that could not be moved then."""

    validity: int
    fresh: tuple[Waiting, ...]
    known: tuple[str, ...] = ()


class Reader(Protocol):
    """An open mailbox. Its server is never told that a message was read before the message is safely ours."""

    def look(self, validity: int, last_uid: int) -> Look:
        """The messages after our bookmark; a server that numbers its messages afresh is read again from the start."""

    def fetch(self, waiting: Waiting, limit: int) -> bytes | None:
        """The raw bytes (the beginning, at most `limit`, of a larger message); None when it went away meanwhile."""

    def set_aside(self, positions: Sequence[str]) -> None:
        """Move these to the folder of processed messages; one that is gone already is no fault."""


class Mailbox(Protocol):
    """A mailbox to be opened."""

    def wait(self, stop: Event, seconds: float) -> None:
        """Come back as soon as something may have come, if the mailbox can tell; else after so many seconds."""

    def close(self) -> None:
        """Let go of what waiting holds."""

    def holds_something(self) -> bool:
        """A look that costs almost nothing; True when only opening the mailbox can tell."""

    def open(self) -> AbstractContextManager[Reader]:
        """Connect; raise Unavailable with a French sentence that says what to check."""


def mailbox_of(settings: MailboxSettings) -> Mailbox:
    """Choose by address: maildir:///folder, or imap(s)://user@host:port/FOLDER."""
    scheme = urlsplit(settings.url).scheme
    if scheme == "maildir":
        from backoffice.infra.maildir import Maildir  # noqa: PLC0415 (each knows this module)

        return Maildir(settings)
    if scheme in {"imap", "imaps", "imap+starttls"}:
        from backoffice.infra.imap import ImapMailbox  # noqa: PLC0415

        return ImapMailbox(settings)
    raise Invalid(f"La boîte « {settings.code} » a une adresse inconnue : « {scheme} ».")
