"""The rights of people on their data (RGPD 15 to 21): which, by when they are answered, and what was answered."""

from datetime import date
from enum import StrEnum

from backoffice.domain.calendars import Calendar
from backoffice.domain.matter import counted
from backoffice.domain.periods import Period, Unit

MONTHS, MORE_MONTHS = 1, 2
"""To answer, and more for a complex request once the person is told within the first month (RGPD 12.3)."""
REGISTER_YEARS = 5


class Right(StrEnum):
    """What is asked."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"


RIGHT_LABELS: dict[Right, str] = {
    Right.ACCESS: "Accès (article 15)",
    Right.RECTIFICATION: "Rectification (article 16)",
    Right.ERASURE: "Effacement (article 17)",
    Right.RESTRICTION: "Limitation (article 18)",
    Right.PORTABILITY: "Portabilité (article 20)",
    Right.OBJECTION: "Opposition (article 21)",
}


class RightOutcome(StrEnum):
    """What was answered."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


OUTCOME_LABELS: dict[RightOutcome, str] = {
    RightOutcome.GRANTED: "Satisfaite",
    RightOutcome.PARTLY: "Satisfaite en partie",
    RightOutcome.REFUSED: "Refusée",
}


def due_on(received_on: date, calendar: Calendar, *, extended: bool = False) -> date:
    """The last day to answer: from date to date, moved to a working day (règlement 1182/71)."""
    months = MONTHS + MORE_MONTHS if extended else MONTHS
    return counted(Period(months, Unit.MONTHS, rolling=True), received_on, calendar)[0]
