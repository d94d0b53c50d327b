"""Documents that the house produces: asked for with the change, rendered later, never altered."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.infra.database import Instant, Model
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number

WAITING = text("posted_on IS NULL AND digest <> ''")


class Document(BelongsToAuthority, Model):
    """A letter or certificate: `values` are the facts it states, frozen when it was asked for.

    `digest` is empty until it is rendered, then names the PDF in the storage for ever. `posted_on` is the day on which
    somebody handed it over or posted it, when it did not leave by e-mail or came back. A letter written again for
    another address is another document, whose `values` name the one before (`version_of`).
    """

    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_case", "case_id", "id"),
        Index(
            "ix_documents_to_post",
            "authority_id",
            "mail_template",
            "id",
            postgresql_where=WAITING,
            sqlite_where=WAITING,
        ),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    template: Mapped[Code]
    title: Mapped[Label]
    values: Mapped[Data]
    mail_template: Mapped[Code] = mapped_column(default="")
    asked_at: Mapped[At]
    rendered_at: Mapped[datetime | None] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)
    posted_on: Mapped[date | None] = mapped_column(Date)

    @property
    def version_of(self) -> int | None:
        """The document that this one takes the place of."""
        return self.values.get("version_of")


class LetterTemplate(BelongsToAuthority, Model):
    """The words of a letter as an administrator wrote them, never altered: a change is a new version.

    Without a procedure they are those of every procedure. The highest number is in force; when its `body` is empty,
    the words of the next one in line (services.letter_templates) are said again.
    """

    __tablename__ = "letter_templates"
    __table_args__ = (
        # The name that the others would follow is longer than PostgreSQL takes.
        UniqueConstraint(
            "authority_id", "template", "procedure_code", "language", "number", name="uq_letter_templates_number"
        ),
    )

    id: Mapped[Id]
    template: Mapped[Code]
    procedure_code: Mapped[Code] = mapped_column(default="")
    language: Mapped[Code] = mapped_column(default="fr")
    number: Mapped[int]
    title: Mapped[Label]
    body: Mapped[LongText]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    created_at: Mapped[At]


class LetterPreview(BelongsToAuthority, Model):
    """A letter as it would be printed, for the administrator who tries words out; swept after a day.

    The bytes stay in the row, not in the storage, which keeps what it has for ever.
    """

    __tablename__ = "letter_previews"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"))
    template: Mapped[Code]
    title: Mapped[Label]
    values: Mapped[Data]
    asked_at: Mapped[At]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
