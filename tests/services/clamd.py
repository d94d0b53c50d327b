"""A ClamAV daemon that knows one virus: EICAR's harmless test file."""

import base64
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.services.program import Program, find_program, free_port

# Encoded, so that no scanner takes this repository for an infected one.
EICAR = base64.b64decode("WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo=")
MAXIMUM_STREAM_BYTES = 5_000_000

CONFIGURATION = """
Foreground yes
TCPSocket {port}
TCPAddr 127.0.0.1
LocalSocket {folder}/clamd.socket
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
StreamMaxLength {maximum}
MaxThreads 2
"""


class Clamd:
    """The daemon. `stop` and `start` make an outage."""

    def __init__(self, folder: Path) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self.address = f"tcp://{self.host}:{self.port}"
        self.socket = folder / "clamd.socket"
        configuration = folder / "clamd.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, port=self.port, maximum=MAXIMUM_STREAM_BYTES))
        signatures = folder / "signatures"
        signatures.mkdir()
        self.signatures = signatures / "test.ndb"
        self.signatures.write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
        command = [find_program("clamd", "clamav-daemon"), "-c", str(configuration)]
        self.program = Program(command, folder / "clamd.log", self._answers)
        self.start, self.stop = self.program.start, self.program.stop

    def clean(self) -> None:
        """Bring the daemon back, whatever the last test did to it."""
        if not self.program.is_running:
            self.start()

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """Know no virus for a while, as after a signature was corrected."""
        self.stop()
        known = self.signatures.read_text()
        self.signatures.write_text(known.replace(EICAR.hex(), b"nothing at all".hex()))
        self.start()
        try:
            yield
        finally:
            self.stop()
            self.signatures.write_text(known)
            self.start()

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection((self.host, self.port), timeout=2) as connection:
            connection.sendall(b"zPING\0")
            return connection.recv(16) == b"PONG\0"
        return False


@contextmanager
def running() -> Iterator[Clamd]:
    """A ClamAV daemon that lives as long as the block."""
    with TemporaryDirectory(prefix="parvis-clamd-", ignore_cleanup_errors=True) as name:
        server = Clamd(Path(name))
        try:
            server.start()
            yield server
        finally:
            server.stop()
