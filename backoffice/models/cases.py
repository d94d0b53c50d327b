"""Cases (dossiers), their messages, attachments and history."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    TextClause,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from backoffice.infra.database import Instant, Model
from backoffice.models.authorities import Department
from backoffice.models.catalogue import ProcedureVersion
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Digest, Id, Label, LongText, Number
from backoffice.models.people import Citizen, Staff

OPEN = text("closed_at IS NULL")
UNASSIGNED = text("closed_at IS NULL AND assignee_id IS NULL")
PLACED = text("closed_at IS NULL AND latitude IS NOT NULL")
CLOSED = text("closed_on IS NOT NULL")
FOLLOWING = text("follows_case_id IS NOT NULL")
WAITING = text("closed_at IS NULL AND status = 'waiting_citizen'")
# What the lists of a procedure are narrowed by next, without opening a row.
OF_A_PROCEDURE, SEEN = ("authority_id", "procedure_code"), ("channel", "department_id", "restricted")

# What the figures of a period count.
ANSWERED = text("first_answer_at IS NOT NULL")
OWED_AN_ACKNOWLEDGEMENT = text("acknowledge_by IS NOT NULL")
COUNTED_LINES = text("kind IN ('reopened', 'transferred')")
# What the log of readings lists.
READINGS = text("kind IN ('read_in_emergency', 'read_restricted')")

# Few towns draw districts: what is in none takes no room.
OPEN_IN_DISTRICT = text("closed_at IS NULL AND district_id IS NOT NULL")
CLOSED_IN_DISTRICT = text("closed_on IS NOT NULL AND district_id IS NOT NULL")
OF_A_DISTRICT = ("authority_id", "district_id")


def _list(name: str, where: TextClause, *columns: str) -> Index:
    """An index that gives one of the lists in its order, and its count without opening a row."""
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


class Case(BelongsToAuthority, Model):
    """A demande: one file, one legal clock, one acknowledgement, one tracking code, whatever the door.

    `due_on`, `implicit_on`, `answer_by`, `target_on` and `acknowledge_by` are the clock's answers kept for lists; they
    are computed again from the facts by `services.clock`, never typed in. `revision` rises with every change:
    a form that carries an older one is told what happened meanwhile.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("authority_id", "reference"),
        _list("ix_cases_queue", OPEN, "authority_id", "due_on", "id", "department_id", "restricted"),
        # SQLite, which knows nothing of the rows, takes the index that has the most of the columns a list is equal on.
        _list("ix_cases_department_queue", OPEN, "authority_id", "department_id", "due_on", "id", "restricted"),
        _list(
            "ix_cases_assignee_queue",
            OPEN,
            "authority_id",
            "assignee_id",
            "due_on",
            "id",
            "department_id",
            "restricted",
        ),
        _list("ix_cases_unassigned_queue", UNASSIGNED, "authority_id", "due_on", "id", "department_id", "restricted"),
        _list("ix_cases_waiting_queue", WAITING, "authority_id", "due_on", "id", "department_id", "restricted"),
        _list("ix_cases_procedure_queue", OPEN, *OF_A_PROCEDURE, "due_on", "id", *SEEN),
        _list("ix_cases_procedure_closed", CLOSED, *OF_A_PROCEDURE, "closed_on", "id", *SEEN),
        _list(
            "ix_cases_district_queue", OPEN_IN_DISTRICT, *OF_A_DISTRICT, "due_on", "id", "department_id", "restricted"
        ),
        _list("ix_cases_district_closed", CLOSED_IN_DISTRICT, *OF_A_DISTRICT, "closed_on", "id"),
        Index("ix_cases_received", "authority_id", "received_on", "id"),
        Index("ix_cases_closed", "authority_id", "closed_on", "id", "department_id", "restricted"),
        _list("ix_cases_answered", ANSWERED, "authority_id", "first_answer_at"),
        _list("ix_cases_acknowledge", OWED_AN_ACKNOWLEDGEMENT, "authority_id", "acknowledge_by"),
        Index("ix_cases_citizen", "citizen_id", "id"),
        Index("ix_cases_tracking_code", "authority_id", "tracking_code"),
        _list("ix_cases_follows", FOLLOWING, "follows_case_id"),
        _list("ix_cases_places", PLACED, "authority_id", "procedure_code", "latitude", "longitude"),
    )

    id: Mapped[Id]
    reference: Mapped[Code]
    tracking_code: Mapped[Code]
    channel: Mapped[Code]
    subject: Mapped[Label]
    # The language that the citizen reads best, when the letters have words in it.
    language: Mapped[Code] = mapped_column(default="fr")
    status: Mapped[Code]
    outcome: Mapped[Code] = mapped_column(default="")
    # The sub-state of its procedure under `status`, and what agents read of it: left with the state.
    sub_state: Mapped[Code] = mapped_column(default="")
    sub_state_label: Mapped[Label] = mapped_column(default="")
    procedure_code: Mapped[Code] = mapped_column(default="")
    procedure_version_id: Mapped[int | None] = mapped_column(Number, ForeignKey("procedure_versions.id"))
    department_id: Mapped[int] = mapped_column(Number, ForeignKey("departments.id"))
    assignee_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    citizen_id: Mapped[int | None] = mapped_column(Number, ForeignKey("citizens.id"))
    recorded_by_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    restricted: Mapped[bool] = mapped_column(Boolean, default=False)
    answers: Mapped[Data] = mapped_column(default=dict)
    # The form that `answers` were given to, once an agent has given the case another procedure. No foreign key: SQLite
    # adds none to a table that others point to, and versions are never deleted.
    answers_version_id: Mapped[int | None] = mapped_column(Number)
    routing_reason: Mapped[Label] = mapped_column(default="")
    # The case that this one goes on with, closed too long ago to be opened again. No foreign key, as above.
    follows_case_id: Mapped[int | None] = mapped_column(Number)
    # Where a report is, in degrees (WGS 84), and the street there: looked up, for those who report the same again.
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    near_street: Mapped[Label] = mapped_column(default="")
    # The district of the place or address of its form. No foreign key, as above.
    district_id: Mapped[int | None] = mapped_column(Number)

    received_at: Mapped[At]
    received_on: Mapped[date] = mapped_column(Date)
    # The postmark of a letter: it counts when the citizen had a date limite (L112-1).
    posted_on: Mapped[date | None] = mapped_column(Date)
    registered_at: Mapped[At]
    regime: Mapped[Data] = mapped_column(default=dict)
    ruleset: Mapped[Code] = mapped_column(default="")
    acknowledge_by: Mapped[date | None] = mapped_column(Date)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    # When the first acknowledgement left, once another replaced it: a period that runs from it does not start again.
    first_acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    implicit_on: Mapped[date | None] = mapped_column(Date)
    # What silence became, once the clock has written it; an express decision may still follow a rejection.
    implicit_outcome: Mapped[Code] = mapped_column(default="")
    # The last day of the time that a text gives to answer, when silence decides nothing (RGPD 12.3).
    answer_by: Mapped[date | None] = mapped_column(Date)
    target_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    first_answer_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_on: Mapped[date | None] = mapped_column(Date)
    # Calendar days from receipt to closing, kept because the two engines do not subtract dates alike.
    closed_after_days: Mapped[int | None] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    # The head of the history: one line cannot go missing at the end without the chain showing it.
    history_length: Mapped[int] = mapped_column(Integer, default=0)
    history_digest: Mapped[str] = mapped_column(String(64), default="")

    department: Mapped[Department] = relationship()
    assignee: Mapped[Staff | None] = relationship(foreign_keys=[assignee_id])
    citizen: Mapped[Citizen | None] = relationship()
    procedure_version: Mapped[ProcedureVersion | None] = relationship(foreign_keys=[procedure_version_id])
    answers_version: Mapped[ProcedureVersion | None] = relationship(
        primaryjoin=lambda: Case.answers_version_id == ProcedureVersion.id, foreign_keys=[answers_version_id]
    )

    @validates("status")
    def _leave_sub_state(self, _: str, status: str) -> str:
        if status != self.status:
            self.sub_state = self.sub_state_label = ""
        return status

    @property
    def form_version(self) -> ProcedureVersion | None:
        """The version of the form that the answers were given to."""
        return self.procedure_version if self.answers_version_id is None else self.answers_version

    @property
    def answers_to_procedure(self) -> Mapping[str, Any]:
        """The answers to the form of the procedure that the case has now: none once it was given another one."""
        return self.answers if self.answers_version_id is None else {}


