"""SELECTs on the addresses of the house itself."""

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from backoffice.models.authorities import Department
from backoffice.models.people import Staff


def is_colleague(session: Session, authority_id: int, email: str) -> bool:
    """Whether an address is that of an agent at work, or of a department, of this authority."""
    if not email:
        return False
    agent = exists().where(Staff.authority_id == authority_id, Staff.email == email.lower(), Staff.active)
    department = exists().where(Department.authority_id == authority_id, func.lower(Department.email) == email.lower())
    return bool(session.scalar(select(agent | department)))


def list_work_phones(session: Session, authority_id: int) -> list[str]:
    """The telephone numbers of agents and departments, as they were written."""
    agents = select(Staff.phone).where(Staff.authority_id == authority_id, Staff.phone != "")
    departments = select(Department.phone).where(Department.authority_id == authority_id, Department.phone != "")
    return [*session.scalars(agents), *session.scalars(departments)]
