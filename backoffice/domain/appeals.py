"""The periods open to a citizen whose request is refused: appeal, reasons, and whether the bar holds."""

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from backoffice.domain.calendars import Calendar, get_calendar
from backoffice.domain.explanation import LegalDate, Step
from backoffice.domain.facts import Appeal, AppealKind, ExpressDecision, Residence, local_date
from backoffice.domain.law import LegalRule
from backoffice.domain.matter import Matter, counted, legal_date
from backoffice.domain.regime import AppealRoute, Silence

WITHOUT_TERM = frozenset({AppealRoute.CNIL, AppealRoute.NONE})


class Refusal(NamedTuple):
    """The unfavourable decision an appeal is measured from."""

    on: date
    implicit: bool
    fact: Step


class Remedies(NamedTuple):
    """Dates of appeal; `enforceable` is whether the authority may rely on the bar, and `steps` say why."""

    enforceable: bool
    steps: tuple[Step, ...]
    appeal_until: LegalDate | None = None
    appeal_silence_on: LegalDate | None = None
    reasons_due_on: LegalDate | None = None
    reasonable_until: LegalDate | None = None


class Bar(NamedTuple):
    """The last day to appeal at some point of the reading; `on` is None when no bar runs."""

    on: date | None
    rules: tuple[LegalRule, ...] = ()
    steps: tuple[Step, ...] = ()


def remedies(matter: Matter, implicit: LegalDate | None, acknowledge_by: LegalDate | None) -> Remedies:
    """Every date of appeal that the facts open, from the implicit or express refusal to the court."""
    enforceable, why = _enforceability(matter, implicit, acknowledge_by)
    refusal = _refusal(matter, implicit, enforceable)
    if refusal is None:
        return Remedies(enforceable, (why,))
    bar = _first_bar(matter, refusal)
    bar, silence_on = _after_appeals(matter, refusal, bar, enforceable)
    bar, reasons_due_on = _after_reasons(matter, refusal, bar, enforceable)
    return Remedies(
        enforceable,
        (why, *bar.steps),
        legal_date("appeal_until", bar.on, bar.rules, (refusal.fact,), (*bar.steps, why)) if bar.on else None,
        silence_on,
        reasons_due_on,
        None if enforceable else _reasonable_until(matter, refusal),
    )


def _enforceability(matter: Matter, implicit: LegalDate | None, due: LegalDate | None) -> tuple[bool, Step]:
    """L112-6 and CJA R421-5: no bar without a complete AR, unless a decision came before silence did."""
    facts = matter.facts
    decision, sent = facts.decision, facts.acknowledgement
    if decision and implicit is None and _known(matter, decision) is None:
        return False, Step(
            "Le délai de recours n’a pas commencé : la décision est signée le {0}, mais rien ne dit encore quel jour "
            "elle a été notifiée (article R. 421-1 du CJA).",
            (decision.made_on,),
        )
    if decision and not decision.remedies_stated:
        return False, Step(
            "Délai de recours non opposable : la décision ne mentionne pas les voies et délais de recours "
            "(article R. 421-5 du CJA)."
        )
    if decision and implicit is None:
        return True, Step("Délai de recours opposable : la décision notifiée mentionne les voies et délais.")
    if sent is None:
        return False, Step(
            "Délai de recours non opposable à ce jour : l’accusé de réception n’est pas envoyé "
            "(article L. 112-6 du CRPA)."
        )
    if not sent.complete:
        return False, Step(
            "Délai de recours non opposable : l’accusé de réception est incomplet (article L. 112-6 du CRPA)."
        )
    sent_on = local_date(sent.sent_at, matter.zone)
    late_counts = matter.rule("acknowledgement.late_counts").value is True
    limit = implicit if late_counts else due
    if limit is not None and sent_on > limit.on:
        return False, Step(
            "Délai de recours non opposable : l’accusé de réception est parti le {0}, après le {1} "
            "(article L. 112-6 du CRPA).",
            (sent_on, limit.on),
        )
    return True, Step("Délai de recours opposable : l’accusé de réception complet est parti le {0}.", (sent_on,))


def _refusal(matter: Matter, implicit: LegalDate | None, enforceable: bool) -> Refusal | None:
    """The decision that opens the appeal; an express refusal after the bar only confirms the implicit one."""
    decision = matter.facts.decision
    born = None
    if implicit and matter.regime.silence is Silence.REJECTION:
        born = Refusal(implicit.on, True, Step("Demande réputée rejetée le {0}.", (implicit.on,)))
    if decision is None or decision.favourable:
        return None if decision else born
    known = _known(matter, decision)
    if known is None:
        return born  # what silence made stays, until the express refusal reaches the citizen
    if born is None or not enforceable:
        return known
    bar = _first_bar(matter, born)
    return born if bar.on and known.on > bar.on else known


def _known(matter: Matter, decision: ExpressDecision) -> Refusal | None:
    """An express refusal since the citizen knows of it: by its notification or, failing that, by their own appeal."""
    if decision.notified_on is not None:
        return Refusal(decision.notified_on, False, Step("Refus notifié le {0}.", (decision.notified_on,)))
    appealed = [appeal.lodged_on for appeal in matter.facts.appeals if appeal.lodged_on >= decision.made_on]
    if not appealed:
        return None
    since = min(appealed)
    fact = Step("Refus signé le {0}, que l’usager connaît depuis son recours du {1}.", (decision.made_on, since))
    return Refusal(since, False, fact)


