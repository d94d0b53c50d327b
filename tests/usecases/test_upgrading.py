"""An upgrade is refused while it is not safe, closes the pages meanwhile, keeps every row, and can be undone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from backoffice.errors import Conflict
from backoffice.infra import maintenance, migrations
from backoffice.infra.backup_folder import BackupFolder
from backoffice.infra.runtime import Runtime
from backoffice.models.jobs import Job
from backoffice.services import backups, upgrading
from tests import factories
from tests.conftest import OpenApp
from tests.web import everything


def _obstacles(runtime: Runtime, folder: Path | None = None, *, without_backup: bool = False) -> str:
    return " ".join(upgrading.list_obstacles(runtime, folder, without_backup=without_backup))


def _rows(runtime: Runtime) -> list[tuple[object, ...]]:
    with runtime.database.reading() as session:
        query = text("SELECT id, reference, subject, status, history_digest FROM cases ORDER BY id")
        return [tuple(row) for row in session.execute(query)]


def test_an_upgrade_waits_until_it_is_safe_and_going_back_loses_nothing(runtime: Runtime, tmp_path: Path) -> None:
    everything.fill(runtime)
    before, url = _rows(runtime), runtime.settings.database_url
    assert _obstacles(runtime) == ""  # nothing to upgrade
    *_, previous, newest = migrations.known_numbers()
    migrations.downgrade(url, previous)
    assert _rows(runtime) == before
    now = datetime.now(UTC)
    with runtime.database.transaction() as session:
        held = Job(
            kind="x", payload={}, state="running", due_at=now, created_at=now, lease_until=now + timedelta(hours=1)
        )
        session.add(held)
    assert "Tâches en cours : 1" in _obstacles(runtime, without_backup=True)
    with runtime.database.transaction() as session:
        session.execute(text("UPDATE jobs SET state = 'done' WHERE state = 'running'"))
    assert "Aucune sauvegarde de moins de 24 heures" in _obstacles(runtime, tmp_path / "backups")
    backups.make(runtime, BackupFolder(tmp_path / "backups"))
    assert _obstacles(runtime, tmp_path / "backups") == ""
    upgrading.upgrade(runtime)
    assert migrations.current_number(runtime.database.engine) == newest
    assert _rows(runtime) == before
    assert maintenance.find_contact(runtime.settings) is None
    with runtime.database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "plus récent" in _obstacles(runtime, without_backup=True)
    with pytest.raises(Conflict, match="telle qu’elle était"):
        upgrading.upgrade(runtime)
    assert (maintenance.find_contact(runtime.settings), _rows(runtime)) == (None, before)


def test_going_back_is_refused_while_it_is_not_safe(runtime: Runtime, tmp_path: Path) -> None:
    *_, previous, newest = migrations.known_numbers()

    def why_not(revision: str, folder: Path | None = None, *, without_backup: bool = True) -> str:
        found = upgrading.list_obstacles_back(runtime, revision, folder, without_backup=without_backup)
        return " ".join(found)

    # An empty database, a revision of nowhere and the one of now are no way back.
    for nowhere in ("base", "9999", newest):
        assert f"On ne peut pas revenir à « {nowhere} » : la base est à la révision {newest}." in why_not(nowhere)
    assert "Aucune sauvegarde de moins de 24 heures" in why_not(previous, tmp_path, without_backup=False)
    assert why_not(previous) == ""
    upgrading.downgrade(runtime, previous)
    assert migrations.current_number(runtime.database.engine) == previous
    assert maintenance.find_contact(runtime.settings) is None
    migrations.upgrade(runtime.settings.database_url)
    with runtime.database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "ne connaît pas le schéma" in why_not(previous)


@pytest.mark.parametrize("seeded_url", ["sqlite", "postgresql"], indirect=True)
def test_a_command_on_another_schema_says_in_one_sentence_what_to_run(open_app: OpenApp, seeded_url: str) -> None:
    app = open_app(seeded_url)
    house: Runtime = app.extensions["parvis"]

    def create(password: str, revision: str = "") -> tuple[int, str]:
        if revision:
            with house.database.transaction() as session:
                session.execute(text("UPDATE alembic_version SET version_num = :here"), {"here": revision})
        said = ["create-administrator", "chef@ville.example", "Anne Chef", "--password", password]
        with app.app_context():
            told = app.test_cli_runner().invoke(args=said)
        return told.exit_code, told.stderr.strip()

    known = migrations.known_numbers()
    assert create("court")[0] == 1
    good = "quatre mots bien choisis"
    here = f"La base est à la révision {known[-2]}, ce programme attend la {known[-1]}"
    assert create(good, known[-2]) == (1, f"{here} : lancez « flask --app app upgrade ».")
    assert "plus récente que ce programme" in create(good, "9999")[1]
    assert create(good, known[-1])[0] == 0


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_closed_pages_give_the_telephone_and_the_hours_without_the_database(open_app: OpenApp, seeded_url: str) -> None:
    app = open_app(seeded_url)
    runtime: Runtime = app.extensions["parvis"]
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["maintenance", "on"]).exit_code == 0
        refused = app.test_cli_runner().invoke(args=["upgrade"])
        assert refused.exit_code == 0  # nothing to do, and pages open again
        app.test_cli_runner().invoke(args=["maintenance", "on"])
    with runtime.database.reading() as session:
        phone = factories.the_authority(session).phone
    told = maintenance.find_contact(runtime.settings)
    assert told
    maintenance.begin(runtime.settings, told | {"anthem": "said by a newer program"})
    client = app.test_client()
    with runtime.database.transaction() as session:
        session.execute(text("ALTER TABLE authorities RENAME TO away"))
    for page in ("/", "/demarches/street_issue/demande", "/agents/connexion", "/nulle-part"):
        answer = client.get(page)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
        assert "Site en maintenance" in answer.text
        assert f"tel:{phone}" in answer.text
        assert "Du lundi au vendredi" in answer.text
    assert client.get("/sante/vivant").status_code == 200
    with runtime.database.transaction() as session:
        session.execute(text("ALTER TABLE away RENAME TO authorities"))
    upgrading.open_again(runtime.settings)
    assert client.get("/").status_code == 200
