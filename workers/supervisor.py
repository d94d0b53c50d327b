"""Everything in one command: web server, relay, Celery worker and, for a demonstration, its identity provider.

`python -m workers.supervisor [--only web|worker] [--queues pdf,mail] [--bind host:port]`. The supervisor loads the
modules, forks its parts (they share that memory), starts again the one that dies, and stops them all on Ctrl-C.
"""

import argparse
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

if __name__ == "__main__":
    gc.disable()  # what is loaded stays: looking for what could go would be a sixth of the start

from backoffice.errors import BackofficeError, Unavailable
from backoffice.infra import logs
from backoffice.settings import Settings
from workers import web, welcome
from workers.children import Child

PARTS = ("web", "worker")
STOPS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
# Seconds that the parts have to finish what they are doing: an interrupted job starts again when its lease ends.
PATIENCE = 8.0
BACKLOG = 2048


class Supervisor:
    """Starts, watches and stops the parts."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        # Signals are waited for, never handled in the middle of something.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS | {signal.SIGCHLD})

    def add(self, child: Child) -> None:
        """Start a part and answer for it from now on."""
        self.children.append(child)
        child.start()

    def watch(self) -> None:
        """Start again what dies, until told to stop."""
        while True:
            due = [child.due_at for child in self.children if not child.pid]
            nap = max(0.05, min(due) - time.monotonic()) if due else 3600.0
            got = signal.sigtimedwait(STOPS | {signal.SIGCHLD}, nap)
            if got and got.si_signo in STOPS:
                return
            self._bury()
            for child in self.children:
                if not child.pid and child.due_at <= time.monotonic():
                    child.start()

    def stop(self) -> None:
        """End every part: asked first, killed after `PATIENCE` seconds, or at a second Ctrl-C."""
        deadline = time.monotonic() + PATIENCE
        for child in self.children:
            child.ask_to_stop()
        while self._living() and time.monotonic() < deadline:
            got = signal.sigtimedwait(STOPS | {signal.SIGCHLD}, 0.1)
            if got and got.si_signo in STOPS:
                break
        for child in self.children:
            child.sweep()

    def _living(self) -> bool:
        for child in self.children:
            child.reap()
        return any(child.pid for child in self.children)

    def _bury(self) -> None:
        for child in self.children:
            status = child.reap()
            if status is not None:
                child.note_end(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped; 2 when the house cannot be opened, with the reason."""
    chosen = _parser().parse_args(arguments)
    parts = (chosen.only,) if chosen.only else PARTS
    try:
        settings = Settings.from_environment()
        listener = _listen(chosen.bind or _address_of(settings)) if "web" in parts else None
    except BackofficeError as error:
        print(error.sentence, file=sys.stderr)
        return 2
    logs.configure(settings)
    supervisor = Supervisor()
    preparing = Child("first start", lambda: welcome.prepare(settings))
    preparing.start()
    if listener is not None:
        web.preload()  # meanwhile
    gc.enable()
    if os.waitpid(preparing.pid, 0)[1]:
        print("La base de données n’a pas pu être préparée : voyez l’erreur ci-dessus.", file=sys.stderr)
        return 2
    try:
        if listener is not None:
            _open_web(supervisor, settings, listener)
        if "worker" in parts:
            _open_worker(supervisor, settings, chosen.queues)
        supervisor.watch()
    finally:
        supervisor.stop()
    print("Parvis est arrêté.")
    return 0


def _open_web(supervisor: Supervisor, settings: Settings, listener: socket.socket) -> None:
    number = listener.fileno()
    supervisor.add(Child("web", lambda: web.serve(number)))
    host, port = listener.getsockname()[:2]
    print(welcome.text(settings, f"http://{host}:{port}"), flush=True)
    if settings.demo and welcome.has_demo_identity_provider():
        supervisor.add(Child("identity provider", _be_identity_provider))


def _open_worker(supervisor: Supervisor, settings: Settings, queues: str | None) -> None:
    # Loaded after the web server has left: the first page does not wait for Celery.
    from workers import celery_app, inboxes, jobs, relay  # noqa: PLC0415

    def wait_and_watch() -> None:
        # The relay and the readers of mailboxes mostly wait: one process holds them.
        stop = _until_told()
        inboxes.start(settings, stop)
        relay.run(settings, stop)

    chosen = queues.split(",") if queues else list(jobs.QUEUES)
    supervisor.add(Child("relay", wait_and_watch))
    if any(mailbox.is_delivered for mailbox in settings.mailboxes):
        supervisor.add(Child("lmtp", lambda: _take_deliveries(settings)))
    supervisor.add(Child("worker", lambda: celery_app.start_worker(celery_app.build(settings), chosen)))


def _take_deliveries(settings: Settings) -> None:
    from workers import lmtp  # noqa: PLC0415 (few installations need it)

    lmtp.serve(settings, _until_told())


def _until_told() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _be_identity_provider() -> None:
    # A program of its own, as the real one is.
    os.execv(sys.executable, [sys.executable, "-m", welcome.DEMO_IDENTITY_PROVIDER])  # noqa: S606


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.supervisor", description="Start Parvis.")
    parser.add_argument("--only", choices=PARTS, help="start one part: pages, or relay and worker")
    parser.add_argument("--queues", metavar="NAMES", help="the queues that the worker listens to: pdf,mail,default")
    parser.add_argument("--bind", metavar="HOST:PORT", help="where to listen (PUBLIC_URL's port of this machine)")
    return parser


def _address_of(settings: Settings) -> str:
    """The port of a public address that is this machine's, else the one that a proxy is told of."""
    parts = urlsplit(settings.public_url)
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    return f"127.0.0.1:{(parts.port or 80) if local else 8000}"


def _listen(address: str) -> socket.socket:
    # Bound here and handed down: a web server that restarts refuses nobody meanwhile.
    host, _, port = address.rpartition(":")
    try:
        return socket.create_server((host.strip("[]"), int(port)), backlog=BACKLOG)
    except (OSError, ValueError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise Unavailable(
            f"Impossible d’ouvrir {address} ({reason}). Si un autre programme y répond déjà, "
            "choisissez un autre port avec « --bind 127.0.0.1:8001 »."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
