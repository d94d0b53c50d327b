"""Opening a closed case again: what closing wrote is taken back, what was withdrawn or transmitted is ours again."""

from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import legal_events
from backoffice.domain.legal_events import EventKind, LegalEvent
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor
from backoffice.errors import Conflict
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import legal as queries
from backoffice.services import acknowledging, clock, legal_facts

JOINED = "Ce dossier est joint à un autre : pour le reprendre seul, défaites la jonction parmi ses dossiers liés."


def open_again(session: Session, actor: Actor, case: Case, on: date) -> None:
    """Take back what closing wrote on the case; what was withdrawn is resumed that day, what was transmitted is ours.

    The caller sets the new state and writes the reopening in the history. Raises Conflict when the case is joined to
    another one: the junction is undone instead.
    """
    if case.outcome == Outcome.JOINED:
        raise Conflict(JOINED)
    case.closed_at = case.closed_on = case.closed_after_days = None
    case.outcome = ""
    events = queries.list_events(session, case.id)
    withdrawn, transmitted = legal_events.find_withdrawal(events), legal_events.find_transmission(events)
    if withdrawn is not None:
        _resume(session, actor, case, max(on, withdrawn.on))
    elif transmitted is not None:
        _take_back(session, actor, case, transmitted, max(on, transmitted.on))


def _resume(session: Session, actor: Actor, case: Case, on: date) -> None:
    """The withdrawal is over (both stay written), the clock runs again, and the citizen learns the new dates."""
    authority = session.get_one(Authority, case.authority_id)
    fact = legal_facts.write(session, actor, case, EventKind.RESUMED, on, {})
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat())
    clock.forget_unborn(session, case, authority)
    acknowledging.issue_again(session, case, authority, why="resumed", resumed_on=on.isoformat())


def _take_back(session: Session, actor: Actor, case: Case, transmitted: LegalEvent, on: date) -> None:
    """We are competent after all: the clock is ours again, from our receipt, and the citizen learns who answers."""
    authority = session.get_one(Authority, case.authority_id)
    name = transmitted.data.get("name", "")
    fact = legal_facts.write(session, actor, case, EventKind.TRANSMISSION_ENDED, on, {"name": name})
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat(), name=name)
    clock.forget_unborn(session, case, authority)
    acknowledging.issue_again(
        session, case, authority, why="taken_back", name=name, transmitted_on=transmitted.on.isoformat()
    )
