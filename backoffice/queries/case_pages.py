"""What the page of a case begins with, in one statement: the case, and which of the things that few have it has."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased, defer, joinedload

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.absences import Absence
from backoffice.models.authorities import Authority
from backoffice.models.case_drafts import CaseDraft
from backoffice.models.case_links import CaseLink
from backoffice.models.case_watchers import CaseWatcher
from backoffice.models.cases import Attachment, Case
from backoffice.models.catalogue import ProcedureVersion
from backoffice.models.columns import Number
from backoffice.models.legal import CaseFact
from backoffice.models.macros import Macro
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen
from backoffice.models.presences import CasePresence
from backoffice.models.representations import CaseRepresentation
from backoffice.models.tags import CaseTag, Tag
from backoffice.queries.cases import NO_CASE, visible_to


@dataclass(frozen=True, slots=True)
class Beside:
    """Which of the things that few cases have may be there: those that are not need no statement.

    `others` have the case open, or had it a moment ago; `away` says that an agent of the authority is absent today,
    `returned` that a mail to the citizen's address came back, and the last two that the authority has macros and tags.
    """

    facts: bool
    links: bool
    represented: bool
    attachments: bool
    tags: bool
    watchers: bool
    drafts: bool
    others: bool
    away: bool
    returned: bool
    macros: bool
    tag_choices: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that its page shows, whose it is, and what it `has`."""

    case: Case
    authority: Authority
    has: Beside


def get_case(session: Session, actor: Actor, reference: str, today: date) -> Opened:
    """One case with what its page shows, or NotFound when the actor may not know of it."""
    values = {"of_reference": reference, "viewer": actor.id, "today": today}
    found = session.execute(_statement(actor), values).one_or_none()
    if found is None:
        raise NotFound(NO_CASE)
    case, authority, *there = found
    return Opened(case, authority, Beside(*map(bool, there)))


@lru_cache(maxsize=256)
def _statement(actor: Actor) -> Select[tuple[Case, Authority]]:
    # A version never changes: what it says is kept by the process that has read it once.
    briefly = defer(ProcedureVersion.definition)
    query = select(Case, Authority).join(Authority, Authority.id == Case.authority_id)
    loaded = query.where(Case.reference == bindparam("of_reference")).options(
        joinedload(Case.citizen),
        joinedload(Case.department),
        joinedload(Case.assignee),
        joinedload(Case.procedure_version).options(briefly),
        joinedload(Case.answers_version).options(briefly),
    )
    return visible_to(actor, loaded.add_columns(*_beside()))


def _beside() -> tuple[ColumnElement[bool], ...]:
    """In the order of the fields of Beside."""
    viewer, today = bindparam("viewer", type_=Number), bindparam("today", type_=Date())
    following = aliased(Case)
    return (
        exists().where(CaseFact.case_id == Case.id),
        or_(
            exists().where(CaseLink.case_id == Case.id),
            exists().where(CaseLink.other_id == Case.id),
            exists().where(following.follows_case_id == Case.id),
            Case.follows_case_id.is_not(None),
        ),
        exists().where(CaseRepresentation.case_id == Case.id),
        exists().where(Attachment.case_id == Case.id),
        exists().where(CaseTag.case_id == Case.id),
        exists().where(CaseWatcher.case_id == Case.id),
        exists().where(CaseDraft.case_id == Case.id, or_(CaseDraft.staff_id == viewer, CaseDraft.shared)),
        exists().where(CasePresence.case_id == Case.id, CasePresence.staff_id != viewer),
        exists().where(
            Absence.authority_id == Case.authority_id,
            and_(Absence.from_on <= today, Absence.until_on >= today),
            Absence.cancelled_at.is_(None),
        ),
        exists().where(
            Citizen.id == Case.citizen_id,
            OutgoingMail.recipient == Citizen.email,
            OutgoingMail.authority_id == Case.authority_id,
            OutgoingMail.bounced_at.is_not(None),
        ),
        exists().where(Macro.authority_id == Case.authority_id, Macro.retired_at.is_(None)),
        exists().where(Tag.authority_id == Case.authority_id),
    )
