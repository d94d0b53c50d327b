"""An SMTP server that keeps what it receives, and can refuse, delay or hang up on demand."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from backoffice.infra import smtp_connections
from tests.services.program import free_port


@dataclass(frozen=True)
class Received:
    """One message as it was delivered, with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...] = ()

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class _WithNotices(SMTP):
    """aiosmtpd with the DSN extension (RFC 3461), of which it knows nothing: what is asked is noted."""

    _asked: tuple[str, ...] = ()

    def take_asked(self) -> tuple[str, ...]:
        asked, self._asked = self._asked, ()
        return asked

    def _note(self, arg: str | None) -> str:
        words = (arg or "").split()
        noted = tuple(word for word in words if word.startswith(("RET=", "NOTIFY=")))
        self._asked += noted
        return " ".join(word for word in words if word not in noted)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 (aiosmtpd's name)
        """Who writes."""
        self._asked = ()
        await super().smtp_MAIL(self._note(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        """For whom."""
        await super().smtp_RCPT(self._note(arg))


class _Door(Controller):
    """The listener of such a server."""

    def factory(self) -> SMTP:
        return _WithNotices(self.handler, **self.SMTP_kwargs)


class SmtpSink:
    """The server. `received` is what it accepted; `refuse`, `cut` and `check` change its mood until `clean`."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self.received: list[Received] = []
        self.conversations = 0
        self._refusals: dict[str, str] = {}
        self._cuts_left = 0
        self._check: Callable[[], object] | None = None
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen; raises OSError when the port was taken meanwhile."""
        self._controller = _Door(self, hostname=self.host, port=self.port, ready_timeout=10)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening: connections are refused from now on."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    def clean(self) -> None:
        """Forget everything and listen, whatever the last test did."""
        self.received.clear()
        self.conversations = 0
        smtp_connections.hang_up()
        self._refusals.clear()
        self._cuts_left = 0
        self._check = None
        if self._controller is None:
            self.start()

    def refuse(self, recipient: str = "*", answer: str = "550 5.1.1 No such user") -> None:
        """Answer this to RCPT for a recipient (`*` for all); a 4xx answer asks the sender to come back."""
        self._refusals[recipient] = answer

    def cut(self, times: int = 1) -> None:
        """Hang up instead of answering to the next messages, once their content is sent."""
        self._cuts_left = times

    def check(self, work: Callable[[], object]) -> None:
        """Do this work, however long, between the content of each message and the answer."""
        self._check = work

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        """Offer delivery notices (RFC 3461); a conversation begins."""
        self.conversations += 1
        session.host_name = hostname
        return [*answers[:-1], "250-DSN", answers[-1]]

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept or refuse a recipient."""
        refusal = self._refusals.get(address) or self._refusals.get("*")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, or hang up."""
        if self._cuts_left:
            self._cuts_left -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 cut"
        if self._check is not None:
            await asyncio.to_thread(self._check)
        content = envelope.content
        assert isinstance(content, bytes)
        assert isinstance(server, _WithNotices)
        self.received.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, server.take_asked()))
        return "250 OK"


@contextmanager
def running() -> Iterator[SmtpSink]:
    """An SMTP server that lives as long as the block."""
    sink = SmtpSink()
    try:
        sink.start()
        yield sink
    finally:
        sink.stop()
