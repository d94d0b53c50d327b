"""An installation as production has it: the packages of requirements.txt and no development tool."""

import subprocess
import sys
import venv
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.txt"


def python_of(folder: Path) -> str:
    """The interpreter of a new environment in this folder.

    The tools of development weigh on every process otherwise: structlog loads `rich` as soon as it finds it.
    """
    place = folder / "installed"
    venv.create(place, with_pip=True, symlinks=True)
    python = str(place / "bin/python")
    quick = Path(sys.executable).with_name("uv")
    install = [str(quick), "pip", "install", "--python", python, "--compile-bytecode"]
    if not quick.exists():
        install = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    subprocess.run([*install, "--quiet", "--require-hashes", "--requirement", str(LOCK)], check=True)
    return python
