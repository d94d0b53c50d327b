"""The elimination of files whose time is over: proposed, listed in a bordereau, approved, destroyed, certified."""

from enum import StrEnum


class EliminationState(StrEnum):
    """Where an elimination is; nothing is destroyed before the visa of the archives (code du patrimoine, L212-2)."""

    PROPOSED = "proposed"
    DRAWN = "drawn"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    WITHDRAWN = "withdrawn"


STATE_LABELS: dict[EliminationState, str] = {
    EliminationState.PROPOSED: "Proposition",
    EliminationState.DRAWN: "Visa attendu",
    EliminationState.APPROVED: "Visa reçu",
    EliminationState.RUNNING: "Destruction en cours",
    EliminationState.DONE: "Détruits",
    EliminationState.WITHDRAWN: "Abandonnée",
}

WITHDRAWABLE = frozenset({EliminationState.PROPOSED, EliminationState.DRAWN, EliminationState.APPROVED})
"""What can still be given up: nothing was destroyed."""


class LineState(StrEnum):
    """What became of one file of an elimination."""

    LISTED = "listed"
    KEPT = "kept"
    DESTROYED = "destroyed"
    WITHDRAWN = "withdrawn"


# Why a file stays although its time is over.
REOPENED = "Il a été rouvert."
HELD = "Il est retenu : {}"
QUESTIONED = "Une question posée à un autre service attend sa réponse."
LINKED = "Un dossier lié est en cours."
APPEALED = "Un recours reçu n’a pas de suite notée."

# From which day the time of a listed file was counted, when it is not that of its closing.
COUNTED_FROM = "Durée comptée du {}."
UNDATED = "Sans réponse à cette question : durée comptée de la fin du dossier."

SHORTEST_REASON, LONGEST_REASON = 5, 500
LARGEST_VISA = 10 * 1024 * 1024


def group_key(procedure_code: str, year: int) -> str:
    """The name of a group of files in a form: a procedure and the year in which they were closed."""
    return f"{procedure_code}:{year}"
