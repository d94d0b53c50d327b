"""Takes somebody out of the house: what was decided and when stays, who it was and what they said does not."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.cases import Case
from backoffice.models.people import Citizen
from backoffice.queries import cases, erasure, matching
from backoffice.queries import destruction as rows
from backoffice.queries import eliminations as obstacles
from backoffice.services import held_files, journal

KEPT_TABLES = frozenset(
    {"cases", "case_events", "case_facts", "case_holds", "feedback", "case_tags", "arrived_letters"}
)
"""What says that a request was made, when, and what was decided."""
SHORTEST_REASON, LONGEST_REASON = 10, 500
LONGEST_FACT = 80
NO_REASON = "Écrivez pourquoi l’identité est effacée, et l’accord des archives s’il le faut (10 caractères au moins)."
STILL_OPEN = "Des dossiers sont en cours : {}. Terminez-les d’abord, ou refusez l’effacement pour ceux-là."
HELD_BACK = "Le dossier {} ne peut pas être effacé. {}"
SCANNED = "Détruit avec l’identité de son auteur."
SUBJECT = "Dossier sans identité"


def anonymise(session: Session, actor: Actor, citizen_id: int, reason: str) -> int:
    """Empty the sheets of a person, close their account, and take the words out of their closed cases; give how many.

    Raises Conflict, with the references, for an open case or one that something holds back; Invalid without a reason.
    """
    policy.require(actor, Permission.PERSON_RIGHTS_MANAGE)
    reason = reason.replace("\x00", "").strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(NO_REASON, {"reason": NO_REASON})
    sheets = [one for one in erasure.list_group(session, citizen_id) if one.authority_id == actor.authority_id]
    mine = [
        cases.claim_case_by_id(session, id_) for sheet in sheets for id_ in matching.list_case_ids(session, sheet.id)
    ]
    if running := [case.reference for case in mine if case.closed_on is None]:
        raise Conflict(STILL_OPEN.format(", ".join(running)))
    held = obstacles.list_obstacles(session, [case.id for case in mine])
    for case in mine:
        if case.id in held:
            raise Conflict(HELD_BACK.format(case.reference, held[case.id]))
    _forget_words(session, actor, mine, reason)
    _forget_person(session, sheets)
    return len(mine)


def _forget_words(session: Session, actor: Actor, mine: list[Case], reason: str) -> None:
    done = rows.destroy_cases(session, mine, SCANNED, keeping=KEPT_TABLES)
    freed, _ = rows.forget_files(session, done.digests)
    held_files.let_go(session, freed)
    rows.delete_jobs(session, actor.authority_id, {**done.ids, "case_id": {case.id for case in mine}})
    for case in mine:
        case.subject, case.answers, case.near_street, case.routing_reason = SUBJECT, {}, "", ""
        case.latitude = case.longitude = None
        case.revision += 1
        journal.anonymise(session, actor, case, reason)
    rows.shorten_words(session, [case.id for case in mine], LONGEST_FACT)


def _forget_person(session: Session, sheets: list[Citizen]) -> None:
    erasure.delete_ties(session, [one.id for one in sheets])
    erasure.empty_sheets(session, sheets)
