"""The register of what people ask of their data: received, answered within a month, extended once for a reason."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy.orm import Session

from backoffice.domain import data_rights as rules
from backoffice.domain import policy
from backoffice.domain.data_rights import Right, RightOutcome
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.data_protection import RightsRequest
from backoffice.queries import cases, people
from backoffice.queries import data_rights as queries
from backoffice.services import anonymising, clock, moment

LONGEST = 2_000
NO_NAME = "Écrivez le nom de la personne, ou choisissez sa fiche."
NO_DAY = "Donnez le jour de réception, au plus tard aujourd’hui."
NO_RIGHT = "Choisissez ce qui est demandé."
NO_OUTCOME = "Choisissez ce qui a été répondu."
NO_REASON = "Écrivez pourquoi : la personne doit le savoir."
ANSWERED = "Cette demande a déjà sa réponse."
EXTENDED = "Ce délai a déjà été prolongé."
TOO_LATE = "Le premier mois est passé : il fallait prolonger avant (RGPD, article 12.3)."


def receive(session: Session, actor: Actor, typed: Mapping[str, str], received_on: date | None) -> RightsRequest:
    """Write down a request; raise Invalid, by field."""
    policy.require(actor, Permission.PERSON_RIGHTS_MANAGE)
    authority = session.get_one(Authority, actor.authority_id)
    given = {name: typed.get(name, "").replace("\x00", "").strip() for name in ("kind", "name", "note", "citizen_id")}
    citizen = None
    if given["citizen_id"].isascii() and given["citizen_id"].isdigit() and len(given["citizen_id"]) < 18:
        citizen = people.find_citizen(session, authority.id, int(given["citizen_id"]))
    name = given["name"] or (citizen.display_name if citizen else "")
    today, faults = moment.today(authority.timezone), dict[str, str]()
    if not 1 <= len(name) <= 255:
        faults["name"] = NO_NAME
    if given["kind"] not in set(Right):
        faults["kind"] = NO_RIGHT
    if received_on is None or not today - timedelta(days=366) <= received_on <= today:
        faults["received_on"] = NO_DAY
    if faults or received_on is None:
        raise Invalid(faults=faults)
    number = cases.next_number(session, authority.id, f"rights-{today.year}")
    found = RightsRequest(
        authority_id=authority.id,
        number=f"{today.year}-{number:03}",
        kind=given["kind"],
        citizen_id=citizen.id if citizen else None,
        name=name,
        note=given["note"][:LONGEST],
        received_on=received_on,
        due_on=rules.due_on(received_on, clock.calendar_of(authority)),
        acts={"lines": []},
        author=actor.name,
        at=moment.now(),
    )
    session.add(found)
    session.flush()
    return found


def note(actor: Actor, found: RightsRequest, what: str) -> None:
    """Add a line of what was done."""
    line = {"at": moment.now().isoformat(), "who": actor.name, "what": what[:LONGEST]}
    found.acts = {"lines": [*found.acts.get("lines", []), line]}


def extend(session: Session, actor: Actor, request_id: int, reason: str) -> RightsRequest:
    """Two more months for a complex request, once; raise Conflict or Invalid."""
    policy.require(actor, Permission.PERSON_RIGHTS_MANAGE)
    found = _claim_open(session, actor, request_id)
    authority = session.get_one(Authority, actor.authority_id)
    reason = reason.replace("\x00", "").strip()
    if found.extended_at is not None:
        raise Conflict(EXTENDED)
    if moment.today(authority.timezone) > found.due_on:
        raise Conflict(TOO_LATE)
    if not reason:
        raise Invalid(NO_REASON, {"extend_reason": NO_REASON})
    found.due_on = rules.due_on(found.received_on, clock.calendar_of(authority), extended=True)
    found.extended_at = moment.now()
    note(actor, found, f"Délai prolongé de deux mois : {reason}")
    return found


def answer(session: Session, actor: Actor, request_id: int, outcome: str, said: str) -> RightsRequest:
    """Write what was answered; a refusal says why. Raise Conflict or Invalid."""
    policy.require(actor, Permission.PERSON_RIGHTS_MANAGE)
    found, said = _claim_open(session, actor, request_id), said.replace("\x00", "").strip()
    faults = dict[str, str]()
    if outcome not in set(RightOutcome):
        faults["outcome"] = NO_OUTCOME
    elif outcome != RightOutcome.GRANTED and not said:
        faults["said"] = NO_REASON
    if faults:
        raise Invalid(faults=faults)
    found.outcome, found.answered_on = outcome, moment.today(session.get_one(Authority, actor.authority_id).timezone)
    note(actor, found, rules.OUTCOME_LABELS[RightOutcome(outcome)] + (f" : {said}" if said else ""))
    return found


def anonymise(session: Session, actor: Actor, request_id: int, reason: str) -> int:
    """Take the person of a request for erasure out of the house; give how many cases lost their words."""
    policy.require(actor, Permission.PERSON_RIGHTS_MANAGE)
    found = _claim_open(session, actor, request_id)
    if found.citizen_id is None or found.kind != Right.ERASURE:
        raise Conflict("Choisissez la fiche de la personne dans une demande d’effacement.")
    count = anonymising.anonymise(session, actor, found.citizen_id, reason)
    note(actor, found, f"Identité effacée, dossiers sans identité : {count}")
    return count


def forget_old(session: Session) -> None:
    """Take the names out of the register five years after the answer."""
    today = moment.now().date()
    queries.forget_names(session, today.replace(year=today.year - rules.REGISTER_YEARS, day=min(today.day, 28)))


def _claim_open(session: Session, actor: Actor, request_id: int) -> RightsRequest:
    found = queries.get_request(session, actor.authority_id, request_id, lock=True)
    if found.answered_on is not None:
        raise Conflict(ANSWERED)
    return found
