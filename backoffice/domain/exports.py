"""What an export is: where its lines come from, what it holds, and how far it is."""

from datetime import timedelta
from enum import StrEnum

KEPT = timedelta(days=7)
KEPT_PERSONAL = timedelta(days=2)
"""How long a file can be downloaded once it is made; less when it tells of people."""
LONGEST_REASON, SHORTEST_REASON = 1_000, 10
MOST_CASES_OF_FILES = 500
"""Cases whose files go in one ZIP."""


class ExportKind(StrEnum):
    """What a file holds: lines of cases, the files of cases, the activity report, or the tables of the evaluation."""

    CASES = "cases"
    FILES = "files"
    REPORT = "report"
    EVALUATION = "evaluation"
    PERSON = "person"


class ExportState(StrEnum):
    """How far it is; one that is `stopped` still waits in the database, for a promise that was given up."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    STOPPED = "stopped"


STATE_LABELS: dict[ExportState, str] = {
    ExportState.WAITING: "En attente",
    ExportState.RUNNING: "En cours",
    ExportState.DONE: "Prêt",
    ExportState.REFUSED: "Refusé",
    ExportState.EXPIRED: "Effacé",
    ExportState.STOPPED: "Interrompu",
}
