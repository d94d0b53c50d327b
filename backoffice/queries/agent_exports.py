"""SELECTs on the files that agents have made to take away, and on the log of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.exports import ExportState
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import NotFound
from backoffice.models.exports import Export
from backoffice.models.people import Membership
from backoffice.queries.once import insert_each_once

GONE = "Cet export n’existe pas ou n’est pas accessible avec votre compte."
PENDING = (ExportState.WAITING, ExportState.RUNNING)


def insert(session: Session, values: dict[str, Any]) -> bool:
    """Add an export; False when its form was already received."""
    return bool(insert_each_once(session, Export, ("authority_id", "form_key"), [values], "id"))


def get_by_key(session: Session, authority_id: int, form_key: str) -> Export:
    """The export that a form asked for."""
    return session.scalars(select(Export).where(Export.authority_id == authority_id, Export.form_key == form_key)).one()


def get_own(session: Session, actor: Actor, export_id: int) -> Export:
    """An export of this very person; raise NotFound."""
    mine = (Export.id == export_id, Export.authority_id == actor.authority_id, Export.staff_id == actor.id)
    found = session.scalar(select(Export).where(*mine))
    if found is None:
        raise NotFound(GONE)
    return found


def list_own(session: Session, actor: Actor, limit: int = 100) -> list[Export]:
    """The exports of a person, newest first."""
    mine = (Export.authority_id == actor.authority_id, Export.staff_id == actor.id)
    return list(session.scalars(select(Export).where(*mine).order_by(Export.id.desc()).limit(limit)))


def list_logged(session: Session, actor: Actor, *, limit: int, before: int | None = None) -> list[Export]:
    """The log that the actor may read, newest first: of the whole authority, or of the agents of their departments."""
    query = select(Export).where(Export.authority_id == actor.authority_id).options(joinedload(Export.staff))
    held = actor.departments_with(Permission.EXPORT_LOG_READ)
    if None not in held:
        departments = sorted(one for one in held if one is not None)
        led = select(Membership.staff_id).where(Membership.department_id.in_(departments))
        query = query.where(Export.staff_id.in_(led))
    if before is not None:
        query = query.where(Export.id < before)
    return list(session.scalars(query.order_by(Export.id.desc()).limit(limit)))


def find_pending(session: Session, export_id: int) -> Export | None:
    """An export that is still to be made."""
    return session.scalar(select(Export).where(Export.id == export_id, Export.state.in_(PENDING)))


def note_progress(session: Session, export_id: int, done: int) -> None:
    """How many lines are written so far."""
    session.execute(update(Export).where(Export.id == export_id, Export.state.in_(PENDING)).values(done=done))


def claim_expired(session: Session, now: datetime, limit: int = 500) -> list[Export]:
    """Files that nobody may download any more, and whose bytes are still kept."""
    ended = select(Export).where(Export.expires_at <= now, Export.digest != "").limit(limit)
    return list(session.scalars(ended.with_for_update(skip_locked=True)))


def delete_old(session: Session, before: datetime) -> None:
    """Lines of the log asked for before this instant."""
    session.execute(delete(Export).where(Export.asked_at < before, Export.digest == ""))
