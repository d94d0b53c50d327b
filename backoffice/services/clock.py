"""The legal clock of a case: the regime is snapshotted when it starts, every date is computed from stored facts."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import clock, corrections, legal_reading
from backoffice.domain.calendars import Calendar, get_calendar
from backoffice.domain.clock import Deadlines
from backoffice.domain.facts import Acknowledgement, Facts, Residence
from backoffice.domain.incoming import ChannelCode, IncomingRequest
from backoffice.domain.legal_events import EventKind, LegalEvent, find_last
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.regime import GENERAL, Regime
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.queries import legal as queries
from backoffice.services import law, moment, procedures

ELECTRONIC = frozenset({ChannelCode.WEB_FORM, ChannelCode.EMAIL, ChannelCode.OPEN311})
HOUSE_TARGET_WORKING_DAYS = "house_target_working_days"
EXTRA_HOLIDAYS = "extra_holidays"


def start(
    session: Session, case: Case, authority: Authority, procedure: Procedure | None, incoming: IncomingRequest
) -> None:
    """Snapshot the regime of the procedure (the general one without a procedure) and set the first dates."""
    case.regime = _regime_of(procedures.definition_of(procedure), case.answers) if procedure else GENERAL.to_data()
    if target := authority.details.get(HOUSE_TARGET_WORKING_DAYS):
        case.regime.setdefault("target_working_days", target)
    case.ruleset = law.current_version(authority)
    case.posted_on = incoming.posted_on
    refresh(session, case, authority)


def restart(session: Session, case: Case, authority: Authority, procedure: Procedure) -> None:
    """A case gets its procedure, or another one: its regime applies from the receipt, which stays."""
    restart_under(session, case, authority, procedures.definition_of(procedure))


def restart_under(session: Session, case: Case, authority: Authority, definition: ProcedureDefinition) -> None:
    """The same by the definition itself: that of today's procedure, or of the version that a case keeps."""
    case.regime = _regime_of(definition, case.answers_to_procedure)
    if target := authority.details.get(HOUSE_TARGET_WORKING_DAYS):
        case.regime.setdefault("target_working_days", target)
    refresh(session, case, authority)


def _regime_of(definition: ProcedureDefinition, answers: Mapping[str, Any]) -> dict[str, Any]:
    regime = dict(definition.regime_for(answers))
    if definition.target_working_days:
        regime.setdefault("target_working_days", definition.target_working_days)
    return regime


def refresh(session: Session, case: Case, authority: Authority) -> None:
    """Compute the dates again from the facts, and keep them for the lists."""
    dates = deadlines(session, case, authority)
    case.acknowledge_by = dates.acknowledge_by.on if dates.acknowledge_by else None
    case.implicit_on = dates.implicit_on.on if dates.implicit_on else None
    case.target_on = dates.target_on.on if dates.target_on else None
    case.answer_by = dates.decide_by.on if dates.decide_by else None
    known = [day for day in (case.target_on, case.implicit_on, case.answer_by) if day]
    case.due_on = min(known) if known else case.acknowledge_by or case.received_on


def forget_unborn(session: Session, case: Case, authority: Authority) -> None:
    """Once facts changed: what silence was said to have made says nothing of a case where it is not made yet."""
    born = deadlines(session, case, authority).claimable_from
    if born is None or born.on > moment.today(authority.timezone):
        case.implicit_outcome = ""


def deadlines(
    session: Session, case: Case, authority: Authority, events: Iterable[LegalEvent] | None = None
) -> Deadlines:
    """Every legal date of a case, each with its explanation, under the law that the case keeps.

    `events` are its legal events when the caller has read them already.
    """
    if events is None:
        events = queries.list_events(session, case.id) if case.id else ()
    events = tuple(events)
    dates = _deadlines(session, case, authority, events)
    corrected = corrections.list_corrections(events)
    return corrections.explain(dates, _as_noted(session, case, authority), corrected) if corrected else dates


def _deadlines(
    session: Session, case: Case, authority: Authority, events: Iterable[LegalEvent], received_on: date | None = None
) -> Deadlines:
    return clock.deadlines(
        facts(case, events, received_on),
        Regime.from_data(case.regime),
        calendar_of(authority),
        authority.timezone,
        law.read(session, authority.id, case.ruleset),
    )


def _as_noted(session: Session, case: Case, authority: Authority) -> Deadlines | None:
    """The dates that the facts gave before any correction; None when they made no sense together."""
    noted, received_on = corrections.as_noted(queries.list_events_as_noted(session, case.id), case.received_on)
    try:
        return _deadlines(session, case, authority, noted, received_on)
    except Invalid:
        return None


def facts(case: Case, events: Iterable[LegalEvent], received_on: date | None = None) -> Facts:
    """What happened to the case, as the clock reads it; `received_on` to read it as received on another day."""
    electronic = case.channel in ELECTRONIC
    found = Facts(
        received_at=case.received_at,
        received_on=None if electronic else received_on or case.received_on,
        posted_on=case.posted_on,
        electronic=electronic,
        registration_notice_sent_at=case.first_acknowledged_at,
        acknowledgement=Acknowledgement(case.acknowledged_at) if case.acknowledged_at else None,
    )
    return legal_reading.read(found, events)


def residence_of(session: Session, case: Case) -> Residence:
    """Where the applicant lives, as it was noted: it lengthens what letters say of the time to go to court."""
    noted = find_last(queries.list_events(session, case.id), EventKind.RESIDENCE_NOTED) if case.id else None
    return Residence(noted.data["residence"]) if noted else Residence.LOCAL


def calendar_of(authority: Authority) -> Calendar:
    """The authority's own calendar, with its local days."""
    return get_calendar(authority.calendar, tuple(authority.details.get(EXTRA_HOLIDAYS, ())))
