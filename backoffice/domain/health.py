"""What was found about a part of the installation, and what to do about it: words for whoever keeps it running."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a part is; `UNUSED` says that this installation does without it, and loses nothing."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    UNUSED = "unused"


STATE_LABELS: dict[State, str] = {
    State.OK: "En ordre",
    State.WARNING: "À surveiller",
    State.FAULT: "En panne",
    State.UNUSED: "Non utilisé",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is the case, and for a warning or a fault what to do; neither ever holds a secret or a citizen's word."""

    state: State
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """A finding with the part that it is about (`code` for machines, `label` for people)."""

    code: str
    label: str
    finding: Finding


def ok(said: str) -> Finding:
    """Nothing to do."""
    return Finding(State.OK, said)


def unused(said: str) -> Finding:
    """This installation does without."""
    return Finding(State.UNUSED, said)


def warning(said: str, remedy: str) -> Finding:
    """It works, and will not for ever."""
    return Finding(State.WARNING, said, remedy)


def fault(said: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(State.FAULT, said, remedy)


def is_well(found: Iterable[Examined]) -> bool:
    """Whether no part is at fault."""
    return all(one.finding.state is not State.FAULT for one in found)
