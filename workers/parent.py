"""A process of the house ends with the one that started it, even when that one is killed without a word."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(by: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to end this process with its parent (Linux; elsewhere nothing happens).

    A pool process whose Celery parent was killed would otherwise wait for ever.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)
    if os.getppid() == 1:  # it died before we asked
        os.kill(os.getpid(), by)
