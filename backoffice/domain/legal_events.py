"""The immutable events of a case that move its clock: what holds of them, what is awaited, what was corrected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any


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
    RESIDENCE_NOTED = "residence_noted"
    CORRECTED = "corrected"


RECEIPT = 0
"""What a correction names the receipt of the request by: it is no event, and comes before them all."""


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


def in_force(events: Iterable[LegalEvent]) -> tuple[LegalEvent, ...]:
    """The events as they hold: each with the day that its last correction gives it, without those that did not happen.

    Corrections stay among them.
    """
    events = tuple(events)
    corrected = {event.data["fact"]: event for event in events if event.kind is EventKind.CORRECTED}
    holding = (event for event in events if not _vanished(corrected.get(event.number)))
    return tuple(
        replace(event, on=corrected[event.number].on) if event.number in corrected else event for event in holding
    )


def is_receipt_corrected(events: Iterable[LegalEvent]) -> bool:
    """Whether the day of receipt of the request was corrected."""
    return any(event.kind is EventKind.CORRECTED and event.data["fact"] == RECEIPT for event in events)


def _vanished(correction: LegalEvent | None) -> bool:
    return correction is not None and bool(correction.data["vanishes"])


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
