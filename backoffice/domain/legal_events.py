"""The immutable events of a case that move its clock, and how they become the facts that the clock reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from backoffice.domain.facts import (
    Appeal,
    AppealKind,
    DocumentRequest,
    ExpressDecision,
    Facts,
    ReasonsRequest,
)


class EventKind(StrEnum):
    """What can happen to a case in law."""

    FIRST_RECEIVED = "first_received"
    PIECES_ASKED = "pieces_asked"
    PIECES_RECEIVED = "pieces_received"
    TRANSMITTED = "transmitted"
    TRANSMISSION_RECEIVED = "transmission_received"
    TRANSMISSION_ENDED = "transmission_ended"
    EXTENDED = "extended"
    DECIDED = "decided"
    NOTIFIED = "notified"
    IMPLICIT_DECISION = "implicit_decision"
    WITHDRAWN = "withdrawn"
    RESUMED = "resumed"
    APPEALED = "appealed"
    APPEAL_REJECTED = "appeal_rejected"
    REASONS_ASKED = "reasons_asked"
    REASONS_GIVEN = "reasons_given"


@dataclass(frozen=True, slots=True)
class LegalEvent:
    """One event: its number in the case (order of writing), its kind, its legal day and its particulars."""

    number: int
    kind: EventKind
    on: date
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """A document or information asked for: never without the text that requires it (L114-5)."""

    code: str
    label: str
    legal_basis: str
    blocking: bool
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class PiecesAsked:
    """An L114-5 letter: what was asked, until when, and what came since."""

    number: int
    on: date
    limit_on: date
    pieces: tuple[Piece, ...]

    @property
    def missing(self) -> tuple[Piece, ...]:
        """What has not come."""
        return tuple(piece for piece in self.pieces if piece.received_on is None)

    @property
    def is_blocking(self) -> bool:
        """Whether the request moves the clock: one indispensable piece is enough (L114-5-1)."""
        return any(piece.blocking for piece in self.pieces)

    @property
    def completed_on(self) -> date | None:
        """The day the last indispensable piece came (the last piece, when none is indispensable)."""
        wanted = [piece for piece in self.pieces if piece.blocking] or list(self.pieces)
        days = [piece.received_on for piece in wanted]
        return None if None in days else max(day for day in days if day is not None)


def list_pieces_asked(events: Iterable[LegalEvent]) -> tuple[PiecesAsked, ...]:
    """Every request for missing pieces with what came, in order."""
    asked: dict[int, PiecesAsked] = {}
    for event in events:
        if event.kind is EventKind.PIECES_ASKED:
            asked[event.number] = _asked(event)
        elif event.kind is EventKind.PIECES_RECEIVED and event.data["request"] in asked:
            request = asked[event.data["request"]]
            asked[request.number] = replace(request, pieces=_received(request, event))
    return tuple(asked.values())


def read(facts: Facts, events: Iterable[LegalEvent]) -> Facts:
    """The facts of a case with what its events add; a later event of a kind replaces an earlier one."""
    events = tuple(events)
    requests = tuple(
        DocumentRequest(one.on, one.limit_on, one.completed_on, blocking=one.is_blocking)
        for one in list_pieces_asked(events)
    )
    found = replace(facts, document_requests=requests, appeals=_appeals(events), reasons=_reasons(events))
    for event in events:
        if event.kind is EventKind.FIRST_RECEIVED:
            found = replace(found, first_authority_received_on=event.on)
        elif event.kind is EventKind.TRANSMITTED:
            found = replace(found, transmitted_on=event.on)
        elif event.kind is EventKind.TRANSMISSION_RECEIVED:
            found = replace(found, competent_authority_received_on=event.on)
        elif event.kind is EventKind.TRANSMISSION_ENDED:
            found = replace(found, transmitted_on=None, competent_authority_received_on=None)
        elif event.kind is EventKind.EXTENDED:
            found = replace(found, extension_notified_on=event.on)
        elif event.kind is EventKind.WITHDRAWN:
            found = replace(found, withdrawn_on=event.on)
        elif event.kind is EventKind.RESUMED:
            found = replace(found, withdrawn_on=None, resumed_on=event.on)
    return replace(found, decision=_decision(events))


def find_last(events: Iterable[LegalEvent], kind: EventKind) -> LegalEvent | None:
    """The last event of a kind."""
    return next((event for event in reversed(tuple(events)) if event.kind is kind), None)


def find_withdrawal(events: Iterable[LegalEvent]) -> LegalEvent | None:
    """The withdrawal that still holds: one that was followed by a resumption counts no more."""
    return _still_holds(events, EventKind.WITHDRAWN, EventKind.RESUMED)


def find_transmission(events: Iterable[LegalEvent]) -> LegalEvent | None:
    """The transmission that still holds: it ends when the authority takes the request up again."""
    return _still_holds(events, EventKind.TRANSMITTED, EventKind.TRANSMISSION_ENDED)


def transmitted_to(events: Iterable[LegalEvent]) -> str:
    """Which administration has the request now, by name; empty when it is ours."""
    sent = find_transmission(events)
    return str(sent.data.get("name", "")) if sent else ""


def find_transmission_receipt(events: Iterable[LegalEvent]) -> LegalEvent | None:
    """Its receipt by the competent administration, when it was noted for the transmission that still holds."""
    events = tuple(events)
    sent, received = find_transmission(events), find_last(events, EventKind.TRANSMISSION_RECEIVED)
    return received if sent and received and received.number > sent.number else None


def list_unanswered_appeals(events: Iterable[LegalEvent]) -> list[LegalEvent]:
    """The appeals whose express rejection was not noted, the oldest first."""
    events = tuple(events)
    rejected = {event.data["appeal"] for event in events if event.kind is EventKind.APPEAL_REJECTED}
    return [event for event in events if event.kind is EventKind.APPEALED and event.number not in rejected]


def find_notification(events: Iterable[LegalEvent]) -> LegalEvent | None:
    """The notification of the last decision: that of an earlier one (the case was opened again) counts no more."""
    events = tuple(events)
    decided, notified = find_last(events, EventKind.DECIDED), find_last(events, EventKind.NOTIFIED)
    return notified if decided and notified and notified.number > decided.number else None


def _still_holds(events: Iterable[LegalEvent], begun: EventKind, ended: EventKind) -> LegalEvent | None:
    events = tuple(events)
    first, last = find_last(events, begun), find_last(events, ended)
    return None if first and last and last.number > first.number else first


def _asked(event: LegalEvent) -> PiecesAsked:
    pieces = tuple(
        Piece(one["code"], one["label"], one["legal_basis"], bool(one["blocking"])) for one in event.data["pieces"]
    )
    return PiecesAsked(event.number, event.on, date.fromisoformat(event.data["limit_on"]), pieces)


def _received(request: PiecesAsked, event: LegalEvent) -> tuple[Piece, ...]:
    codes = set(event.data["codes"])
    return tuple(
        replace(piece, received_on=event.on) if piece.code in codes and piece.received_on is None else piece
        for piece in request.pieces
    )


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
