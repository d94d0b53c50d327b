"""Processes forked from one that has loaded their modules: they share its memory, and it answers for them."""

import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from workers.parent import die_with_parent

# Seconds before a dead child is started again: doubled each time, forgotten once it has lived long enough.
FIRST_PAUSE, LONGEST_PAUSE, LONG_LIFE = 1.0, 30.0, 30.0

log = structlog.get_logger("parvis.supervisor")


@dataclass
class Child:
    """A part of the house: `work` runs in a process of its own until SIGTERM."""

    name: str
    work: Callable[[], int | None]
    pid: int = 0
    group: int = 0
    started_at: float = 0.0
    due_at: float = 0.0
    pause: float = FIRST_PAUSE

    def start(self) -> None:
        """Fork; the child is alone in its process group: a Ctrl-C in the terminal reaches the supervisor only."""
        gc.freeze()  # pages that the collector does not visit stay shared
        sys.stdout.flush()
        sys.stderr.flush()
        supervisor = os.getpid()
        self.started_at = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            os._exit(_be(self.work, supervisor))
        with suppress(OSError):  # the child does it too: whoever comes first
            os.setpgid(self.pid, self.pid)
        self.group = self.pid

    def has_ended(self) -> bool:
        """Whether it ended already, left for `reap` to note."""
        return not self.pid or os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def reap(self) -> int | None:
        """How it ended, if it did since the last look."""
        if not self.pid:
            return None
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return None
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def note_end(self, code: int) -> None:
        """It died by itself: say so, and when it will be started again."""
        self.sweep()
        if time.monotonic() - self.started_at > LONG_LIFE:
            self.pause = FIRST_PAUSE
        log.error("part ended by itself", part=self.name, code=code, again_in=self.pause)
        self.due_at = time.monotonic() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what you are doing."""
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)

    def sweep(self) -> None:
        """Kill the child, and all that it started or left behind; wait for it."""
        if self.group:
            with suppress(ProcessLookupError):
                os.killpg(self.group, signal.SIGKILL)
        if self.pid:
            os.waitpid(self.pid, 0)
        self.pid = self.group = 0


def _be(work: Callable[[], int | None], supervisor: int) -> int:
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    die_with_parent(signal.SIGTERM, supervisor)
    try:
        return work() or 0
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # noqa: BLE001 (the last frame of this process: nothing may climb into the supervisor's)
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
