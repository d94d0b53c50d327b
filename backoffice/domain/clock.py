"""The legal clock: every date of a case, computed from its facts and explained in French.

    deadlines(Facts(received_at=…), regime, get_calendar("metropole"), "Europe/Paris").implicit_on

Pure: it reads no clock and no database. The law is data (`rulesets`), the regime is the one kept on the case,
and the day of an event is the day it was where the deciding authority is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.domain import appeals, silence, time_to_answer, upon_receipt
from backoffice.domain.calendars import Calendar, get_calendar
from backoffice.domain.explanation import Explanation, LegalDate, Step
from backoffice.domain.facts import (
    Acknowledgement,
    Appeal,
    AppealKind,
    DocumentRequest,
    ExpressDecision,
    Facts,
    ReasonsRequest,
    Residence,
    local_date,
)
from backoffice.domain.law import Confidence, LegalRule, Ruleset
from backoffice.domain.matter import Matter
from backoffice.domain.periods import Period
from backoffice.domain.regime import AppealRoute, Counting, Regime, Silence, Start
from backoffice.domain.rulesets import DEFAULT, PENDING_BILL, get_ruleset
from backoffice.domain.silence import ClockState

__all__ = [
    "DEFAULT",
    "PENDING_BILL",
    "Acknowledgement",
    "Appeal",
    "AppealKind",
    "AppealRoute",
    "Calendar",
    "ClockState",
    "Confidence",
    "Counting",
    "Deadlines",
    "DocumentRequest",
    "Explanation",
    "ExpressDecision",
    "Facts",
    "LegalDate",
    "LegalRule",
    "Period",
    "ReasonsRequest",
    "Regime",
    "Residence",
    "Ruleset",
    "Silence",
    "Start",
    "deadlines",
    "get_calendar",
    "get_ruleset",
    "local_date",
]

DATES = (
    "filed_on",
    "registration_notice_by",
    "acknowledge_by",
    "implicit_on",
    "claimable_from",
    "last_day_to_sign",
    "notify_by",
    "decide_by",
    "target_on",
    "retract_until",
    "appeal_until",
    "appeal_silence_on",
    "reasons_due_on",
    "reasonable_until",
)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The legal dates of one case; None where the facts and the regime give none.

    `received_on` is the legal day of receipt. `implicit_on` is the date printed on the AR; the decision
    exists from `claimable_from`. `appeal_period_enforceable` is whether the authority may rely on
    `appeal_until`.
    """

    ruleset: str
    received_on: date
    state: ClockState
    filed_on: LegalDate
    appeal_period_enforceable: bool
    registration_notice_by: LegalDate | None = None
    acknowledge_by: LegalDate | None = None
    implicit_on: LegalDate | None = None
    claimable_from: LegalDate | None = None
    last_day_to_sign: LegalDate | None = None
    notify_by: LegalDate | None = None
    decide_by: LegalDate | None = None
    target_on: LegalDate | None = None
    retract_until: LegalDate | None = None
    appeal_until: LegalDate | None = None
    appeal_silence_on: LegalDate | None = None
    reasons_due_on: LegalDate | None = None
    reasonable_until: LegalDate | None = None
    _silence_steps: tuple[Step, ...] = ()
    _appeal_steps: tuple[Step, ...] = ()
    _accepts: bool = False

    def __iter__(self) -> Iterator[LegalDate]:
        """Every date there is, the earliest first."""
        found = (getattr(self, name) for name in DATES)
        return iter(sorted((each for each in found if each), key=lambda each: each.on))

    def may_refuse(self, today: date) -> bool:
        """Whether a refusal can still be signed: not once silence has become an acceptance (R-SIL-6)."""
        return not (self._accepts and self.claimable_from and today >= self.claimable_from.on)

    @property
    def silence_explanation(self) -> tuple[str, ...]:
        """Why the period of silence ends when it does, or why no date can be given yet."""
        return tuple(step.in_french() for step in self._silence_steps)

    @property
    def appeal_explanation(self) -> tuple[str, ...]:
        """Whether the period of appeal can be relied on, and how it was counted."""
        return tuple(step.in_french() for step in self._appeal_steps)

    def to_data(self) -> dict[str, Any]:
        """Every date with its explanation as plain JSON data, for the evidence bundle."""
        return {
            "ruleset": self.ruleset,
            "state": self.state.value,
            "received_on": self.received_on.isoformat(),
            "silence": list(self.silence_explanation),
            "appeal_period_enforceable": self.appeal_period_enforceable,
            "appeal": list(self.appeal_explanation),
            "dates": [
                {
                    "code": each.code,
                    "on": each.on.isoformat(),
                    "label": each.label,
                    "explanation": each.explanation.to_data(),
                }
                for each in self
            ],
        }


def deadlines(
    facts: Facts,
    regime: Regime,
    calendar: Calendar,
    timezone: str | ZoneInfo,
    ruleset: Ruleset = DEFAULT,
) -> Deadlines:
    """Every legal date that the facts of a case open, with its explanation.

    `timezone` is that of the deciding authority. Raises Invalid on an unknown time zone; the rest was checked
    when the facts and the regime were made.
    """
    matter = Matter.of(facts, regime, calendar, timezone, ruleset)
    run = silence.course(matter)
    implicit = run.implicit_on
    acknowledge_by = upon_receipt.acknowledge_by(matter)
    remedies = appeals.remedies(matter, implicit, acknowledge_by)
    return Deadlines(
        ruleset=ruleset.version,
        received_on=matter.received_on,
        state=run.state,
        filed_on=upon_receipt.filed_on(matter),
        appeal_period_enforceable=remedies.enforceable,
        registration_notice_by=upon_receipt.registration_notice_by(matter),
        acknowledge_by=acknowledge_by,
        implicit_on=implicit,
        claimable_from=silence.claimable_from(matter, implicit) if implicit else None,
        last_day_to_sign=silence.last_day_to_sign(matter, implicit) if implicit else None,
        notify_by=run.notify_by,
        decide_by=time_to_answer.decide_by(matter),
        target_on=upon_receipt.target_on(matter),
        retract_until=silence.retract_until(matter, implicit) if implicit else None,
        appeal_until=remedies.appeal_until,
        appeal_silence_on=remedies.appeal_silence_on,
        reasons_due_on=remedies.reasons_due_on,
        reasonable_until=remedies.reasonable_until,
        _silence_steps=run.steps,
        _appeal_steps=remedies.steps,
        _accepts=regime.silence is Silence.ACCEPTANCE,
    )
