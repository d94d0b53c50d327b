"""SELECTs on the letters that wait for an envelope, and on those that left in one lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, union
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from backoffice.domain.incoming import ChannelCode
from backoffice.domain.letters import ACKNOWLEDGEMENTS
from backoffice.domain.policy import Actor
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen
from backoffice.queries.cases import visible_to

PAGE_SIZE = 50
FAILED = or_(OutgoingMail.bounced_at.is_not(None), OutgoingMail.failed_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the tray is narrowed to: a department, a kind of letter (its template), those that came back by e-mail."""

    department: int | None = None
    template: str = ""
    returned_only: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter of the tray with its case; `returned` when a mail brought it and was not delivered."""

    document: Document
    case: Case
    citizen: Citizen
    returned: bool


def count_waiting(session: Session, actor: Actor, filters: Filters) -> int:
    """How many letters wait, of the cases that the actor may know of."""
    return session.scalar(_waiting(session, actor, filters, select(func.count()))) or 0


def list_waiting(
    session: Session, actor: Actor, filters: Filters, *, after: int = 0, limit: int = PAGE_SIZE + 1
) -> list[Waiting]:
    """The letters that wait, the oldest first, from the one after a document on."""
    wanted = select(Document, Case, Citizen, _carried(session, delivered=False))
    query = _waiting(session, actor, filters, wanted).where(Document.id > after).order_by(Document.id).limit(limit)
    return [Waiting(*row) for row in session.execute(query)]


def list_chosen(session: Session, actor: Actor, ids: Sequence[int]) -> list[Waiting]:
    """Those of these letters that still wait and that the actor may know of."""
    wanted = select(Document, Case, Citizen, _carried(session, delivered=False))
    query = _waiting(session, actor, Filters(), wanted).where(Document.id.in_(ids)).order_by(Document.case_id)
    return [Waiting(*row) for row in session.execute(query)]


def list_posted(session: Session, actor: Actor, since: date, ids: Sequence[int] | None = None) -> list[Waiting]:
    """The letters noted as posted since a day (only these, when they are named), the last first."""
    posted = (Document.posted_on >= since, Document.digest != "")
    query = visible_to(actor, select(Document, Case, Citizen, _carried(session, delivered=False))).where(*posted)
    query = query.join(Case, Case.id == Document.case_id).join(Citizen, Citizen.id == Case.citizen_id)
    if ids is not None:
        query = query.where(Document.id.in_(ids))
    query = query.order_by(Document.posted_on.desc(), Document.id.desc()).limit(PAGE_SIZE * 4)
    return [Waiting(*row) for row in session.execute(query)]


def list_templates(session: Session, actor: Actor) -> list[str]:
    """The kinds of letters in the tray."""
    query = _waiting(session, actor, Filters(), select(Document.template)).distinct().order_by(Document.template)
    return list(session.scalars(query))


def _waiting(session: Session, actor: Actor, filters: Filters, wanted: Select[Any]) -> Select[Any]:
    """Letters that no mail brings, or whose mail came back, and that nobody noted as posted.

    One that was written again, or an acknowledgement that another replaced, waits no more; what is handed over at the
    counter waits for nobody.
    """
    few = _may_wait(actor.authority_id)
    query = wanted.select_from(few).join(Document, Document.id == few.c.id).join(Case, Case.id == Document.case_id)
    query = visible_to(actor, query).join(Citizen, Citizen.id == Case.citizen_id)
    later = aliased(Document)
    is_renewed = select(later.id).where(
        later.case_id == Document.case_id, later.values["version_of"].as_integer() == Document.id
    )
    is_replaced = select(later.id).where(
        later.case_id == Document.case_id, later.id > Document.id, later.template.in_(sorted(ACKNOWLEDGEMENTS))
    )
    is_acknowledgement = Document.template.in_(sorted(ACKNOWLEDGEMENTS))
    tests: list[ColumnElement[bool]] = [
        or_(Document.template != "receipt", Case.channel != ChannelCode.COUNTER),
        or_(~is_acknowledgement, Case.acknowledged_at.is_(None) & ~is_replaced.exists()),
        ~is_renewed.exists(),
        ~_carried(session, delivered=True),
    ]
    if filters.department is not None:
        tests.append(Case.department_id == filters.department)
    if filters.template:
        tests.append(Document.template == filters.template)
    if filters.returned_only:
        tests.append(_carried(session, delivered=False))
    return query.where(*tests)


def _may_wait(authority_id: int) -> Subquery:
    """The few letters to look at, each kind by its own index: those made for the post, those of a mail that failed."""
    unposted = select(Document.id).where(Document.posted_on.is_(None), Document.digest != "")
    made = unposted.where(Document.authority_id == authority_id, Document.mail_template == "")
    failed = unposted.join(OutgoingMail, OutgoingMail.case_id == Document.case_id)
    return union(made, failed.where(OutgoingMail.authority_id == authority_id, FAILED)).subquery()


def _carried(session: Session, *, delivered: bool) -> ColumnElement[bool]:
    """Whether a mail brings the letter, for what is known (or brought it, and came back or never left)."""
    mails = select(OutgoingMail.id).where(OutgoingMail.case_id == Document.case_id, ~FAILED if delivered else FAILED)
    listed = OutgoingMail.files["documents"]
    if session.get_bind().dialect.name == "postgresql":
        return mails.where(listed.cast(JSONB).contains(func.to_jsonb(Document.id))).exists()
    each = func.json_each(OutgoingMail.files, "$.documents").table_valued("value")
    return mails.select_from(OutgoingMail).join(each, each.c.value == Document.id).exists()
