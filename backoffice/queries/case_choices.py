"""What the forms of the page of a case offer: colleagues, departments and procedures, in one statement."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, String, bindparam, cast, literal, select, union_all
from sqlalchemy.orm import Session

from backoffice.domain.french import by_name
from backoffice.models.authorities import Department
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.models.columns import Number
from backoffice.models.people import Membership, Staff

COLLEAGUES, DEPARTMENTS, PROCEDURES = "colleagues", "departments", "procedures"


@dataclass(frozen=True, slots=True)
class Choices:
    """Pairs of what a form sends and what people read, by name; only of the kinds that were asked for.

    The colleagues are those who hold a role in the department of the case; the procedures are those open to requests.
    """

    colleagues: list[tuple[int, str]]
    departments: list[tuple[int, str]]
    procedures: list[tuple[str, str]]


def list_choices(session: Session, case: Case, kinds: frozenset[str]) -> Choices:
    """What a case may be given: these kinds, and nothing of the others."""
    found: dict[str, list[tuple[str, str]]] = {COLLEAGUES: [], DEPARTMENTS: [], PROCEDURES: []}
    if kinds:
        of_case = {"authority": case.authority_id, "department": case.department_id}
        for kind, key, name in session.execute(_statement(kinds), of_case):
            found[kind].append((key, name))
    found = {kind: by_name(pairs, lambda one: one[1]) for kind, pairs in found.items()}
    colleagues, departments = ([(int(key), name) for key, name in found[kind]] for kind in (COLLEAGUES, DEPARTMENTS))
    return Choices(colleagues, departments, found[PROCEDURES])


@lru_cache(maxsize=8)
def _statement(kinds: frozenset[str]) -> CompoundSelect[Any]:
    authority, department = bindparam("authority", type_=Number), bindparam("department", type_=Number)
    members = select(Membership.staff_id).where(Membership.department_id == department)
    of_kind = {
        COLLEAGUES: _pairs(COLLEAGUES, Staff.id, Staff.name).where(Staff.id.in_(members), Staff.active),
        DEPARTMENTS: _pairs(DEPARTMENTS, Department.id, Department.name).where(
            Department.authority_id == authority, Department.active, Department.id != department
        ),
        PROCEDURES: _pairs(PROCEDURES, Procedure.code, Procedure.title).where(
            Procedure.authority_id == authority, Procedure.current_version_id.is_not(None), Procedure.open
        ),
    }
    return union_all(*(of_kind[kind] for kind in sorted(kinds)))


def _pairs(kind: str, key: Any, name: Any) -> Select[Any]:
    return select(literal(kind).label("kind"), cast(key, String).label("key"), name.label("name"))
