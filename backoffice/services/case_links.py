"""Cases that go together: tied and untied by agents who read both, told in both histories."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.case_links import CHOSEN_KINDS, LinkKind
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.case_links import CaseLink
from backoffice.models.cases import Case
from backoffice.queries import case_links as queries
from backoffice.services import journal, moment
from backoffice.services.journal import Event

ITSELF = "C’est la référence de ce dossier : donnez celle d’un autre."
TIED = "Ces deux dossiers sont déjà liés. Pour changer leur lien, défaites d’abord celui qui existe."
NOT_TIED = "Ce lien n’existe plus : un collègue l’a peut-être défait."


def tie(session: Session, actor: Actor, case: Case, other: Case, kind: LinkKind) -> CaseLink:
    """Say what a case is to another one (both held by the caller); raise Conflict when they are tied already."""
    _require(actor, case, other)
    if kind not in CHOSEN_KINDS:
        raise Invalid(faults={"kind": "Choisissez comment ces deux dossiers vont ensemble."})
    link = write(session, actor, case, other, kind)
    tell(session, actor, link, case, other, Event.LINKED)
    return link


def untie(session: Session, actor: Actor, case: Case, other: Case) -> None:
    """Undo the link of two cases; raise Conflict when there is none, or when only its own act undoes it."""
    _require(actor, case, other)
    link = queries.find_between(session, case.id, other.id)
    if link is None or link.kind not in CHOSEN_KINDS:
        raise Conflict(NOT_TIED)
    first, second = (case, other) if link.case_id == case.id else (other, case)
    session.delete(link)
    tell(session, actor, link, first, second, Event.UNLINKED)


def write(
    session: Session, actor: Actor, case: Case, other: Case, kind: LinkKind, before: dict[str, object] | None = None
) -> CaseLink:
    """The row of a link, without its lines of history; raise Invalid or Conflict when there can be none."""
    if case.id == other.id:
        raise Invalid(faults={"reference": ITSELF})
    if queries.find_between(session, case.id, other.id) is not None:
        raise Conflict(TIED)
    link = CaseLink(
        authority_id=case.authority_id,
        case_id=case.id,
        other_id=other.id,
        kind=kind,
        before=before or {},
        staff_id=actor.id if actor.kind == "staff" else None,
        author=actor.name,
        at=moment.now(),
    )
    session.add(link)
    session.flush()
    return link


def tell(session: Session, actor: Actor, link: CaseLink, case: Case, other: Case, event: Event) -> None:
    """Write in both histories what became of a link whose first case is `case`."""
    for one, beside, is_first in ((case, other, True), (other, case, False)):
        one.revision += 1
        told = {"link": link.kind, "is_first": is_first, "reference": named(one, beside)}
        journal.record(session, actor, one, event, **told)


def named(case: Case | None, beside: Case) -> str:
    """The reference that a history may give: who reads a case learns nothing of a restricted one that they may not.

    Without a case, that which anybody may read.
    """
    is_same = case is not None and case.restricted and case.department_id == beside.department_id
    return beside.reference if is_same or not beside.restricted else ""


def _require(actor: Actor, case: Case, other: Case) -> None:
    for one in (case, other):
        policy.require(actor, Permission.CASE_NOTE, one)
