"""Takes mail from a relay by LMTP (RFC 2033): a message and its line of the ledger are kept before the answer."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import AnyStr
from urllib.parse import urlsplit

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from backoffice.errors import BackofficeError
from backoffice.infra import runtime
from backoffice.infra.runtime import Runtime
from backoffice.services import mail_ledger, received_files
from backoffice.services.mail_ledger import KeptMail
from backoffice.settings import LMTP_PORT, MailboxSettings, Settings

KEPT, LATER, UNKNOWN = (
    "250 2.0.0 Kept",
    "451 4.3.0 Not kept: please try again later",
    "550 5.1.1 No such mailbox here",
)
# What aiosmtpd says of a message that is too large, or has such a line.
FOR_NOBODY = ("552 Error: Too much mail data", "500 Line too long")
# Programs write whole paragraphs, or pages of HTML, in one line, and not every relay cuts them at 998 letters.
LONGEST_LINE = 1024 * 1024

log = structlog.get_logger("parvis.lmtp")


class Desk:
    """What the listener does at each step of a delivery; several go on at once, each in a thread of its own."""

    def __init__(self, tools: Runtime, mailboxes: Sequence[MailboxSettings]) -> None:
        self.tools = tools
        self.mailboxes = {mailbox.address.lower(): mailbox for mailbox in mailboxes}

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept an address of ours, with a mark after a plus or without."""
        if self._find(address) is None:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message for each mailbox; one answer for each recipient, in their order (RFC 2033 §4.2)."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        marked: dict[str, list[str]] = {}
        for address in envelope.rcpt_tos:
            if (mailbox := self._find(address)) is not None:
                marked.setdefault(mailbox.address.lower(), []).append(address)
        answers: Mapping[str, str] = {
            own: await asyncio.to_thread(
                self._keep, self.mailboxes[own], _delivered(content, envelope.mail_from or "", to)
            )
            for own, to in marked.items()
        }
        found = (self._find(address) for address in envelope.rcpt_tos)
        return "\r\n".join(UNKNOWN if mailbox is None else answers[mailbox.address.lower()] for mailbox in found)

    def _find(self, address: str) -> MailboxSettings | None:
        local, _, domain = address.lower().rpartition("@")
        return self.mailboxes.get(f"{local}@{domain}") or self.mailboxes.get(f"{local.partition('+')[0]}@{domain}")

    def _keep(self, mailbox: MailboxSettings, raw: bytes) -> str:
        """The bytes first, then the line, which their hash names: the same message given again changes nothing."""
        try:
            digest = self.tools.storage.put(raw)
            with self.tools.database.transaction() as session:
                turn = mail_ledger.take_turn(session, self.tools, mailbox)
                if turn is None:
                    return LATER
                mail = KeptMail(digest, digest, len(raw), datetime.now(UTC))
                mail_ledger.end_turn(session, mail_ledger.take_in(session, turn, [mail], 0))
                received_files.note_originals(session, self.tools, [digest])
        except (OSError, SQLAlchemyError, BackofficeError) as fault:
            log.warning("message not kept", mailbox=mailbox.code, error=type(fault).__name__)
            return LATER
        return KEPT


class Conversation(LMTP):
    """One conversation with a relay."""

    line_length_limit = LONGEST_LINE

    async def push(self, status: AnyStr) -> None:
        """Say to each recipient (RFC 2033 §4.2) what aiosmtpd says once of a message that it takes for nobody."""
        to = self.envelope.rcpt_tos if self.envelope is not None else []
        for _ in range(len(to) if to and str(status).startswith(FOR_NOBODY) else 1):
            await super().push(status)


class Listener(Controller):
    """A listener of LMTP at one address, in a thread of its own."""

    def factory(self) -> SMTP:
        """One conversation."""
        return Conversation(self.handler, **self.SMTP_kwargs)


def _delivered(content: bytes, sender: str, recipients: Sequence[str]) -> bytes:
    """The message as whoever delivers it last writes it (RFC 5321 §4.4): its envelope in fields above the others."""
    fields = [f"Return-Path: <{sender.strip('<>')}>", *(f"Delivered-To: {recipient}" for recipient in recipients)]
    return "".join(f"{field}\r\n" for field in fields).encode("utf-8", "surrogateescape") + content


def open_listeners(tools: Runtime) -> list[Listener]:
    """Listen at each address of the settings; raises OSError when one is taken."""
    by_place: dict[tuple[str, int], list[MailboxSettings]] = {}
    for mailbox in tools.settings.mailboxes:
        if mailbox.is_delivered:
            parts = urlsplit(mailbox.url)
            by_place.setdefault((parts.hostname or "127.0.0.1", parts.port or LMTP_PORT), []).append(mailbox)
    limit = tools.settings.max_mail_bytes
    found = [
        Listener(Desk(tools, boxes), hostname=host, port=port, data_size_limit=limit, enable_SMTPUTF8=True)
        for (host, port), boxes in by_place.items()
    ]
    for listener in found:
        listener.start()
    return found


def serve(settings: Settings, stop: Event) -> None:
    """Listen until told to stop."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # a line for each command of each conversation
    listeners = open_listeners(runtime.build(settings))
    stop.wait()
    for listener in listeners:
        listener.stop()
