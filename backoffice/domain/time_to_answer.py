"""The time a text gives to answer, when no decision is born of going past it (RGPD, electoral roll)."""

from dataclasses import replace

from backoffice.domain.explanation import LegalDate, Step
from backoffice.domain.law import Confidence
from backoffice.domain.matter import LABELS, Matter, counted
from backoffice.domain.regime import Counting, Silence
from backoffice.domain.silence import start_of_answer
from backoffice.domain.wording import Wording


def decide_by(matter: Matter) -> LegalDate | None:
    """The last day to answer; None when no text sets one, or when the request left us or was withdrawn."""
    regime, facts = matter.regime, matter.facts
    period = regime.decide_within or (regime.delay if regime.silence is Silence.NONE else None)
    if period is None or facts.transmitted_on or facts.withdrawn_on:
        return None
    rule = matter.rule("answer.eu.rolls" if regime.counting is Counting.EU else "answer.rolls")
    if rule.value is True:
        period = replace(period, rolling=True)
    start, steps = start_of_answer(matter)
    calendar = matter.calendar.statutory
    end, counting = counted(period, start, calendar)
    known = (matter.receipt(), Step("Texte applicable : {0}.", (regime.basis or rule.article,)))
    if regime.extension and facts.extension_notified_on:
        if facts.extension_notified_on <= end:
            longer = replace(period, count=period.count + regime.extension.count)
            end, counting = counted(longer, start, calendar)
            notice = Wording("Prolongation annoncée le {0}, à temps : le délai passe de {1} à {2}.")
            steps += (Step(notice, (facts.extension_notified_on, period, longer)),)
        else:
            notice = Wording("Prolongation annoncée le {0}, après le {1} : elle est sans effet.")
            counting += (Step(notice, (facts.extension_notified_on, end)),)
    unsure = regime.confidence is Confidence.TO_CONFIRM
    steps += counting
    return LegalDate("decide_by", end, LABELS["decide_by"], (rule,), known, steps, regime.basis, unsure)
