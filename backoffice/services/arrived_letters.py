"""Letters that arrived: a line of the register, a number without hole, a case opened or joined: all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.domain import arrived_letters, policy
from backoffice.domain.arrived_letters import Particulars
from backoffice.domain.incoming import IncomingRequest
from backoffice.domain.legal_events import list_pieces_asked
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.cases import Case
from backoffice.queries import arrived_letters as queries
from backoffice.queries import cases, legal
from backoffice.services import digitised_mail, intake, journal, missing_pieces, moment
from backoffice.services.journal import Event

CLOSED = "Ce dossier est terminé : choisissez-en un autre, ou une nouvelle demande."
NOT_THEIRS = "Ce dossier n’est pas celui de cette personne : choisissez-en un autre, ou une nouvelle demande."


@dataclass(frozen=True, slots=True)
class Entry:
    """A letter to register: the request it makes, what is noted of it, the case it joins, the pieces it brings.

    `joins` is a reference, empty for a new request; `pieces` are « number.code » of pieces that this case waits for.
    `scan_id` is the scanned letter that it was registered from.
    """

    incoming: IncomingRequest
    particulars: Particulars
    joins: str = ""
    pieces: tuple[str, ...] = ()
    scan_id: int | None = None


def register(runtime: Runtime, actor: Actor, entry: Entry) -> ArrivedLetter:
    """Write the letter down once, however often its form is sent; raise Invalid or Conflict and write nothing."""
    try:
        with runtime.database.transaction() as session:
            return _register(session, runtime, actor, entry)
    except IntegrityError:  # the first number of a year, or the same form, taken at the same instant
        with runtime.database.transaction() as session:
            return _register(session, runtime, actor, entry)


def _register(session: Session, runtime: Runtime, actor: Actor, entry: Entry) -> ArrivedLetter:
    policy.require(actor, Permission.CASE_RECORD)
    incoming, noted = entry.incoming, entry.particulars
    known = queries.find_registered(session, actor.authority_id, incoming.source_id)
    if known is not None:
        return known
    if entry.joins:
        case = _join(session, runtime, actor, entry)
    else:
        case = session.get_one(Case, intake.receive(session, runtime, incoming).case_id)
    # After the case's own number: everybody takes the two in this order.
    year = noted.received_on.year
    letter = ArrivedLetter(
        authority_id=actor.authority_id,
        year=year,
        number=cases.next_number(session, actor.authority_id, arrived_letters.series(year)),
        source_id=incoming.source_id,
        case_id=case.id,
        nature=noted.nature,
        registered_number=noted.registered_number,
        received_on=noted.received_on,
        dated_on=noted.dated_on,
        posted_on=noted.posted_on,
        staff_id=actor.id,
        registered_at=moment.now(),
    )
    session.add(letter)
    session.flush()
    if entry.scan_id is not None:
        digitised_mail.register(session, actor, entry.scan_id, letter)
    told = {"chrono": arrived_letters.chrono(year, letter.number), **noted.to_data()}
    journal.record(session, actor, case, Event.LETTER_REGISTERED, **told)
    return letter


def _join(session: Session, runtime: Runtime, actor: Actor, entry: Entry) -> Case:
    case = cases.claim_case(session, actor, entry.joins)
    if case.status == Status.CLOSED:
        raise Conflict(CLOSED)
    if case.citizen_id is None or case.citizen_id != entry.incoming.sender.citizen_id:
        raise Invalid(NOT_THEIRS)
    intake.answer(session, runtime, case.id, entry.incoming)
    _receive_pieces(session, actor, case, entry)
    return case


def _receive_pieces(session: Session, actor: Actor, case: Case, entry: Entry) -> None:
    """Note the pieces that the letter brings on the day it arrived: the clock of the case follows."""
    for request in list_pieces_asked(legal.list_events(session, case.id)):
        codes = _codes_of(request.number, entry.pieces)
        if codes:
            missing_pieces.receive_pieces(session, actor, case, request, codes, entry.particulars.received_on)


def _codes_of(number: int, pieces: Sequence[str]) -> list[str]:
    mine = f"{number}."
    return [one.removeprefix(mine) for one in pieces if one.startswith(mine)]
