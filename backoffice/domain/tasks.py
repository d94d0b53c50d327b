"""Parts of a case entrusted to others: their states, how many have answered, when they are reminded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backoffice.domain.calendars import Calendar
from backoffice.domain.french import NBSP, plural
from backoffice.domain.wording import Wording


class TaskState(StrEnum):
    """Where a question stands."""

    ASKED = "asked"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    DECLINED = "declined"
    CANCELLED = "cancelled"


STATE_LABELS: dict[TaskState, str] = {
    TaskState.ASKED: "Posée",
    TaskState.IN_PROGRESS: "En cours",
    TaskState.ANSWERED: "Répondue",
    TaskState.DECLINED: "Déclinée",
    TaskState.CANCELLED: "Annulée",
}
OPEN = frozenset({TaskState.ASKED, TaskState.IN_PROGRESS})
"""The states in which an answer is awaited."""
ENDED_BY_THE_ASKED = frozenset({TaskState.ANSWERED, TaskState.DECLINED})

SOON = 3
"""Working days before the day asked for: the first reminder."""
LATE_AGAIN = 5
"""Working days after it: the last one, of which those who lead the asked department learn too."""
BEFORE, AFTER, AGAIN = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of those who were asked have said all that they were asked for."""

    answered: int
    total: int


def progress(asked: Iterable[tuple[str, str]]) -> Progress | None:
    """From (who, state) of each question told to the citizen; None when nobody is awaited, nor has answered.

    Somebody asked twice counts once, and has answered when both are; who declined and what was cancelled do not count.
    """
    states: dict[str, set[str]] = {}
    for who, state in asked:
        if state not in {TaskState.DECLINED, TaskState.CANCELLED}:
            states.setdefault(who, set()).add(state)
    if not states:
        return None
    return Progress(sum(not found & OPEN for found in states.values()), len(states))


def progress_in_words(known: Progress) -> str:
    """« 2 services sur 3 ont répondu. », for the citizen."""
    answered, total = known.answered, known.total
    if answered == 0:
        return Wording.counted(
            "Pour vous répondre, nous avons interrogé %(count)s service. Il n’a pas encore répondu.",
            "Pour vous répondre, nous avons interrogé %(count)s services. Aucun n’a encore répondu.",
            total,
        )
    if answered == total:
        return Wording.counted(
            "Nous avons interrogé %(count)s service : il a répondu. Nous préparons notre réponse.",
            "Nous avons interrogé %(count)s services : tous ont répondu. Nous préparons notre réponse.",
            total,
        )
    return Wording.counted(
        "%(count)s service sur %(total)s a répondu. Nous attendons encore les autres.",
        "%(count)s services sur %(total)s ont répondu. Nous attendons encore les autres.",
        answered,
        total=total,
    )


def awaited_in_words(count: int) -> str:
    """« 2 questions posées à d’autres services sont sans réponse »."""
    several = "questions posées à d’autres sont sans réponse"
    return plural(count, "question posée à d’autres est sans réponse", several)


def reminder_stage(due_on: date, today: date, calendar: Calendar) -> int:
    """The reminder that is due by now: 0 for none yet, else BEFORE, AFTER or AGAIN."""
    if today >= calendar.add_working_days(due_on, LATE_AGAIN):
        return AGAIN
    if today > due_on:
        return AFTER
    return BEFORE if today >= calendar.add_working_days(due_on, -SOON) else 0


def quote(answers: Iterable[tuple[str, str]]) -> str:
    """What others answered (who, text), one under the other, to be worked into one answer."""
    return "\n\n".join(f"{who}{NBSP}:\n{text.strip()}" for who, text in answers)
