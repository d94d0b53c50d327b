"""One case seen by the law: its facts, the regime and calendar that apply to it, and the state of the law."""

from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from backoffice.domain.calendars import Calendar
from backoffice.domain.explanation import DaysOff, LegalDate, Step
from backoffice.domain.facts import Facts, zone_of
from backoffice.domain.law import LegalRule, Ruleset
from backoffice.domain.periods import Period, Unit, add_months, end_of
from backoffice.domain.regime import Regime
from backoffice.domain.rulesets import RESUMPTION
from backoffice.domain.time_zones import zone_in_words

LABELS = {
    "filed_on": "Date d’envoi retenue pour l’usager",
    "registration_notice_by": "Accusé d’enregistrement à envoyer au plus tard",
    "acknowledge_by": "Accusé de réception à envoyer au plus tard",
    "implicit_acceptance": "Demande réputée acceptée",
    "implicit_rejection": "Demande réputée rejetée",
    "claimable_from": "Décision implicite acquise à partir du",
    "last_day_to_sign": "Dernier jour utile pour signer",
    "notify_by": "Décision à notifier au plus tard",
    "decide_by": "Réponse due au plus tard",
    "target_on": "Objectif de la collectivité",
    "retract_until": "Retrait d’une acceptation illégale possible jusqu’au",
    "appeal_until": "Recours possible jusqu’au",
    "appeal_silence_on": "Recours administratif réputé rejeté",
    "reasons_due_on": "Motifs à communiquer au plus tard",
    "reasonable_until": "Délai raisonnable de recours, environ jusqu’au",
}
"""The French name of each legal date, as a heading on screen and in the evidence bundle."""


class Matter(NamedTuple):
    """What a legal date is computed from; `received_on` is the legal day of receipt by this authority."""

    facts: Facts
    regime: Regime
    calendar: Calendar
    zone: ZoneInfo
    ruleset: Ruleset
    received_on: date

    @classmethod
    def of(
        cls, facts: Facts, regime: Regime, calendar: Calendar, timezone: str | ZoneInfo, ruleset: Ruleset
    ) -> "Matter":
        """The matter of these facts, with the day of receipt as it was where the authority is."""
        zone = zone_of(timezone)
        return cls(facts, regime, calendar, zone, ruleset, facts.received_day(zone))

    def rule(self, rule_id: str, on: date | None = None) -> LegalRule:
        """The rule in force on a day, by default the day of receipt."""
        return self.ruleset.rule(rule_id, on or self.received_on)

    @property
    def begun_on(self) -> date:
        """The day from which our own duties run: the receipt, or the resumption of a request that was withdrawn."""
        resumed_on = self.facts.resumed_on
        starts_again = resumed_on is not None and self.rule("start.resumed", resumed_on).value == RESUMPTION
        return resumed_on if starts_again and resumed_on else self.received_on

    def receipt(self) -> Step:
        """The receipt, as a fact of an explanation."""
        facts = self.facts
        if facts.received_on is None and facts.received_at is not None:
            there = facts.received_at.astimezone(self.zone)
            return Step("Demande reçue le {0} ({1}).", (there, zone_in_words(str(self.zone))))
        if facts.posted_on:
            return Step("Demande postée le {0}, reçue le {1}.", (facts.posted_on, self.received_on))
        return Step("Demande reçue le {0}.", (self.received_on,))


def legal_date(
    code: str,
    on: date,
    rules: tuple[LegalRule, ...],
    facts: tuple[Step, ...],
    steps: tuple[Step, ...],
    label: str = "",
) -> LegalDate:
    """A legal date under its usual French name, or under another of `LABELS`."""
    return LegalDate(code, on, LABELS[label or code], rules, facts, steps)


def counted(period: Period, start: date, calendar: Calendar) -> tuple[date, tuple[Step, ...]]:
    """The end of a period and the steps that lead to it, in the order in which a person would count."""
    end = end_of(period, start, calendar)
    match period.unit:
        case Unit.MONTHS:
            steps = _months(period, start)
        case Unit.WORKING_DAYS | Unit.BUSINESS_DAYS:
            steps = (
                Step("{0} à compter du {1}, ce jour non compris : {2}.", (period, start, end)),
                Step("{0}", (DaysOff(calendar, start, end),)),
            )
        case _:
            last = end_of(Period(period.count, period.unit), start, calendar)
            steps = (Step("{0} à compter du {1}, ce jour non compris : {2}.", (period, start, last)),)
    before = end_of(Period(period.count, period.unit, period.clear), start, calendar) if period.rolling else end
    if period.clear:
        steps += (Step("Délai franc : le dernier jour ne compte pas non plus, on va au {0}.", (before,)),)
    if before != end:
        steps += (Step("Le {0} n’est pas un jour ouvré : report au {1}.", (before, end)),)
    return end, steps


def _months(period: Period, start: date) -> tuple[Step, ...]:
    end = add_months(start, period.count)
    if end.day == start.day:
        return (Step("{0} à compter du {1}, de quantième à quantième : {2}, à minuit.", (period, start, end)),)
    return (
        Step(
            "{0} à compter du {1} : le mois d’arrivée n’a pas de {2}, on retient son dernier jour, {3}, à minuit.",
            (period, start, start.day, end),
        ),
    )
