"""The states of a case, the moves between them, and the words that people read."""

from enum import StrEnum

from backoffice.domain.wording import Wording
from backoffice.errors import Conflict


class Status(StrEnum):
    """Where a case is."""

    RECEIVED = "received"
    UNDER_REVIEW = "under_review"
    WAITING_CITIZEN = "waiting_citizen"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a case ended; only a closed case has one."""

    ANSWERED = "answered"
    ACCEPTED = "accepted"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REFUSED = "refused"
    IMPLICITLY_ACCEPTED = "implicitly_accepted"
    IMPLICITLY_REFUSED = "implicitly_refused"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"
    CLOSED_NO_ACTION = "closed_no_action"
    INADMISSIBLE = "inadmissible"
    JOINED = "joined"


MOVES: dict[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.UNDER_REVIEW, Status.WAITING_CITIZEN, Status.CLOSED}),
    Status.UNDER_REVIEW: frozenset({Status.WAITING_CITIZEN, Status.CLOSED}),
    Status.WAITING_CITIZEN: frozenset({Status.UNDER_REVIEW, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.UNDER_REVIEW}),
}

# What a person may choose when closing; an implicit decision is written by the clock, a transfer, a junction and a
# refusal (which gives its reasons and its ways of appeal) by their own acts.
CHOSEN_OUTCOMES: tuple[Outcome, ...] = (
    Outcome.ANSWERED,
    Outcome.ACCEPTED,
    Outcome.PARTIALLY_ACCEPTED,
    Outcome.WITHDRAWN,
    Outcome.CLOSED_NO_ACTION,
    Outcome.INADMISSIBLE,
)

STATUS_LABELS: dict[Status, str] = {
    Status.RECEIVED: Wording("Reçue"),
    Status.UNDER_REVIEW: Wording("En cours d’examen"),
    Status.WAITING_CITIZEN: Wording("Nous attendons une réponse de votre part"),
    Status.CLOSED: Wording("Terminée"),
}

# Agents read the same word, but a wait is seen from their side of the desk.
DESK_STATUS_LABELS: dict[Status, str] = STATUS_LABELS | {Status.WAITING_CITIZEN: "En attente de l’usager"}

OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.ANSWERED: Wording("Réponse apportée"),
    Outcome.ACCEPTED: Wording("Acceptée"),
    Outcome.PARTIALLY_ACCEPTED: Wording("Acceptée en partie"),
    Outcome.REFUSED: Wording("Refusée"),
    Outcome.IMPLICITLY_ACCEPTED: Wording("Acceptée (décision implicite)"),
    Outcome.IMPLICITLY_REFUSED: Wording("Refusée (décision implicite)"),
    Outcome.TRANSFERRED: Wording("Transmise à une autre administration"),
    Outcome.WITHDRAWN: Wording("Retirée par l’usager"),
    Outcome.CLOSED_NO_ACTION: Wording("Classée sans suite"),
    Outcome.INADMISSIBLE: Wording("Irrecevable"),
    Outcome.JOINED: Wording("Jointe à une autre demande"),
}


def check_move(status: Status, to: Status) -> None:
    """Raise Conflict when a case in `status` cannot go `to` another."""
    if to not in MOVES[status]:
        raise Conflict(
            f"Un dossier « {DESK_STATUS_LABELS[status]} » ne peut pas passer à « {DESK_STATUS_LABELS[to]} »."
        )


def check_open(status: Status) -> None:
    """Raise Conflict when a case is closed: it is opened again before anything else is done to it."""
    if status is Status.CLOSED:
        raise Conflict("Ce dossier est terminé : rouvrez-le d’abord.")
