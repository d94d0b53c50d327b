"""A process of the house ends with the one that started it, even when that one is killed without a word."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(by: signal.Signals, parent: int | None = None) -> None:
    """Ask the kernel to end this process with its parent (Linux; elsewhere nothing happens).

    A pool process whose Celery parent was killed would otherwise wait for ever. With the parent's number, a parent
    that died before we asked counts too.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), by)
