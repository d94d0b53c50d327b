"""Why a case was handed over: what the next one in charge reads first, until they say so or act on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.models.cases import Case, CaseEvent
from backoffice.queries import cases
from backoffice.services import journal
from backoffice.services.journal import READINGS, Event

# What passes a case on; and what a member of staff does to one without having dealt with it.
PASSED = frozenset({Event.ASSIGNED, Event.TRANSFERRED, Event.ABSENCE})
TELLING = PASSED | {Event.HANDOVER_READ}
PASSIVE = PASSED | {Event.TAKEN, Event.TAGGED, Event.UNTAGGED, Event.RESTORED, *READINGS}


@dataclass(frozen=True, slots=True)
class Handover:
    """What whoever handed a case over left for the next one, and when."""

    author: str
    reason: str
    at: datetime


def find_last(history: Sequence[CaseEvent]) -> CaseEvent | None:
    """The last line of a history that hands a case over with a reason, unless it was said to be read."""
    for event in reversed(history):
        if event.kind == Event.HANDOVER_READ:
            return None
        if event.kind in PASSED and event.data.get("reason"):
            return event
    return None


def find_unread(actor: Actor, case: Case, history: Sequence[CaseEvent]) -> Handover | None:
    """What the actor, now in charge of an open case, has still to read of why they have it."""
    if case.closed_at is not None or not _is_in_charge(actor, case):
        return None
    have_acted: set[int | None] = set()
    for event in reversed(history):
        if event.kind == Event.HANDOVER_READ:
            return None
        if event.kind in PASSED and event.data.get("reason"):
            own = event.actor_kind == "staff" and event.actor_id == actor.id
            acted = have_acted - {event.actor_id if event.actor_kind == "staff" else None}
            return (
                None
                if own or acted
                else Handover(
                    event.data["name"] if event.kind == Event.ABSENCE else event.actor_name,
                    event.data["reason"],
                    event.at,
                )
            )
        if event.actor_kind == "staff" and event.kind not in PASSIVE and event.actor_id in {case.assignee_id, actor.id}:
            have_acted.add(event.actor_id)
    return None


def acknowledge(session: Session, actor: Actor, case: Case) -> None:
    """The one in charge has read it: it is shown no more."""
    policy.require(actor, Permission.CASE_TAKE, case)
    if find_unread(actor, case, cases.list_events(session, case.id)) is not None:
        journal.record(session, actor, case, Event.HANDOVER_READ)


def _is_in_charge(actor: Actor, case: Case) -> bool:
    """Whoever has the case or, while nobody does, those who could take it."""
    if case.assignee_id is not None:
        return case.assignee_id == actor.id
    return policy.allows(actor, Permission.CASE_TAKE, case)
