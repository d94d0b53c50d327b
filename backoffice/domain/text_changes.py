"""What changed from one text to another, word by word, for people to see."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

_PIECES = re.compile(r"\n|[^\S\n]+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the two texts: `kind` is same, gone or new."""

    kind: str
    text: str


def compare(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in their order; those that are neither gone nor same make the second text."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    return list(_pieces(old, new))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for kind, start, end, from_, to in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(old[start:end]))
            continue
        if start < end:
            yield Piece("gone", "".join(old[start:end]))
        if from_ < to:
            yield Piece("new", "".join(new[from_:to]))
