"""A case that waits for its citizen: since when, reminded or not, and whether its silence may end it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from backoffice.domain.lifecycle import Status
from backoffice.domain.regime import Silence
from backoffice.domain.sub_states import Lifecycle

MOVED, REMINDED = "moved", "citizen_reminded"
ENDS_THE_WAIT = ("message_received", "letter_registered", "pieces_asked", "pieces_received", "reopened", "resumed")
"""Lines of history after which we wait no more, or wait for something that has its own deadline in law."""
WATCHED = (MOVED, REMINDED, *ENDS_THE_WAIT)


class Step(StrEnum):
    """What comes due for a case that waits."""

    NONE = ""
    REMIND = "remind"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Wait:
    """Since when a case waits, the reminder that was sent (the number of its mail), and the end that it announced."""

    asked_on: date
    mail_id: int | None = None
    closes_on: date | None = None

    def step(self, lifecycle: Lifecycle, today: date) -> Step:
        """What is due today; the day that was announced belongs to the citizen whole."""
        if self.mail_id is not None:
            return Step.CLOSE if self.closes_on is not None and today > self.closes_on else Step.NONE
        due = lifecycle.remind_after is not None and today >= self.asked_on + timedelta(days=lifecycle.remind_after)
        return Step.REMIND if due else Step.NONE


def find_wait(lines: Iterable[tuple[str, date, Mapping[str, Any]]]) -> Wait | None:
    """The wait that the history of a case tells: (kind, day, data) of its WATCHED lines, in order."""
    wait: Wait | None = None
    for kind, on, data in lines:
        if kind == REMINDED and wait is not None:
            closes_on = date.fromisoformat(data["closes_on"]) if data.get("closes_on") else None
            wait = Wait(wait.asked_on, data["mail_id"], closes_on)
        elif kind == MOVED and data["to"] == Status.WAITING_CITIZEN:
            wait = wait if wait is not None and data["source"] == data["to"] else Wait(on)
        elif kind != REMINDED:
            wait = None
    return wait


def may_end_in_silence(regime: Mapping[str, Any], *dates: date | None) -> bool:
    """Whether the clock of a case lets silence end it: it decides nothing, and no text gives a day to answer by.

    `dates` are those that the clock keeps: the implicit decision's, the answer's.
    """
    return regime.get("silence") == Silence.NONE and not any(dates)
