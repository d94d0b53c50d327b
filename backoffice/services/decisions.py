"""Decisions: signed with their reasons, born of silence, notified, certified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import legal_events, policy
from backoffice.domain.legal_events import EventKind
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.legal import CaseFact
from backoffice.queries import legal as queries
from backoffice.services import case_tasks, checklists, clock, documents, legal_facts, moment

SHORTEST_REASON = 40


@dataclass(frozen=True, slots=True)
class Reasons:
    """What a refusal says: the texts, the rule applied, the facts of this very file, and what follows from them."""

    texts: str
    rule: str
    facts: str
    conclusion: str
    plain: str


def accept(session: Session, actor: Actor, case: Case, text: str) -> CaseFact:
    """Sign a favourable decision."""
    if not text.strip():
        raise Invalid(faults={"text": "Écrivez ce qui est accordé, et à quelles conditions."})
    return _decide(session, actor, case, Outcome.ACCEPTED, "favourable", {"text": text.strip()})


def refuse(session: Session, actor: Actor, case: Case, reasons: Reasons) -> CaseFact:
    """Sign a refusal with its reasons in law and in fact (L211-5); impossible once silence has become an acceptance."""
    faults = _reason_faults(reasons)
    if faults:
        raise Invalid("Un refus doit être motivé en droit et en fait, pour ce dossier précis.", faults)
    values = {name: getattr(reasons, name).strip() for name in ("texts", "rule", "facts", "conclusion", "plain")}
    return _decide(session, actor, case, Outcome.REFUSED, "refusal", values)


def note_notified(session: Session, actor: Actor, case: Case, on: date) -> CaseFact:
    """The day the decision reached the citizen: the period of appeal runs from it."""
    policy.require(actor, Permission.CASE_NOTE, case)
    authority = session.get_one(Authority, case.authority_id)
    events = queries.list_events(session, case.id)
    decided = legal_events.find_last(events, EventKind.DECIDED)
    if decided is None:
        raise Conflict("Aucune décision n’est encore signée sur ce dossier.")
    if legal_events.find_notification(events) is not None:
        raise Conflict("La notification est déjà notée : corrigez sa date.")
    legal_facts.check_past(authority, on, decided.on, "La date de notification")
    fact = legal_facts.write(session, actor, case, EventKind.NOTIFIED, on, {})
    legal_facts.settle(session, actor, case, authority, fact, on=on.isoformat())
    return fact


def write_implicit_decision(session: Session, case: Case) -> bool:
    """On its date, never before: what silence became is written and told in plain words; the case is not closed.

    The clock is computed again first; False when the facts no longer lead to a decision.
    """
    authority = session.get_one(Authority, case.authority_id)
    events = queries.list_events(session, case.id)
    if legal_events.find_transmission(events) is not None:
        return False  # its silence is that of the administration that has it now
    dates = clock.deadlines(session, case, authority, events)
    today = legal_facts.today_of(authority)
    born = dates.claimable_from
    if born is None or born.on > today or case.implicit_outcome or case.closed_at is not None:
        return False
    accepted = case.regime.get("silence") == "acceptance"
    outcome = Outcome.IMPLICITLY_ACCEPTED if accepted else Outcome.IMPLICITLY_REFUSED
    actor = policy.system(authority.id)
    on = dates.implicit_on.on if dates.implicit_on else born.on
    fact = legal_facts.write(session, actor, case, EventKind.IMPLICIT_DECISION, on, {"outcome": outcome.value})
    case.implicit_outcome = outcome
    legal_facts.settle(session, actor, case, authority, fact, outcome=outcome.value, on=on.isoformat())
    _tell_silence(session, case, authority, on, enforceable=dates.appeal_period_enforceable)
    return True


def tell_silence_again(session: Session, case: Case, authority: Authority, told_on: date) -> None:
    """What silence became stands, since another day than the letter said (`told_on`): another letter replaces it."""
    dates = clock.deadlines(session, case, authority)
    if dates.implicit_on is not None:
        on, enforceable = dates.implicit_on.on, dates.appeal_period_enforceable
        _tell_silence(session, case, authority, on, enforceable=enforceable, told_on=told_on.isoformat())


def _tell_silence(
    session: Session, case: Case, authority: Authority, on: date, *, enforceable: bool, told_on: str = ""
) -> None:
    values = documents.case_values(session, authority, case) | {
        "outcome": case.implicit_outcome,
        "enforceable": enforceable,
        "implicit_on": on.isoformat(),
        "told_on": told_on,
        "residence": clock.residence_of(session, case),
    }
    legal_facts.send(session, policy.system(authority.id), case, "implicit_decision", values)


def ask_for_certificate(session: Session, actor: Actor, case: Case) -> None:
    """The L232-3 certificate of an acceptance by silence, on the citizen's demand."""
    policy.require(actor, Permission.CASE_REPLY, case)
    if case.implicit_outcome != Outcome.IMPLICITLY_ACCEPTED:
        raise Conflict("Cette attestation n’existe qu’après une acceptation implicite.")
    authority = session.get_one(Authority, case.authority_id)
    born = legal_events.find_last(queries.list_events(session, case.id), EventKind.IMPLICIT_DECISION)
    assert born is not None  # noqa: S101 (the outcome is written with its fact)
    # A fact corrected since moves the day: the first one stays written, and says nothing any more.
    implicit = clock.deadlines(session, case, authority).implicit_on
    values = documents.case_values(session, authority, case) | {
        "signatory": _get_signatory(session, case, authority),
        "implicit_on": (implicit or born).on.isoformat(),
        "complete_on": legal_facts.complete_on(session, case).isoformat(),
        "agent": legal_facts.agent_of(session, actor),
    }
    legal_facts.send(session, actor, case, "certificate", values)
    case.revision += 1  # the same form sent twice asks for one certificate


