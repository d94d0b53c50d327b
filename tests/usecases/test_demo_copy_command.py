"""`make demo-copy`, as a person types it beside an installation in production, and the copy opened from there."""

import shlex
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from backoffice.infra import runtime as runtimes
from backoffice.models.cases import Case
from backoffice.services import demo_copy
from backoffice.settings import Settings
from tests import factories

ROOT, BIN = Path(__file__).resolve().parents[2], Path(sys.executable).parent
# Nothing of these is reached: the command would say so.
PRODUCTION = {
    "PUBLIC_URL": "https://demarches.saint-aubin.example",
    "SMTP_URL": "smtp://127.0.0.1:9",
    "SMS_URL": "https://sms.saint-aubin.example/send",
    "BROKER_URL": "redis://127.0.0.1:9/0",
    "MAILBOXES": '[{"code": "mairie", "address": "mairie@ville.example", "url": "imaps://mairie@127.0.0.1:9/INBOX"}]',
    "SCAN_FOLDER": "/srv/scans",
    "BACKUP_DIR": "/srv/sauvegardes",
}


def copy_to(folder: Path, settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """The recipe of the Makefile, run by the Python of the tests in a shell that holds these settings."""
    told = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "demo-copy", f"BIN={BIN}", f"FOLDER={folder}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    recipe = ["env", *(f"{name}={value}" for name, value in settings.items())]
    recipe += shlex.split(told.stdout.splitlines()[-1])
    return subprocess.run(recipe, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_copies_an_installation_in_production_and_the_copy_reaches_nobody(
    seeded_sqlite_url: str, tmp_path: Path
) -> None:
    runtime = factories.a_runtime(seeded_sqlite_url, tmp_path)
    with runtime.database.transaction() as session:
        factories.a_case(session, runtime, procedure="host_certificate", answers={"area_m2": 68, "area_each": "17.0"})
    production = PRODUCTION | {
        "SECRET_KEYS": factories.SECRET,
        "DATABASE_URL": seeded_sqlite_url,
        "STORAGE_URL": runtime.settings.storage_url,
        "VAR_DIR": str(tmp_path),
    }
    place = tmp_path / "formation"
    done = copy_to(place, production)
    assert done.returncode == 0, done.stderr
    assert "Mot de passe commun à tous ses agents, dit cette seule fois : formation-" in done.stdout
    assert done.stderr == "", "nothing but what concerns the person who copies"
    lines = (place / demo_copy.ENVIRONMENT).read_text(encoding="utf-8").split()
    opened = Settings.from_environment(production | dict(line.split("=", 1) for line in lines))
    outside = (opened.smtp_url, opened.sms_url, opened.mailboxes, opened.scan_folder, opened.backup_dir)
    assert outside == ("", "", (), None, None)
    assert opened.broker_url == f"filesystem://{place}/broker"
    assert opened.public_url == demo_copy.ADDRESS
    copy = runtimes.build(opened)
    with copy.database.reading() as session:
        case = session.scalars(select(Case)).one()
        assert case.answers == {"area_m2": 68, "area_each": "17.0"}, "pages compute with figures"
    for tools in (copy, runtime):
        tools.database.dispose()
