"""A legal date and why it is so: the facts used, the rule, its article and the steps, in plain French.

The sentences are written only when somebody opens the explanation: lists and intake compute dates alone.
"""

import re
from datetime import date, datetime
from typing import Any, NamedTuple

from backoffice.domain.calendars import ONE_DAY, Calendar
from backoffice.domain.french import NBSP, long_date, long_datetime, typographic
from backoffice.domain.law import Confidence, LegalRule
from backoffice.domain.periods import Period
from backoffice.domain.wording import Wording

_CITATION = re.compile(r"(?<=\b[LRD]\.) (?=\d)|(?<=n°) (?=\d)")


class DaysOff(NamedTuple):
    """The holidays that a count in jours ouvrés stepped over, from the day after `start` to `end`."""

    calendar: Calendar
    start: date
    end: date

    def __str__(self) -> str:
        day, found = self.start + ONE_DAY, []
        while day <= self.end:
            name = self.calendar.holiday_name(day)
            if name and day.weekday() < 5:
                found.append(f"{long_date(day)} ({name})")
            day += ONE_DAY
        if not found:
            return Wording("Aucun jour férié ne tombe dans ce délai.")
        return f"Jours non comptés outre les fins de semaine : {', '.join(found)}."


Part = date | datetime | Period | DaysOff | int | str


class Step(NamedTuple):
    """A French sentence with numbered holes, and what fills them (instants in the authority's time zone)."""

    sentence: str
    parts: tuple[Part, ...] = ()

    def in_french(self) -> str:
        """The sentence as it is read on screen and in the evidence bundle."""
        text = self.sentence.format(*(_spoken(part) for part in self.parts))
        return _CITATION.sub(NBSP, typographic(text))


class Explanation(NamedTuple):
    """Why a date is what it is: French sentences only, in reading order."""

    rule_id: str
    article: str
    confidence: Confidence
    facts: tuple[str, ...]
    steps: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole explanation, a sentence a line."""
        return "\n".join((*self.facts, *self.steps, *self.notes))

    def to_data(self) -> dict[str, Any]:
        """The explanation as plain JSON data, for the evidence bundle."""
        return {
            "rule": self.rule_id,
            "article": self.article,
            "confidence": self.confidence.value,
            "facts": list(self.facts),
            "steps": list(self.steps),
            "notes": list(self.notes),
        }


class LegalDate(NamedTuple):
    """A date that the law or the house attaches to facts. The first of `rules` is the one that gives it.

    `basis` is the text that a procedure's regime names instead of that rule's article; `unsure` says that
    this regime itself awaits a jurist.
    """

    code: str
    on: date
    label: str
    rules: tuple[LegalRule, ...]
    facts: tuple[Step, ...]
    steps: tuple[Step, ...]
    basis: str = ""
    unsure: bool = False

    @property
    def explanation(self) -> Explanation:
        """The facts used, the rule and the steps, written out; a rule still to confirm says so."""
        unsure = self.unsure or any(rule.confidence is Confidence.TO_CONFIRM for rule in self.rules)
        notes = [Step(f"{{0}} ({rule.article}).", (rule.note.rstrip("."),)) for rule in self.rules if rule.note]
        if unsure:
            notes.append(Step("Point de droit à faire confirmer par un juriste."))
        return Explanation(
            self.rules[0].id,
            Step("{0}", (self.basis or self.rules[0].article,)).in_french(),
            Confidence.TO_CONFIRM if unsure else self.rules[0].confidence,
            tuple(fact.in_french() for fact in self.facts),
            tuple(step.in_french() for step in self.steps),
            tuple(note.in_french() for note in notes),
        )


def _spoken(part: Part) -> str:
    if isinstance(part, datetime):
        if part.tzinfo is None:
            raise ValueError("an instant in an explanation needs its time zone")
        return long_datetime(part, part.tzinfo)
    if isinstance(part, date):
        return long_date(part)
    return part.in_french() if isinstance(part, Period) else str(part)
