"""Facts noted with a wrong day: the right one supersedes it, with a reason and an author; every date follows."""

from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import corrections, policy
from backoffice.domain.acknowledgements import Effect
from backoffice.domain.corrections import Noted
from backoffice.domain.facts import Residence
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import RECEIPT, EventKind, LegalEvent, Piece, find_last, list_pieces_asked
from backoffice.domain.letters import ACKNOWLEDGEMENTS
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.queries import documents
from backoffice.queries import legal as queries
from backoffice.services import acknowledging, clock, decisions, journal, legal_facts
from backoffice.services.journal import Event

SHORTEST_REASON = 10
GIVEN_LABEL = "Remise de l’accusé de réception"
ALREADY_NOTED = "C’est la date déjà notée."
NOT_BY_HAND = "Personne n’a noté la remise d’un accusé de réception sur ce dossier."
NO_SUCH_FACT = "Choisissez le fait à corriger."
SAY_WHY = "Dites d’où vient l’erreur, et ce qui prouve la bonne date."
STAYS = "Ce fait a terminé le dossier : pour revenir dessus, rouvrez le dossier."


class _Told(NamedTuple):
    """What letters told of a case before a correction: the effect of silence, what it became and when."""

    effect: Effect
    outcome: str
    implicit_on: date | None


def list_noted(case: Case, events: tuple[LegalEvent, ...]) -> tuple[Noted, ...]:
    """The facts of a case whose day can be corrected, as they hold."""
    return corrections.list_noted(case.received_on, case.posted_on, events)


def correct(session: Session, actor: Actor, case: Case, number: int, on: date | None, reason: str) -> CaseFact:
    """Give a fact its right day (`number` is its own, `RECEIPT` for the request); None says that it did not happen.

    The first note stays written. What silence was said to have made and is not made yet is taken back; the citizen who
    was told so, or told a wrong date of receipt, is sent another letter. Raises Invalid beside the field at fault.
    """
    policy.require(actor, Permission.CASE_CORRECT, case)
    authority = session.get_one(Authority, case.authority_id)
    events = queries.list_events(session, case.id)
    noted = next((one for one in list_noted(case, events) if one.number == number), None)
    if noted is None:
        raise Invalid(faults={"fact": NO_SUCH_FACT})
    reason = _checked(reason)
    _check(authority, noted, on)
    today = legal_facts.today_of(authority)
    told = {"label": noted.label, "was": noted.on.isoformat(), "reason": reason}
    data = told | {"fact": number, "vanishes": on is None, "by": actor.name, "made_on": today.isoformat()}
    told_before = _told(case)
    fact = legal_facts.write(session, actor, case, EventKind.CORRECTED, on or today, data)
    if number == RECEIPT and on is not None:
        case.received_on = on
        if case.closed_on is not None:
            case.closed_after_days = (case.closed_on - on).days
    clock.forget_unborn(session, case, authority)
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat() if on else None, **told)
    event = next((one for one in events if one.number == number), None)
    if event is not None and event.kind is EventKind.PIECES_RECEIVED:
        _await_again(session, case, event)
    _tell(session, case, authority, noted, event, told_before)
    return fact


def correct_acknowledgement(session: Session, actor: Actor, case: Case, on: date | None, reason: str) -> None:
    """Give the acknowledgement that somebody handed over its right day; None says that it was not handed over.

    Raises Conflict when a mail brought it (nobody noted that day), Invalid beside the field at fault.
    """
    policy.require(actor, Permission.CASE_CORRECT, case)
    authority = session.get_one(Authority, case.authority_id)
    was = acknowledging.find_given_on(case, ZoneInfo(authority.timezone))
    if was is None:
        raise Conflict(NOT_BY_HAND)
    reason = _checked(reason)
    if on == was:
        raise Invalid(faults={"on": ALREADY_NOTED})
    if on is not None:
        legal_facts.check_past(authority, on, case.received_on, acknowledging.GIVEN)
    told_before = _told(case)
    case.acknowledged_at = acknowledging.instant_of(on, authority) if on else None
    letter = documents.find_last_of(session, case.id, ACKNOWLEDGEMENTS)
    if letter is not None and letter.posted_on == was:
        letter.posted_on = on
    clock.forget_unborn(session, case, authority)
    clock.refresh(session, case, authority)
    case.revision += 1
    told = {"label": GIVEN_LABEL, "was": was.isoformat(), "on": on.isoformat() if on else None, "reason": reason}
    journal.record(session, actor, case, Event.CORRECTED, **told)
    if case.closed_at is None and told_before.outcome:
        _tell_of_silence(session, case, authority, GIVEN_LABEL, told_before)


