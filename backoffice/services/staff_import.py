"""Accounts opened in number from a list: shown first, then all of them or none."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain import policy, staff_lists
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.staff_lists import Line
from backoffice.errors import BackofficeError, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.queries import catalogue, people
from backoffice.services import staff


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list would do: the accounts to open, the lines left aside (an account exists), the faults by line."""

    opened: tuple[Line, ...]
    known: tuple[Line, ...]
    faults: tuple[tuple[int, str], ...]


def plan(session: Session, actor: Actor, text: str) -> Plan:
    """Read a list and write nothing."""
    policy.require(actor, Permission.STAFF_MANAGE)
    departments: dict[str, int] = {}
    for one in catalogue.list_departments(session, actor.authority_id):
        departments |= {one.name: one.id, one.code: one.id}
    found = staff_lists.read(text, departments)
    faults = list(found.faults)
    known = [line for line in found.lines if people.find_staff_by_email(session, line.email) is not None]
    for line in found.lines:
        for role in line.roles:
            try:
                staff.check_may_give(actor, role)
            except BackofficeError as fault:
                faults.append((line.number, fault.sentence))
    return Plan(tuple(line for line in found.lines if line not in known), tuple(known), tuple(sorted(faults)))


def run(session: Session, runtime: Runtime, actor: Actor, text: str) -> int:
    """Open every account of a list, with its roles and its invitation; raise Invalid, with nothing done, on a fault."""
    asked = plan(session, actor, text)
    if asked.faults:
        raise Invalid("Rien n’est enregistré : corrigez les lignes signalées, puis recommencez.")
    for line in asked.opened:
        values = {"name": line.name, "email": line.email, "title": line.title, "phone": line.phone}
        opened = staff.create(session, runtime, actor, values)
        for role in line.roles:
            for department_id in line.department_ids or (None,):
                place = "" if department_id is None else str(department_id)
                # The invitation says it all: one mail each.
                staff.add_membership(session, runtime, actor, opened, role.value, place, told=False)
    return len(asked.opened)
