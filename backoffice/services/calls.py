"""Calls: what the telephone system tells of them, who the caller is, and what became of the call."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.calls import CallNews, CallOutcome, Direction, in_seconds
from backoffice.domain.policy import Actor, Permission
from backoffice.models.calls import CallRecord
from backoffice.queries import call_backs, citizen_search, people
from backoffice.queries import calls as queries
from backoffice.services import moment

KEPT = timedelta(days=365)
"""How long numbers and names are kept, as those of contacts (domain.md §5)."""
RETURNED_WITHIN = timedelta(days=30)
"""How long after a missed call a call to its number is taken for its answer."""


def receive(session: Session, authority_id: int, news: CallNews, told_at: datetime) -> CallRecord:
    """Write down what is told of a call; the same news again, or older news that come late, change nothing.

    Two first news of one call at the same instant raise IntegrityError for one of them: try again.
    """
    call = queries.claim_external(session, authority_id, news.external_id)
    if call is None:
        call = CallRecord(
            authority_id=authority_id,
            external_id=news.external_id,
            direction=news.direction,
            from_number=news.from_number,
            to_number=news.to_number,
            started_at=news.started_at,
            told_at=told_at,
        )
        session.add(call)
    _learn(session, call, news, told_at)
    session.flush()
    if call.direction == Direction.OUT and call.outcome == CallOutcome.ANSWERED and call.to_number:
        since = call.started_at - RETURNED_WITHIN
        queries.mark_called_back(session, authority_id, call.to_number, since, call.started_at)
    return call


def number_of(call: CallRecord) -> str:
    """The number of the person, whoever called."""
    return call.from_number if call.direction == Direction.IN else call.to_number


def identify(session: Session, actor: Actor, call_id: int, citizen_id: int) -> CallRecord:
    """Say who is on the line."""
    policy.require(actor, Permission.CALL_TAKE)
    call = queries.get_call(session, actor.authority_id, call_id)
    call.citizen_id = people.get_citizen(session, actor.authority_id, citizen_id).id
    return call


def note_taken(
    session: Session, actor: Actor, call_id: int, *, citizen_id: int | None = None, case_id: int | None = None
) -> None:
    """What an agent wrote down of a call says who took it, who was on the line and which case it opened."""
    call = queries.find_call(session, actor.authority_id, call_id)
    if call is None:
        return
    call.staff_id = call.staff_id or actor.id
    call.citizen_id = citizen_id or call.citizen_id
    call.case_id = call.case_id or case_id


def forget_people(session: Session) -> None:
    """Empty the calls and call-backs whose year is over: they are counted, and say nothing of anybody."""
    before = moment.now() - KEPT
    queries.forget_before(session, before)
    call_backs.forget_before(session, before)


def _learn(session: Session, call: CallRecord, news: CallNews, told_at: datetime) -> None:
    is_newer = told_at >= call.told_at
    staff = people.find_staff_by_email(session, news.agent) if news.agent else None
    staff_id = staff.id if staff is not None and staff.authority_id == call.authority_id else None
    ended_at = news.ended_at or (told_at if news.outcome else None)
    learnt = {
        "from_number": news.from_number,
        "to_number": news.to_number,
        "answered_at": news.answered_at,
        "ended_at": ended_at if not (call.ended_at and news.ended_at is None) else None,
        "duration": news.duration,
        "staff_id": staff_id,
    }
    for name, value in learnt.items():
        if value not in (None, "") and (is_newer or getattr(call, name) in (None, "")):
            setattr(call, name, value)
    if call.ended_at is not None and (is_newer or not call.outcome):
        call.outcome = _outcome(call, news)
    if call.duration is None and call.outcome == CallOutcome.ANSWERED:
        call.duration = in_seconds(call.answered_at, call.ended_at)
    call.told_at = max(call.told_at, told_at)
    number = number_of(call)
    if call.citizen_id is None and number.startswith("+"):
        call.citizen_id = _caller(session, call.authority_id, number)


def _outcome(call: CallRecord, news: CallNews) -> str:
    # A call that was returned since stays so, whatever is told again of it.
    if call.outcome == CallOutcome.CALLED_BACK:
        return call.outcome
    if news.outcome is not None:
        return news.outcome
    return call.outcome or (CallOutcome.ANSWERED if call.answered_at else CallOutcome.MISSED)


def _caller(session: Session, authority_id: int, number: str) -> int | None:
    """The only person known by this number; of several, an agent chooses."""
    found = citizen_search.search(session, policy.system(authority_id), number, 2)
    known = [one.citizen_id for one in found if one.matched_by == citizen_search.BY_PHONE]
    return known[0] if len(known) == 1 == len(found) else None