def note_residence(session: Session, actor: Actor, case: Case, residence: Residence) -> CaseFact:
    """Where the applicant lives: far from the court, they have longer to go to it (CJA R421-7)."""
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = session.get_one(Authority, case.authority_id)
    today = legal_facts.today_of(authority)
    data = {"residence": residence.value}
    fact = legal_facts.write(session, actor, case, EventKind.RESIDENCE_NOTED, today, data)
    legal_facts.settle(session, actor, case, authority, fact, **data)
    return fact


def _checked(reason: str) -> str:
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(faults={"reason": SAY_WHY})
    return reason.strip()


def _told(case: Case) -> _Told:
    return _Told(acknowledging.effect_of(case), case.implicit_outcome, case.implicit_on)


def _check(authority: Authority, noted: Noted, on: date | None) -> None:
    if on is None:
        if not noted.may_vanish:
            raise Invalid(faults={"on": STAYS if noted.number != RECEIPT else "Donnez la bonne date de réception."})
        return
    if on == noted.on:
        raise Invalid(faults={"on": ALREADY_NOTED})
    if on > legal_facts.today_of(authority):
        raise Invalid(faults={"on": "Cette date ne peut pas être dans le futur."})
    if noted.since is not None and on < noted.since:
        raise Invalid(faults={"on": f"Cette date ne peut pas précéder le {long_date(noted.since)}."})
    if noted.until is not None and on > noted.until:
        raise Invalid(faults={"on": f"Cette date ne peut pas suivre le {long_date(noted.until)}."})


def _await_again(session: Session, case: Case, received: LegalEvent) -> None:
    """Pieces that did not come after all are waited for again, as before somebody noted them."""
    if case.status == Status.UNDER_REVIEW and _missing(session, case, received.data["request"]):
        case.status = Status.WAITING_CITIZEN


def _missing(session: Session, case: Case, request: int) -> tuple[Piece, ...]:
    asked = list_pieces_asked(queries.list_events(session, case.id))
    return next((one.missing for one in asked if one.number == request), ())


def _tell(
    session: Session, case: Case, authority: Authority, noted: Noted, event: LegalEvent | None, before: _Told
) -> None:
    """Another letter, when what the citizen was told of the silence, or of the receipt, was wrong."""
    if case.closed_at is not None:
        return
    if before.outcome:
        _tell_of_silence(session, case, authority, noted.label, before)
    elif noted.number == RECEIPT:
        acknowledging.issue_again(session, case, authority, why="corrected")
    elif event is not None and event.kind is EventKind.FIRST_RECEIVED:
        now = find_last(queries.list_events(session, case.id), EventKind.FIRST_RECEIVED)
        if now is None:
            acknowledging.issue_if_changed(session, case, authority, before.effect, why="not_first_received")
        else:
            first = {"name": now.data["name"], "first_on": now.on.isoformat()}
            acknowledging.issue_if_changed(session, case, authority, before.effect, why="first_received", **first)


def _tell_of_silence(session: Session, case: Case, authority: Authority, fact: str, before: _Told) -> None:
    """The letter on what silence became has left: it no longer holds, or gives another day than the right one."""
    told_on = before.implicit_on
    if not case.implicit_outcome:
        silence = {"outcome": before.outcome, "silent_on": told_on.isoformat() if told_on else "", "fact": fact}
        acknowledging.issue_again(session, case, authority, why="silence_undone", **silence)
    elif told_on is not None and case.implicit_on != told_on:
        decisions.tell_silence_again(session, case, authority, told_on)
