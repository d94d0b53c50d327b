"""SELECTs on authorities, departments and procedures."""

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.french import by_name
from backoffice.errors import NotFound
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Case
from backoffice.models.catalogue import LifecycleDraft, Procedure, ProcedureVersion
from backoffice.models.people import Staff

NO_AUTHORITY = "Aucune collectivité n’est encore configurée sur cette installation."

# Building a statement costs more than running it: those that every request needs are built once.
_FIRST_AUTHORITY = select(Authority).order_by(Authority.id).limit(1)
_AUTHORITY = _FIRST_AUTHORITY.where(Authority.code == bindparam("code"))
_PROCEDURE = (
    select(Procedure)
    .where(Procedure.authority_id == bindparam("authority_id"), Procedure.code == bindparam("code"))
    .options(joinedload(Procedure.current_version), joinedload(Procedure.department))
)


def find_authority(session: Session, code: str = "") -> Authority | None:
    """The authority of this code; without a code, the only or first one."""
    return session.scalar(_AUTHORITY, {"code": code}) if code else session.scalar(_FIRST_AUTHORITY)


def get_authority(session: Session, code: str = "") -> Authority:
    """The same, or NotFound."""
    authority = find_authority(session, code)
    if authority is None:
        raise NotFound(NO_AUTHORITY)
    return authority


def claim_authority(session: Session, authority_id: int) -> Authority:
    """An authority, locked and read anew: whoever changes its `details`, one JSON value, comes here first.

    Of two administrators at the same moment, the second waits, then adds to what the first wrote.
    """
    query = select(Authority).where(Authority.id == authority_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def list_departments(session: Session, authority_id: int, *, with_inactive: bool = False) -> list[Department]:
    """The departments of an authority, by name."""
    query = select(Department).where(Department.authority_id == authority_id).order_by(Department.id)
    found = session.scalars(query if with_inactive else query.where(Department.active))
    return by_name(found, lambda one: one.name)


def find_department(session: Session, authority_id: int, code: str) -> Department | None:
    """One department by its code."""
    return session.scalar(select(Department).where(Department.authority_id == authority_id, Department.code == code))


def get_department(session: Session, authority_id: int, department_id: int) -> Department:
    """One department of this authority by its id, or NotFound."""
    department = session.get(Department, department_id)
    if department is None or department.authority_id != authority_id:
        raise NotFound("Ce service n’existe pas.")
    return department


def list_procedures(session: Session, authority_id: int, *, open_only: bool = True) -> list[Procedure]:
    """The procedures of an authority with their current version and department, by title."""
    query = (
        select(Procedure)
        .where(Procedure.authority_id == authority_id, Procedure.current_version_id.is_not(None))
        .options(joinedload(Procedure.current_version), joinedload(Procedure.department))
        .order_by(Procedure.id)
    )
    return by_name(session.scalars(query.where(Procedure.open) if open_only else query), lambda one: one.title)


def list_procedure_titles(session: Session, authority_id: int, *, open_only: bool = True) -> list[tuple[str, str]]:
    """(code, title) of the procedures, by title: what a menu shows, without their definitions."""
    query = select(Procedure.code, Procedure.title).where(
        Procedure.authority_id == authority_id, Procedure.current_version_id.is_not(None)
    )
    query = query.where(Procedure.open) if open_only else query
    found = session.execute(query.order_by(Procedure.id))
    return by_name(((row[0], row[1]) for row in found), lambda one: one[1])


def find_procedure(session: Session, authority_id: int, code: str) -> Procedure | None:
    """One procedure with its current version and department."""
    return session.scalar(_PROCEDURE, {"authority_id": authority_id, "code": code})


def get_procedure(session: Session, authority_id: int, code: str) -> Procedure:
    """The same, or NotFound."""
    return published(find_procedure(session, authority_id, code))


def published(procedure: Procedure | None) -> Procedure:
    """The procedure that was found, or NotFound unless it has a version."""
    if procedure is None or procedure.current_version is None:
        raise NotFound("Cette démarche n’existe pas ou n’est plus proposée.")
    return procedure


def count_versions(session: Session, procedure_id: int) -> int:
    """How many versions a procedure has had."""
    counted = select(func.count()).select_from(ProcedureVersion)
    return session.scalar(counted.where(ProcedureVersion.procedure_id == procedure_id)) or 0


def list_versions(session: Session, procedure_id: int) -> list[tuple[ProcedureVersion, str]]:
    """Every version of a procedure, the newest first, each with the name of its author; empty for the house itself."""
    query = select(ProcedureVersion, func.coalesce(Staff.name, "")).outerjoin(
        Staff, Staff.id == ProcedureVersion.staff_id
    )
    found = query.where(ProcedureVersion.procedure_id == procedure_id).order_by(ProcedureVersion.number.desc())
    return [(row[0], row[1]) for row in session.execute(found)]


def is_department_used(session: Session, department_id: int) -> bool:
    """Whether an open procedure or an open case leads to a department."""
    procedures = select(Procedure.id).where(Procedure.department_id == department_id, Procedure.open)
    cases = select(Case.id).where(Case.department_id == department_id, Case.closed_at.is_(None))
    return bool(session.scalar(select(or_(procedures.exists(), cases.exists()))))


def find_lifecycle_draft(session: Session, procedure_id: int) -> LifecycleDraft | None:
    """The lifecycle that somebody is drafting for a procedure."""
    return session.scalar(select(LifecycleDraft).where(LifecycleDraft.procedure_id == procedure_id))
