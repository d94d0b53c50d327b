"""Runs a server program for the tests: found, awaited, stopped, and never outliving them."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

IS_ROOT = os.geteuid() == 0
START_SECONDS = 30.0
OUR_PORTS = range(10_240, 32_000)


class MissingServiceError(RuntimeError):
    """A server that the tests need is not installed; the sentence says what to install."""


class BrokenServiceError(RuntimeError):
    """A server of the tests did not start; the message ends with what it wrote."""


def find_program(name: str, package: str, *folders: str) -> str:
    """The path of a program, in PATH, the system's folders, or else these folders (glob patterns).

    Raises MissingServiceError: a test that cannot run has failed, it is never skipped.
    """
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if path:
        return path
    for pattern in folders:
        found = sorted(Path("/").glob(f"{pattern.lstrip('/')}/{name}"))
        if found:
            return str(found[-1])
    raise MissingServiceError(
        f"{name} is not installed and this test needs it: use `make test`, which installs it, "
        f"or run `apt-get install --no-install-recommends {package}` as root."
    )


def free_port() -> int:
    """A TCP port of this machine that nobody listens on.

    It is below those that the kernel lends to clients (net.ipv4.ip_local_port_range): a connection of another test
    would take one of these before the server is there.
    """
    for _ in OUR_PORTS:
        port = secrets.choice(OUR_PORTS)
        with suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise BrokenServiceError("no port is free")


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on this port of this machine."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Program:
    """One server process. `start` returns once it answers, `stop` once it is gone."""

    def __init__(self, command: Sequence[str], log: Path, ready: Callable[[], bool], user: str | None = None) -> None:
        # The kernel itself ends the server when the tests are killed without a chance to do so.
        self.command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
        self.log = log
        self.ready = ready
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Launch the server and wait until it answers; raises BrokenServiceError with its last words."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop(signal.SIGKILL)
                raise BrokenServiceError(f"{self.command[4]} did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """End the server and all that it started; one that ignores the signal is killed after ten seconds."""
        if self.process is None:
            return
        if self.is_running:
            self.process.send_signal(with_signal)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None
