"""What a citizen does to their own case besides answering: withdraw it, ask for the certificate, judge the answer.

The caller holds the case, locked, and knows that whoever acts may follow it (tracking code, account).
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain import legal_events
from backoffice.domain.french import long_date
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.legal_events import EventKind
from backoffice.domain.lifecycle import Outcome, Status, check_open
from backoffice.domain.policy import Actor
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, Message
from backoffice.models.feedback import Feedback
from backoffice.queries import cases, legal
from backoffice.queries import feedback as queries
from backoffice.services import (
    case_tasks,
    correspondence,
    documents,
    journal,
    legal_facts,
    moment,
    reopening,
    staff_notices,
)
from backoffice.services.journal import Event

REOPEN_WITHIN_DAYS = "reopen_within_days"
USUAL_REOPENING_DAYS = 30
LONGEST_WORDS = 4000
WITHDRAWAL = "Je retire ma demande."
CERTIFICATE_ACT = "certificate"
CERTIFICATE = "Je demande l’attestation de la décision implicite d’acceptation (article L. 232-3 du CRPA)."

# Endings that answered nothing: nobody is asked whether they helped.
NOT_JUDGED = frozenset({Outcome.WITHDRAWN, Outcome.TRANSFERRED, Outcome.JOINED})


def actor_of(case: Case) -> Actor:
    """The citizen of a case, as the history names them."""
    name = case.citizen.display_name if case.citizen else "Usager"
    return Actor("citizen", case.authority_id, case.citizen_id, name)


def withdraw(session: Session, runtime: Runtime, case: Case, reason: str) -> None:
    """End a case because its citizen wants nothing any more; both sides are told, and the legal clock stops.

    Raises Conflict when it is closed already, Invalid when the reason is too long.
    """
    check_open(Status(case.status))
    actor, authority = actor_of(case), session.get_one(Authority, case.authority_id)
    reason = _checked(reason, "reason")
    today = legal_facts.today_of(authority)
    _write(
        session,
        case,
        f"withdrawal.{case.revision}",
        f"{WITHDRAWAL}\n\n{reason}".strip(),
        subject="Retrait de la demande",
    )
    fact = legal_facts.write(session, actor, case, EventKind.WITHDRAWN, today, {"by": "citizen"})
    case_tasks.cancel_awaited(session, actor, case)
    legal_facts.end(case, authority, Outcome.WITHDRAWN)
    legal_facts.settle(session, actor, case, authority, fact, on=today.isoformat())
    if case.citizen is not None and case.citizen.email:
        values = documents.case_values(session, authority, case)
        correspondence.queue_mail(session, runtime, case, "withdrawn", values, automatic=True)
    _tell(session, case, f"withdrawn.{fact.id}", "L’usager a retiré sa demande : il n’y a plus rien à instruire.")


def may_ask_for_certificate(session: Session, case: Case) -> bool:
    """Whether silence became an acceptance, and nobody asked for its certificate yet, nor made it."""
    if case.implicit_outcome != Outcome.IMPLICITLY_ACCEPTED:
        return False
    is_made = any(one.template == "certificate" for one in cases.list_documents(session, case.id))
    return not is_made and not is_certificate_asked(session, case)


def is_certificate_asked(session: Session, case: Case) -> bool:
    """Whether its citizen asked for the certificate."""
    key = _key(case, CERTIFICATE_ACT)
    return cases.find_case_of_message(session, case.authority_id, ChannelCode.WEB_FORM, key) is not None


def ask_for_certificate(session: Session, case: Case) -> None:
    """Ask for the certificate of an acceptance by silence (L232-3): a person signs it, so whoever has the case is told.

    Asked again, it changes nothing. Raises Conflict when silence made no acceptance.
    """
    if case.implicit_outcome != Outcome.IMPLICITLY_ACCEPTED:
        raise Conflict(Wording("Cette attestation n’existe qu’après une acceptation implicite."))
    if not may_ask_for_certificate(session, case):
        return
    _write(session, case, CERTIFICATE_ACT, CERTIFICATE, subject="Demande d’attestation")
    case.revision += 1
    journal.record(session, actor_of(case), case, Event.CERTIFICATE_ASKED)
    sentence = "L’usager demande l’attestation de l’article L. 232-3 : elle lui est due."
    _tell(session, case, "certificate_asked", sentence, urgent=True)


def may_be_judged(session: Session, case: Case) -> bool:
    """Whether the case ended with an answer that its citizen has not judged yet; a nameless one may have none."""
    is_told = case.citizen_id is not None or case.first_answer_at is not None
    answered = is_told and case.closed_at is not None and case.outcome not in NOT_JUDGED
    return answered and queries.find_feedback(session, case) is None


def may_reopen(session: Session, case: Case, authority: Authority) -> bool:
    """Whether a « no » opens the case again today: soon enough, and the answer is no signed refusal.

    A refusal that was signed with its remedies is contested by them (recours): opening the case would hide the delay.
    """
    decided = legal_events.find_last(legal.list_events(session, case.id), EventKind.DECIDED)
    is_refusal = decided is not None and not decided.data.get("favourable") and "signatory" in decided.data
    if case.closed_on is None or is_refusal:
        return False
    return legal_facts.today_of(authority) <= case.closed_on + timedelta(days=reopening_days(authority))


def reopening_days(authority: Authority) -> int:
    """For how many days after an answer a « no » opens the case again: the authority's own number."""
    return int(authority.details.get(REOPEN_WITHIN_DAYS, USUAL_REOPENING_DAYS))


