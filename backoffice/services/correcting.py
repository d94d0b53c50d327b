"""Facts noted with a wrong day: the right one supersedes it, with a reason and an author; every date follows."""

from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import corrections, policy
from backoffice.domain.acknowledgements import Effect
from backoffice.domain.corrections import Noted
from backoffice.domain.facts import Residence
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import RECEIPT, EventKind, LegalEvent, find_last
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.queries import legal as queries
from backoffice.services import acknowledging, clock, legal_facts

SHORTEST_REASON = 10
NO_SUCH_FACT = "Choisissez le fait à corriger."
SAY_WHY = "Dites d’où vient l’erreur, et ce qui prouve la bonne date."
STAYS = "Ce fait a terminé le dossier : pour revenir dessus, rouvrez le dossier."


def list_noted(case: Case, events: tuple[LegalEvent, ...]) -> tuple[Noted, ...]:
    """The facts of a case whose day can be corrected, as they hold."""
    return corrections.list_noted(case.received_on, case.posted_on, events)


def correct(session: Session, actor: Actor, case: Case, number: int, on: date | None, reason: str) -> CaseFact:
    """Give a fact its right day (`number` is its own, `RECEIPT` for the request); None says that it did not happen.

    The first note stays written. What silence was said to have made and is not made yet is taken back, and the citizen
    whose date of receipt was wrong is sent another acknowledgement. Raises Invalid beside the field at fault.
    """
    policy.require(actor, Permission.CASE_CORRECT, case)
    authority = session.get_one(Authority, case.authority_id)
    events = queries.list_events(session, case.id)
    noted = next((one for one in list_noted(case, events) if one.number == number), None)
    if noted is None:
        raise Invalid(faults={"fact": NO_SUCH_FACT})
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise Invalid(faults={"reason": SAY_WHY})
    _check(authority, noted, on)
    today = legal_facts.today_of(authority)
    told = {"label": noted.label, "was": noted.on.isoformat(), "reason": reason}
    data = told | {"fact": number, "vanishes": on is None, "by": actor.name, "made_on": today.isoformat()}
    promised = acknowledging.effect_of(case)
    fact = legal_facts.write(session, actor, case, EventKind.CORRECTED, on or today, data)
    if number == RECEIPT and on is not None:
        case.received_on = on
        if case.closed_on is not None:
            case.closed_after_days = (case.closed_on - on).days
    clock.forget_unborn(session, case, authority)
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat() if on else None, **told)
    event = next((one for one in events if one.number == number), None)
    _tell(session, case, authority, noted, event, promised)
    return fact


def note_residence(session: Session, actor: Actor, case: Case, residence: Residence) -> CaseFact:
    """Where the applicant lives: far from the court, they have longer to go to it (CJA R421-7)."""
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = session.get_one(Authority, case.authority_id)
    today = legal_facts.today_of(authority)
    data = {"residence": residence.value}
    fact = legal_facts.write(session, actor, case, EventKind.RESIDENCE_NOTED, today, data)
    legal_facts.settle(session, actor, case, authority, fact, **data)
    return fact


def _check(authority: Authority, noted: Noted, on: date | None) -> None:
    if on is None:
        if not noted.may_vanish:
            raise Invalid(faults={"on": STAYS if noted.number != RECEIPT else "Donnez la bonne date de réception."})
        return
    if on == noted.on:
        raise Invalid(faults={"on": "C’est la date déjà notée."})
    if on > legal_facts.today_of(authority):
        raise Invalid(faults={"on": "Cette date ne peut pas être dans le futur."})
    if noted.since is not None and on < noted.since:
        raise Invalid(faults={"on": f"Cette date ne peut pas précéder le {long_date(noted.since)}."})
    if noted.until is not None and on > noted.until:
        raise Invalid(faults={"on": f"Cette date ne peut pas suivre le {long_date(noted.until)}."})


def _tell(
    session: Session, case: Case, authority: Authority, noted: Noted, event: LegalEvent | None, promised: Effect
) -> None:
    """Another acknowledgement, when what the first said of the receipt (here, or first elsewhere) was wrong."""
    if noted.number == RECEIPT and case.closed_at is None and not case.implicit_outcome:
        acknowledging.issue_again(session, case, authority, why="corrected")
    elif event is not None and event.kind is EventKind.FIRST_RECEIVED:
        now = find_last(queries.list_events(session, case.id), EventKind.FIRST_RECEIVED)
        if now is None:
            acknowledging.issue_if_changed(session, case, authority, promised, why="not_first_received")
        else:
            first = {"name": now.data["name"], "first_on": now.on.isoformat()}
            acknowledging.issue_if_changed(session, case, authority, promised, why="first_received", **first)
