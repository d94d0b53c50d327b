"""The usual delay of a procedure, from the cases that really ended: what half of them took, and nine in ten."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from backoffice.domain.lifecycle import Outcome
from backoffice.domain.wording import Wording

ENOUGH = 10
"""With fewer cases, one person's bad luck would pass for a rule, and be recognised: the promise is told instead."""

UNANSWERED = frozenset({Outcome.WITHDRAWN, Outcome.TRANSFERRED, Outcome.CLOSED_NO_ACTION, Outcome.JOINED})
"""Endings that are no answer of the house: they say nothing of the time that an answer takes."""


@dataclass(frozen=True, slots=True)
class UsualDelay:
    """Calendar days from receipt to answer: half of the `sample` cases took `median` at most, 9 in 10 `nine_in_ten`."""

    sample: int
    median: int
    nine_in_ten: int

    @property
    def in_words(self) -> str:
        """« Une demande sur deux : 4 jours ou moins. 9 sur 10 : 12 jours ou moins. »."""
        if self.median == self.nine_in_ten:
            return Wording("9 demandes sur 10 : %(most)s.", most=_at_most(self.nine_in_ten))
        return Wording(
            "Une demande sur deux : %(half)s. 9 sur 10 : %(most)s.",
            half=_at_most(self.median),
            most=_at_most(self.nine_in_ten),
        )

    @property
    def origin(self) -> str:
        """Where the figures come from."""
        return Wording.counted(
            "Calculé sur %(count)s demande terminée ces douze derniers mois, en jours de calendrier.",
            "Calculé sur %(count)s demandes terminées ces douze derniers mois, en jours de calendrier.",
            self.sample,
        )


def measure(days: Mapping[int, int]) -> UsualDelay | None:
    """The usual delay from how many cases took how many days; None when there are not ENOUGH of them."""
    sample = sum(days.values())
    if sample < ENOUGH:
        return None
    return UsualDelay(sample, _within(days, Fraction(1, 2)), _within(days, Fraction(9, 10)))


def _within(days: Mapping[int, int], share: Fraction) -> int:
    """The smallest number of days within which at least this share of the cases ended (nearest rank)."""
    wanted, ended = sum(days.values()) * share, 0
    for taken in sorted(days):
        ended += days[taken]
        if ended >= wanted:
            return taken
    raise ValueError("no case")


def _at_most(days: int) -> Wording:
    if days == 0:
        return Wording("le jour même")
    return Wording.counted("%(count)s jour ou moins", "%(count)s jours ou moins", days)
