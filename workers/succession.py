"""A restart that nobody notices: the new house opens on the same socket before the old one closes.

At SIGUSR2 the supervisor tries the new program, then becomes it (exec): same process, same socket, parts that go on.
Its new parts start, and only once pages are served are the old ones asked to finish what they do and leave.
"""

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from workers.children import Child

PROGRAM = "workers.supervisor"
# Seconds: to load the new program once, and for its first page to be served.
TRIAL_PATIENCE, START_PATIENCE = 60.0, 60.0

log = structlog.get_logger("parvis.supervisor")


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What the new house is given: the socket that pages are served on (if any), and the parts of the old one."""

    socket_number: int | None
    parts: tuple[tuple[str, int], ...]

    def text(self) -> str:
        """As one argument."""
        return json.dumps({"socket": self.socket_number, "parts": self.parts})

    @classmethod
    def read(cls, text: str) -> "Inheritance":
        """What an argument says."""
        told = json.loads(text)
        return cls(told["socket"], tuple((str(name), int(pid)) for name, pid in told["parts"]))

    def listener(self) -> socket.socket | None:
        """The socket, which was never closed."""
        return None if self.socket_number is None else socket.socket(fileno=self.socket_number)

    def old_parts(self) -> list[Child]:
        """The parts of the old house, to be waited for and never started again."""
        return [Child(name, _nothing, pid=pid, group=pid) for name, pid in self.parts]


def _nothing() -> None:
    raise RuntimeError("a part of the old house is never started again")


def is_sound() -> bool:
    """Whether the program that is installed now loads with the settings of now; says so when it does not."""
    try:
        tried = subprocess.run(
            [sys.executable, "-m", PROGRAM, "--check"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRIAL_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("restart refused: the new program does not load in time")
        return False
    if tried.returncode:
        last = tried.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        log.error("restart refused: the new program does not load", reason=(last or [""])[0][:300])
    return tried.returncode == 0


def become_new(arguments: Sequence[str], listener: socket.socket | None, children: Sequence[Child]) -> None:
    """Become the program that is installed now; comes back only when that cannot be done."""
    if listener is not None:
        listener.set_inheritable(True)
    parts = tuple((child.name, child.pid) for child in children if child.pid)
    given = Inheritance(None if listener is None else listener.fileno(), parts)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(  # noqa: S606 (ourselves)
        sys.executable, [sys.executable, "-m", PROGRAM, *arguments, "--take-over", given.text()]
    )


class FirstPage:
    """Tells the supervisor that a process of the web server has loaded its application."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()

    def tell(self) -> None:
        """Said by a process that serves."""
        os.write(self.writer, b".")

    def wait(self, is_alive: Callable[[], bool]) -> bool:
        """Wait for the first word; False when the part died or kept silent."""
        for _ in range(int(START_PATIENCE / 0.2)):
            if select.select([self.reader], [], [], 0.2)[0]:
                return True
            if not is_alive():
                return False
        return False
