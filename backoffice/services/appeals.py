"""Appeals to the administration, and the reasons of a refusal by silence."""

from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import legal_events, policy
from backoffice.domain.clock import Deadlines
from backoffice.domain.facts import AppealKind
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import EventKind
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.queries import legal as queries
from backoffice.services import clock, decisions, documents, legal_facts


def note_appeal(
    session: Session, actor: Actor, case: Case, kind: AppealKind, on: date, posted_on: date | None = None
) -> CaseFact:
    """A recours to the administration: in time, it interrupts the period to go to court (L411-2)."""
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = session.get_one(Authority, case.authority_id)
    legal_facts.check_past(authority, on, case.received_on, "La date de réception du recours")
    if posted_on is not None and posted_on > on:
        raise Invalid(faults={"posted_on": "Le recours ne peut pas avoir été posté après sa réception."})
    data = {"kind": kind.value, "posted_on": posted_on.isoformat() if posted_on else None}
    fact = legal_facts.write(session, actor, case, EventKind.APPEALED, on, data)
    legal_facts.settle(session, actor, case, authority, fact, appeal=kind.value, on=on.isoformat())
    return fact


def note_rejected(session: Session, actor: Actor, case: Case, on: date) -> CaseFact:
    """The express rejection of the oldest appeal still unanswered was notified on a day: the court is open from it."""
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = session.get_one(Authority, case.authority_id)
    waiting = legal_events.list_unanswered_appeals(queries.list_events(session, case.id))
    if not waiting:
        raise Conflict("Aucun recours n’attend de réponse sur ce dossier.")
    legal_facts.check_past(authority, on, waiting[0].on, "La date de notification du rejet")
    data = {"appeal": waiting[0].number}
    fact = legal_facts.write(session, actor, case, EventKind.APPEAL_REJECTED, on, data)
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat())
    return fact


def note_reasons_asked(session: Session, actor: Actor, case: Case, on: date) -> CaseFact:
    """The citizen asks why silence refused: an answer is due within a month (L232-4)."""
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = session.get_one(Authority, case.authority_id)
    if case.implicit_outcome != Outcome.IMPLICITLY_REFUSED:
        raise Conflict("Les motifs se demandent après un refus implicite : il n’y en a pas sur ce dossier.")
    legal_facts.check_past(authority, on, case.received_on, "La date de la demande de motifs")
    fact = legal_facts.write(session, actor, case, EventKind.REASONS_ASKED, on, {})
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat())
    return fact


def give_reasons(session: Session, actor: Actor, case: Case, text: str) -> CaseFact:
    """Answer a request for reasons: the period to go to court starts again from that day."""
    policy.require(actor, Permission.CASE_DECIDE, case)
    authority = session.get_one(Authority, case.authority_id)
    asked = legal_events.find_last(queries.list_events(session, case.id), EventKind.REASONS_ASKED)
    if asked is None:
        raise Conflict("Personne n’a demandé les motifs de cette décision.")
    if len(text.strip()) < decisions.SHORTEST_REASON:
        raise Invalid(faults={"text": "Expliquez les motifs, en droit et en fait, propres à ce dossier."})
    today = legal_facts.today_of(authority)
    fact = legal_facts.write(session, actor, case, EventKind.REASONS_GIVEN, today, {"text": text.strip()})
    legal_facts.settle(session, actor, case, authority, fact, on=today.isoformat())
    values = documents.case_values(session, authority, case)
    words = _letter_of_reasons(asked.on, text.strip(), clock.deadlines(session, case, authority))
    legal_facts.send(
        session, actor, case, "letter", values | {"text": words, "agent": legal_facts.agent_of(session, actor)}
    )
    return fact


def _letter_of_reasons(asked_on: date, reasons: str, dates: Deadlines) -> str:
    since = f" depuis le {long_date(dates.implicit_on.on)}" if dates.implicit_on else ""
    opening = (
        f"Votre demande reçue le {long_date(dates.received_on)} est réputée rejetée{since}. Le {long_date(asked_on)}, "
        "vous nous avez demandé les motifs de cette décision (article L. 232-4 du CRPA). Les voici."
    )
    closing = (
        "Le délai de recours contentieux est prorogé jusqu’à l’expiration de deux mois suivant le jour où ces motifs "
        "vous sont communiqués (article L. 232-4 du CRPA)."
    )
    return "\n\n".join([opening, reasons, closing] if dates.appeal_period_enforceable else [opening, reasons])
