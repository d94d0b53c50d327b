"""Whether the broker is there and set as it must be: the web process asks it nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backoffice.errors import Unavailable

PATIENCE = 3.0  # seconds


def examine(url: str) -> Mapping[str, str]:
    """What a Redis says of its version, memory policy and journal, nothing for a folder; raise Unavailable."""
    if url.startswith("filesystem:"):
        _try_folder(Path(urlsplit(url).path))
        return {}
    from redis import Redis, RedisError  # noqa: PLC0415 (the embedded broker needs none of it)

    client: Any = Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        known = client.info()
    except (RedisError, OSError, ValueError) as error:
        raise Unavailable(f"Redis ne répond pas ({type(error).__name__}).") from error
    finally:
        client.close()
    return {name: str(known.get(name, "")) for name in ("redis_version", "maxmemory_policy", "aof_enabled")}


def _try_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / "doctor.draft"
        trial.write_text("{}", encoding="ascii")
        trial.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"Le dossier {folder} ne peut pas être écrit ({error.strerror}).") from error
