"""Restoring a backup: for good into an empty installation, or into a scratch place that proves it and goes away."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.errors import BackofficeError, Invalid
from backoffice.infra import database_copy, leftovers, migrations, trial_start
from backoffice.infra.backup_folder import LIST, Backup, BackupFolder
from backoffice.infra.database import Database
from backoffice.infra.runtime import Runtime
from backoffice.infra.sealed_files import Vault
from backoffice.queries import file_names
from backoffice.services import backups
from backoffice.settings import Settings

PAGES = ("/sante/pret", "/", "/demarches", "/agents/connexion")


@dataclass(slots=True)
class Proof:
    """What a restored backup was found to be. `faults` is empty when it is as it was said, `notes` is good to know."""

    name: str
    made_at: str
    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    files: int = 0
    files_size: int = 0
    pages: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """All the rows that were found."""
        return sum(found for _, found in self.tables.values())


def vault_of(backup: Backup, settings: Settings) -> Vault:
    """What opens a backup; raise Invalid when it is sealed and no key is given."""
    if backup.manifest.sealed and not settings.backup_key:
        raise Invalid("Cette sauvegarde est chiffrée : donnez sa clé dans BACKUP_KEY.")
    return Vault(settings.backup_key if backup.manifest.sealed else "")


def prove(runtime: Runtime, folder: BackupFolder, name: str = "", pages: Sequence[str] = PAGES) -> Proof:
    """Restore beside, count, hash, start, and tell; nothing of the installation changes, nothing is left behind.

    Without `pages` to ask for, nothing is started.

    Raises NotFound without such a backup, Invalid without its key.
    """
    settings, backup = runtime.settings, folder.get(name)
    vault = vault_of(backup, settings)
    proof = Proof(backup.name, backup.manifest.made_at)
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    with leftovers.scratch(settings.var_dir, "prove-") as scratch:
        try:
            base = settings.database_url if backup.manifest.engine == runtime.database.dialect else ""
            if not base:
                raise Invalid(
                    f"Cette sauvegarde est de {backup.manifest.engine} : prouvez-la avec une base de ce moteur."
                )
            listed = _check_files(proof, folder, backup, vault)
            database_copy.sweep_scratch_databases(base)  # what a proof that was killed left there
            with database_copy.scratch_database(base, scratch) as url:
                put_back_database(backup, vault, url)
                _check_rows(proof, backup, url, listed)
                if pages and backup.manifest.revision != migrations.known_numbers()[-1]:
                    migrations.upgrade(url)  # pages want the schema of this program
                if pages:
                    _check_pages(proof, trial_start.visit(settings, url, scratch, pages))
        except BackofficeError as error:
            proof.faults.append(error.sentence)
    if not set(backups.marks_of(settings.secret_keys)) & set(backup.manifest.keys):
        proof.notes.append(
            "Les clés SECRET_KEYS ne sont plus celles de cette sauvegarde : retrouvez-les avant de restaurer."
        )
    return proof


def restore(runtime: Runtime, folder: BackupFolder, name: str = "") -> Proof:
    """Write a backup into the empty database of the settings and into their storage; what is there stays.

    Raises Conflict when the database is not empty, Invalid when the engine or the key is not that of the backup.
    """
    settings, backup = runtime.settings, folder.get(name)
    vault = vault_of(backup, settings)
    if backup.manifest.engine != runtime.database.dialect:
        raise Invalid(f"Cette sauvegarde est de {backup.manifest.engine} : passez par export-all et import-all.")
    database_copy.refuse_unless_empty(settings.database_url)
    proof = Proof(backup.name, backup.manifest.made_at)
    listed = _check_files(proof, folder, backup, vault)
    if proof.faults:
        return proof
    put_back_database(backup, vault, settings.database_url)
    _check_rows(proof, backup, settings.database_url, listed)
    for digest in listed:
        if not runtime.storage.exists(digest):
            with tempfile.TemporaryFile() as whole:
                whole.writelines(vault.read(folder.place_of(digest, vault)))
                whole.seek(0)
                runtime.storage.put_stream(whole)
    return proof


def put_back_database(backup: Backup, vault: Vault, url: str) -> None:
    """Write the database of a backup into an empty one."""
    database_copy.put_back(url, vault.read(backup.folder / backup.manifest.database))


def _check_rows(proof: Proof, backup: Backup, url: str, listed: set[str]) -> None:
    """Compare the counts of every table, and the files that the rows name with those that are there."""
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            found = database_copy.count_rows(connection)
        proof.tables = {table: (count, found.get(table, 0)) for table, count in backup.manifest.tables.items()}
        revision = migrations.current_number(database.engine)
        with database.reading() as session:
            named = file_names.list_named(session)
    finally:
        database.dispose()
    wrong = [table for table, (said, there) in proof.tables.items() if said != there]
    if wrong:
        proof.faults.append(f"Le nombre de lignes diffère dans : {', '.join(wrong)}.")
    if revision != backup.manifest.revision:
        proof.faults.append(f"Le schéma est à la révision {revision}, la sauvegarde dit {backup.manifest.revision}.")
    if lost := named - listed:
        proof.notes.append(f"{len(lost)} fichiers nommés par la base n’étaient déjà plus dans le stockage.")


def _check_files(proof: Proof, folder: BackupFolder, backup: Backup, vault: Vault) -> set[str]:
    """Read everything again: the bytes of the database, the list and each file must be what they were.

    Answers the contents that the backup lists; raise Invalid when even the database or the list is spoilt.
    """
    manifest = backup.manifest
    for name, digest in (
        (manifest.database, manifest.database_digest),
        (f"{LIST}{vault.suffix}", manifest.files_digest),
    ):
        if _digest(vault, backup.folder / name)[0] != digest:
            raise Invalid(f"{name} n’est plus ce qui a été sauvegardé, ou la clé BACKUP_KEY n’est pas la sienne.")
    listed, wrong = set(), []
    for digest in folder.digests(backup, vault):
        listed.add(digest)
        found, size = _digest(vault, folder.place_of(digest, vault))
        proof.files, proof.files_size = proof.files + 1, proof.files_size + size
        if found != digest:
            wrong.append(digest[:12])
    if wrong:
        proof.faults.append(f"{len(wrong)} fichiers manquent ou sont abîmés : {', '.join(wrong[:5])}…")
    if proof.files != manifest.files:
        proof.faults.append(f"{proof.files} fichiers listés, {manifest.files} annoncés.")
    return listed


def _check_pages(proof: Proof, pages: dict[str, int]) -> None:
    proof.pages = pages
    wrong = [f"{page} ({status})" for page, status in proof.pages.items() if status != 200]
    if wrong:
        proof.faults.append(f"La copie restaurée ne sert pas : {', '.join(wrong)}.")


def _digest(vault: Vault, path: Path) -> tuple[str, int]:
    if not path.exists():
        return "", 0
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in vault.read(path):
            digest.update(chunk)
            size += len(chunk)
    except Invalid:
        return "", size
    return digest.hexdigest(), size
