"""A mailbox on an IMAP server: by UID after our own bookmark, never by the seen flag, which people change."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Event
from typing import Any
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from backoffice.errors import Unavailable
from backoffice.infra import tls_faults
from backoffice.infra.access_tokens import AccessTokens
from backoffice.infra.imap_bell import ImapBell
from backoffice.infra.mailboxes import Look, Waiting
from backoffice.settings import MailboxSettings

TIMEOUT_SECONDS = 30
PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}
# Messages whose sizes are asked for, or that are moved, with one command.
AT_ONCE = 200


class ImapMailbox:
    """A folder of an account; what is taken in goes to the folder of processed messages."""

    def __init__(self, settings: MailboxSettings) -> None:
        parts = urlsplit(settings.url)
        self.settings = settings
        self.scheme, self.host = parts.scheme, parts.hostname or "localhost"
        self.port = parts.port or PORTS[parts.scheme]
        self.user = unquote(parts.username or "")
        self.folder = unquote(parts.path.strip("/")) or "INBOX"
        self._tokens = AccessTokens(settings) if settings.token_url else None
        self._bell = ImapBell(self)

    def wait(self, stop: Event, seconds: float) -> None:
        """Until the server says that something came (IDLE), else for so many seconds."""
        self._bell.wait(stop, seconds)

    def close(self) -> None:
        """Listen no more."""
        self._bell.close()

    def holds_something(self) -> bool:
        """Only the server can tell."""
        return True

    @contextmanager
    def open(self) -> Iterator["ImapReader"]:
        """Connect, sign in and choose the folder."""
        try:
            with self.connect() as client:
                client.normalise_times = False
                self.sign_in(client)
                yield ImapReader(client, self.settings.processed_folder, self._choose_folder(client))
        except LoginError as fault:
            raise Unavailable("Le serveur refuse l’identifiant ou le mot de passe de cette boîte.") from fault
        except (OSError, IMAPClient.AbortError) as fault:
            raise Unavailable(self._unreachable(fault)) from fault
        except IMAPClientError as fault:
            raise Unavailable(f"Le serveur refuse une commande : {str(fault)[:200]}") from fault

    def _choose_folder(self, client: IMAPClient) -> int:
        try:
            return int(client.select_folder(self.folder)[b"UIDVALIDITY"])
        except IMAPClient.AbortError:
            raise
        except IMAPClientError as fault:
            raise Unavailable(f"Le dossier « {self.folder} » ne s’ouvre pas : vérifiez son nom.") from fault

    def _unreachable(self, fault: Exception) -> str:
        """Why nobody could be spoken to, and what to look at."""
        match fault:
            case ssl.SSLError():
                return tls_faults.explain(fault, self.host, self.port)
            case socket.gaierror():
                return f"Le nom « {self.host} » est inconnu : vérifiez l’adresse de la boîte et le DNS."
            case ConnectionRefusedError():
                return f"Personne ne répond sur « {self.host} », port {self.port} : vérifiez le port et le pare-feu."
        return "Le serveur ne répond pas, ou a coupé la connexion : la lecture recommencera d’elle-même."

    def sign_in(self, client: IMAPClient) -> None:
        """By password, or by XOAUTH2; a token that the server does not take any more is replaced once.

        Raises LoginError when the server refuses, AbortError when it goes away meanwhile.
        """
        if self._tokens is None:
            with _told_apart():
                client.login(self.user, self.settings.password)
            return
        try:
            with _told_apart():
                client.oauth2_login(self.user, self._tokens.current())
        except LoginError:
            self._tokens.forget()
            with _told_apart():
                client.oauth2_login(self.user, self._tokens.current())

    def connect(self) -> IMAPClient:
        """An open connection, encrypted as the address wants, where nobody is signed in yet."""
        secure = self.scheme == "imaps"
        context = ssl.create_default_context() if self.scheme != "imap" else None
        client = IMAPClient(self.host, self.port, ssl=secure, ssl_context=context, timeout=TIMEOUT_SECONDS)
        if self.scheme == "imap+starttls":
            _encrypt(client, context)
        return client


def _encrypt(client: IMAPClient, context: ssl.SSLContext | None) -> None:
    """STARTTLS; a connection that stays in clear is closed, and nobody signs in on it."""
    try:
        client.starttls(context)
    except (OSError, IMAPClientError) as fault:
        with suppress(OSError, IMAPClientError):
            client.shutdown()
        if isinstance(fault, CapabilityError):
            raise Unavailable(tls_faults.NO_STARTTLS) from fault
        raise


class ImapReader:
    """An open folder. Nothing but `set_aside` changes anything on the server."""

    def __init__(self, client: IMAPClient, processed: str, validity: int) -> None:
        self.client = client
        self.processed = processed
        self.validity = validity

    def look(self, validity: int, last_uid: int) -> Look:
        """UIDs above the bookmark are new; below it they were taken in, and are still to be moved."""
        after = last_uid if validity == self.validity else 0
        uids = sorted(self.client.search("ALL"))
        fresh = [uid for uid in uids if uid > after]
        sizes: dict[int, dict[bytes, Any]] = {}
        for some in _chunks(fresh):
            sizes |= self.client.fetch(some, ["RFC822.SIZE", "INTERNALDATE"])
        return Look(
            self.validity,
            tuple(self._waiting(uid, sizes[uid]) for uid in fresh if uid in sizes),
            tuple(f"{self.validity}:{uid}" for uid in uids if uid <= after),
        )

    def fetch(self, waiting: Waiting, limit: int) -> bytes | None:
        """BODY.PEEK[] leaves the message unseen; of one that is too large, only the beginning crosses the network.

        A message that the server itself cannot read comes out empty: it must not hide those behind it.
        """
        part = "" if waiting.size <= limit else f"<0.{limit}>"
        try:
            found = self.client.fetch([waiting.uid], [f"BODY.PEEK[]{part}"]).get(waiting.uid, {})
        except IMAPClient.AbortError:
            raise
        except IMAPClientError:
            return b""
        raw = next((value for name, value in found.items() if name.startswith(b"BODY[]")), None)
        return bytes(raw) if raw is not None else None

    def set_aside(self, positions: Sequence[str]) -> None:
        """MOVE, or its older equivalent; a server with neither keeps its messages where they are."""
        uids = [int(position.rpartition(":")[2]) for position in positions]
        if not uids:
            return
        if not self.client.folder_exists(self.processed):
            self.client.create_folder(self.processed)
        for some in _chunks(uids):
            if self.client.has_capability("MOVE"):
                self.client.move(some, self.processed)
            elif self.client.has_capability("UIDPLUS"):
                self.client.copy(some, self.processed)
                self.client.delete_messages(some)
                self.client.uid_expunge(some)

    def _waiting(self, uid: int, facts: dict[bytes, Any]) -> Waiting:
        received_at = facts.get(b"INTERNALDATE") or datetime.now(UTC)
        return Waiting(f"{self.validity}:{uid}", int(facts[b"RFC822.SIZE"]), received_at.astimezone(UTC), uid)


@contextmanager
def _told_apart() -> Iterator[None]:
    """The library calls a connection cut at this moment a refusal too: nobody must be sent to change a password."""
    try:
        yield
    except LoginError as fault:
        if isinstance(fault.__context__, IMAPClient.AbortError):
            raise fault.__context__ from fault
        raise


def _chunks(uids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(uids), AT_ONCE):
        yield uids[start : start + AT_ONCE]
