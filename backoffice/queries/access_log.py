"""SELECTs on the log of readings: who read which sensitive case, and who looked at that log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from backoffice.domain.french import fold
from backoffice.domain.policy import Actor
from backoffice.infra.database import table_of
from backoffice.models.cases import READINGS, Case, CaseEvent
from backoffice.models.eliminations import AccessLogLook
from backoffice.models.people import Citizen
from backoffice.queries.cases import visible_to

FORGOTTEN = "forgotten"
"""The kind of actor of a reading whose time is over: its line stays in the chain of the history, and names nobody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings: of a case, of a person's cases (name, e-mail or phone), by an agent, in [since, until)."""

    reference: str = ""
    person: str = ""
    staff_id: int = 0
    since: datetime | None = None
    until: datetime | None = None


def page(
    session: Session, actor: Actor, wanted: Wanted, *, limit: int, before: int | None = None
) -> list[tuple[CaseEvent, Case]]:
    """The readings of cases that the actor may know of, the newest first, some at a time."""
    query = visible_to(actor, select(CaseEvent, Case).join(Case, Case.id == CaseEvent.case_id))
    query = query.where(CaseEvent.authority_id == actor.authority_id, READINGS, CaseEvent.actor_kind != FORGOTTEN)
    if wanted.reference:
        query = query.where(Case.reference == wanted.reference)
    if wanted.person:
        named = Citizen.folded_name.startswith(fold(wanted.person), autoescape=True)
        reached = (Citizen.email == wanted.person.lower(), Citizen.phone == wanted.person)
        query = query.join(Citizen, Citizen.id == Case.citizen_id).where(or_(named, *reached))
    if wanted.staff_id:
        query = query.where(CaseEvent.actor_id == wanted.staff_id)
    if wanted.since is not None:
        query = query.where(CaseEvent.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(CaseEvent.at < wanted.until)
    if before is not None:
        query = query.where(CaseEvent.id < before)
    return [(row[0], row[1]) for row in session.execute(query.order_by(CaseEvent.id.desc()).limit(limit))]


def list_looks(session: Session, authority_id: int, limit: int) -> list[AccessLogLook]:
    """Who looked at the log, the newest first."""
    query = select(AccessLogLook).where(AccessLogLook.authority_id == authority_id)
    return list(session.scalars(query.order_by(AccessLogLook.id.desc()).limit(limit)))


def forget_readings(session: Session, authority_id: int, before: datetime, limit: int) -> int:
    """Take the names out of the readings older than this; give how many."""
    table = table_of(CaseEvent)
    old = select(table.c.id).where(
        table.c.authority_id == authority_id, READINGS, table.c.at < before, table.c.actor_kind != FORGOTTEN
    )
    ids = list(session.scalars(old.order_by(table.c.at).limit(limit)))
    if ids:
        emptied: dict[str, Any] = {"actor_kind": FORGOTTEN, "actor_id": None, "actor_name": "", "data": {}}
        session.execute(update(table).where(table.c.id.in_(ids)).values(emptied))
    return len(ids)


def delete_looks(session: Session, authority_id: int, before: datetime) -> None:
    """Forget the looks at the log older than this."""
    table = table_of(AccessLogLook)
    session.execute(delete(table).where(table.c.authority_id == authority_id, table.c.at < before))
