"""What is given to install Parvis on several machines says what the product really takes."""

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from backoffice.settings import Settings
from tests.conftest import OpenApp
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


def composed() -> dict[str, Any]:
    """What compose is told."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


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


def test_compose_names_what_it_declares() -> None:
    known = composed()
    for name, service in known["services"].items():
        assert set(service.get("depends_on", {})) <= set(known["services"]), name
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(known["volumes"]), name
        waited = [one for one, how in service.get("depends_on", {}).items() if how["condition"] == "service_healthy"]
        assert all("healthcheck" in known["services"][one] for one in waited), name


def test_containers_are_given_settings_that_the_product_reads(tmp_path: Path) -> None:
    example = {name: value or "x" * 40 for name, value in variables(DEPLOY / "parvis.env.example").items()}
    for name in ("web", "worker"):
        service = composed()["services"][name]
        assert service["env_file"] == "parvis.env"
        filled = re.compile(r"\$\{POSTGRES_PASSWORD[^}]*\}")
        given = {variable: filled.sub("secret", value) for variable, value in service["environment"].items()}
        settings = Settings.from_environment(example | given | {"VAR_DIR": str(tmp_path)})
        assert settings.database_url.endswith("parvis:secret@postgresql/parvis"), name
        assert settings.broker_url == "redis://redis:6379/0"


def test_the_health_of_pages_is_asked_where_they_answer(open_app: OpenApp, sqlite_url: str) -> None:
    web = composed()["services"]["web"]
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", " ".join(web["healthcheck"]["test"]))
    assert asked
    assert web["command"][-1].endswith(f":{asked[1]}")
    assert web["ports"] == [f"127.0.0.1:{asked[1]}:{asked[1]}"]
    assert open_app(sqlite_url).url_map.bind("").match(asked[2])[0] == "health.ready"


def test_the_image_owns_the_folders_that_its_volumes_cover() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    owned = {"/var/lib/parvis"} if "--home-dir /var/lib/parvis --create-home parvis" in dockerfile else set()
    owned |= set(re.findall(r"install --directory --owner=parvis --group=parvis (\S+)", dockerfile))
    for name in ("web", "worker"):
        service = composed()["services"][name]
        assert service["read_only"], "nothing else is written to"
        assert {volume.partition(":")[2] for volume in service["volumes"]} <= owned
