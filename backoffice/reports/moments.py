"""What of cases and contacts figures count on a day: one SELECT a kind, over the same rows as the lists of figures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from backoffice.infra.database import table_of
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.columns import Number
from backoffice.models.contacts import Contact
from backoffice.models.counting import CountedMoment
from backoffice.models.feedback import Feedback
from backoffice.reports import deadlines, delays
from backoffice.reports.durations import DayOf, WeekHourOf, tenths
from backoffice.reports.figures import flag, not_negative
from backoffice.reports.over_time import HAS_NO_HOUR
from backoffice.reports.returns import is_soon

NO_DAY = date(2000, 1, 1)
"""The day of what is counted today, whatever the period."""
NO_HOUR, NO_DELAY = -1, -1
COLUMNS = [column.name for column in table_of(CountedMoment).columns if column.name != "id"]
LISTED = ("reopened", "transferred")
_VISITS: tuple[tuple[type[Case] | type[Contact], str, str], ...] = (
    (Case, "received_at", "procedure_code"),
    (Contact, "at", "motive"),
)

Sel = Select[Any]
Where = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which cases and contacts are read: those that a condition on the number of each keeps (None: none of them)."""

    cases: Callable[[SQLColumnExpression[Any]], Where] | None
    contacts: Callable[[SQLColumnExpression[Any]], Where] | None


@dataclass(frozen=True, slots=True)
class _Moment:
    """The columns of a moment that are not those of its case or contact."""

    kind: str
    on: SQLColumnExpression[Any]
    value: SQLColumnExpression[Any] = field(default_factory=lambda: literal(0))
    own: SQLColumnExpression[Any] = field(default_factory=null)
    legal: SQLColumnExpression[Any] = field(default_factory=null)
    house: SQLColumnExpression[Any] = field(default_factory=null)
    since: SQLColumnExpression[Any] = field(default_factory=lambda: cast(null(), Date))
    seen: SQLColumnExpression[Any] = field(default_factory=lambda: literal(""))


def list_selects(chosen: Chosen) -> Iterator[Sel]:
    """The moments of these cases and contacts, with the columns COLUMNS, as some SELECTs."""
    if chosen.cases is not None:
        of = chosen.cases(Case.id)
        yield from (_received(of), _placed(of), _open(of), _closed(of), _answered(of), _implicit(of), _late(of))
        yield from (_lines(of, kind) for kind in LISTED)
        yield from (_judged(of), _returned(of, Case, Case.received_at, Case.procedure_code, "case"))
    if chosen.contacts is not None:
        of = chosen.contacts(Contact.id)
        yield _contacts(of, "answered_now", Contact.case_id.is_(None))
        yield _contacts(of, "became", Contact.case_id.is_not(None))
        apart = and_(of, Contact.case_id.is_(None))
        yield _returned(apart, Contact, Contact.at, Contact.motive, "contact")


def _of_case(moment: _Moment, of: Where) -> Sel:
    return (
        _select(moment, Case, Case.procedure_code)
        .select_from(Case)
        .join(Authority, Authority.id == Case.authority_id)
        .where(of)
    )


def _select(moment: _Moment, table: type[Case] | type[Contact], procedure: SQLColumnExpression[Any]) -> Sel:
    values = {
        "case_id": Case.id if table is Case else cast(null(), Number),
        "contact_id": Contact.id if table is Contact else cast(null(), Number),
        "kind": literal(moment.kind),
        "on": moment.on,
        "department_id": func.coalesce(table.department_id, 0),
        "channel": table.channel,
        "procedure_code": procedure,
        "restricted": table.restricted,
        "value": cast(moment.value, Number),
        "own": cast(moment.own, Number),
        "legal": cast(moment.legal, Integer),
        "house": cast(moment.house, Integer),
        "since": moment.since,
        "seen": moment.seen,
        "authority_id": table.authority_id,
    }
    return select(*(values[name].label(name) for name in COLUMNS))