def _first_bar(matter: Matter, refusal: Refusal) -> Bar:
    """The period of the regime's route, from the refusal."""
    route = matter.regime.appeal_route
    if route in WITHOUT_TERM:
        return Bar(None, (), (Step("Aucun texte ne fixe de délai pour ce recours."),))
    if refusal.implicit and matter.regime.collegial_decision:
        collegial = matter.rule("appeal.collegial_bar", refusal.on)
        if collegial.value is not True:
            why = "Décision collégiale : seul un refus exprès fait courir le délai ({0})."
            step = Step(why, (collegial.article,))
            return Bar(None, (collegial,), (step,))
    return _period_to_act(matter, f"appeal.{route.value}", refusal.on)


def _period_to_act(matter: Matter, rule_id: str, start: date) -> Bar:
    """A period to go to court or to the compulsory appeal, lengthened by distance before the court."""
    rule = matter.rule(rule_id, start)
    local = matter.rule("appeal.local_holidays", start)
    rules: tuple[LegalRule, ...] = (rule, local)
    steps: tuple[Step, ...] = ()
    period, residence = rule.period, matter.facts.residence
    if residence is not Residence.LOCAL and rule_id.startswith("appeal.ordinary"):
        distance = matter.rule(f"distance.{residence.value}", start)
        period = replace(period, count=period.count + distance.period.count)
        steps = (Step("Délai de distance : {0} de plus ({1}).", (distance.period, distance.article)),)
        rules += (distance,)
    end, counting = counted(period, start, _court_calendar(matter, local))
    return Bar(end, rules, steps + counting)


def _court_calendar(matter: Matter, local: LegalRule) -> Calendar:
    return matter.calendar.statutory if local.value is True else get_calendar("metropole")


def _after_appeals(matter: Matter, refusal: Refusal, bar: Bar, enforceable: bool) -> tuple[Bar, LegalDate | None]:
    """L411-2: appeals made in time interrupt the period, which runs again once all of them are rejected."""
    route = matter.regime.appeal_route
    appeals = [appeal for appeal in matter.facts.appeals if _counts(appeal, route)]
    if not appeals or route in WITHOUT_TERM:
        return bar, None
    in_time = [each for each in appeals if bar.on is None or not enforceable or each.lodged_on <= bar.on]
    if not in_time:
        late = Step("Le recours administratif a été formé après le délai : il ne l’interrompt pas.")
        return Bar(bar.on, bar.rules, (*bar.steps, late)), None
    rule = matter.rule(f"appeal.{route.value}.silence", in_time[0].received_on)
    court = f"appeal.{route.value}.court"
    rejected_on, steps, silences = refusal.on, bar.steps, []
    for appeal in in_time:
        silence_on, counting = counted(rule.period, appeal.received_on, matter.calendar)
        received = Step("Recours administratif reçu le {0}.", (appeal.received_on,))
        known = (refusal.fact, received)
        silences.append(legal_date("appeal_silence_on", silence_on, (rule,), known, counting))
        ended_on = _rejection_of(matter, appeal, silence_on, court)
        rejected_on = max(rejected_on, ended_on)
        how = "refus notifié" if ended_on == appeal.rejected_on else "silence"
        steps += (received, Step("Il interrompt le délai ; il est rejeté le {0} ({1}).", (ended_on, how)))
    after = _period_to_act(matter, court, rejected_on)
    last = max(silences, key=lambda each: each.on)
    return Bar(after.on, (*after.rules, rule), steps + after.steps), last


def _counts(appeal: Appeal, route: AppealRoute) -> bool:
    return (appeal.kind is AppealKind.MANDATORY) is (route is not AppealRoute.ORDINARY)


def _rejection_of(matter: Matter, appeal: Appeal, silence_on: date, court: str) -> date:
    """The day an appeal was rejected; an express rejection after the court's bar changes nothing."""
    if appeal.rejected_on is None:
        return silence_on
    if appeal.rejected_on <= silence_on:
        return appeal.rejected_on
    bar = _period_to_act(matter, court, silence_on).on
    return appeal.rejected_on if bar is None or appeal.rejected_on <= bar else silence_on


def _after_reasons(matter: Matter, refusal: Refusal, bar: Bar, enforceable: bool) -> tuple[Bar, LegalDate | None]:
    """L232-4: reasons asked in time are due within a month, and the period lasts two more once given."""
    reasons = matter.facts.reasons
    if reasons is None or not refusal.implicit:
        return bar, None
    asked = Step("Motifs demandés le {0}.", (reasons.asked_on,))
    if bar.on is not None and enforceable and reasons.asked_on > bar.on:
        return Bar(bar.on, bar.rules, (*bar.steps, asked, Step("La demande est hors délai."))), None
    rule = matter.rule("reasons", reasons.asked_on)
    due, counting = counted(rule.period, reasons.asked_on, matter.calendar)
    due_on = legal_date("reasons_due_on", due, (rule,), (refusal.fact, asked), counting)
    if reasons.given_on is None:
        waiting = Step("Le délai de recours reste ouvert tant que les motifs ne sont pas communiqués.")
        return Bar(None, bar.rules, (*bar.steps, asked, waiting)), due_on
    given = Step("Motifs communiqués le {0}.", (reasons.given_on,))
    after = _period_to_act(matter, "appeal.after_reasons", reasons.given_on)
    if bar.on is None or (after.on is not None and after.on <= bar.on):
        return Bar(bar.on, bar.rules, (*bar.steps, asked, given)), due_on
    return Bar(after.on, after.rules, (*bar.steps, asked, given, *after.steps)), due_on


def _reasonable_until(matter: Matter, refusal: Refusal) -> LegalDate | None:
    """The Czabaj limit of an express refusal without a bar; an implicit one has no known first day."""
    if refusal.implicit or matter.regime.appeal_route is not AppealRoute.ORDINARY:
        return None
    rule = matter.rule("reasonable_time", refusal.on)
    end, steps = counted(rule.period, refusal.on, matter.calendar)
    return legal_date("reasonable_until", end, (rule,), (refusal.fact,), steps)
