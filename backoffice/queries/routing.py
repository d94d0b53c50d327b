"""SELECTs on the rules that send mail to its department, and on the mail that they are tried on."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from backoffice.domain.incoming import ChannelCode
from backoffice.errors import NotFound
from backoffice.models.authorities import Department
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.routing import RoutingRuleChange, RoutingRuleRow

# Mails that are read at once, each with the beginning of its text.
AT_ONCE = 100


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


def each_opening_mail(session: Session, authority_id: int, since: date, limit: int, letters: int) -> Iterator[Row[Any]]:
    """The mails that opened a case since this day, newest first, some at a time: a month of them is heavy.

    Each has its `subject`, the first `letters` of its `body` and its `mailbox`, `has_files`, `is_known` (the writer had
    a case), and of its case `authority_id`, `department_id`, `department`, `restricted`, `reference`, `received_on`.
    """
    query = _opening_mails(authority_id, since, letters).order_by(Message.id.desc())
    given, page = 0, list(session.execute(query.limit(min(limit, AT_ONCE))))
    while page:
        yield from page
        given += len(page)
        rest = query.where(Message.id < page[-1].id).limit(min(limit - given, AT_ONCE))
        page = list(session.execute(rest)) if given < limit else []


def _opening_mails(authority_id: int, since: date, letters: int) -> Select[Any]:
    earlier = aliased(Case)
    known = exists().where(earlier.citizen_id == Case.citizen_id, earlier.id < Case.id)
    files = exists().where(Attachment.message_id == Message.id, Attachment.inline.is_(False))
    return (
        select(
            Message.id,
            Message.subject,
            func.substr(Message.body, 1, letters).label("body"),
            Message.facts["mailbox"].as_string().label("mailbox"),
            files.label("has_files"),
            known.label("is_known"),
            Case.authority_id,
            Case.department_id,
            Department.name.label("department"),
            Case.restricted,
            Case.reference,
            Case.received_on,
        )
        .join(Case, Case.id == Message.case_id)
        .join(Department, Department.id == Case.department_id)
        .where(
            Case.authority_id == authority_id,
            Case.channel == ChannelCode.EMAIL,
            Case.received_on >= since,
            Message.channel == ChannelCode.EMAIL,
            Message.direction == "in",
            Message.received_at == Case.received_at,
        )
    )
