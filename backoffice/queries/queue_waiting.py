"""How much waits for an agent beside the cases of the queue: mail to sort, drafts not finished, what others ask."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select
from sqlalchemy.orm import Session

from backoffice.domain.mail_outcomes import MailOutcome
from backoffice.domain.policy import Actor
from backoffice.models.contacts import DeskDraft
from backoffice.models.mail import MailRecord
from backoffice.queries import case_drafts
from backoffice.queries.mail_ledger import visible_lines
from backoffice.queries.queue import MOST_COUNTED
from backoffice.queries.tasks import awaited_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """Capped counts; MOST_COUNTED + 1 stands for « more »."""

    parked: int
    drafts: int
    tasks: int


def count_waiting(session: Session, actor: Actor, now: datetime) -> Waiting:
    """Parked mail whose candidate the actor may know of, their live drafts, what others ask of their departments."""
    return Waiting(*session.execute(_statement(actor), {"now": now}).one())


@lru_cache(maxsize=256)
def _statement(actor: Actor) -> Select[Any]:
    parked = select(literal(1)).select_from(MailRecord).where(*visible_lines(actor, (MailOutcome.PARKED,)))
    drafts = select(literal(1)).where(
        DeskDraft.authority_id == actor.authority_id,
        DeskDraft.staff_id == actor.id,
        DeskDraft.expires_at > bindparam("now", type_=DeskDraft.expires_at.type),
    )
    on_cases = case_drafts.drafts_of(actor, bindparam("now", type_=DeskDraft.expires_at.type))
    written = _capped(drafts) + _capped(on_cases.with_only_columns(literal(1)))
    return select(_capped(parked), written, _capped(awaited_of(actor)))


def _capped(rows: Select[Any]) -> Any:
    return select(func.count()).select_from(rows.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()
