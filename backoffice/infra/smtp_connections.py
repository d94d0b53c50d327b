"""Conversations with the SMTP server that stay open between two mails: each opening costs a negotiation."""

import os
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 30  # to connect, and to learn that a line left open is dead
# A server checks a mail after its last byte, and takes its time: who hangs up before its answer sends the mail twice
# (RFC 5321 §4.5.3.2.6).
LONGEST_ANSWER_SECONDS = 600
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
LONGEST_IDLE_SECONDS = 60
MOST_MAILS = 100  # many servers hang up after some hundred mails: better to part before
MOST_IDLE = 4


class _Line:
    """An open conversation, with how many mails it carried and when the last one left."""

    def __init__(self, url: str) -> None:
        self.server = _open(url)
        self.mails = 0
        self.used_at = time.monotonic()

    def is_alive(self) -> bool:
        """Whether the server still listens, which only asking tells."""
        if self.mails >= MOST_MAILS or time.monotonic() - self.used_at > LONGEST_IDLE_SECONDS:
            return False
        try:
            return self.server.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def wait_at_most(self, seconds: float) -> None:
        """How long the server may be silent from now on."""
        if self.server.sock is not None:
            self.server.sock.settimeout(seconds)

    def hang_up(self) -> None:
        """Leave, politely when the server still answers."""
        with suppress(smtplib.SMTPException, OSError):
            self.server.quit()
        self.server.close()


_idle: dict[tuple[int, str], list[_Line]] = {}
_lock = threading.Lock()


@contextmanager
def connection(url: str) -> Iterator[smtplib.SMTP]:
    """A conversation with the server of `smtp://`, `smtp+starttls://` or `smtps://[user:password@]host[:port]`.

    One left open by an earlier mail of this process is taken up again when the server still answers; a fault ends it,
    unless it is a refusal of this very mail. Raises smtplib.SMTPException or OSError.
    """
    line = _take(url) or _Line(url)
    line.wait_at_most(LONGEST_ANSWER_SECONDS)
    try:
        yield line.server
    except smtplib.SMTPResponseException as fault:
        _part(line, url, is_sound=fault.smtp_code != 421)
        raise
    except smtplib.SMTPRecipientsRefused:
        _part(line, url, is_sound=True)
        raise
    except BaseException:
        _part(line, url, is_sound=False)
        raise
    _part(line, url, is_sound=True)


def hang_up() -> None:
    """Close the conversations that this process left open."""
    with _lock:
        lines = [line for (process, _), idle in _idle.items() if process == os.getpid() for line in idle]
        _idle.clear()
    for line in lines:
        line.hang_up()


def _take(url: str) -> _Line | None:
    while True:
        with _lock:
            idle = _idle.get((os.getpid(), url))  # a child never speaks on the lines of its parent
            if not idle:
                return None
            line = idle.pop()
        if line.is_alive():
            return line
        line.hang_up()


def _part(line: _Line, url: str, *, is_sound: bool) -> None:
    line.wait_at_most(TIMEOUT_SECONDS)
    line.mails += 1
    line.used_at = time.monotonic()
    if is_sound and line.server.sock is not None:
        with _lock:
            idle = _idle.setdefault((os.getpid(), url), [])
            if len(idle) < MOST_IDLE:
                idle.append(line)
                return
    line.hang_up()


def _open(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or PORTS[parts.scheme]
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    try:
        if parts.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server
