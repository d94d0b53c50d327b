"""A web process started on a restored copy, alone and cut off: no mail leaves it, and nothing else knows of it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from backoffice.errors import Unavailable
from backoffice.settings import Settings

HERE = Path(__file__).resolve().parents[2]
# Named as an operator names it: the floors below the web process do not import it.
PROGRAM = "workers.supervisor"
PATIENCE, EACH = 60.0, 10.0  # seconds


def visit(settings: Settings, database_url: str, folder: Path, pages: Sequence[str]) -> dict[str, int]:
    """Start the pages on another database with the same keys, ask for each, stop; answers the HTTP statuses."""
    port = _free_port()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", PROGRAM, "--only", "web", "--bind", f"127.0.0.1:{port}"],
            cwd=HERE,
            env=_environment(settings, database_url, folder, port),
            stdout=output,
            stderr=output,
        )
        try:
            _wait(process, port)
            return {page: _status(port, page) for page in pages}
        except Unavailable as fault:
            output.seek(0)
            raise Unavailable(f"{fault.sentence} {output.read().decode('utf-8', 'replace')[-400:]}") from fault
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment(settings: Settings, database_url: str, folder: Path, port: int) -> Mapping[str, str]:
    return {
        "PATH": os.defpath,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "DATABASE_URL": database_url,
        "STORAGE_URL": f"file://{folder}/files",
        "VAR_DIR": str(folder / "var"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "AUTHORITY": settings.authority,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Unavailable("Les pages ne démarrent pas sur la copie restaurée.")
        with suppress(OSError, HTTPException):
            if _status(port, "/sante/vivant") == 200:
                return
        time.sleep(0.2)
    raise Unavailable("Les pages ne répondent pas sur la copie restaurée.")


def _status(port: int, page: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=EACH)
    try:
        connection.request("GET", page)
        return connection.getresponse().status
    finally:
        connection.close()
