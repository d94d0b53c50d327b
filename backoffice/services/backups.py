"""Backups: the database as it is at one instant, then every file that it may name; old ones go by themselves."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from backoffice.errors import Invalid, NotFound
from backoffice.infra import backup_folder, database_copy, migrations
from backoffice.infra.backup_folder import Backup, BackupFolder, Manifest
from backoffice.infra.runtime import Runtime
from backoffice.infra.sealed_files import Vault
from backoffice.services import leases, moment, outbox
from backoffice.services.outbox import Claim
from backoffice.settings import Settings

# A content that no kept backup names may be of one that another machine is making.
MAKING = timedelta(days=1)
NOWHERE = "Dites où sauvegarder : réglez BACKUP_DIR, ou donnez « --to DOSSIER »."


def folder_of(settings: Settings, folder: Path | None = None) -> BackupFolder:
    """The folder of backups, given or of the settings; raise Invalid when neither says one."""
    place = folder or settings.backup_dir
    if place is None:
        raise Invalid(NOWHERE)
    return BackupFolder(place)


def make(runtime: Runtime, folder: BackupFolder) -> Backup:
    """Make a backup; the files that an earlier one copied are not copied again.

    The database comes first, the files second: a row then never names a file that was left out.
    """
    settings, vault, at = runtime.settings, Vault(runtime.settings.backup_key), moment.now()
    folder.prepare()
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    place = folder.begin(at)
    revision = migrations.current_number(runtime.database.engine)
    name = database_copy.NAMES[runtime.database.dialect] + vault.suffix
    with database_copy.copied(runtime.database, settings.var_dir) as (counts, chunks):
        database_digest, database_size = vault.write(place / name, chunks)
    copied = _Copied(runtime, folder, vault)
    list_digest, list_size = vault.write(
        place / f"{backup_folder.LIST}{vault.suffix}", backup_folder.listed(copied.all())
    )
    return folder.finish(
        place,
        Manifest(
            made_at=at.isoformat(),
            engine=runtime.database.dialect,
            revision=revision,
            sealed=bool(vault.key),
            database=name,
            database_digest=database_digest,
            database_size=database_size,
            tables=dict(counts),
            files=list_size // 65,  # sixty-four characters and the end of the line
            files_digest=list_digest,
            copied=copied.count,
            copied_size=copied.size,
            secrets=secrets_of(settings),
            keys=marks_of(settings.secret_keys),
        ),
    )


class _Copied:
    """The files of the storage as they are copied, and how many were new."""

    def __init__(self, runtime: Runtime, folder: BackupFolder, vault: Vault) -> None:
        self.storage, self.folder, self.vault = runtime.storage, folder, vault
        self.count = self.size = 0

    def all(self) -> Iterator[str]:
        """Every digest, once its file is in the backup; one that was deleted meanwhile is passed over."""
        for digest in self.storage.digests():
            place = self.folder.place_of(digest, self.vault)
            if not place.exists() and not self._copy(digest, place):
                continue
            yield digest

    def _copy(self, digest: str, place: Path) -> bool:
        try:
            chunks = self.storage.chunks(digest)
        except NotFound:
            return False
        found, size = self.vault.write(place, chunks)
        if found != digest:
            place.unlink()
            raise Invalid(f"Le fichier {digest} du stockage est abîmé : restaurez-le d’une sauvegarde plus ancienne.")
        self.count, self.size = self.count + 1, self.size + size
        return True


def prune(folder: BackupFolder, settings: Settings) -> tuple[int, int]:
    """Forget the backups older than BACKUP_KEEP_DAYS, never the newest, and the files that only they named.

    Answers how many backups and how many files went.
    """
    limit = moment.now() - timedelta(days=settings.backup_keep_days)
    gone = [one for one in folder.list_all()[:-1] if one.manifest.instant < limit]
    for one in gone:
        folder.forget(one)
    kept: set[str] = set()
    for one in folder.list_all():
        vault = Vault(settings.backup_key if one.manifest.sealed else "")
        try:
            kept.update(f"{digest}{vault.suffix}" for digest in folder.digests(one, vault))
        except Invalid:
            return len(gone), 0  # sealed with an earlier key: its files stay as long as it does
    return len(gone), folder.sweep(kept, moment.now() - MAKING)


def make_nightly(runtime: Runtime, claim: Claim) -> None:
    """The backup of every night, and the end of those that are too old."""
    folder = folder_of(runtime.settings)
    with leases.held(runtime, claim):
        make(runtime, folder)
        prune(folder, runtime.settings)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def secrets_of(settings: Settings) -> list[str]:
    """The names of the secrets that no backup holds, and without which a restored installation is not the same."""
    said = {
        "SECRET_KEYS (ou VAR_DIR/secret.key)": True,
        "BACKUP_KEY": bool(settings.backup_key),
        "DATABASE_URL": settings.database_url.startswith("postgresql"),
        "BROKER_URL": "@" in settings.broker_url,
        "SMTP_URL": bool(settings.smtp_url),
        "METRICS_TOKEN": bool(settings.metrics_token),
        "SMS_TOKEN": bool(settings.sms_token),
        "CALL_WEBHOOK_SECRET": bool(settings.call_webhook_secret),
        "AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY": settings.storage_url.startswith("s3:"),
    }
    mailboxes = [f"MAILBOXES : accès à la boîte « {one.code} »" for one in settings.mailboxes if one.url[:4] == "imap"]
    providers = [f"IDENTITY_PROVIDERS : client_secret de « {one.name} »" for one in settings.identity_providers]
    return [name for name, is_used in said.items() if is_used] + mailboxes + providers


def marks_of(keys: tuple[str, ...]) -> list[str]:
    """A short mark of each key, from which nothing of a key of 32 characters can be found again."""
    return [hashlib.sha256(b"parvis backup mark\0" + key.encode()).hexdigest()[:8] for key in keys]
