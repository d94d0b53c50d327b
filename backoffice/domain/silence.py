"""What silence becomes, and when: the start of the period, its end, what prevents a decision."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from backoffice.domain import completeness
from backoffice.domain.explanation import LegalDate, Step
from backoffice.domain.facts import local_date
from backoffice.domain.law import Confidence, LegalRule
from backoffice.domain.matter import LABELS, Matter, counted, legal_date
from backoffice.domain.periods import Period
from backoffice.domain.regime import Silence, Start
from backoffice.domain.rulesets import COMPETENT
from backoffice.domain.wording import Wording

MEANING = {Silence.ACCEPTANCE: Wording("acceptation"), Silence.REJECTION: Wording("rejet")}


class ClockState(StrEnum):
    """Whether the period at the end of which silence takes effect is running, and if not, why.

    `RUNNING` says nothing of today: compare `claimable_from` with the day to know if the decision is born.
    """

    RUNNING = "running"
    WAITING_FOR_DOCUMENTS = "waiting_for_documents"
    TRANSMITTED = "transmitted"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    NO_EFFECT = "no_effect"


class Course(NamedTuple):
    """How the period runs: its state, the implicit decision it leads to (or None), and why.

    `notify_by` is the last day to notify a refusal that is signed, when silence would make an acceptance.
    """

    state: ClockState
    implicit_on: LegalDate | None
    steps: tuple[Step, ...]
    notify_by: LegalDate | None = None


def course(matter: Matter) -> Course:
    """The course of the period of silence, from its start to the implicit decision or to what prevents it."""
    regime = matter.regime
    closed_on, closed_state = _closing(matter)
    if regime.silence is Silence.NONE:
        none = Step("Pour cette démarche, le silence ne fait naître aucune décision.")
        return Course(closed_state or ClockState.NO_EFFECT, None, (none,))
    start, start_steps, start_rules = _start_of_silence(matter)
    if start is None:
        return Course(closed_state or ClockState.TRANSMITTED, None, start_steps)
    silence_rule = matter.rule(f"silence.{regime.silence.value}")
    term = regime.delay or silence_rule.period
    end, run_steps, run_rules = completeness.run(matter, term, start)
    steps = start_steps + run_steps
    if end is None:
        return Course(closed_state or ClockState.WAITING_FOR_DOCUMENTS, None, steps)
    end, roll_step, roll_rule = _rolled(matter, end)
    rules = (silence_rule, *start_rules, *run_rules, roll_rule)
    known = (matter.receipt(), _regime_fact(matter, term))
    if closed_on and closed_on <= end:
        closing = _closed_in_time(matter, closed_on, end)
        last = legal_date("notify_by", end, rules, known, (*steps, closing)) if _is_pending(matter) else None
        return Course(closed_state or ClockState.RUNNING, None, (*steps, closing), last)
    implicit = LegalDate(
        "implicit_on",
        end,
        LABELS[f"implicit_{regime.silence.value}"],
        rules,
        known,
        (*steps, roll_step),
        regime.basis,
        regime.confidence is Confidence.TO_CONFIRM,
    )
    return Course(closed_state or ClockState.RUNNING, implicit, implicit.steps)


def claimable_from(matter: Matter, implicit: LegalDate) -> LegalDate:
    """The first day on which the implicit decision exists: its date is over at midnight."""
    rule = matter.rule("claimable")
    day, _ = counted(rule.period, implicit.on, matter.calendar)
    step = Step("Le délai expire le {0} à minuit : la décision existe à partir du {1}.", (implicit.on, day))
    return legal_date("claimable_from", day, (rule,), implicit.facts, (step,))


def last_day_to_sign(matter: Matter, implicit: LegalDate) -> LegalDate:
    """The last jour ouvré on which a decision can still be signed and notified before the implicit one."""
    rule = matter.rule("signing_margin")
    eve = date.fromordinal(implicit.on.toordinal() - rule.period.count)
    day = max(matter.calendar.previous_working_day(eve), matter.begun_on)
    step = Step("Dernier jour ouvré au moins {0} avant le {1} : {2}.", (rule.period, implicit.on, day))
    return legal_date("last_day_to_sign", day, (rule,), implicit.facts, (step,))


def retract_until(matter: Matter, implicit: LegalDate) -> LegalDate | None:
    """The last day to withdraw an illegal implicit acceptance (L242-1); None for a rejection."""
    if matter.regime.silence is not Silence.ACCEPTANCE:
        return None
    rule = matter.rule("retraction", implicit.on)
    day, steps = counted(rule.period, implicit.on, matter.calendar)
    fact = Step("Demande réputée acceptée le {0}.", (implicit.on,))
    return legal_date("retract_until", day, (rule,), (fact,), steps)


def start_of_answer(matter: Matter) -> tuple[date, tuple[Step, ...]]:
    """The event from which our own time runs, as the regime chooses it, and the step that says so."""
    facts, received_on = matter.facts, matter.received_on
    if matter.begun_on != received_on:
        why = Wording("La demande, retirée puis reprise, est regardée comme nouvelle : le délai court depuis le {0}.")
        return matter.begun_on, (Step(why, (matter.begun_on,)),)
    if matter.regime.start is Start.SENDING:
        sent_on = facts.posted_on or received_on
        return sent_on, (Step("Le délai court à compter de l’envoi par l’usager, le {0}.", (sent_on,)),)
    if matter.regime.start is Start.ACKNOWLEDGEMENT and facts.is_electronic:
        sent = [facts.registration_notice_sent_at, facts.acknowledgement and facts.acknowledgement.sent_at]
        moments = [moment for moment in sent if moment]
        if moments:
            # A receipt that was corrected since may be later than an acknowledgement: nothing runs before it.
            sent_on = max(local_date(min(moments), matter.zone), received_on)
            return sent_on, (Step("Le délai court à compter de l’envoi de notre accusé, le {0}.", (sent_on,)),)
        waiting = Step("Aucun accusé n’est encore parti : par prudence, le délai est compté depuis la réception.")
        return received_on, (waiting,)
    return received_on, (Step("Le délai court à compter de la réception, le {0}.", (received_on,)),)


def _start_of_silence(matter: Matter) -> tuple[date | None, tuple[Step, ...], tuple[LegalRule, ...]]:
    """L114-3: from the first authority seized (rejection) or from the competent one (acceptance)."""
    facts = matter.facts
    if facts.resumed_on and matter.begun_on == facts.resumed_on:
        return *start_of_answer(matter), (matter.rule("start.resumed", facts.resumed_on),)
    if not facts.first_authority_received_on and not facts.transmitted_on:
        return *start_of_answer(matter), ()
    rule = matter.rule(f"start.{matter.regime.silence.value}")
    if rule.value != COMPETENT:
        start = facts.first_authority_received_on or matter.received_on
        which = Wording("la première administration saisie")
    elif facts.transmitted_on and not facts.competent_authority_received_on:
        waiting = Step(
            "Demande transmise le {0} : le délai ne court qu’à compter de sa réception par l’administration "
            "compétente ({1}).",
            (facts.transmitted_on, rule.article),
        )
        return None, (waiting,), (rule,)
    else:
        start = facts.competent_authority_received_on or matter.received_on
        which = Wording("l’administration compétente")
    step = Step("Le délai court à compter de la réception par {0}, le {1} ({2}).", (which, start, rule.article))
    return start, (step,), (rule,)


def _rolled(matter: Matter, end: date) -> tuple[date, Step, LegalRule]:
    rule = matter.rule("silence.rolls")
    if rule.value is not True:
        return end, Step("Cette date n’est pas reportée si elle tombe un jour non ouvré."), rule
    rolled = matter.calendar.statutory.next_working_day(end)
    return rolled, Step("Une date qui tombe un jour non ouvré est reportée : {0}.", (rolled,)), rule


def _closed_in_time(matter: Matter, closed_on: date, end: date) -> Step:
    decision = matter.facts.decision
    if decision is None or decision.notified_on is not None or closed_on != decision.made_on:
        return Step("La demande a pris fin le {0}, avant le {1} : aucune décision implicite.", (closed_on, end))
    return Step(
        "Décision signée le {0}, dont la notification n’est pas notée : il n’y a pas de décision implicite "
        "si elle est notifiée au plus tard le {1}.",
        (closed_on, end),
    )


def _is_pending(matter: Matter) -> bool:
    """Whether a refusal is signed and not known to be notified, while silence would make an acceptance."""
    decision = matter.facts.decision
    if decision is None or decision.favourable or matter.facts.withdrawn_on:
        return False
    return decision.notified_on is None and matter.regime.silence is Silence.ACCEPTANCE


def _closing(matter: Matter) -> tuple[date | None, ClockState | None]:
    """The first event that ends the request by an act: an express decision (notified, or signed as long as nobody
    knows when it was), or a withdrawal."""
    decision = matter.facts.decision
    decided_on = (decision.notified_on or decision.made_on) if decision else None
    withdrawn_on = matter.facts.withdrawn_on
    if withdrawn_on and (decided_on is None or withdrawn_on < decided_on):
        return withdrawn_on, ClockState.WITHDRAWN
    return decided_on, ClockState.DECIDED if decided_on else None


def _regime_fact(matter: Matter, term: Period) -> Step:
    meaning, basis = MEANING[matter.regime.silence], matter.regime.basis
    if basis:
        return Step("Régime de la démarche : le silence vaut {0} après {1} ({2}).", (meaning, term, basis))
    return Step("Régime de la démarche : le silence vaut {0} après {1}.", (meaning, term))
