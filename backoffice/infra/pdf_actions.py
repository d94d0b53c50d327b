"""Whether a PDF does something by itself: scripts, programs to start, forms that send themselves (ISO 32000 §12.6)."""

import io
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pikepdf

ACTIONS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/RichMediaExecute", "/GoToE"})
SCRIPTED = ("/JS", "/XFA", "/RichMediaContent")
DEEPEST = 30


class Nature(StrEnum):
    """What opening a PDF would do. Nobody knows what a damaged one does."""

    QUIET = "quiet"
    ACTIVE = "active"
    DAMAGED = "damaged"


def nature(content: bytes) -> Nature:
    """Active for a PDF that carries an action, damaged for one that cannot be read to its end."""
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            acts = any(_acts(one) for kept in document.objects for one in _dictionaries(kept))
    except Exception:  # noqa: BLE001 (a hostile PDF makes its reader fail in any way it likes)
        return Nature.DAMAGED
    return Nature.ACTIVE if acts else Nature.QUIET


def _acts(dictionary: Any) -> bool:
    return str(dictionary.get("/S", "")) in ACTIONS or any(name in dictionary for name in SCRIPTED)


def _dictionaries(kept: Any, depth: int = 0) -> Iterator[Any]:
    """The dictionaries written in an object; what it only refers to is an object of its own."""
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    inner: list[Any]
    if isinstance(kept, pikepdf.Dictionary | pikepdf.Stream):
        yield kept
        inner = [value for _, value in kept.items()]
    elif isinstance(kept, pikepdf.Array):
        inner = list(kept)
    else:
        return
    for value in inner:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield from _dictionaries(value, depth + 1)
