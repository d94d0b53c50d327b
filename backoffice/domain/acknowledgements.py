"""Which acknowledgement a request calls for: what the law wants it to say depends on what silence means."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from backoffice.domain.periods import Period
from backoffice.domain.regime import AppealRoute, Regime, Silence


class Notice(StrEnum):
    """The wordings: a bare registration (AEE), or a full acknowledgement (AR) with the effect of silence."""

    REGISTRATION = "registration"
    ACCEPTANCE = "acceptance"
    REJECTION = "rejection"
    NO_EFFECT = "no_effect"


def notice(regime: Regime, *, dated: bool) -> Notice:
    """The wording owed; `dated` is whether the date of the implicit decision is known (R112-11-1, 4° asks for it).

    A procedure exempt from the acknowledgement (R112-4) still gets its registration notice (L112-11).
    """
    if regime.ar_exempt_basis:
        return Notice.REGISTRATION
    if regime.silence is Silence.NONE:
        return Notice.NO_EFFECT
    if not dated:
        return Notice.REGISTRATION
    return Notice.ACCEPTANCE if regime.silence is Silence.ACCEPTANCE else Notice.REJECTION


class Effect(NamedTuple):
    """What an acknowledgement tells of the law: when one of these changes, it no longer tells the truth."""

    notice: Notice
    implicit_on: date | None
    answer_within: Period | None
    appeal_route: AppealRoute
    collegial: bool


def effect(regime: Regime, implicit_on: date | None) -> Effect:
    """What the acknowledgement of a case under this regime tells; `implicit_on` is the date that it prints."""
    answer_within = regime.decide_within or (regime.delay if regime.silence is Silence.NONE else None)
    said = notice(regime, dated=implicit_on is not None)
    return Effect(said, implicit_on, answer_within, regime.appeal_route, regime.collegial_decision)
