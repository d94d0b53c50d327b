"""The web server: gunicorn with threads, its application loaded once and shared by its processes."""

import gc
import importlib
import logging
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

# Named as gunicorn names it: the floors below the web process do not import it.
MODULE, FACTORY = "app", "create_app"
PROCESSES, THREADS = 2, 4
# Seconds given to the answers under way when the server stops.
PATIENCE = 5


class PlainLogger(Logger):
    """What gunicorn says joins the other lines; its own colours and files stay out."""

    def setup(self, cfg: Any) -> None:
        """Let the lines rise to the root logger."""
        super().setup(cfg)
        self.error_log.handlers[:] = []
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class WebServer(BaseApplication):
    """gunicorn, configured by the house and by nothing else."""

    def __init__(self, socket_number: int, tell_ready: Callable[[], None]) -> None:
        self.socket_number = socket_number
        self.tell_ready = tell_ready
        super().__init__()

    def load_config(self) -> None:
        """Say how to serve; the application reads its own settings."""
        choices: dict[str, Any] = {
            "bind": f"fd://{self.socket_number}",
            "worker_class": "gthread",
            "workers": PROCESSES,
            "threads": THREADS,
            "preload_app": True,
            "control_socket_disable": True,
            "graceful_timeout": PATIENCE,
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            "worker_tmp_dir": "/dev/shm",  # noqa: S108 (the heartbeat of its workers must not wait for a disk)
            "logger_class": PlainLogger,
            "pre_fork": _before_fork,
            "post_worker_init": lambda _worker: self.tell_ready(),
        }
        for name, value in choices.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application, once, before the processes that share it."""
        return getattr(importlib.import_module(MODULE), FACTORY)()


def preload() -> None:
    """Load the modules that every process shares; nothing is opened."""
    importlib.import_module(MODULE)


def serve(socket_number: int, tell_ready: Callable[[], None]) -> None:
    """Serve on a socket that is already bound, until told to stop; each process says when it is ready."""
    WebServer(socket_number, tell_ready).run()


def _before_fork(_server: Any, _worker: Any) -> None:
    # What is frozen is not visited by the collector, and its pages stay shared.
    gc.freeze()
