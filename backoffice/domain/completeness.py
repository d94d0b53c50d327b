"""Missing documents and the period of silence (L114-5): a new start, or a suspension."""

from datetime import date, timedelta
from typing import NamedTuple

from backoffice.domain.explanation import Step
from backoffice.domain.facts import DocumentRequest
from backoffice.domain.law import LegalRule
from backoffice.domain.matter import Matter, counted
from backoffice.domain.periods import Period
from backoffice.domain.rulesets import BOTH_DAYS_COUNTED, RESTART
from backoffice.domain.wording import Wording

Requests = tuple[DocumentRequest, ...]


class Run(NamedTuple):
    """Where the period ends (None while it waits for documents), how it got there, and by which rules."""

    end: date | None
    steps: tuple[Step, ...]
    rules: tuple[LegalRule, ...] = ()


def run(matter: Matter, term: Period, start: date) -> Run:
    """The period from its start, moved by the requests for missing documents that came before its end."""
    requests = matter.facts.document_requests
    if not requests:
        return Run(*counted(term, start, matter.calendar))
    blocking = tuple(sorted((each for each in requests if each.blocking), key=lambda each: each.requested_on))
    rule = matter.rule(f"incomplete.{matter.regime.silence.value}")
    moved = (_restarted if rule.value == RESTART else _suspended)(matter, rule, term, start, blocking)
    if len(blocking) == len(requests):
        return moved
    optional = Step("Une pièce qui n’est pas indispensable ne retarde rien (article L. 114-5-1 du CRPA).")
    return moved._replace(steps=(*moved.steps, optional))


def _restarted(matter: Matter, rule: LegalRule, term: Period, start: date, requests: Requests) -> Run:
    """SVA: the period runs only from the day on which all the pieces are received."""
    end, steps = counted(term, start, matter.calendar)
    for request in requests:
        if request.requested_on > end:
            steps += (_too_late(request),)
            continue
        asked = Step(
            "Pièces demandées le {0} : le délai ne court qu’à compter de leur réception ({1}).",
            (request.requested_on, rule.article),
        )
        if request.received_on is None:
            return Run(None, (*steps, asked, Step("Elles sont encore attendues : aucune date ne court.")), (rule,))
        start = max(start, request.received_on)
        end, counting = counted(term, start, matter.calendar)
        steps += (asked, Step("Pièces reçues le {0}.", (request.received_on,)), *counting)
    return Run(end, steps, (rule,))


def _suspended(matter: Matter, rule: LegalRule, term: Period, start: date, requests: Requests) -> Run:
    """SVR: the period stops while the citizen has time to answer, at most until the pieces are received."""
    end, steps = counted(term, start, matter.calendar)
    count_rule = matter.rule("suspension.day_count")
    extra = 1 if count_rule.value == BOTH_DAYS_COUNTED else 0
    running_from = start
    for request in requests:
        if request.requested_on > end:
            steps += (_too_late(request),)
            continue
        resumed_on = min(request.received_on or request.limit_on, request.limit_on)
        stopped_on = max(request.requested_on, running_from)
        if resumed_on <= stopped_on:
            continue
        days = (resumed_on - stopped_on).days + extra
        added = "1 jour" if days == 1 else f"{days} jours"
        end += timedelta(days=days)
        running_from = resumed_on
        why = Wording("réception des pièces") if resumed_on == request.received_on else Wording("fin du temps accordé")
        limits = (request.requested_on, request.limit_on)
        steps += (
            Step("Pièces demandées le {0}, à produire au plus tard le {1}.", limits),
            Step(
                "Le délai est suspendu du {0} au {1} ({2}) : {3} s’ajoutent, jusqu’au {4} ({5}).",
                (stopped_on, resumed_on, why, added, end, rule.article),
            ),
        )
    return Run(end, steps, (rule, count_rule))


def _too_late(request: DocumentRequest) -> Step:
    return Step(
        "La demande de pièces du {0} est postérieure à la décision implicite : elle est sans effet.",
        (request.requested_on,),
    )
