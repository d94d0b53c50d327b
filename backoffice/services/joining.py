"""Two cases that are one request: one is kept, the other is closed as joined to it, and everything leads to the first.

No row changes hands: what belongs to the joined case is read through the link (decision 0009), so that undoing it
restores exactly what was there. Who follows it also follows the kept one, where its drafts go.
"""

from datetime import date

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.case_links import LinkKind
from backoffice.domain.french import long_date
from backoffice.domain.legal_events import RECEIPT, EventKind, find_last
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict
from backoffice.models.authorities import Authority
from backoffice.models.case_links import CaseLink
from backoffice.models.cases import Case
from backoffice.queries import case_links as queries
from backoffice.queries import legal
from backoffice.services import case_drafts, case_links, case_watchers, clock, correcting, journal, legal_facts
from backoffice.services.journal import Event

TWO_CITIZENS = (
    "Ces deux dossiers ne sont pas du même usager : qui suit l’un lirait l’autre. "
    "Si c’est la même personne, réunissez d’abord ses fiches ; sinon, liez les dossiers sans les joindre."
)
TWO_UNKNOWN = (
    "Ces deux dossiers sont anonymes : rien ne dit qu’ils viennent de la même personne, et qui suit l’un lirait "
    "l’autre. Liez-les comme doublons, sans les joindre."
)
CLOSED = "Un des deux dossiers est terminé. Rouvrez-le d’abord, ou liez-les sans les joindre."
DECIDED = "Une décision existe déjà sur ce dossier : gardez-le, et joignez-lui l’autre."
HOLDS_OTHERS = "D’autres dossiers sont joints à celui-ci : gardez-le, et joignez-lui l’autre."
TWO_SECRETS = (
    "Un de ces dossiers est sensible et l’autre n’est pas lu par les mêmes agents : les joindre montrerait l’un à qui "
    "lit l’autre. Transférez d’abord l’un des deux, ou liez-les sans les joindre."
)
NOT_JOINED = "Cette jonction n’existe plus : un collègue l’a peut-être défaite."
REOPEN_KEPT = "Le dossier gardé est terminé : rouvrez-le avant de défaire la jonction."
NEEDED = (Permission.CASE_MOVE, Permission.CASE_CORRECT)
"""What joining, and undoing it, asks of the policy on both cases."""
NOT_YOURS = (
    "Joindre deux dossiers revient aux agents qui instruisent les deux. Liez-les comme doublons : ils le verront."
)
PARTED = "La jonction des deux dossiers est défaite : chacun reprend sa propre date."


def find_obstacle(session: Session, case: Case, kept: Case) -> str:
    """Why the first of these cases cannot be joined to the second, in a sentence that says what to do; or nothing."""
    if case.citizen_id is None and kept.citizen_id is None:
        return TWO_UNKNOWN
    if case.citizen_id != kept.citizen_id:
        return TWO_CITIZENS
    if Status.CLOSED in (case.status, kept.status):
        return CLOSED
    if (case.restricted or kept.restricted) and _readers(case) != _readers(kept):
        return TWO_SECRETS
    if case.implicit_outcome or find_last(legal.list_events(session, case.id), EventKind.DECIDED) is not None:
        return DECIDED
    if queries.list_joined(session, case.id):
        return HOLDS_OTHERS
    return ""


def _readers(case: Case) -> tuple[bool, int]:
    return case.restricted, case.department_id


def may_join(actor: Actor, *cases: Case) -> bool:
    """Whether the actor may join these cases; of the kept one alone, whether they may undo it."""
    return all(policy.allows(actor, permission, one) for one in cases for permission in NEEDED)


def join(session: Session, actor: Actor, case: Case, kept: Case) -> CaseLink:
    """Close a case as joined to the one that is kept (both held by the caller); raise Conflict when it cannot be.

    The same request came twice: the first receipt counts, and the citizen is told the dates that follow.
    """
    for one in (case, kept):
        for permission in NEEDED:
            policy.require(actor, permission, one)
    if obstacle := find_obstacle(session, case, kept):
        raise Conflict(obstacle)
    others = queries.list_junctions(session, kept.id)
    own = others[0].before["kept_received_on"] if others else kept.received_on.isoformat()
    before: dict[str, object] = {"status": case.status, "kept_received_on": own}
    if (earlier := queries.find_between(session, case.id, kept.id)) is not None:
        # The link that they had says less than the junction: it comes back when that is undone.
        before["link"] = {"kind": earlier.kind, "is_first": earlier.case_id == case.id}
        session.delete(earlier)
        session.flush()
    link = case_links.write(session, actor, case, kept, LinkKind.JOINED, before)
    legal_facts.end(case, session.get_one(Authority, case.authority_id), Outcome.JOINED)
    case.closed_after_days = None  # nothing was answered yet: it would shorten the delays that reports give
    case_links.tell(session, actor, link, case, kept, Event.LINKED)
    case_watchers.follow(session, case, kept)
    case_drafts.follow(session, case, kept)
    if case.received_on < kept.received_on:
        reason = f"La même demande était déjà arrivée le {long_date(case.received_on)} : dossier {case.reference}."
        correcting.correct(session, actor, kept, RECEIPT, case.received_on, reason)
    return link


def part(session: Session, actor: Actor, case: Case, kept: Case) -> None:
    """Undo a junction: the joined case is as it was, and the kept one has its own date of receipt again.

    What arrived for both meanwhile stays on the kept case. Raises Conflict when they are not joined, or no more open.
    """
    policy.require(actor, Permission.CASE_READ, case)
    for permission in NEEDED:
        policy.require(actor, permission, kept)
    link = queries.find_between(session, case.id, kept.id)
    if link is None or link.kind != LinkKind.JOINED or link.case_id != case.id:
        raise Conflict(NOT_JOINED)
    if kept.status == Status.CLOSED:
        raise Conflict(REOPEN_KEPT)
    before = dict(link.before)
    session.delete(link)
    session.flush()
    authority = session.get_one(Authority, case.authority_id)
    case.status, case.outcome = before["status"], ""
    case.closed_at = case.closed_on = case.closed_after_days = None
    clock.forget_unborn(session, case, authority)
    clock.refresh(session, case, authority)
    case_links.tell(session, actor, link, case, kept, Event.UNLINKED)
    if earlier := before.get("link"):
        first, second = (case, kept) if earlier["is_first"] else (kept, case)
        case_links.write(session, actor, first, second, LinkKind(earlier["kind"]))
    _give_date_back(session, actor, kept, date.fromisoformat(before["kept_received_on"]), case.received_on)


def _give_date_back(session: Session, actor: Actor, kept: Case, own: date, parted: date) -> None:
    """The receipt that holds without the case that left; one corrected by hand since stays as it is."""
    staying = [own, *(one.received_on for one in queries.list_joined(session, kept.id))]
    if kept.received_on == min(parted, *staying) != (now := min(staying)):
        correcting.correct(session, actor, kept, RECEIPT, now, PARTED)


def lead(session: Session, case_id: int) -> int:
    """The case where what is about this one goes on: the one that it is joined to, or itself."""
    return queries.find_kept_id(session, case_id) or case_id


def follow(session: Session, actor: Actor, kept: Case) -> None:
    """The cases joined to one go with it to its new department, and under the same secrecy."""
    for joined in queries.list_joined(session, kept.id):
        if _readers(joined) != _readers(kept):
            joined.department_id, joined.restricted = kept.department_id, kept.restricted
            told = {"department_id": kept.department_id, "reason": f"Avec le dossier {kept.reference}, qui l’a reçu"}
            journal.record(session, actor, joined, Event.ROUTED, **told)
