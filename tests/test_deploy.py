"""What is given to install Parvis on several machines says what the product really takes."""

import configparser
import re
import shlex
from pathlib import Path

import pytest
import yaml

from backoffice.settings import Settings
from workers import supervisor

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
# Of other programs: the object store and PostgreSQL's own image.
FOREIGN = re.compile(r"AWS_|POSTGRES_")


def variables(path: Path) -> dict[str, str]:
    """Of a file of the environment."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def commands() -> list[list[str]]:
    """How each unit of systemd and each container is started."""
    found = []
    for path in sorted(DEPLOY.glob("systemd/*.service")):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment, method-assign]
        unit.read(path)
        found.append(shlex.split(unit["Service"]["ExecStart"]))
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return [*found, services["web"]["command"], services["worker"]["command"]]


def test_the_example_of_settings_is_taken_once_its_blanks_are_filled(tmp_path: Path) -> None:
    example = variables(DEPLOY / "parvis.env.example")
    known = set(re.findall(r"[A-Z][A-Z0-9_]{3,}", (ROOT / "docs/operations.md").read_text()))
    assert {name for name in example if not FOREIGN.match(name)} <= known
    filled = {name: value or "x" * 40 for name, value in example.items()} | {"VAR_DIR": str(tmp_path)}
    settings = Settings.from_environment(filled)
    assert settings.storage_url == "s3://parvis"
    assert settings.broker_url.startswith("redis://")


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_units_and_containers_start_a_part_of_the_house(command: list[str]) -> None:
    module = command.index("-m")
    assert command[module + 1] == "workers.supervisor"
    chosen = supervisor._parser().parse_args(command[module + 2 :])
    assert chosen.only in supervisor.PARTS


def test_the_image_has_every_package_that_the_product_needs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    needed = re.search(r"^RUN_PACKAGES := (.*)$", makefile, re.MULTILINE)
    assert needed
    assert set(needed[1].split()) <= set((DEPLOY / "Dockerfile").read_text().split())
