"""The legal clock of a case: the regime is snapshotted when it starts, every date is computed from stored facts."""

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

ELECTRONIC = frozenset({ChannelCode.WEB_FORM, ChannelCode.EMAIL, ChannelCode.OPEN311})
HOUSE_TARGET_WORKING_DAYS = "house_target_working_days"


def start(case: Case, authority: Authority, procedure: Procedure | None, incoming: IncomingRequest) -> None:
    """Snapshot the regime of the procedure (the general one without a procedure) and set the first dates."""
    version = procedure.current_version if procedure else None
    case.regime = dict(version.definition["regime"]) if version else GENERAL.to_data()
    target = version.definition.get("target_working_days") if version else None
    target = target or authority.details.get(HOUSE_TARGET_WORKING_DAYS)
    if target and "target_working_days" not in case.regime:
        case.regime["target_working_days"] = target
    case.ruleset = authority.details.get("ruleset") or clock.DEFAULT.version
    case.posted_on = incoming.posted_on
    refresh(case, authority)


def restart(case: Case, authority: Authority, procedure: Procedure) -> None:
    """A case that was waiting to be sorted gets its procedure: its regime applies from the receipt, which stays."""
    version = procedure.current_version
    assert version is not None  # noqa: S101 (get_procedure only gives published ones)
    case.regime = dict(version.definition["regime"])
    if target := version.definition.get("target_working_days"):
        case.regime.setdefault("target_working_days", target)
    refresh(case, authority)


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
