"""Missing pieces (L114-5): asked with their legal basis, received by any channel; both move the clock."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import EventKind, Piece, PiecesAsked
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.services import clock, documents, legal_facts

NO_BASIS = "Citez le texte qui exige cette pièce : sans fondement, elle ne peut pas être demandée (article L. 114-5)."


def ask_for_pieces(session: Session, actor: Actor, case: Case, pieces: Sequence[Piece], limit_on: date) -> CaseFact:
    """Ask for what is missing (L114-5): the letter says its effect on the clock, restart (SVA) or suspension (SVR).

    Raises Invalid when a piece has no legal basis, or when the limit is not a working day to come.
    """
    policy.require(actor, Permission.CASE_DECIDE, case)
    authority = legal_facts.require_open(session, case)
    today = legal_facts.today_of(authority)
    _check_request(authority, pieces, limit_on, today)
    asked = [_piece(piece) for piece in pieces]
    data = {"limit_on": limit_on.isoformat(), "pieces": asked}
    fact = legal_facts.write(session, actor, case, EventKind.PIECES_ASKED, today, data)
    case.status = Status.WAITING_CITIZEN
    labels = [piece["label"] for piece in asked]
    legal_facts.settle(session, actor, case, authority, fact, limit_on=limit_on.isoformat(), labels=labels)
    values = documents.case_values(session, authority, case) | {
        "limit_on": limit_on.isoformat(),
        "pieces": asked,
        "blocking": any(piece.blocking for piece in pieces),
        "agent": legal_facts.agent_of(session, actor),
    }
    legal_facts.send(session, actor, case, "missing_documents", values)
    return fact


def receive_pieces(
    session: Session, actor: Actor, case: Case, request: PiecesAsked, codes: Sequence[str], on: date
) -> CaseFact:
    """Note pieces that came, by whatever channel, on the day they came: the clock starts again or goes on."""
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = legal_facts.require_open(session, case)
    expected = {piece.code for piece in request.missing}
    if not codes or not set(codes) <= expected:
        raise Invalid("Cochez les pièces reçues parmi celles qui manquent encore.")
    legal_facts.check_past(authority, on, request.on, "La date de réception des pièces")
    fact = legal_facts.write(
        session, actor, case, EventKind.PIECES_RECEIVED, on, {"request": request.number, "codes": list(codes)}
    )
    if set(codes) == expected and case.status == Status.WAITING_CITIZEN:
        case.status = Status.UNDER_REVIEW
    labels = [piece.label for piece in request.missing if piece.code in codes]
    told = {"codes": list(codes), "labels": labels, "on": on.isoformat()}
    legal_facts.settle(session, actor, case, authority, fact, **told)
    return fact


def _check_request(authority: Authority, pieces: Sequence[Piece], limit_on: date, today: date) -> None:
    faults: dict[str, str] = {}
    if not pieces:
        faults["pieces"] = "Choisissez au moins une pièce à demander."
    for piece in pieces:
        if not piece.legal_basis.strip():
            faults[f"basis.{piece.code}"] = NO_BASIS
    calendar = clock.calendar_of(authority)
    if limit_on <= today:
        faults["limit_on"] = "La date limite doit laisser du temps : choisissez un jour à venir."
    elif not calendar.is_working_day(limit_on):
        nearest = calendar.next_working_day(limit_on + timedelta(days=1))
        faults["limit_on"] = f"Ce jour n’est pas ouvré : choisissez par exemple le {long_date(nearest)}."
    if faults:
        raise Invalid("La demande de pièces est à compléter.", faults)


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "code": piece.code,
        "label": piece.label.strip(),
        "legal_basis": piece.legal_basis.strip(),
        "blocking": piece.blocking,
    }
