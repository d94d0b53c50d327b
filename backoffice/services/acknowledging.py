"""Acknowledgements that leave by hand or by post, and those issued again because the first is no longer true."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.acknowledgements import Effect, effect
from backoffice.domain.legal_events import PiecesAsked, list_pieces_asked
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.regime import Regime
from backoffice.errors import Conflict
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import legal as queries
from backoffice.services import clock, documents, journal, legal_facts
from backoffice.services.journal import Event

NOON = time(12)
GIVEN = "La date de remise de l’accusé"


def note_given(session: Session, actor: Actor, case: Case, on: date) -> None:
    """The acknowledgement was handed over or posted on a day, which only a person knows and appeals depend on.

    Raises Conflict when one has left already.
    """
    policy.require(actor, Permission.CASE_NOTE, case)
    if case.acknowledged_at is not None:
        raise Conflict("Un accusé de réception est déjà parti pour ce dossier.")
    authority = session.get_one(Authority, case.authority_id)
    legal_facts.check_past(authority, on, case.received_on, GIVEN)
    case.acknowledged_at = instant_of(on, authority)
    clock.refresh(session, case, authority)
    case.revision += 1
    journal.record(session, actor, case, Event.ACKNOWLEDGED, on=on.isoformat())


def instant_of(on: date, authority: Authority) -> datetime:
    """When an acknowledgement given on a day counts: only the day is known, noon is that day, wherever that is."""
    return datetime.combine(on, NOON, ZoneInfo(authority.timezone))


def find_given_on(case: Case, timezone: ZoneInfo) -> date | None:
    """The day on which it was handed over or posted; None when a mail brought it: that one has its own instant."""
    at = case.acknowledged_at.astimezone(timezone) if case.acknowledged_at else None
    return at.date() if at is not None and at.time() == NOON else None


def effect_of(case: Case) -> Effect:
    """What an acknowledgement of the case tells, as the case is."""
    return effect(Regime.from_data(case.regime), case.implicit_on)


def issue_if_changed(
    session: Session, case: Case, authority: Authority, told: Effect, *, why: str, **facts: str
) -> bool:
    """Issue another one when what the first told (`told`) is no longer so; say whether it was."""
    if case.implicit_outcome or case.closed_at is not None or effect_of(case) == told:
        return False
    issue_again(session, case, authority, why=why, **facts)
    return True


def issue_again(session: Session, case: Case, authority: Authority, *, why: str, **facts: str) -> None:
    """Another acknowledgement, which says that it replaces the first and `why` (a word of its template).

    The first one counts no more (it told another effect of silence, or another date): appeals depend on this one. The
    time to answer that runs from its sending does not start again.
    """
    before = case.acknowledged_at
    case.first_acknowledged_at = case.first_acknowledged_at or before
    case.acknowledged_at = None
    clock.refresh(session, case, authority)
    replaced_on = before.astimezone(ZoneInfo(authority.timezone)).date().isoformat() if before else ""
    missing = ", ".join(piece.label for asked in _list_asked(session, case) for piece in asked.missing)
    said = {"why": why, "sent_on": replaced_on, "missing": missing, **facts}
    documents.ask_for_acknowledgement(session, authority, case, replaces=said)


def _list_asked(session: Session, case: Case) -> tuple[PiecesAsked, ...]:
    return list_pieces_asked(queries.list_events(session, case.id))
