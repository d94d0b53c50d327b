"""A file says that this machine is closed for an upgrade, and how to reach the town hall: no database is asked."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backoffice.settings import Settings


def file_of(settings: Settings) -> Path:
    """Where it is said; machines that share VAR_DIR are closed together."""
    return settings.var_dir / "maintenance.json"


def begin(settings: Settings, contact: Mapping[str, Any]) -> None:
    """Close the pages of this machine, at once; `contact` is what the page says of the authority."""
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    draft = file_of(settings).with_suffix(".draft")
    draft.write_text(json.dumps(dict(contact), ensure_ascii=False), encoding="utf-8")
    draft.rename(file_of(settings))


def end(settings: Settings) -> None:
    """Open them again."""
    file_of(settings).unlink(missing_ok=True)


def find_contact(settings: Settings) -> dict[str, Any] | None:
    """What is said of the authority while this machine is closed; None when it is open."""
    try:
        told: dict[str, Any] = json.loads(file_of(settings).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return told
