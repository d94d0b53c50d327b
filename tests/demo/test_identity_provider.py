"""The demonstration's identity provider is a program of its own, and starts nowhere else."""

import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.services.program import Program, free_port
from tests.workers.crew import wait_until

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "demo.identity_provider"]


@pytest.mark.parametrize("demo", ["", "0"])
def test_it_refuses_to_start_outside_a_demonstration(demo: str, tmp_path: Path) -> None:
    environment = {"SECRET_KEYS": "k" * 40, "PARVIS_DEMO": demo, "VAR_DIR": str(tmp_path)}
    done = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "démonstration" in done.stderr


def test_a_second_demonstration_is_told_which_port_to_choose_and_waits_for_its_own(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port, output = int(other.getsockname()[1]), tmp_path / "log"

        def has_told() -> bool:
            return "DEMO_IDENTITY_PORT=" in output.read_text(encoding="utf-8")

        def is_open() -> bool:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
            return False

        settings = ["env", "PARVIS_DEMO=1", f"DEMO_IDENTITY_PORT={port}", f"VAR_DIR={tmp_path}", f"PYTHONPATH={ROOT}"]
        program = Program([*settings, *COMMAND], output, has_told)
        program.start()
        try:
            assert f"le port {port} du fournisseur d’identité est pris" in output.read_text(encoding="utf-8")
            other.close()
            wait_until(is_open)
        finally:
            program.stop()


def test_it_listens_where_the_web_process_looks_for_it(tmp_path: Path) -> None:
    port = free_port()
    issuer = f"http://127.0.0.1:{port}/api/v2"

    def is_ready() -> bool:
        try:
            found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=1).json()
        except (requests.RequestException, ValueError):
            return False
        return bool(found["issuer"] == issuer)

    settings = ["env", "PARVIS_DEMO=1", f"DEMO_IDENTITY_PORT={port}", f"VAR_DIR={tmp_path}", f"PYTHONPATH={ROOT}"]
    program = Program([*settings, *COMMAND], tmp_path / "log", is_ready)
    program.start()
    try:
        assert requests.get(f"{issuer}/jwks", timeout=5).json()["keys"][0]["alg"] == "ES256"
    finally:
        program.stop()
