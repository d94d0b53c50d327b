"""What an intake asks first, in one SELECT."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, false, select
from sqlalchemy.orm import Session, joinedload

from backoffice.errors import NotFound
from backoffice.infra.database import table_of
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Message
from backoffice.models.catalogue import Procedure, ProcedureVersion
from backoffice.models.people import Citizen
from backoffice.queries.catalogue import NO_AUTHORITY

TRIAGE = "triage_department_id"
_MESSAGES = table_of(Message)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whom a request is for, and the case where it was received already.

    With the procedure that it names; when it names none, with the department that sorts requests. `knows_email` says
    whether a sheet has the e-mail address of its sender.
    """

    authority: Authority
    case_id: int | None
    knows_email: bool = False
    procedure: Procedure | None = None
    triage: Department | None = None


def get_arrival(
    session: Session, authority: str, procedure: str, channel: str, source_id: str, email: str = ""
) -> Arrival:
    """The arrival of (channel, source_id), by the codes of its authority and procedure; NotFound without authority.

    An empty code stands for the only or first authority, and for no procedure. `email` is in lower case.
    """
    asked = {
        "authority": authority,
        "procedure": procedure,
        "channel": channel,
        "source_id": source_id,
        "email": email,
    }
    query = _arrival(by_code=bool(authority), with_procedure=bool(procedure), with_email=bool(email))
    row = session.execute(query, {name: value for name, value in asked.items() if value}).first()
    if row is None:
        raise NotFound(NO_AUTHORITY)
    authority_found, case_id, knows_email, found = row
    if procedure:
        return Arrival(authority_found, case_id, knows_email, procedure=found)
    return Arrival(authority_found, case_id, knows_email, triage=found)


@cache
def _arrival(*, by_code: bool, with_procedure: bool, with_email: bool) -> Select[Any]:
    # Building a statement costs more than running it.
    same_message = and_(
        _MESSAGES.c.authority_id == Authority.id,
        _MESSAGES.c.channel == bindparam("channel"),
        _MESSAGES.c.source_id == bindparam("source_id"),
    )
    has_address = exists().where(Citizen.authority_id == Authority.id, Citizen.email == bindparam("email"))
    known = has_address if with_email else false()
    query: Select[Any] = select(Authority, _MESSAGES.c.case_id, known).outerjoin(_MESSAGES, same_message)
    if with_procedure:
        named = and_(Procedure.authority_id == Authority.id, Procedure.code == bindparam("procedure"))
        # A version is read once a process (services.procedures): its definition is not asked for each time.
        version = joinedload(Procedure.current_version).defer(ProcedureVersion.definition)
        query = query.add_columns(Procedure).outerjoin(Procedure, named)
        query = query.options(version, joinedload(Procedure.department))
    else:
        sorting = Department.id == Authority.details[TRIAGE].as_integer()
        query = query.add_columns(Department).outerjoin(Department, sorting)
    if by_code:
        query = query.where(Authority.code == bindparam("authority"))
    return query.order_by(Authority.id).limit(1)
