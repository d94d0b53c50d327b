"""SELECTs on the rules that send cases to their department, on loads, and on the cases that rules are tried on."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from backoffice.errors import NotFound
from backoffice.models.absences import Absence
from backoffice.models.authorities import Department
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.routing import RoutingRuleChange, RoutingRuleRow

# Cases that are read at once, each with the beginning of its text.
AT_ONCE = 100
MOST_COUNTED = 5_000


def list_rules(session: Session, authority_id: int, *, with_withdrawn: bool = False) -> list[RoutingRuleRow]:
    """The rules in their order."""
    query = select(RoutingRuleRow).where(RoutingRuleRow.authority_id == authority_id)
    if not with_withdrawn:
        query = query.where(RoutingRuleRow.active)
    return list(session.scalars(query.order_by(RoutingRuleRow.position, RoutingRuleRow.id)))


def get_rule(session: Session, authority_id: int, rule_id: int) -> RoutingRuleRow:
    """One rule; NotFound when it is not of this authority."""
    rule = session.get(RoutingRuleRow, rule_id)
    if rule is None or rule.authority_id != authority_id:
        raise NotFound("Cette règle n’existe pas.")
    return rule


def list_changes(session: Session, rule_id: int) -> list[RoutingRuleChange]:
    """What was done to a rule, newest first."""
    query = select(RoutingRuleChange).where(RoutingRuleChange.rule_id == rule_id)
    return list(session.scalars(query.order_by(RoutingRuleChange.id.desc())))


def last_position(session: Session, authority_id: int) -> int:
    """The position of the last rule, 0 when there is none."""
    mine = select(func.max(RoutingRuleRow.position)).where(RoutingRuleRow.authority_id == authority_id)
    return session.scalar(mine) or 0


def has_case(session: Session, citizen_id: int) -> bool:
    """Whether somebody has a case already."""
    return bool(session.scalar(select(exists().where(Case.citizen_id == citizen_id))))


def count_open_of_departments(session: Session, authority_id: int, ids: Sequence[int]) -> dict[int, int]:
    """How many open cases each of these departments has, MOST_COUNTED at most: whoever has more is as loaded."""
    return _loads(session, authority_id, Case.department_id, ids)


def count_open_of_agents(session: Session, authority_id: int, ids: Sequence[int]) -> dict[int, int]:
    """The same for agents."""
    return _loads(session, authority_id, Case.assignee_id, ids)


def list_away(session: Session, ids: Sequence[int], on: date) -> set[int]:
    """Those of these agents who are away on a day."""
    away = (Absence.from_on <= on, Absence.until_on >= on, Absence.cancelled_at.is_(None))
    return set(session.scalars(select(Absence.staff_id).where(Absence.staff_id.in_(ids), *away)))


def _loads(session: Session, authority_id: int, column: Any, ids: Sequence[int]) -> dict[int, int]:
    counted = []
    for one in ids:
        own = select(Case.id).where(Case.authority_id == authority_id, column == one, Case.closed_at.is_(None))
        counted.append(select(func.count()).select_from(own.limit(MOST_COUNTED).subquery()).scalar_subquery())
    return dict(zip(ids, session.execute(select(*counted)).one(), strict=True))


def each_opening(session: Session, authority_id: int, since: date, limit: int, letters: int) -> Iterator[Row[Any]]:
    """The cases received since this day, newest first, with the message that opened each, some at a time.

    Each has its `subject`, the first `letters` of its `body` and its `mailbox`, `door` (the department that it was
    addressed to), `has_files`, `is_known` (the writer had a case), and of its case `authority_id`, `channel`,
    `procedure_code`, `version_id` and `answers` of its form, `district_id`, `department_id`, `department`,
    `restricted`, `reference`, `received_on`, `received_at`.
    """
    query = _openings(authority_id, since, letters).order_by(Case.received_on.desc(), Case.id.desc())
    given, page = 0, list(session.execute(query.limit(min(limit, AT_ONCE))))
    while page:
        yield from page
        given, last = given + len(page), page[-1]
        earlier = or_(Case.received_on < last.received_on, Case.id < last.case_id)
        rest = query.where(Case.received_on <= last.received_on, earlier).limit(min(limit - given, AT_ONCE))
        page = list(session.execute(rest)) if given < limit else []


def _openings(authority_id: int, since: date, letters: int) -> Select[Any]:
    before = aliased(Case)
    known = exists().where(before.citizen_id == Case.citizen_id, before.id < Case.id)
    files = exists().where(Attachment.message_id == Message.id, Attachment.inline.is_(False))
    one = aliased(Message)
    first = select(func.min(one.id)).where(one.case_id == Case.id, one.direction == "in").scalar_subquery()
    return (
        select(
            Case.id.label("case_id"),
            func.coalesce(Message.subject, Case.subject).label("subject"),
            func.substr(func.coalesce(Message.body, ""), 1, letters).label("body"),
            Message.facts["mailbox"].as_string().label("mailbox"),
            Message.facts["department_id"].as_integer().label("door"),
            files.label("has_files"),
            known.label("is_known"),
            Case.authority_id,
            Case.channel,
            Case.procedure_code,
            func.coalesce(Case.answers_version_id, Case.procedure_version_id).label("version_id"),
            Case.answers,
            Case.district_id,
            Case.department_id,
            Department.name.label("department"),
            Case.restricted,
            Case.reference,
            Case.received_on,
            Case.received_at,
        )
        .select_from(Case)
        .outerjoin(Message, Message.id == first)
        .join(Department, Department.id == Case.department_id)
        .where(Case.authority_id == authority_id, Case.received_on >= since)
    )