def signatory(session: Session, case: Case, authority: Authority) -> dict[str, str]:
    """Who signs today for the department of a case: a delegation in force, else the head of the authority."""
    found = queries.find_delegation(session, authority.id, case.department_id, legal_facts.today_of(authority))
    if found is not None:
        return {"name": found.signatory, "title": found.title, "act": found.act}
    details = authority.details
    return {"name": details.get("signatory", ""), "title": details.get("signatory_title", ""), "act": ""}


def _get_signatory(session: Session, case: Case, authority: Authority) -> dict[str, str]:
    """Who signs today, with a name and a title, or Invalid: nothing leaves without a signatory (L212-1)."""
    found = signatory(session, case, authority)
    if not (found["name"] and found["title"]):
        raise Invalid("Aucun signataire n’est connu aujourd’hui pour ce service : ajoutez une délégation de signature.")
    return found


def _decide(
    session: Session, actor: Actor, case: Case, outcome: Outcome, template: str, words: Mapping[str, str]
) -> CaseFact:
    policy.require(actor, Permission.CASE_DECIDE, case)
    authority = legal_facts.require_open(session, case)
    today = legal_facts.today_of(authority)
    favourable = outcome is Outcome.ACCEPTED
    if not favourable and not clock.deadlines(session, case, authority).may_refuse(today):
        raise Conflict(
            "Le silence gardé sur cette demande vaut déjà accord : elle ne peut plus être refusée. "
            "Seul le retrait d’une décision illégale reste possible, dans les quatre mois, après échange avec l’usager."
        )
    checklists.require_done(session, case, outcome)
    signed_by = _get_signatory(session, case, authority)
    data: dict[str, Any] = {"outcome": outcome.value, "favourable": favourable, "signatory": signed_by, **words}
    fact = legal_facts.write(session, actor, case, EventKind.DECIDED, today, data)
    values = documents.case_values(session, authority, case) | {
        **words,
        "residence": clock.residence_of(session, case),
        "signatory": signed_by,
        "decided_on": today.isoformat(),
        "complete_on": legal_facts.complete_on(session, case).isoformat(),
        "agent": legal_facts.agent_of(session, actor),
    }
    case.first_answer_at = case.first_answer_at or moment.now()
    case_tasks.cancel_awaited(session, actor, case)
    legal_facts.end(case, authority, outcome)
    legal_facts.settle(session, actor, case, authority, fact, outcome=outcome.value, signatory=signed_by["name"])
    legal_facts.send(session, actor, case, template, values)
    return fact


def _reason_faults(reasons: Reasons) -> dict[str, str]:
    faults = {}
    if not reasons.texts.strip():
        faults["texts"] = "Citez les textes appliqués, par exemple « le code de la voirie routière, article L. 113-2 »."
    if not reasons.rule.strip():
        faults["rule"] = "Recopiez la règle que ces textes posent."
    if len(reasons.facts.strip()) < SHORTEST_REASON:
        faults["facts"] = "Décrivez les faits propres à ce dossier : une formule générale ne suffit pas."
    if not reasons.conclusion.strip():
        faults["conclusion"] = "Dites ce que vous en concluez pour cette demande."
    if not reasons.plain.strip():
        faults["plain"] = "Expliquez le refus en mots simples : « Votre demande est refusée parce que… »."
    return faults
