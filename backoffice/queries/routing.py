"""SELECTs on the rules that send mail to its department, and on the mail that they are tried on."""

from datetime import date
from typing import Any

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from backoffice.domain.incoming import ChannelCode
from backoffice.errors import NotFound
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.routing import RoutingRuleChange, RoutingRuleRow


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


def list_opening_mails(session: Session, authority_id: int, since: date, limit: int) -> list[Row[Any]]:
    """(message, case, has files, writer had a case) of the mails that opened a case since this day, newest first."""
    earlier = aliased(Case)
    known = exists().where(earlier.citizen_id == Case.citizen_id, earlier.id < Case.id)
    files = exists().where(Attachment.message_id == Message.id, Attachment.inline.is_(False))
    query = (
        select(Message, Case, files, known)
        .join(Case, Case.id == Message.case_id)
        .options(joinedload(Case.department))
        .where(
            Case.authority_id == authority_id,
            Case.channel == ChannelCode.EMAIL,
            Case.received_on >= since,
            Message.channel == ChannelCode.EMAIL,
            Message.direction == "in",
            Message.received_at == Case.received_at,
        )
        .order_by(Case.id.desc())
        .limit(limit)
    )
    return list(session.execute(query))