def _day(at: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    return DayOf(at, Authority.timezone)


def _received(of: Where) -> Sel:
    hour = WeekHourOf(Case.received_at, Authority.timezone)
    value = case((Case.channel == HAS_NO_HOUR.value, NO_HOUR), else_=hour)
    return _of_case(_Moment("received", Case.received_on, value), of)


def _placed(of: Where) -> Sel:
    moment = _Moment("placed", Case.received_on, Case.district_id)
    return _of_case(moment, and_(of, Case.district_id.is_not(None)))


def _open(of: Where) -> Sel:
    moment = _Moment("open", literal(NO_DAY), func.coalesce(Case.assignee_id, 0), since=Case.received_on)
    return _of_case(moment, and_(of, Case.closed_at.is_(None)))


def _closed(of: Where) -> Sel:
    of = and_(of, Case.closed_on.is_not(None))
    waited = delays.waited(of, Case.closed_at)
    moment = _Moment(
        "closed",
        Case.closed_on,
        case((Case.closed_after_days.is_(None), NO_DELAY), else_=not_negative(Case.closed_after_days)),
        own=tenths(not_negative(Case.closed_after_days - func.coalesce(waited.c.days, 0))),
        legal=case((and_(deadlines.IS_ANSWERED, deadlines.HAS_LEGAL_TIME), flag(deadlines.IN_LEGAL_TIME))),
        house=case((and_(deadlines.IS_ANSWERED, deadlines.HAS_HOUSE_TIME), flag(deadlines.IN_HOUSE_TIME))),
        since=Case.received_on,
    )
    return _of_case(moment, of).outerjoin(waited, waited.c.case_id == Case.id)


def _answered(of: Where) -> Sel:
    of = and_(of, Case.first_answer_at.is_not(None))
    waited = delays.waited(of, Case.first_answer_at)
    moment = _Moment(
        "answered",
        _day(Case.first_answer_at),
        tenths(not_negative(delays.TO_FIRST_ANSWER)),
        own=tenths(not_negative(delays.TO_FIRST_ANSWER - func.coalesce(waited.c.days, 0))),
    )
    return _of_case(moment, of).outerjoin(waited, waited.c.case_id == Case.id)


def _implicit(of: Where) -> Sel:
    born = deadlines.born_of_silence()
    query = _of_case(_Moment("implicit", born.c.on), and_(of, Case.implicit_outcome != ""))
    return query.join(born, born.c.case_id == Case.id)


def _late(of: Where) -> Sel:
    late = or_(deadlines.LEFT_AT.is_(None), _day(deadlines.LEFT_AT) > Case.acknowledge_by)
    moment = _Moment("late", Case.acknowledge_by)
    return _of_case(moment, and_(of, Case.acknowledge_by.is_not(None), Case.citizen_id.is_not(None), late))


def _lines(of: Where, kind: str) -> Sel:
    query = _of_case(_Moment(kind, _day(CaseEvent.at)), and_(of, CaseEvent.kind == literal_column(f"'{kind}'")))
    return query.join(CaseEvent, CaseEvent.case_id == Case.id)


def _judged(of: Where) -> Sel:
    query = _of_case(_Moment("judged", _day(Feedback.at), flag(Feedback.helped)), of)
    return query.join(Feedback, Feedback.case_id == Case.id)


def _contacts(of: Where, kind: str, which: Where) -> Sel:
    query = _select(_Moment(kind, _day(Contact.at)), Contact, Contact.motive).select_from(Contact)
    return query.join(Authority, Authority.id == Contact.authority_id).where(of, which)


def _returned(
    of: Where,
    table: type[Case] | type[Contact],
    at: SQLColumnExpression[Any],
    matter: SQLColumnExpression[Any],
    name: str,
) -> Sel:
    """Who came back soon: with the departments that had them before, for who may not know of all of them."""
    before = _before(of, table, at, matter, name)
    seen = select(before.c.id, func.aggregate_strings(before.c.pair, ",").label("seen")).group_by(before.c.id)
    visits = seen.subquery(f"{name}_visits")
    on = Case.received_on if table is Case else _day(at)
    query = _select(_Moment("returned", on, seen=visits.c.seen), table, matter).select_from(table)
    return query.join(Authority, Authority.id == table.authority_id).join(visits, visits.c.id == table.id)


def _before(
    of: Where,
    table: type[Case] | type[Contact],
    at: SQLColumnExpression[Any],
    matter: SQLColumnExpression[Any],
    name: str,
) -> Subquery:
    parts = []
    for other, its_at, its_matter in _VISITS:
        earlier: Any = aliased(other)
        pair = cast(func.coalesce(earlier.department_id, 0), String) + case((earlier.restricted, "r"), else_="")
        same = and_(
            earlier.citizen_id == table.citizen_id,
            getattr(earlier, its_matter) == matter,
            matter != "",
            # Not a bare column: SQLite would walk the cases of the authority, not the few of the person.
            earlier.authority_id + 0 == table.authority_id,
            is_soon(getattr(earlier, its_at), at),
        )
        query = select(table.id.label("id"), pair.label("pair")).join(earlier, same).where(of)
        parts.append(query.where(earlier.case_id.is_(None)) if other is Contact else query)
    return union(*parts).subquery(f"{name}_before")
