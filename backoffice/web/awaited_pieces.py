"""The pieces that a citizen still owes, as their page asks for them: until when, and what they sent already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from backoffice.domain.form_pages import PIECE_PREFIX
from backoffice.domain.legal_events import LegalEvent, PiecesAsked, list_pieces_asked
from backoffice.models.cases import Attachment


@dataclass(frozen=True, slots=True)
class Wanted:
    """A piece to send; `sent_at` is when something was last sent for it, which an agent has not looked at yet."""

    name: str
    label: str
    legal_basis: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Request:
    """What one letter asks for, until a day (`is_late` once it is over: it is never too late to send)."""

    asked_on: date
    limit_on: date
    is_late: bool
    pieces: tuple[Wanted, ...]


def list_requests(events: Iterable[LegalEvent], attachments: Sequence[Attachment], today: date) -> list[Request]:
    """Every letter with pieces that have not been received, oldest first."""
    sent = {one.field: one.created_at for one in attachments if one.field.startswith(PIECE_PREFIX)}
    return [
        Request(one.on, one.limit_on, one.limit_on < today, _wanted(one, sent))
        for one in list_pieces_asked(events)
        if one.missing
    ]


def _wanted(asked: PiecesAsked, sent: dict[str, datetime]) -> tuple[Wanted, ...]:
    names = ((f"{PIECE_PREFIX}{asked.number}.{piece.code}", piece) for piece in asked.missing)
    return tuple(Wanted(name, piece.label, piece.legal_basis, sent.get(name)) for name, piece in names)


def list_sent(asked: PiecesAsked, attachments: Sequence[Attachment], timezone: tzinfo) -> dict[str, date]:
    """Of the pieces that a letter asks for, those that the citizen sent from their page, and the last day they did."""
    sent = {one.field: one.created_at.astimezone(timezone).date() for one in attachments}
    names = {piece.code: f"{PIECE_PREFIX}{asked.number}.{piece.code}" for piece in asked.missing}
    return {code: sent[name] for code, name in names.items() if name in sent}