def judge(session: Session, case: Case, reason: str, *, helped: bool) -> Feedback:
    """Say whether the answer helped; a « no » says why, and opens the case again when it may.

    Raises Conflict when there is no answer to judge or it was judged, Invalid without a reason for a « no ».
    """
    if not may_be_judged(session, case) or case.closed_at is None:
        raise Conflict(Wording("Vous avez déjà donné votre avis sur cette réponse, ou le dossier n’est plus terminé."))
    reason = _checked(reason, "reason")
    if not helped and not reason:
        raise Invalid(faults={"reason": Wording("Dites-nous ce qui manque : c’est ce que l’agent lira en premier.")})
    authority = session.get_one(Authority, case.authority_id)
    said = Feedback(
        authority_id=case.authority_id,
        case_id=case.id,
        closed_at=case.closed_at,
        helped=helped,
        reason=reason,
        reopened=not helped and may_reopen(session, case, authority),
        at=moment.now(),
    )
    session.add(said)
    session.flush()
    actor = actor_of(case)
    journal.record(session, actor, case, Event.ANSWER_JUDGED, helped=helped, reopened=said.reopened)
    if not helped:
        _not_helped(session, case, authority, said)
    case.revision += 1
    return said


def _not_helped(session: Session, case: Case, authority: Authority, said: Feedback) -> None:
    answered_on = long_date(case.closed_on) if case.closed_on else ""
    _write(session, case, f"feedback.{said.id}", said.reason, subject=f"La réponse du {answered_on} n’a pas aidé")
    if said.reopened:
        actor = actor_of(case)
        journal.record(session, actor, case, Event.REOPENED)
        reopening.open_again(session, actor, case, legal_facts.today_of(authority))
        case.status = Status.UNDER_REVIEW
    sentence = "L’usager dit que la réponse ne l’a pas aidé" + (" : le dossier est rouvert." if said.reopened else ".")
    _tell(session, case, f"feedback.{said.id}", sentence)


def _tell(session: Session, case: Case, kind: str, sentence: str, *, urgent: bool = False) -> None:
    listening = staff_notices.listeners(session, case)
    staff_notices.tell(session, case, NoticeEvent.ANSWERED, listening, sentence, once=kind, urgent=urgent)


def _checked(words: str, field: str) -> str:
    words = words.replace("\x00", "").strip()
    if len(words) > LONGEST_WORDS:
        raise Invalid(faults={field: Wording("Ce texte dépasse 4 000 caractères : raccourcissez-le.")})
    return words


def _key(case: Case, act: str) -> str:
    return f"{case.id}.{act}"


def _write(session: Session, case: Case, act: str, body: str, *, subject: str) -> None:
    """What the citizen does, as a message of the case: agents read it where they read everything."""
    session.add(
        Message(
            authority_id=case.authority_id,
            case_id=case.id,
            direction="in",
            channel=ChannelCode.WEB_FORM,
            source_id=_key(case, act),
            author=actor_of(case).name[:255],
            subject=subject,
            body=body,
            received_at=moment.now(),
        )
    )
    session.flush()
