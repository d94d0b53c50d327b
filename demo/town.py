"""The town as its rows say it, and the requests let in by its doors, each with the promises that it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Insert, Result, event
from sqlalchemy.orm import ORMExecuteState, Session

from backoffice.domain.policy import Actor, Permission, Role, allows
from backoffice.infra.database import table_of
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Case
from backoffice.models.jobs import Job
from backoffice.queries import catalogue, people
from backoffice.services import accounts, clock, intake, moment, procedures
from demo import arrivals
from demo.arrivals import Doors
from demo.people import Person
from demo.plan import Planned

promised: list[int] = []
"""The jobs promised in this process and not kept yet: whoever plays the past keeps them at the right instant."""


@event.listens_for(Session, "do_orm_execute")
def _note_promise(state: ORMExecuteState) -> Result[Any] | None:
    if not state.is_insert or cast("Insert", state.statement).table is not table_of(Job):
        return None
    result = state.invoke_statement()
    if not cast("CursorResult[Any]", result).returns_rows:  # periodic work, which the demonstration does not play
        return result
    written = result.freeze()
    promised.extend(written().scalars())
    return written()


@dataclass(frozen=True, slots=True)
class Town:
    """What playing needs: the authority's hours, its agents by department, its doors."""

    timezone: ZoneInfo
    front_desk: Actor
    handlers: Mapping[int, list[Actor]]
    departments: Mapping[str, int]
    doors: Doors


def read_town(session: Session, runtime: Runtime, authority_code: str) -> Town:
    """Everything of the town, from its rows."""
    authority = catalogue.get_authority(session, authority_code)
    departments = catalogue.list_departments(session, authority.id)
    staff = [accounts.actor_of(one) for one in people.list_staff(session, authority.id)]
    front_desk = next(one for one in staff if any(grant.role is Role.FRONT_DESK for grant in one.grants))
    handlers = {one.id: _handlers(staff, one, authority) for one in departments}
    definitions = {
        procedure.code: procedures.definition_of(procedure)
        for procedure in catalogue.list_procedures(session, authority.id)
    }
    assert front_desk.id is not None  # noqa: S101 (a member of staff)
    doors = Doors(runtime.storage, definitions, clock.calendar_of(authority), authority.code, front_desk.id)
    codes = {one.code: one.id for one in departments}
    return Town(ZoneInfo(authority.timezone), front_desk, handlers, codes, doors)


def _handlers(staff: list[Actor], department: Department, authority: Authority) -> list[Actor]:
    """Who decides in a department, the supervisor last."""
    mine = Case(authority_id=authority.id, department_id=department.id, restricted=False)
    able = [one for one in staff if allows(one, Permission.CASE_DECIDE, mine)]
    return sorted(able, key=lambda one: allows(one, Permission.REPORT_EXPORT, mine))


@dataclass(slots=True)
class Opened:
    """A case that was let in, with what it was promised."""

    planned: Planned
    case_id: int
    promises: list[int]


def open_cases(session: Session, runtime: Runtime, town: Town, planned: list[Planned]) -> list[Opened]:
    """Let every request in, in the order of arrival, so that references follow the calendar."""
    known: dict[Person, int] = {}
    opened = []
    for one in planned:
        promised.clear()
        with moment.at(one.received_at):
            day = one.received_at.astimezone(town.timezone).date()
            citizen_id = known.get(one.person) if one.person else None
            receipt = intake.receive(session, runtime, arrivals.incoming(town.doors, one, day, citizen_id))
            assert receipt.case_id is not None and receipt.is_new  # noqa: S101, PT018 (a new source id each)
            case = session.get_one(Case, receipt.case_id)
            session.flush()
        if one.person and case.citizen_id:
            known[one.person] = case.citizen_id
        opened.append(Opened(one, receipt.case_id, list(promised)))
    return opened
