"""Colleagues named in what agents write for each other: « @prenom.nom », or their address after the same sign."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.domain.french import fold

# Not in the middle of a word or of an address: « jean@ville.fr » names nobody.
_MENTION = re.compile(r"(?<![\w.@/])@(\w[\w'’.-]*(?:@\w[\w.-]*)?)")
_GAPS = re.compile(r"[\s.'’-]+")
MOST_MENTIONS = 20


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent who can be named."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who a text names (ids), and what stands for nobody, or for several: as it was written."""

    found: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()


def handle_of(name: str) -> str:
    """« Hélène Le Goff » is written « helene.le.goff »."""
    return _GAPS.sub(".", fold(name)).strip(".")


def list_written(text: str) -> list[str]:
    """What follows each « @ » of a text, once, without the sign that ends a sentence; at most MOST_MENTIONS."""
    written = (found.rstrip(".'’-") for found in _MENTION.findall(text))
    return list(dict.fromkeys(one for one in written if one))[:MOST_MENTIONS]


def resolve(text: str, colleagues: Sequence[Colleague]) -> Mentions:
    """Who a text names among these colleagues."""
    found: list[int] = []
    unknown: list[str] = []
    ambiguous: list[str] = []
    for written in list_written(text):
        named = [one.id for one in colleagues if _is_named(one, written)]
        if len(named) == 1:
            found += named
        else:
            (ambiguous if named else unknown).append(f"@{written}")
    return Mentions(tuple(dict.fromkeys(found)), tuple(unknown), tuple(ambiguous))


def write(one: Colleague, colleagues: Sequence[Colleague]) -> str:
    """How to name a colleague so that nobody else is meant."""
    handle = handle_of(one.name)
    others = [other for other in colleagues if other.id != one.id]
    return f"@{one.email if any(_is_named(other, handle) for other in others) else handle}"


def matches(one: Colleague, typed: str) -> bool:
    """Whether what is typed after « @ » begins one of the words of a name, or the address."""
    begun = handle_of(typed)
    return begins(one, typed) or f".{begun}" in f".{handle_of(one.name)}"


def begins(one: Colleague, typed: str) -> bool:
    """Whether it begins the whole name, or the address: those come first."""
    return handle_of(one.name).startswith(handle_of(typed)) or one.email.lower().startswith(typed.lower())


def _is_named(one: Colleague, written: str) -> bool:
    email = one.email.lower()
    if "@" in written:
        return email == written.lower()
    handle = handle_of(written)
    return handle in {handle_of(one.name), handle_of(email.partition("@")[0])}
