"""What the law attaches dates to: immutable facts of cases, amended rules, delegations of signature."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number


class CaseFact(BelongsToAuthority, Model):
    """Something that moves the legal clock, never altered: pieces asked or received, transmission, decision, appeal.

    `on` is the legal day of the fact where the authority is; `data` is what `domain.legal_events` reads.
    """

    __tablename__ = "case_facts"
    __table_args__ = (Index("ix_case_facts_case", "case_id", "id"),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    kind: Mapped[Code]
    on: Mapped[date] = mapped_column(Date)
    data: Mapped[Data] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    at: Mapped[At]


class RuleAmendment(BelongsToAuthority, Model):
    """A legal rule that a jurist changed for their authority: the value, its article, from when, who and why."""

    __tablename__ = "rule_amendments"
    __table_args__ = (Index("ix_rule_amendments_authority", "authority_id", "id"),)

    id: Mapped[Id]
    rule: Mapped[Code]
    value: Mapped[Data]
    article: Mapped[Label]
    confidence: Mapped[Code]
    note: Mapped[LongText] = mapped_column(default="")
    valid_from: Mapped[date | None] = mapped_column(Date)
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    at: Mapped[At]


class Delegation(BelongsToAuthority, Model):
    """Who may sign for the authority, under which act, for which departments, between which days (both included)."""

    __tablename__ = "delegations"

    id: Mapped[Id]
    signatory: Mapped[Label]
    title: Mapped[Label]
    act: Mapped[Label]
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[At]
