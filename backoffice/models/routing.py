"""The rules that send new cases to their department, and the history of their changes."""

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, Number


class RoutingRuleRow(BelongsToAuthority, Model):
    """A rule as administrators write it; `criteria` is what `domain.routing_rules` reads. Withdrawn ones are kept."""

    __tablename__ = "routing_rules"
    __table_args__ = (Index("ix_routing_rules_order", "authority_id", "position"),)

    id: Mapped[Id]
    name: Mapped[Label]
    position: Mapped[int] = mapped_column(Integer)
    criteria: Mapped[Data] = mapped_column(default=dict)
    procedure_code: Mapped[Code] = mapped_column(default="")
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    author: Mapped[Label]
    created_at: Mapped[At]


class RoutingRuleChange(BelongsToAuthority, Model):
    """What an administrator did to a rule, never altered: `said` is the rule in words, after the change."""

    __tablename__ = "routing_rule_changes"
    __table_args__ = (Index("ix_routing_rule_changes_rule", "rule_id", "id"),)

    id: Mapped[Id]
    rule_id: Mapped[int] = mapped_column(Number, ForeignKey("routing_rules.id"))
    kind: Mapped[Code]
    said: Mapped[Data] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
