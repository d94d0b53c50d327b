"""What a process holds: settings, database and storage, built once."""

from dataclasses import dataclass

from backoffice.infra.database import Database
from backoffice.infra.storage import Storage, open_storage
from backoffice.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """The tools that services are given."""

    settings: Settings
    database: Database
    storage: Storage


def build(settings: Settings) -> Runtime:
    """Open the tools that the settings name (nothing is contacted yet)."""
    if settings.database_url.startswith("sqlite:///"):
        settings.var_dir.mkdir(parents=True, exist_ok=True)
    return Runtime(settings, Database(settings.database_url), open_storage(settings.storage_url))
