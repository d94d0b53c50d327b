"""The messages of tests/samples/emails with what is expected of each."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "samples" / "emails"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))


def raw(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def having(field: str) -> list[str]:
    """Names of the samples whose manifest says something of `field`."""
    return [name for name, expected in EXPECTED.items() if expected.get(field) is not None]
