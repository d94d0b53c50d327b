"""Opening a closed case again: what closing wrote is taken back, and a request that was withdrawn starts anew."""

from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import legal_events
from backoffice.domain.legal_events import EventKind
from backoffice.domain.policy import Actor
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import legal as queries
from backoffice.services import acknowledging, clock, legal_facts


def open_again(session: Session, actor: Actor, case: Case, on: date) -> None:
    """Take back what closing wrote on the case; a request that its citizen withdrew is resumed on that day.

    The caller sets the new state and writes the reopening in the history.
    """
    case.closed_at = case.closed_on = case.closed_after_days = None
    case.outcome = ""
    withdrawn = legal_events.find_withdrawal(queries.list_events(session, case.id))
    if withdrawn is not None:
        _resume(session, actor, case, max(on, withdrawn.on))


def _resume(session: Session, actor: Actor, case: Case, on: date) -> None:
    """The withdrawal is over (both stay written), the clock runs again, and the citizen learns the new dates."""
    authority = session.get_one(Authority, case.authority_id)
    fact = legal_facts.write(session, actor, case, EventKind.RESUMED, on, {})
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat())
    born = clock.deadlines(session, case, authority).claimable_from
    if born is None or born.on > legal_facts.today_of(authority):
        case.implicit_outcome = ""  # what silence made of the request that was withdrawn says nothing of this one
    acknowledging.issue_again(session, case, authority, why="resumed", resumed_on=on.isoformat())
