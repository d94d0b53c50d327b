"""What an intake asks first, in one SELECT."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, joinedload

from backoffice.errors import NotFound
from backoffice.infra.database import table_of
from backoffice.models.authorities import Authority
from backoffice.models.cases import Message
from backoffice.models.catalogue import Procedure
from backoffice.queries.catalogue import NO_AUTHORITY

_MESSAGES = table_of(Message)
# Building a statement costs more than running it.
_FIRST = (
    select(Authority, Procedure, _MESSAGES.c.case_id)
    .outerjoin(Procedure, and_(Procedure.authority_id == Authority.id, Procedure.code == bindparam("procedure")))
    .outerjoin(
        _MESSAGES,
        and_(
            _MESSAGES.c.authority_id == Authority.id,
            _MESSAGES.c.channel == bindparam("channel"),
            _MESSAGES.c.source_id == bindparam("source_id"),
        ),
    )
    .options(joinedload(Procedure.current_version), joinedload(Procedure.department))
    .order_by(Authority.id)
    .limit(1)
)
_OF_AUTHORITY = _FIRST.where(Authority.code == bindparam("authority"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whom a request is for, the procedure that it names, and the case where it was received already."""

    authority: Authority
    procedure: Procedure | None
    case_id: int | None


def get_arrival(session: Session, authority: str, procedure: str, channel: str, source_id: str) -> Arrival:
    """The arrival of (channel, source_id), by the codes of its authority and procedure; NotFound without authority.

    An empty code stands for the only or first authority, and for no procedure.
    """
    asked = {"procedure": procedure, "channel": channel, "source_id": source_id}
    if authority:
        row = session.execute(_OF_AUTHORITY, asked | {"authority": authority}).first()
    else:
        row = session.execute(_FIRST, asked).first()
    if row is None:
        raise NotFound(NO_AUTHORITY)
    return Arrival(*row)
