"""SELECTs on eliminations: what is due, what stands in the way, and what was listed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, delete, exists, extract, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from backoffice.domain import eliminations as words
from backoffice.domain import legal_events
from backoffice.domain.eliminations import EliminationState, LineState
from backoffice.domain.legal_events import EventKind
from backoffice.errors import NotFound
from backoffice.infra.database import table_of
from backoffice.models.case_links import CaseLink
from backoffice.models.cases import Attachment, Case
from backoffice.models.documents import Document
from backoffice.models.eliminations import CaseHold, Elimination, EliminationCase
from backoffice.models.legal import CaseFact
from backoffice.models.tasks import Task
from backoffice.queries import legal

NO_ELIMINATION = "Ce bordereau n’existe pas."
AT_ONCE = 500
_LINES = table_of(EliminationCase)


@dataclass(frozen=True, slots=True)
class Group:
    """The files of an elimination of one procedure and year of closing: how many, and the days they go from and to."""

    procedure_code: str
    year: int
    cases: int
    first_on: date
    last_on: date


def get_elimination(session: Session, authority_id: int, elimination_id: int, *, lock: bool = False) -> Elimination:
    """One elimination, locked on demand; NotFound in another authority."""
    query = select(Elimination).where(Elimination.authority_id == authority_id, Elimination.id == elimination_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound(NO_ELIMINATION)
    return found


def list_eliminations(session: Session, authority_id: int) -> list[Elimination]:
    """Every elimination, the newest first."""
    return list(
        session.scalars(select(Elimination).filter_by(authority_id=authority_id).order_by(Elimination.id.desc()))
    )


def claim_proposal(session: Session, authority_id: int) -> Elimination | None:
    """The proposal of an authority, locked: it has one at most."""
    query = select(Elimination).filter_by(authority_id=authority_id, state=EliminationState.PROPOSED)
    return session.scalar(query.order_by(Elimination.id).with_for_update())


def list_due(session: Session, authority_id: int, procedure_code: str, closed_by: date) -> list[Row[Any]]:
    """(id, reference, closed_on, answers) of the cases of a procedure closed by a day that no elimination lists."""
    listed = exists().where(EliminationCase.case_id == Case.id, EliminationCase.state == LineState.LISTED)
    query = select(Case.id, Case.reference, Case.closed_on, Case.answers).where(
        Case.authority_id == authority_id,
        Case.procedure_code == procedure_code,
        Case.closed_on <= closed_by,
        ~listed,
    )
    return list(session.execute(query.order_by(Case.closed_on, Case.id)))


def count_without_procedure(session: Session, authority_id: int) -> int:
    """The closed cases that nothing says how long to keep."""
    query = select(func.count(Case.id)).where(
        Case.authority_id == authority_id, Case.procedure_code == "", Case.closed_on.is_not(None)
    )
    return session.scalar(query) or 0


def list_obstacles(session: Session, case_ids: Iterable[int]) -> dict[int, str]:
    """Why these cases may not be destroyed now, in French, by case; those that nothing holds are left out."""
    ids, found = list(case_ids), dict[int, str]()
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        for one in (_linked, _asked, _appealed, _held, _reopened):  # the strongest reason last
            found |= one(session, some)
    return found


def _reopened(session: Session, ids: Sequence[int]) -> dict[int, str]:
    open_ones = session.scalars(select(Case.id).where(Case.id.in_(ids), Case.closed_on.is_(None)))
    return dict.fromkeys(open_ones, words.REOPENED)


def _held(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(CaseHold.case_id, CaseHold.reason).where(CaseHold.case_id.in_(ids), CaseHold.lifted_at.is_(None))
    )
    return {row[0]: words.HELD.format(row[1]) for row in rows}


def _asked(session: Session, ids: Sequence[int]) -> dict[int, str]:
    waiting = session.scalars(select(Task.case_id).where(Task.case_id.in_(ids), Task.ended_at.is_(None)))
    return dict.fromkeys(waiting, words.QUESTIONED)


def _linked(session: Session, ids: Sequence[int]) -> dict[int, str]:
    other, found = aliased(Case), set[int]()
    for mine, theirs in ((CaseLink.case_id, CaseLink.other_id), (CaseLink.other_id, CaseLink.case_id)):
        query = select(mine).join(other, other.id == theirs)
        found |= set(session.scalars(query.where(mine.in_(ids), other.closed_on.is_(None))))
    following = select(Case.follows_case_id).where(Case.follows_case_id.in_(ids), Case.closed_on.is_(None))
    found |= {one for one in session.scalars(following) if one is not None}
    followed = select(Case.id).join(other, other.id == Case.follows_case_id)
    found |= set(session.scalars(followed.where(Case.id.in_(ids), other.closed_on.is_(None))))
    return dict.fromkeys(found, words.LINKED)


def _appealed(session: Session, ids: Sequence[int]) -> dict[int, str]:
    appealed = select(CaseFact.case_id).where(CaseFact.case_id.in_(ids), CaseFact.kind == EventKind.APPEALED)
    return {
        case_id: words.APPEALED
        for case_id in set(session.scalars(appealed))
        if legal_events.list_unanswered_appeals(legal.list_events(session, case_id))
    }


def add_lines(session: Session, elimination: Elimination, lines: Sequence[dict[str, Any]]) -> None:
    """Put cases in an elimination."""
    own = {"authority_id": elimination.authority_id, "elimination_id": elimination.id}
    if lines:
        session.execute(insert(_LINES), [{"proof": "", "settled_at": None, **line, **own} for line in lines])


def delete_lines(
    session: Session, elimination_id: int, *, states: Collection[str] = (), ids: Collection[int] = ()
) -> None:
    """Take lines of these states, or these lines, out of an elimination: their cases may be proposed again."""
    query = delete(_LINES).where(_LINES.c.elimination_id == elimination_id)
    session.execute(query.where(or_(_LINES.c.state.in_(states), _LINES.c.id.in_(ids))))


def keep_lines(session: Session, elimination_id: int, reasons: dict[int, str]) -> None:
    """Say of these cases of an elimination why they stay."""
    for case_id, reason in reasons.items():
        mine = and_(_LINES.c.elimination_id == elimination_id, _LINES.c.case_id == case_id)
        session.execute(update(_LINES).where(mine).values(state=LineState.KEPT, reason=reason))


def withdraw_lines(session: Session, elimination_id: int) -> None:
    """The elimination was given up: its cases may be proposed again."""
    mine = (_LINES.c.elimination_id == elimination_id, _LINES.c.state == LineState.LISTED)
    session.execute(update(_LINES).where(*mine).values(state=LineState.WITHDRAWN))


def list_groups(session: Session, elimination_id: int) -> list[Group]:
    """What an elimination lists, by procedure and year of closing."""
    year = extract("year", EliminationCase.closed_on)
    query = (
        select(
            EliminationCase.procedure_code,
            year,
            func.count(),
            func.min(EliminationCase.closed_on),
            func.max(EliminationCase.closed_on),
        )
        .where(EliminationCase.elimination_id == elimination_id, EliminationCase.state == LineState.LISTED)
        .group_by(EliminationCase.procedure_code, year)
        .order_by(EliminationCase.procedure_code, year)
    )
    return [Group(row[0], int(row[1]), row[2], row[3], row[4]) for row in session.execute(query)]


def list_lines(
    session: Session, elimination_id: int, *, state: str = "", after: int = 0, limit: int | None = None
) -> list[EliminationCase]:
    """The lines of an elimination, of a state or of all, some at a time."""
    query = select(EliminationCase).where(EliminationCase.elimination_id == elimination_id, EliminationCase.id > after)
    query = query.where(EliminationCase.state == state) if state else query
    return list(session.scalars(query.order_by(EliminationCase.id).limit(limit)))


def count_lines(session: Session, elimination_id: int) -> dict[str, int]:
    """How many lines are in each state."""
    query = select(EliminationCase.state, func.count()).where(EliminationCase.elimination_id == elimination_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(EliminationCase.state))}


def list_listed_ids(session: Session, elimination_id: int) -> list[int]:
    """The ids of the cases that an elimination lists."""
    query = select(EliminationCase.case_id).filter_by(elimination_id=elimination_id, state=LineState.LISTED)
    return list(session.scalars(query.order_by(EliminationCase.id)))


def claim_listed(session: Session, elimination_id: int, limit: int) -> list[EliminationCase]:
    """The next lines to settle, locked."""
    query = select(EliminationCase).filter_by(elimination_id=elimination_id, state=LineState.LISTED)
    return list(session.scalars(query.order_by(EliminationCase.id).limit(limit).with_for_update()))


def sizes_by_case(session: Session, elimination_id: int) -> dict[int, int]:
    """How many bytes the files of each listed case take."""
    sizes: dict[int, int] = {}
    for table in (Attachment, Document):
        query = (
            select(table.case_id, func.sum(table.size))
            .join(EliminationCase, EliminationCase.case_id == table.case_id)
            .where(EliminationCase.elimination_id == elimination_id, EliminationCase.state == LineState.LISTED)
            .group_by(table.case_id)
        )
        for case_id, size in session.execute(query):
            sizes[case_id] = sizes.get(case_id, 0) + int(size or 0)
    return sizes


def list_holds(session: Session, authority_id: int) -> list[tuple[CaseHold, Case]]:
    """What holds files back today, with their cases."""
    query = select(CaseHold, Case).join(Case, Case.id == CaseHold.case_id)
    mine = query.where(CaseHold.authority_id == authority_id, CaseHold.lifted_at.is_(None))
    return [(row[0], row[1]) for row in session.execute(mine.order_by(CaseHold.id))]


def claim_hold(session: Session, authority_id: int, hold_id: int) -> CaseHold:
    """One hold, locked; NotFound in another authority or once lifted."""
    query = select(CaseHold).where(
        CaseHold.authority_id == authority_id, CaseHold.id == hold_id, CaseHold.lifted_at.is_(None)
    )
    found = session.scalar(query.with_for_update())
    if found is None:
        raise NotFound("Cette retenue n’existe pas ou est déjà levée.")
    return found


def find_hold(session: Session, case_id: int) -> CaseHold | None:
    """What holds a case back, if anything does."""
    return session.scalar(select(CaseHold).where(CaseHold.case_id == case_id, CaseHold.lifted_at.is_(None)).limit(1))
