"""What a process holds: settings, database, storage, antivirus and addresses, built once."""

from dataclasses import dataclass, field

from backoffice.infra.antivirus import Antivirus
from backoffice.infra.database import Database
from backoffice.infra.geocoding import Geocoder, NoGeocoder, open_geocoder
from backoffice.infra.storage import Storage, open_storage
from backoffice.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """The tools that services are given; without an antivirus, files are not scanned."""

    settings: Settings
    database: Database
    storage: Storage
    antivirus: Antivirus | None = None
    addresses: Geocoder = field(default_factory=NoGeocoder)


def build(settings: Settings) -> Runtime:
    """Open the tools that the settings name (nothing is contacted yet)."""
    if settings.database_url.startswith("sqlite:///"):
        settings.var_dir.mkdir(parents=True, exist_ok=True)
    antivirus = Antivirus(settings.antivirus_url) if settings.antivirus_url else None
    return Runtime(
        settings,
        Database(settings.database_url),
        open_storage(settings.storage_url),
        antivirus,
        open_geocoder(settings.address_url),
    )
