"""Which cases and contacts are to be counted again, and what their moments add up to: see `models.counting`."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from backoffice.infra.database import table_of
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.models.counting import CountedMoment, CountMark, MonthCount
from backoffice.reports import month_counts
from backoffice.reports.moments import COLUMNS, Chosen, list_selects
from backoffice.reports.returns import is_soon

# One at a time adds to the counts (a number of ours among the advisory locks of PostgreSQL).
_LOCK = 5_401_054
_MOMENT = table_of(CountedMoment)
# Asked by every page of figures: building a statement costs more than running it.
_ANY = select(exists(select(CountMark.id)))
_ANY_OF_ONE = select(exists(select(CountMark.id).where(CountMark.authority_id == bindparam("authority_id"))))
_EVERYTHING = Chosen(lambda _: true(), lambda _: true())


def any_marked(session: Session, authority_id: int | None = None) -> bool:
    """Whether something is to be counted again, of one authority or of any."""
    if authority_id is None:
        return bool(session.scalar(_ANY))
    return bool(session.scalar(_ANY_OF_ONE, {"authority_id": authority_id}))


def may_count(session: Session, *, waits: bool = False) -> bool:
    """Become the only one that counts until the transaction ends; False when somebody else does, unless it `waits`."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    if waits:
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))))


def claim_marked(session: Session, most: int) -> tuple[set[int], set[int]]:
    """Take the oldest marks away and give the numbers of their cases and contacts."""
    table = table_of(CountMark)
    marks = session.execute(select(table).order_by(table.c.id).limit(most)).all()
    session.execute(delete(table).where(table.c.id.in_([mark.id for mark in marks])))
    return (
        {mark.case_id for mark in marks if mark.case_id is not None},
        {mark.contact_id for mark in marks if mark.contact_id is not None},
    )


def count_again(session: Session, case_ids: Collection[int], contact_ids: Collection[int]) -> None:
    """Count these again, and who came back soon after one of them. What is gone stays as it was counted."""
    case_ids, contact_ids = set(case_ids), set(contact_ids)
    gone = _gone(session, Case, case_ids), _gone(session, Contact, contact_ids)
    _part_from(session, *gone)
    case_ids, contact_ids = _with_those_after(session, case_ids - gone[0], contact_ids - gone[1])
    of = or_(CountedMoment.case_id.in_(case_ids), CountedMoment.contact_id.in_(contact_ids))
    session.execute(month_counts.add(_dialect(session), of, -1))
    session.execute(delete(_MOMENT).where(of))
    cases = (lambda column: column.in_(case_ids)) if case_ids else None
    contacts = (lambda column: column.in_(contact_ids)) if contact_ids else None
    _note_moments(session, Chosen(cases, contacts))
    session.execute(month_counts.add(_dialect(session), of, 1))
    session.execute(delete(table_of(MonthCount)).where(MonthCount.n == 0))


def count_all(session: Session) -> None:
    """Count every case and contact again; what was counted of those that are gone stays."""
    if _dialect(session) == "postgresql":
        # Everything is grouped at once: without room for it, the disk would be used.
        session.execute(text("SET LOCAL work_mem = '256MB'"))
    session.execute(delete(table_of(CountMark)))
    session.execute(
        delete(_MOMENT).where(or_(CountedMoment.case_id.is_not(None), CountedMoment.contact_id.is_not(None)))
    )
    session.execute(delete(table_of(MonthCount)))
    _note_moments(session, _EVERYTHING)
    session.execute(month_counts.add(_dialect(session), true(), 1))


def list_differences(session: Session, most: int) -> list[str]:
    """What is not counted as it would be from scratch: moments, then counts; in words, the first ones."""
    names = [name for name in COLUMNS if name not in ("case_id", "contact_id")]
    kept = [CountedMoment.case_id.is_not(None), CountedMoment.contact_id.is_not(None)]
    stored = select(*(_MOMENT.c[name] for name in COLUMNS)).where(or_(*kept))
    moments = _differences([*list_selects(_EVERYTHING)], stored, ["case_id", "contact_id", *names], None)
    columns = [column.name for column in table_of(MonthCount).columns if column.name != "n"]
    table = table_of(MonthCount)
    counted = select(*(table.c[name] for name in columns), table.c.n)
    counts = _differences([month_counts.counts(true())], counted, columns, "n")
    return [
        f"{what} {dict(zip(row._fields, row, strict=True))}"
        for what, query in (("moment", moments), ("count", counts))
        for row in session.execute(query.limit(most))
    ]


def _differences(expected: list[Select[Any]], stored: Select[Any], names: list[str], n: str | None) -> Select[Any]:
    """The rows that are not as many on both sides, with what is too many (or too few) in what is stored."""
    parts = []
    for sign, query in [*((-1, one) for one in expected), (1, stored)]:
        rows = query.subquery()
        many = literal(sign) if n is None else rows.c[n] * sign
        parts.append(select(*(rows.c[name] for name in names), many.label("many")))
    both = union_all(*parts).subquery("both")
    total = func.sum(both.c.many)
    grouped = select(*(both.c[name] for name in names), total.label("too_many"))
    return grouped.group_by(*(both.c[name] for name in names)).having(total != 0)


def _note_moments(session: Session, chosen: Chosen) -> None:
    for query in list_selects(chosen):
        session.execute(insert(_MOMENT).from_select(COLUMNS, query))


def _gone(session: Session, table: type[Case] | type[Contact], ids: set[int]) -> set[int]:
    return ids - set(session.scalars(select(table.id).where(table.id.in_(ids)))) if ids else set()


def _part_from(session: Session, case_ids: set[int], contact_ids: set[int]) -> None:
    for column, ids in ((CountedMoment.case_id, case_ids), (CountedMoment.contact_id, contact_ids)):
        if ids:
            session.execute(update(_MOMENT).where(column.in_(ids)).values({column.key: None}))


def _with_those_after(session: Session, case_ids: set[int], contact_ids: set[int]) -> tuple[set[int], set[int]]:
    """These, and what the same people came with soon after."""
    found: tuple[set[int], set[int]] = (set(case_ids), set(contact_ids))
    one: Any
    table: Any
    for one, at, ids in ((Case, Case.received_at, case_ids), (Contact, Contact.at, contact_ids)):
        if not ids:
            continue
        for place, (table, its_at) in enumerate(((Case, "received_at"), (Contact, "at"))):
            other = aliased(table)
            after = and_(other.citizen_id == one.citizen_id, is_soon(at, getattr(other, its_at)))
            found[place].update(session.scalars(select(other.id).join(one, after).where(one.id.in_(ids))))
    return found


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
