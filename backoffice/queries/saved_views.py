"""SELECTs on the views of the queue that have a name, and on what an agent chose for theirs."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.saved_views import QueueHabit, SavedView
from backoffice.queries.once import insert_once

GONE = "Cette vue n’existe plus : elle a été supprimée, ou elle n’est plus partagée avec vos services."
_HABIT = (
    select(QueueHabit.columns, QueueHabit.letter_keys, SavedView.id, SavedView.fields)
    .select_from(QueueHabit)
    .outerjoin(
        SavedView,
        (SavedView.id == QueueHabit.first_view_id)
        & or_(
            SavedView.owner_id == QueueHabit.staff_id,
            SavedView.department_id.in_(bindparam("departments", expanding=True)),
        ),
    )
    .where(QueueHabit.staff_id == bindparam("staff_id"))
)


@dataclass(frozen=True, slots=True)
class Habit:
    """What an agent chose for their queue; `first_fields` is the end of the address that it opens on."""

    columns: str = ""
    letter_keys: bool = True
    first_view_id: int | None = None
    first_fields: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A view as the queue offers it; `fields` are the end of its address."""

    id: int
    name: str
    fields: str


def read_habit(session: Session, actor: Actor) -> Habit:
    """The choices of the actor; a first view that they may not open any more is none."""
    line = session.execute(_HABIT, {"staff_id": actor.id, "departments": list(actor.department_ids)}).one_or_none()
    return Habit(line[0], line[1], line[2], line[3] or "") if line else Habit()


def claim_habit(session: Session, actor: Actor) -> QueueHabit:
    """The row of the actor's choices, made if they never chose, locked until the transaction ends."""
    values = {"columns": "", "first_view_id": None, "letter_keys": True, "authority_id": actor.authority_id}
    insert_once(session, QueueHabit, ("staff_id",), staff_id=actor.id, **values)
    return session.scalars(select(QueueHabit).where(QueueHabit.staff_id == actor.id).with_for_update()).one()


def list_offered(session: Session, actor: Actor) -> list[Offered]:
    """The same as `list_views`, in plain values: what every page of the queue shows."""
    return [Offered(*line) for line in session.execute(_offered_to(actor))]


@lru_cache(maxsize=256)
def _offered_to(actor: Actor) -> Select[Any]:
    # Building a statement costs more than running it.
    columns = SavedView.id, SavedView.name, SavedView.fields
    return _open_to(actor).with_only_columns(*columns).order_by(func.lower(SavedView.name), SavedView.id)


def list_views(session: Session, actor: Actor) -> list[SavedView]:
    """The views that the actor made, and those shared with their departments, by name."""
    return list(session.scalars(_open_to(actor).order_by(func.lower(SavedView.name), SavedView.id)))


def get_view(session: Session, actor: Actor, view_id: int) -> SavedView:
    """One of them; raise NotFound."""
    view: SavedView | None = session.scalar(_open_to(actor).where(SavedView.id == view_id))
    if view is None:
        raise NotFound(GONE)
    return view


def count_owned(session: Session, actor: Actor) -> int:
    """How many views the actor made."""
    mine = select(func.count()).select_from(SavedView).where(SavedView.owner_id == actor.id)
    return session.scalar(mine) or 0


def forget_first(session: Session, view_id: int) -> None:
    """Nobody's queue opens on this view any more."""
    held = update(QueueHabit).where(QueueHabit.first_view_id == view_id).values(first_view_id=None)
    session.execute(held.execution_options(synchronize_session="fetch"))


def _open_to(actor: Actor) -> Select[Any]:
    shared = SavedView.department_id.in_(sorted(actor.department_ids))
    return select(SavedView).where(
        SavedView.authority_id == actor.authority_id, or_(SavedView.owner_id == actor.id, shared)
    )
