"""What helps to better texts: steps of forms counted without knowing to whom they were shown, and texts proposed."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Id, Label, LongText, Number


class FormCount(BelongsToAuthority, Model):
    """How many times on a day something happened (`domain.form_events`) to a step of a version of a procedure.

    It tells of nobody: it is kept for ever. `field` and `fault` are of the questions that were refused, else empty.
    """

    __tablename__ = "form_counts"
    __table_args__ = (Index("ix_form_counts_day", "authority_id", "day"), {"sqlite_with_rowid": False})

    version_id: Mapped[int] = mapped_column(
        Number, ForeignKey("procedure_versions.id"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    event: Mapped[Code] = mapped_column(primary_key=True)
    step: Mapped[Code] = mapped_column(primary_key=True)
    field: Mapped[Code] = mapped_column(primary_key=True)
    fault: Mapped[Code] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(Number)


class TextProposal(BelongsToAuthority, Model):
    """A better text for something that citizens read: `said` is the one of that day, `proposed` the other, and `why`.

    `subject` is a `domain.text_proposals.Subject`; it is of a ready answer, or of a procedure (and of a step of its
    form, of a question). `state` is a `domain.text_proposals.State`.
    """

    __tablename__ = "text_proposals"
    __table_args__ = (
        Index("ix_text_proposals_authority", "authority_id", "id"),
        Index("ix_text_proposals_answer", "answer_id"),
    )

    id: Mapped[Id]
    subject: Mapped[Code]
    procedure_code: Mapped[Code] = mapped_column(default="")
    step: Mapped[Code] = mapped_column(default="")
    field: Mapped[Code] = mapped_column(default="")
    answer_id: Mapped[int | None] = mapped_column(Number, ForeignKey("ready_answers.id"))
    about: Mapped[Label]
    said: Mapped[LongText]
    proposed: Mapped[LongText]
    why: Mapped[LongText]
    state: Mapped[Code]
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
    published_at: Mapped[datetime | None] = mapped_column(Instant)


class TextProposalChange(BelongsToAuthority, Model):
    """What somebody made of a proposal, never altered: its new state, and the reason when it is declined."""

    __tablename__ = "text_proposal_changes"
    __table_args__ = (Index("ix_text_proposal_changes_proposal", "proposal_id", "id"),)

    id: Mapped[Id]
    proposal_id: Mapped[int] = mapped_column(Number, ForeignKey("text_proposals.id"))
    state: Mapped[Code]
    reason: Mapped[LongText] = mapped_column(default="")
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    at: Mapped[At]
