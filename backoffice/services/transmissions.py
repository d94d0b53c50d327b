"""Requests that another administration must answer (L114-2), and those that citizens withdraw."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import identity, legal_events, policy
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import EventKind
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.queries import legal as queries
from backoffice.services import acknowledging, case_tasks, documents, forwarding, legal_facts


@dataclass(frozen=True, slots=True)
class Recipient:
    """The competent administration to which a request is transmitted (L114-2)."""

    name: str
    address: str = ""
    email: str = ""
    phone: str = ""


def transmit(
    session: Session, runtime: Runtime, actor: Actor, case: Case, recipient: Recipient, reason: str
) -> CaseFact:
    """Hand a request to the competent administration (L114-2) and tell the citizen, who has nothing to do again.

    With its e-mail, the administration gets the request and its files; without one, somebody posts them.
    """
    policy.require(actor, Permission.CASE_DECIDE, case)
    authority = legal_facts.require_open(session, case)
    faults = {}
    if not recipient.name.strip():
        faults["recipient_name"] = "Nommez l’administration compétente."
    if not (recipient.address.strip() or recipient.email.strip()):
        faults["recipient_address"] = "Donnez son adresse postale ou électronique : l’usager doit savoir où elle est."
    try:
        email = identity.check_email(recipient.email.strip()) if recipient.email.strip() else ""
    except Invalid as fault:
        faults["recipient_email"] = fault.sentence
    if faults:
        raise Invalid(faults=faults)
    today = legal_facts.today_of(authority)
    data = {
        "name": recipient.name.strip(),
        "address": recipient.address.strip(),
        "email": email,
        "phone": recipient.phone.strip(),
        "reason": reason.strip(),
    }
    fact = legal_facts.write(session, actor, case, EventKind.TRANSMITTED, today, data)
    values = documents.case_values(session, authority, case) | {
        "recipient": data,
        "transmitted_on": today.isoformat(),
        "agent": legal_facts.agent_of(session, actor),
    }
    case_tasks.cancel_awaited(session, actor, case)
    legal_facts.end(case, authority, Outcome.TRANSFERRED)
    legal_facts.settle(session, actor, case, authority, fact, name=recipient.name)
    legal_facts.send(session, actor, case, "transmission", values)
    if data["email"]:
        forwarding.forward(session, runtime, case, data["email"], values)
    return fact


def note_transmission_received(session: Session, actor: Actor, case: Case, on: date) -> CaseFact:
    """The competent administration acknowledged: for an acceptance by silence, its clock runs from that day."""
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = session.get_one(Authority, case.authority_id)
    sent = legal_events.find_transmission(queries.list_events(session, case.id))
    if sent is None:
        raise Conflict("Ce dossier n’a pas été transmis à une autre administration.")
    legal_facts.check_past(authority, on, sent.on, "La date de réception par l’autre administration")
    fact = legal_facts.write(session, actor, case, EventKind.TRANSMISSION_RECEIVED, on, {})
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat())
    return fact


def note_first_received(session: Session, actor: Actor, case: Case, on: date, name: str) -> CaseFact:
    """Another administration received the request first, then sent it to us: a rejection by silence counts from there.

    The citizen gets another acknowledgement when its date changes (L114-3).
    """
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = legal_facts.require_open(session, case)
    if not name.strip():
        raise Invalid(faults={"name": "Nommez l’administration qui a reçu la demande d’abord."})
    if on > case.received_on:
        received = long_date(case.received_on)
        raise Invalid(faults={"on": f"Nous avons reçu la demande le {received} : la date ne peut pas être plus tard."})
    told = acknowledging.effect_of(case)
    fact = legal_facts.write(session, actor, case, EventKind.FIRST_RECEIVED, on, {"name": name.strip()})
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat(), name=name.strip())
    acknowledging.issue_if_changed(
        session, case, authority, told, why="first_received", name=name.strip(), first_on=on.isoformat()
    )
    return fact


def withdraw(session: Session, actor: Actor, case: Case, on: date, words: str) -> CaseFact:
    """The citizen gives up: no decision will be born of silence."""
    policy.require(actor, Permission.CASE_MOVE, case)
    authority = legal_facts.require_open(session, case)
    legal_facts.check_past(authority, on, case.received_on, "La date du retrait")
    if not words.strip():
        raise Invalid(faults={"text": "Recopiez ou résumez ce que l’usager a demandé."})
    fact = legal_facts.write(session, actor, case, EventKind.WITHDRAWN, on, {"words": words.strip()})
    case_tasks.cancel_awaited(session, actor, case)
    legal_facts.end(case, authority, Outcome.WITHDRAWN)
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat())
    return fact
