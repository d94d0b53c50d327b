"""Better texts that agents propose: what they are of, how far they are, and who has the last word."""

from dataclasses import dataclass
from enum import StrEnum

from backoffice.domain.policy import Permission

MEASURED_DAYS = 30
"""Days before and after a text is published, over which what it changes is measured."""
LONGEST_TEXT, LONGEST_REASON = 6_000, 1_000


class Subject(StrEnum):
    """What a text is of."""

    ANSWER = "answer"
    PROCEDURE = "procedure"
    STEP = "step"
    LABEL = "label"
    HELP = "help"


SUBJECT_LABELS: dict[str, str] = {
    Subject.ANSWER: "Réponse type",
    Subject.PROCEDURE: "Présentation de la démarche",
    Subject.STEP: "Étape du formulaire",
    Subject.LABEL: "Intitulé d’une question",
    Subject.HELP: "Aide d’une question",
}


class State(StrEnum):
    """How far a proposal is."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    PUBLISHED = "published"
    DECLINED = "declined"


STATE_LABELS: dict[str, str] = {
    State.PROPOSED: "Proposée",
    State.ACCEPTED: "Retenue",
    State.PUBLISHED: "Publiée",
    State.DECLINED: "Écartée",
}
MOVES: dict[State, tuple[State, ...]] = {
    State.PROPOSED: (State.ACCEPTED, State.DECLINED),
    State.ACCEPTED: (State.PUBLISHED, State.DECLINED),
    State.PUBLISHED: (),
    State.DECLINED: (),
}


@dataclass(frozen=True, slots=True)
class Target:
    """The text that is looked at: of a ready answer, or of a procedure, of a step of its form, of a question."""

    subject: Subject
    procedure_code: str = ""
    step: str = ""
    field: str = ""
    answer_id: int | None = None


def editor_of(subject: str) -> Permission:
    """The right to change such a text, which is that to decide of a proposal."""
    return Permission.READY_ANSWER_MANAGE if subject == Subject.ANSWER else Permission.PROCEDURE_MANAGE
