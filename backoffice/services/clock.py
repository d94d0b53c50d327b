"""The legal clock of a case: the regime is snapshotted when it starts, every date is computed from stored facts."""

from collections.abc import Mapping
from typing import Any

from backoffice.domain import clock
from backoffice.domain.calendars import Calendar, get_calendar
from backoffice.domain.clock import Deadlines
from backoffice.domain.facts import Acknowledgement, Facts
from backoffice.domain.incoming import ChannelCode, IncomingRequest
from backoffice.domain.regime import GENERAL, Regime
from backoffice.domain.rulesets import get_ruleset
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.services import procedures

ELECTRONIC = frozenset({ChannelCode.WEB_FORM, ChannelCode.EMAIL, ChannelCode.OPEN311})
HOUSE_TARGET_WORKING_DAYS = "house_target_working_days"


def start(case: Case, authority: Authority, procedure: Procedure | None, incoming: IncomingRequest) -> None:
    """Snapshot the regime of the procedure (the general one without a procedure) and set the first dates."""
    case.regime = _regime_of(procedure, case.answers) if procedure else GENERAL.to_data()
    if target := authority.details.get(HOUSE_TARGET_WORKING_DAYS):
        case.regime.setdefault("target_working_days", target)
    case.ruleset = authority.details.get("ruleset") or clock.DEFAULT.version
    case.posted_on = incoming.posted_on
    refresh(case, authority)


def restart(case: Case, authority: Authority, procedure: Procedure) -> None:
    """A case that was waiting to be sorted gets its procedure: its regime applies from the receipt, which stays."""
    case.regime = _regime_of(procedure, case.answers)
    refresh(case, authority)


def _regime_of(procedure: Procedure, answers: Mapping[str, Any]) -> dict[str, Any]:
    definition = procedures.definition_of(procedure)
    regime = dict(definition.regime_for(answers))
    if definition.target_working_days:
        regime.setdefault("target_working_days", definition.target_working_days)
    return regime


def refresh(case: Case, authority: Authority) -> None:
    """Compute the dates again from the facts, and keep them for the lists."""
    dates = deadlines(case, authority)
    case.acknowledge_by = dates.acknowledge_by.on if dates.acknowledge_by else None
    case.implicit_on = dates.implicit_on.on if dates.implicit_on else None
    case.target_on = dates.target_on.on if dates.target_on else None
    known = [day for day in (case.target_on, case.implicit_on) if day]
    case.due_on = min(known) if known else case.acknowledge_by or case.received_on


def deadlines(case: Case, authority: Authority) -> Deadlines:
    """Every legal date of a case, each with its explanation."""
    return clock.deadlines(
        facts(case),
        Regime.from_data(case.regime),
        calendar_of(authority),
        authority.timezone,
        get_ruleset(case.ruleset),
    )


def facts(case: Case) -> Facts:
    """What happened to the case, as the clock reads it."""
    electronic = case.channel in ELECTRONIC
    return Facts(
        received_at=case.received_at,
        received_on=None if electronic else case.received_on,
        posted_on=case.posted_on,
        electronic=electronic,
        acknowledgement=Acknowledgement(case.acknowledged_at) if case.acknowledged_at else None,
    )


def calendar_of(authority: Authority) -> Calendar:
    """The authority's own calendar, with its local days."""
    return get_calendar(authority.calendar, tuple(authority.details.get("extra_holidays", ())))
