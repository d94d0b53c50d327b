"""How the events of a case become the facts that the clock reads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from backoffice.domain.facts import (
    Appeal,
    AppealKind,
    DocumentRequest,
    ExpressDecision,
    Facts,
    ReasonsRequest,
    Residence,
)
from backoffice.domain.legal_events import (
    RECEIPT,
    EventKind,
    LegalEvent,
    find_last,
    find_notification,
    list_pieces_asked,
)


def read(facts: Facts, events: Iterable[LegalEvent]) -> Facts:
    """The facts of a case with what its events add (as they hold, see `in_force`).

    A later event of a kind replaces an earlier one.
    """
    events = tuple(events)
    requests = tuple(
        DocumentRequest(one.on, one.limit_on, one.completed_on, blocking=one.is_blocking)
        for one in list_pieces_asked(events)
    )
    found = replace(facts, document_requests=requests, appeals=_appeals(events), reasons=_reasons(events))
    for event in events:
        if event.kind in _CHANGES:
            found = _CHANGES[event.kind](found, event)
    return replace(found, decision=_decision(events))


def _corrected(found: Facts, event: LegalEvent) -> Facts:
    return replace(found, received_on=event.on) if event.data["fact"] == RECEIPT else found


_CHANGES: Mapping[EventKind, Callable[[Facts, LegalEvent], Facts]] = {
    EventKind.FIRST_RECEIVED: lambda found, event: replace(found, first_authority_received_on=event.on),
    EventKind.TRANSMITTED: lambda found, event: replace(found, transmitted_on=event.on),
    EventKind.TRANSMISSION_RECEIVED: lambda found, event: replace(found, competent_authority_received_on=event.on),
    EventKind.TRANSMISSION_ENDED: lambda found, _: replace(
        found, transmitted_on=None, competent_authority_received_on=None
    ),
    EventKind.EXTENDED: lambda found, event: replace(found, extension_notified_on=event.on),
    EventKind.WITHDRAWN: lambda found, event: replace(found, withdrawn_on=event.on),
    EventKind.RESUMED: lambda found, event: replace(found, withdrawn_on=None, resumed_on=event.on),
    EventKind.RESIDENCE_NOTED: lambda found, event: replace(found, residence=Residence(event.data["residence"])),
    EventKind.CORRECTED: _corrected,
}
"""What an event changes in the facts that go by one field."""


def _decision(events: tuple[LegalEvent, ...]) -> ExpressDecision | None:
    decided = find_last(events, EventKind.DECIDED)
    if decided is None:
        return None
    notified = find_notification(events)
    return ExpressDecision(
        notified_on=notified.on if notified else None,
        favourable=bool(decided.data.get("favourable")),
        remedies_stated=bool(decided.data.get("remedies_stated", True)),
        signed_on=decided.on,
    )


def _appeals(events: tuple[LegalEvent, ...]) -> tuple[Appeal, ...]:
    rejected = {event.data["appeal"]: event.on for event in events if event.kind is EventKind.APPEAL_REJECTED}
    return tuple(
        Appeal(
            AppealKind(event.data["kind"]),
            event.on,
            date.fromisoformat(event.data["posted_on"]) if event.data.get("posted_on") else None,
            rejected.get(event.number),
        )
        for event in events
        if event.kind is EventKind.APPEALED
    )


def _reasons(events: tuple[LegalEvent, ...]) -> ReasonsRequest | None:
    asked, given = find_last(events, EventKind.REASONS_ASKED), find_last(events, EventKind.REASONS_GIVEN)
    return ReasonsRequest(asked.on, given.on if given else None) if asked else None
