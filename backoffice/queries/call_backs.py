"""SELECTs on the people to call back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.calls import CallBack
from backoffice.models.cases import Case
from backoffice.queries import cases

Selection = TypeVar("Selection", bound=Select)  # type: ignore[type-arg]


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
    return session.scalar(_now_statement(actor), {"now": now}) or 0


@lru_cache(maxsize=256)
def _now_statement(actor: Actor) -> Select[Any]:
    # Building a statement costs more than running it, and the first page of everybody's day asks this one.
    query = _narrowed(select(func.count()).select_from(CallBack), actor, Filters(View.NOW))
    return query.where(_in_view(actor, View.NOW, bindparam("now", type_=CallBack.starts_at.type)))


def visible_to(actor: Actor, query: Selection) -> Selection:
    """The policy table as SQL: those about a restricted case are for who may read it, and for who is to call."""
    about = cases.visible_to(actor, select(Case.id).where(Case.id == CallBack.case_id)).exists()
    return query.where(
        CallBack.authority_id == actor.authority_id,
        or_(CallBack.case_id.is_(None), CallBack.staff_id == actor.id, about),
    )


def list_of_call(session: Session, actor: Actor, call_id: int) -> list[CallBack]:
    """The call-backs that a call led to, oldest first."""
    query = visible_to(actor, _loaded().where(CallBack.call_id == call_id))
    return list(session.scalars(query.order_by(CallBack.id)))


def get_call_back(session: Session, actor: Actor, call_back_id: int) -> CallBack:
    """One call-back, or NotFound when the actor may not know of it."""
    return _found(session.scalar(visible_to(actor, _loaded().where(CallBack.id == call_back_id))))


def claim_call_back(session: Session, actor: Actor, call_back_id: int) -> CallBack:
    """The same, locked and read anew until the transaction ends."""
    query = visible_to(actor, select(CallBack).where(CallBack.id == call_back_id)).with_for_update(of=CallBack)
    return _found(session.scalar(query.execution_options(populate_existing=True)))


def forget_before(session: Session, before: datetime) -> None:
    """Take the person and what was said out of the call-backs done before this."""
    done = and_(CallBack.done_at.is_not(None), CallBack.done_at < before, CallBack.number != "")
    said: dict[str, Any] = {"number": "", "name": "", "about": "", "citizen_id": None, "history": {}}
    session.execute(update(CallBack).where(done).values(**said))


def _found(call_back: CallBack | None) -> CallBack:
    if call_back is None:
        raise NotFound("Ce rappel n’existe pas.")
    return call_back


def _in_view(actor: Actor, view: View, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
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
    query = visible_to(actor, query)
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
