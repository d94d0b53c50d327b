"""Text read on a page by Tesseract, when the machine has it with its French: never needed, bounded in time."""

from __future__ import annotations

import io
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

PROGRAM, LANGUAGE = "tesseract", "fra"
LONGEST_SECONDS = 60
MOST_CHARACTERS = 20_000


@cache
def is_installed() -> bool:
    """Whether the program and its French are there."""
    program = shutil.which(PROGRAM)
    if program is None:
        return False
    done = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    return LANGUAGE in done.stdout.split()


def read(page: Image.Image) -> str:
    """The words of a page, line by line; empty when they cannot be read in `LONGEST_SECONDS`."""
    png = io.BytesIO()
    page.save(png, "PNG")
    command = [PROGRAM, "stdin", "stdout", "-l", LANGUAGE]
    try:
        # One thread a page: other jobs of this machine go on.
        done = subprocess.run(
            command,
            input=png.getvalue(),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=False,
            env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"},
        )
    except subprocess.TimeoutExpired:
        return ""
    text = done.stdout.decode("utf-8", "replace").replace("\x0c", "").replace("\x00", "")
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())[:MOST_CHARACTERS]
