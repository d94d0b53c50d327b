"""The bell of an IMAP folder (IDLE, RFC 2177): the server says when mail comes; without it, time passes."""

import time
from collections.abc import Iterable
from contextlib import suppress
from threading import Event
from typing import Any, Protocol

import structlog
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from backoffice.errors import BackofficeError

# Servers and routers forget a silent connection after ten to thirty minutes: IDLE is said again before, and the folder
# looked at each time, whatever the server told.
LONGEST_IDLE = 9 * 60.0
# How soon a listener notices that it is told to stop, in seconds.
NOTICE = 1.0
NEWS = (b"EXISTS", b"RECENT")

log = structlog.get_logger("parvis.inboxes")


class Account(Protocol):
    """An account on an IMAP server, and the folder that is listened to."""

    folder: str

    def connect(self) -> IMAPClient:
        """An open connection."""

    def sign_in(self, client: IMAPClient) -> None:
        """Prove who we are."""


class ImapBell:
    """Listens to one folder by a connection of its own, which changes nothing there."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._client: IMAPClient | None = None
        self._is_offered = True

    def wait(self, stop: Event, seconds: float) -> None:
        """Come back when mail may have come, when told to stop, or in time to say IDLE again.

        A server that does not offer IDLE, or that fails, is waited for `seconds`, as if it were not there. The first
        call comes back at once: what came before somebody listened must be looked for.
        """
        try:
            if self._client is None and self._is_offered:
                self._listen()
            elif self._client is not None:
                self._hear(self._client, stop)
        except (OSError, IMAPClientError, BackofficeError) as fault:
            log.info("bell lost", folder=self.account.folder, fault=f"{type(fault).__name__}: {fault}"[:200])
            self.close()
            stop.wait(seconds)
        else:
            if not self._is_offered:
                stop.wait(seconds)

    def close(self) -> None:
        """Stop listening."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, IMAPClientError):
                client.shutdown()

    def _listen(self) -> None:
        client = self.account.connect()
        self._client = client
        self.account.sign_in(client)
        self._is_offered = client.has_capability("IDLE")
        if self._is_offered:
            client.select_folder(self.account.folder, readonly=True)
        else:
            self.close()

    def _hear(self, client: IMAPClient, stop: Event) -> None:
        # What came since the last look, before anybody listened, is told in answer to NOOP.
        if _is_news(client.noop()[1]):
            return
        client.idle()
        ends = time.monotonic() + LONGEST_IDLE
        notice = min(NOTICE, LONGEST_IDLE)
        while not stop.is_set() and (asked := time.monotonic()) < ends:
            heard = client.idle_check(timeout=notice)
            # A connection that was cut reads as nothing, at once: saying DONE then raises.
            is_cut = not heard and time.monotonic() - asked < notice / 2
            if is_cut or _is_news(heard):
                break
        client.idle_done()


def _is_news(responses: Iterable[Any]) -> bool:
    return any(len(one) > 1 and one[1] in NEWS for one in responses)