class Message(BelongsToAuthority, Model):
    """An échange: received, sent, or an internal note. `(channel, source_id)` is unique: a repeat changes nothing."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("authority_id", "channel", "source_id"),
        Index("ix_messages_case", "case_id", "id"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    direction: Mapped[Code]
    channel: Mapped[Code]
    source_id: Mapped[Label]
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"))
    author: Mapped[Label]
    subject: Mapped[Label] = mapped_column(default="")
    body: Mapped[LongText] = mapped_column(default="")
    body_html: Mapped[LongText] = mapped_column(default="")
    quoted: Mapped[LongText] = mapped_column(default="")
    raw_digest: Mapped[str] = mapped_column(String(64), default="")
    facts: Mapped[Data] = mapped_column(default=dict)
    received_at: Mapped[At]

    @property
    def arrived_on(self) -> date | None:
        """The day on which a letter arrived, which has no hour; None for what is no letter of the register."""
        noted = self.facts.get("letter")
        return date.fromisoformat(noted["received_on"]) if noted else None


class Attachment(BelongsToAuthority, Model):
    """A pièce jointe, its bytes in the storage under `digest`; `media_type` is what they are, not what was said."""

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_case", "case_id", "id"), Index("ix_attachments_digest", "digest"))

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    message_id: Mapped[int] = mapped_column(Number, ForeignKey("messages.id"), index=True)
    name: Mapped[Label]
    field: Mapped[Label] = mapped_column(default="")
    media_type: Mapped[Label]
    size: Mapped[int]
    digest: Mapped[Digest]
    content_id: Mapped[Label] = mapped_column(default="")
    inline: Mapped[bool] = mapped_column(Boolean, default=False)
    # It answers a question, or is a document, that the procedure keeps for some: see `services.reserved_answers`.
    reserved: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    created_at: Mapped[At]


class CaseEvent(BelongsToAuthority, Model):
    """A line of history: append-only and hash-chained per case (`digest` covers the line before)."""

    __tablename__ = "case_events"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        _list("ix_case_events_counted", COUNTED_LINES, "authority_id", "kind", "at", "case_id"),
        _list("ix_case_events_readings", READINGS, "authority_id", "at", "id"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(Number, ForeignKey("cases.id"))
    number: Mapped[int]
    kind: Mapped[Code]
    at: Mapped[At]
    actor_kind: Mapped[Code]
    actor_id: Mapped[int | None] = mapped_column(Number)
    actor_name: Mapped[Label]
    data: Mapped[Data] = mapped_column(default=dict)
    previous_digest: Mapped[str] = mapped_column(String(64), default="")
    digest: Mapped[Digest]
