"""SELECTs on the people to call back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.calls import CallBack

MOST_DONE = 100


class View(StrEnum):
    """The lists that the tabs open: those of the agent and of whoever is free in their departments come first."""

    MINE = ""
    NOW = "maintenant"
    LATE = "en-retard"
    OPEN = "tous"
    DONE = "faits"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to."""

    view: View
    department_id: int | None = None
    staff_id: int | None = None


def count_call_backs(session: Session, actor: Actor, asked: Filters, now: datetime) -> dict[View, int]:
    """How many call-backs each tab has with these filters."""
    counts = [func.sum(case((_in_view(actor, view, now), 1), else_=0)) for view in View]
    row = session.execute(_narrowed(select(*counts), actor, asked)).one()
    return {view: int(count or 0) for view, count in zip(View, row, strict=True)}


def list_call_backs(
    session: Session, actor: Actor, asked: Filters, now: datetime, offset: int, limit: int
) -> list[CallBack]:
    """A page of call-backs, the most urgent first; those that are done, the newest first."""
    query = _narrowed(_loaded(), actor, asked).where(_in_view(actor, asked.view, now))
    first = CallBack.done_at.desc() if asked.view is View.DONE else CallBack.ends_at
    return list(session.scalars(query.order_by(first, CallBack.id).offset(offset).limit(limit)))


def count_now(session: Session, actor: Actor, now: datetime) -> int:
    """How many people the agent, or whoever is free in their departments, has to call at this moment."""
    query = _narrowed(select(func.count()).select_from(CallBack), actor, Filters(View.NOW))
    return session.scalar(query.where(_in_view(actor, View.NOW, now))) or 0


def list_of_call(session: Session, call_id: int) -> list[CallBack]:
    """The call-backs that a call led to, oldest first."""
    return list(session.scalars(_loaded().where(CallBack.call_id == call_id).order_by(CallBack.id)))


def get_call_back(session: Session, authority_id: int, call_back_id: int) -> CallBack:
    """One call-back of this authority, or NotFound."""
    return _found(session.scalar(_loaded().where(CallBack.id == call_back_id)), authority_id)


def claim_call_back(session: Session, authority_id: int, call_back_id: int) -> CallBack:
    """The same, locked and read anew until the transaction ends."""
    query = select(CallBack).where(CallBack.id == call_back_id).with_for_update(of=CallBack)
    return _found(session.scalar(query.execution_options(populate_existing=True)), authority_id)


def forget_before(session: Session, before: datetime) -> None:
    """Take the person and what was said out of the call-backs done before this."""
    done = and_(CallBack.done_at.is_not(None), CallBack.done_at < before, CallBack.number != "")
    said: dict[str, Any] = {"number": "", "name": "", "about": "", "citizen_id": None, "history": {}}
    session.execute(update(CallBack).where(done).values(**said))


def _found(call_back: CallBack | None, authority_id: int) -> CallBack:
    if call_back is None or call_back.authority_id != authority_id:
        raise NotFound("Ce rappel n’existe pas.")
    return call_back


def _in_view(actor: Actor, view: View, now: datetime) -> ColumnElement[bool]:
    if view is View.DONE:
        return CallBack.done_at.is_not(None)
    is_open = CallBack.done_at.is_(None)
    wanted: dict[View, Collection[ColumnElement[bool]]] = {
        View.MINE: (_is_mine(actor),),
        View.NOW: (_is_mine(actor), CallBack.starts_at <= now),
        View.LATE: (CallBack.ends_at < now,),
        View.OPEN: (),
    }
    return and_(is_open, *wanted[view])


def _is_mine(actor: Actor) -> ColumnElement[bool]:
    free: ColumnElement[bool] = CallBack.staff_id.is_(None)
    # A role in the whole authority is a role in each of its departments.
    if not any(grant.department_id is None for grant in actor.grants):
        free = and_(free, CallBack.department_id.in_(actor.department_ids))
    return or_(CallBack.staff_id == actor.id, free)


def _narrowed(query: Select[Any], actor: Actor, asked: Filters) -> Select[Any]:
    query = query.where(CallBack.authority_id == actor.authority_id)
    if asked.department_id is not None:
        query = query.where(CallBack.department_id == asked.department_id)
    return query.where(CallBack.staff_id == asked.staff_id) if asked.staff_id is not None else query


def _loaded() -> Select[tuple[CallBack]]:
    return select(CallBack).options(
        joinedload(CallBack.citizen),
        joinedload(CallBack.case),
        joinedload(CallBack.department),
        joinedload(CallBack.staff),
        joinedload(CallBack.call),
    )
