"""Everything in one command: web server, relay, Celery worker and, for a demonstration, its identity provider.

`python -m workers.supervisor [--only web|worker] [--queues pdf,mail] [--bind host:port]`. The supervisor loads the
modules, forks its parts (they share that memory), starts again the one that dies, and stops them all on Ctrl-C. At
SIGUSR2 it becomes the program that is installed now, without an error for anybody (see succession).
"""

import argparse
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

if __name__ == "__main__":
    gc.disable()  # what is loaded stays: looking for what could go would be a sixth of the start

import structlog

from backoffice.errors import BackofficeError, Unavailable
from backoffice.infra import database, logs
from backoffice.settings import Settings
from workers import web, welcome
from workers.children import Child
from workers.succession import FirstPage, Inheritance, become_new, is_sound

PARTS = ("web", "worker")
STOPS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
RENEWAL = signal.SIGUSR2
# Seconds that the parts have to finish what they are doing: an interrupted job starts again when its lease ends.
PATIENCE = 8.0
BACKLOG = 2048

log = structlog.get_logger("parvis.supervisor")


class Supervisor:
    """Starts, watches and stops the parts."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.leaving: list[Child] = []
        # Signals are waited for, never handled in the middle of something.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS | {signal.SIGCHLD, RENEWAL})

    def add(self, child: Child) -> None:
        """Start a part and answer for it from now on."""
        self.children.append(child)
        child.start()

    def replace(self, old: list[Child], *, are_needed: bool) -> None:
        """Ask old parts to finish what they do and leave: they are waited for, and not started again.

        Those of a house whose pages are served by nobody else stay as long as they live.
        """
        if are_needed and old:
            log.error("the new pages do not open: the old ones stay")
        for child in old:
            if not are_needed:
                child.ask_to_stop()
        self.leaving += old

    def watch(self, renew: Callable[[], None]) -> None:
        """Start again what dies, until told to stop; `renew` when told to restart comes back if it cannot be done."""
        while True:
            due = [child.due_at for child in self.children if not child.pid]
            nap = max(0.05, min(due) - time.monotonic()) if due else 3600.0
            got = signal.sigtimedwait(STOPS | {signal.SIGCHLD, RENEWAL}, nap)
            if got and got.si_signo in STOPS:
                return
            if got and got.si_signo == RENEWAL:
                renew()
            self._bury()
            for child in self.children:
                if not child.pid and child.due_at <= time.monotonic():
                    child.start()

    def stop(self) -> None:
        """End every part: asked first, killed after `PATIENCE` seconds, or at a second Ctrl-C."""
        deadline = time.monotonic() + PATIENCE
        for child in self._all():
            child.ask_to_stop()
        while self._living() and time.monotonic() < deadline:
            got = signal.sigtimedwait(STOPS | {signal.SIGCHLD}, 0.1)
            if got and got.si_signo in STOPS:
                break
        for child in self._all():
            child.sweep()

    def _all(self) -> list[Child]:
        return [*self.children, *self.leaving]

    def _living(self) -> bool:
        for child in self._all():
            child.reap()
        return any(child.pid for child in self._all())

    def _bury(self) -> None:
        for child in self.leaving:
            if child.reap() is not None:
                child.sweep()
        self.leaving = [child for child in self.leaving if child.pid]
        for child in self.children:
            status = child.reap()
            if status is not None:
                child.note_end(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped; 2 when the house cannot be opened, with the reason."""
    chosen = _parser().parse_args(arguments)
    parts = (chosen.only,) if chosen.only else PARTS
    old = Inheritance.read(chosen.take_over) if chosen.take_over else Inheritance(None, ())
    try:
        settings = Settings.from_environment()
        if chosen.check:
            return _check()
        listener = old.listener()
        if listener is None and "web" in parts:
            listener = _listen(chosen.bind or _address_of(settings))
    except BackofficeError as error:
        print(error.sentence, file=sys.stderr)
        return 2
    logs.configure(settings)
    supervisor = Supervisor()
    preparing = Child("first start", lambda: welcome.prepare(settings))
    preparing.start()
    if listener is not None:
        web.preload()  # meanwhile
    database.load_driver(settings.database_url)
    gc.enable()
    if os.waitpid(preparing.pid, 0)[1]:
        print("La base de données n’a pas pu être préparée : voyez l’erreur ci-dessus.", file=sys.stderr)
        return 2
    try:
        serves = listener is None or _open_web(supervisor, settings, listener)
        if "worker" in parts:
            _open_worker(supervisor, settings, chosen.queues)
        supervisor.replace(old.old_parts(), are_needed=not serves)
        given = _without_succession(sys.argv[1:] if arguments is None else arguments)
        supervisor.watch(lambda: _renew(given, listener, supervisor))
    finally:
        supervisor.stop()
    print("Parvis est arrêté.")
    return 0


def _check() -> int:
    web.preload()
    from workers import celery_app  # noqa: F401, PLC0415 (to see that it loads)

    return 0


def _without_succession(arguments: Sequence[str]) -> list[str]:
    kept = list(arguments)
    if "--take-over" in kept:
        place = kept.index("--take-over")
        del kept[place : place + 2]
    return kept


def _renew(arguments: Sequence[str], listener: socket.socket | None, supervisor: Supervisor) -> None:
    if is_sound():
        become_new(arguments, listener, [*supervisor.children, *supervisor.leaving])


def _open_web(supervisor: Supervisor, settings: Settings, listener: socket.socket) -> bool:
    number, first_page = listener.fileno(), FirstPage()
    serving = Child("web", lambda: web.serve(number, first_page.tell))
    supervisor.add(serving)
    is_served = first_page.wait(lambda: not serving.has_ended())
    host, port = listener.getsockname()[:2]
    print(welcome.text(settings, f"http://{host}:{port}"), flush=True)
    if settings.demo and welcome.has_demo_identity_provider():
        supervisor.add(Child("identity provider", _be_identity_provider))
    return is_served


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
    parser.add_argument("--check", action="store_true", help="load everything, start nothing, and say if it can be")
    parser.add_argument("--take-over", help=argparse.SUPPRESS)
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
