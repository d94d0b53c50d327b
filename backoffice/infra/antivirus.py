"""ClamAV's daemon, asked through its own INSTREAM protocol (man clamd): the bytes go to it, never a path."""

import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from backoffice.domain.file_checks import Scan
from backoffice.errors import Unavailable

# Seconds: to be let in, and between two words of a scan (a signature database being loaded takes its time).
CONNECT_PATIENCE, SCAN_PATIENCE = 5.0, 60.0
PING_PATIENCE = 1.0
# clamd reads what it is sent by pieces: each one is announced by its length on four bytes, zero ends the stream.
MOST_PIECE = 1024 * 1024
LONGEST_ANSWER = 4096
VERSION_DATE = "%a %b %d %H:%M:%S %Y"

SILENT = "L’antivirus ne répond pas."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Clean, infected (by `virus`) or too large for the limits of the daemon."""

    scan: Scan
    virus: str = ""


class Antivirus:
    """The daemon at `tcp://host:port` or `unix:///path/of/its/socket`; nothing is contacted until it is asked."""

    def __init__(self, url: str) -> None:
        self.url = url

    def scan(self, chunks: Iterable[bytes]) -> Verdict:
        """What these bytes are; raise Unavailable when the daemon does not say."""
        try:
            with self._connect(CONNECT_PATIENCE) as connection:
                connection.settimeout(SCAN_PATIENCE)
                return _read(_ask(connection, chunks))
        except _CutShort as cut:
            # A daemon that cuts the stream and still lives has had more than its StreamMaxLength.
            if self.answers():
                return Verdict(Scan.TOO_LARGE)
            raise Unavailable(SILENT) from cut
        except OSError as fault:
            raise Unavailable(SILENT) from fault

    def answers(self) -> bool:
        """Whether the daemon is there, in a second at most."""
        with suppress(OSError), self._connect(PING_PATIENCE) as connection:
            connection.sendall(b"zPING\0")
            return connection.recv(16).startswith(b"PONG")
        return False

    def base_at(self) -> datetime | None:
        """When the signatures in use were published (clamd gives no time zone: UTC); None when it does not say."""
        with suppress(OSError), self._connect(PING_PATIENCE) as connection:
            connection.sendall(b"zVERSION\0")
            return read_version(connection.recv(LONGEST_ANSWER).rstrip(b"\0").decode("utf-8", "replace"))
        return None

    def _connect(self, patience: float) -> socket.socket:
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(patience)
            try:
                connection.connect(parts.path)
            except OSError:
                connection.close()
                raise
            return connection
        return socket.create_connection((parts.hostname, parts.port), patience)


class _CutShort(Exception):
    """The daemon stopped listening in the middle of the bytes."""


def read_version(answer: str) -> datetime | None:
    """The date of `ClamAV 1.4.6/27871/Sat Nov 21 08:21:48 2026`; None without signatures of ClamAV's own."""
    with suppress(ValueError):
        return datetime.strptime(answer.rpartition("/")[2].strip(), VERSION_DATE).replace(tzinfo=UTC)
    return None


def _ask(connection: socket.socket, chunks: Iterable[bytes]) -> str:
    connection.sendall(b"zINSTREAM\0")
    try:
        for chunk in chunks:
            for start in range(0, len(chunk), MOST_PIECE):
                piece = chunk[start : start + MOST_PIECE]
                connection.sendall(struct.pack(">I", len(piece)) + piece)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError) as cut:
        raise _CutShort from cut
    answer = b""
    try:
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            piece = connection.recv(LONGEST_ANSWER)
            if not piece:
                break
            answer += piece
    except ConnectionResetError as cut:
        raise _CutShort from cut
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _read(answer: str) -> Verdict:
    """`stream: OK`, `stream: Name-Of-Virus FOUND`, or an error in words."""
    said = answer.removeprefix("stream:").strip()
    if said == "OK":
        return Verdict(Scan.CLEAN)
    if said.endswith(" FOUND"):
        return Verdict(Scan.INFECTED, said.removesuffix(" FOUND")[:255])
    if "size limit exceeded" in said.lower():
        return Verdict(Scan.TOO_LARGE)
    raise Unavailable(f"L’antivirus a répondu : {said[:200] or 'rien'}.")
