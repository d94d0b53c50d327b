"""A backup holds everything, is proven by being restored and started, and says so when it is not what it was."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.infra.backup_folder import BackupFolder
from backoffice.infra.database import Base
from backoffice.infra.runtime import Runtime, build
from backoffice.infra.sealed_files import Vault
from backoffice.queries import file_names
from backoffice.services import backups, moment, restoring
from backoffice.services.outbox import JobKind
from tests import factories
from tests.services.postgres import Postgres
from tests.usecases.promises import claim_next
from tests.web import everything

KEY = "une-cle-de-sauvegarde-bien-assez-longue"
NIGHT = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> BackupFolder:
    return BackupFolder(tmp_path / "backups")


def _with(runtime: Runtime, **settings: object) -> Runtime:
    return replace(runtime, settings=replace(runtime.settings, **settings))  # type: ignore[arg-type]


def _contents(folder: BackupFolder) -> set[str]:
    return {path.name for path in (folder.folder / "files").glob("*/*")}


def test_a_sealed_backup_is_proven_by_being_restored_and_started(
    runtime: Runtime, folder: BackupFolder, request: pytest.FixtureRequest
) -> None:
    everything.fill(runtime)
    sealed = _with(runtime, backup_key=KEY)
    if runtime.database.dialect == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        sealed = build(replace(sealed.settings, database_url=server.guarded_url(runtime.settings.database_url)))
    made = backups.make(sealed, folder)
    assert made.manifest.files == len(set(runtime.storage.digests())) > 0
    assert made.manifest.tables["cases"] == 1
    assert any("SECRET_KEYS" in name for name in made.manifest.secrets)
    kept = b"".join(path.read_bytes() for path in folder.folder.rglob("*") if path.is_file())
    for private in (b"Nid-de-poule", b"SQLite format", b"PGDMP", factories.SECRET.encode(), everything.PDF):
        assert private not in kept
    # Once is enough to see pages served: as in production.
    pages = restoring.PAGES if runtime.database.dialect == "postgresql" else ()
    proof = restoring.prove(sealed, folder, pages=pages)
    assert list(proof.pages) == list(pages)
    assert (proof.faults, proof.notes) == ([], [])
    assert {page: status for page, status in proof.pages.items() if status != 200} == {}
    assert proof.files == made.manifest.files
    assert all(said == found for said, found in proof.tables.values())
    assert list(sealed.settings.var_dir.glob("prove-*")) == []
    with pytest.raises(Invalid, match="BACKUP_KEY"):
        restoring.prove(runtime, folder)
    assert "n’est pas la sienne" in " ".join(restoring.prove(_with(runtime, backup_key=KEY[::-1]), folder).faults)
    sealed.database.dispose()


def test_a_backup_is_restored_into_an_empty_installation_and_never_over_another(
    runtime: Runtime, folder: BackupFolder, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case = everything.fill(runtime).case
    backups.make(runtime, folder)
    with pytest.raises(Conflict, match="vide"):
        restoring.restore(runtime, folder)
    url = f"sqlite:///{tmp_path}/anew/parvis.sqlite"
    if runtime.database.dialect == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.create(f"anew_{next(factories.numbers)}_{os.getpid()}")
    new = build(factories.some_settings(url, tmp_path / "anew"))
    proof = restoring.restore(new, folder)
    assert proof.faults == []
    with new.database.reading() as session, runtime.database.reading() as before:
        subject = text("SELECT subject FROM cases WHERE reference = :reference")
        said = {"reference": case.reference}
        assert session.scalar(subject, said) == before.scalar(subject, said)
    assert set(new.storage.digests()) == set(runtime.storage.digests())
    new.database.dispose()


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_what_is_missing_or_changed_is_told(runtime: Runtime, folder: BackupFolder) -> None:
    everything.fill(runtime)
    with pytest.raises(NotFound):
        restoring.prove(runtime, folder)
    made = backups.make(runtime, folder)
    path = folder.place_of(next(folder.digests(made, Vault(""))), Vault(""))
    path.write_bytes(path.read_bytes() + b"!")
    (fault,) = restoring.prove(runtime, folder, pages=()).faults
    assert "abîmés" in fault
    path.unlink()
    assert "manquent" in restoring.prove(runtime, folder, pages=()).faults[0]
    (made.folder / made.manifest.database).write_bytes(b"rien")
    assert "database.sqlite.gz n’est plus" in restoring.prove(runtime, folder, pages=()).faults[0]


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_nights_copy_only_what_is_new_and_forget_what_is_old(runtime: Runtime, folder: BackupFolder) -> None:
    night = _with(runtime, backup_dir=folder.folder, backup_keep_days=2)
    old, shared = runtime.storage.put(b"old"), runtime.storage.put(b"shared")
    now = datetime.now(UTC)
    for days in (4, 3):
        with moment.at(now - days * NIGHT):
            made = backups.make(night, folder)
    assert (made.manifest.copied, made.manifest.files) == (0, 2)
    runtime.storage.delete(old)
    for path in (folder.folder / "files").glob("*/*"):
        os.utime(path, (time.time() - 3 * 86400,) * 2)
    with runtime.database.transaction() as session:
        backups.outbox.promise(session, JobKind.MAKE_BACKUP)
    backups.make_nightly(night, claim_next(runtime, JobKind.MAKE_BACKUP))
    (last,) = folder.list_all()
    assert last.manifest.copied == 0
    assert _contents(folder) == {shared}


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_with_another_key_everything_is_sealed_again_and_the_old_backup_still_opens_with_its_own(
    runtime: Runtime, folder: BackupFolder
) -> None:
    runtime.storage.put(b"a file")
    old, new = _with(runtime, backup_key=KEY), _with(runtime, backup_key=KEY[::-1])
    with moment.at(datetime.now(UTC) - NIGHT):
        first = backups.make(old, folder)
    second = backups.make(new, folder)
    assert (first.manifest.copied, second.manifest.copied) == (1, 1)
    assert backups.prune(folder, new.settings) == (0, 0)
    assert restoring.prove(old, folder, first.name, ()).faults == []
    assert restoring.prove(new, folder, second.name, ()).faults == []
    assert restoring.prove(new, folder, first.name, ()).faults != []


def test_a_sealed_file_can_neither_be_cut_nor_changed(tmp_path: Path) -> None:
    vault, path = Vault(KEY), tmp_path / "sealed"
    content = os.urandom(2 * 1024 * 1024 + 5)
    vault.write(path, [content[:7], content[7:]])
    assert b"".join(vault.read(path)) == content
    sealed = path.read_bytes()
    piece = 1024 * 1024 + 16
    for wrong in (sealed[:-1], sealed[: 24 + piece], sealed[: 24 + 2 * piece], sealed[:-3] + b"abc", b"", sealed[24:]):
        path.write_bytes(wrong)
        with pytest.raises(Invalid):
            b"".join(vault.read(path))
    vault.write(path, [])
    assert b"".join(vault.read(path)) == b""


def test_every_column_called_a_digest_names_a_file_or_is_known_not_to() -> None:
    known = {f"{column.table.name}.{column.name}" for column in file_names.naming_columns()}
    assert {"attachments.digest", "messages.raw_digest", "documents.digest", "received_files.preview"} <= known
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    assert columns >= file_names.NO_FILE
