"""Immutable facts of a case: written, told to the clock and the history, and made into letters."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import legal_events
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import EventKind
from backoffice.domain.lifecycle import Outcome, Status, check_open
from backoffice.domain.policy import Actor
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.queries import legal as queries
from backoffice.queries import people
from backoffice.services import clock, documents, journal, moment
from backoffice.services.journal import Event


def write(session: Session, actor: Actor, case: Case, kind: EventKind, on: date, data: Mapping[str, Any]) -> CaseFact:
    """Write a fact; its `on` is a legal day, `data` is plain JSON that `domain.legal_events` reads."""
    fact = CaseFact(
        authority_id=case.authority_id,
        case_id=case.id,
        kind=kind,
        on=on,
        data=dict(data),
        staff_id=actor.id if actor.kind == "staff" else None,
        at=moment.now(),
    )
    session.add(fact)
    session.flush()
    return fact


def settle(session: Session, actor: Actor, case: Case, authority: Authority, fact: CaseFact, **told: Any) -> None:
    """Compute the dates again with the new fact, raise the revision and write the history under the fact's name."""
    clock.refresh(session, case, authority)
    case.revision += 1
    journal.record(session, actor, case, Event(fact.kind), fact_id=fact.id, **told)


def send(session: Session, actor: Actor, case: Case, template: str, values: dict[str, Any]) -> None:
    """Promise the letter of an act, by e-mail when the citizen accepts it, else to print and post."""
    citizen = case.citizen
    if citizen is None:
        return
    documents.ask_for(session, actor, case, template, values, "document" if citizen.is_answered_by_email else "")


def begin(case: Case) -> None:
    """Somebody sees to a case that had only been received."""
    if case.status == Status.RECEIVED:
        case.status = Status.UNDER_REVIEW


def end(case: Case, authority: Authority, outcome: Outcome) -> None:
    """Close a case with its outcome."""
    case.status, case.outcome = Status.CLOSED, outcome
    case.closed_at, case.closed_on = moment.now(), today_of(authority)
    case.closed_after_days = (case.closed_on - case.received_on).days


def require_open(session: Session, case: Case) -> Authority:
    """The authority of an open case; raise Conflict when it is closed."""
    check_open(Status(case.status))
    return session.get_one(Authority, case.authority_id)


def today_of(authority: Authority) -> date:
    """Today where the deciding authority is."""
    return moment.today(authority.timezone)


def check_past(authority: Authority, on: date, since: date, what: str) -> None:
    """Raise Invalid, on the field `on`, when a fact is dated in the future or before what it follows."""
    if on > today_of(authority):
        raise Invalid(faults={"on": f"{what} ne peut pas être dans le futur."})
    if on < since:
        raise Invalid(faults={"on": f"{what} ne peut pas précéder le {long_date(since)}."})


def complete_on(session: Session, case: Case) -> date:
    """The day the file was complete: the receipt, or that of the last indispensable piece asked for."""
    requests = legal_events.list_pieces_asked(queries.list_events(session, case.id))
    days = [request.completed_on for request in requests if request.is_blocking and request.completed_on]
    return max([case.received_on, *days])


def agent_of(session: Session, actor: Actor) -> dict[str, str]:
    """The name and title that a letter bears (L111-2)."""
    if actor.id is None:
        return {"name": actor.name, "title": ""}
    return {"name": actor.name, "title": people.get_staff(session, actor.authority_id, actor.id).title}
