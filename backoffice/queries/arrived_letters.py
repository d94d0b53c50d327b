"""SELECTs on the register of letters that arrived."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.models.arrived_letters import ArrivedLetter
from backoffice.models.cases import Case
from backoffice.queries.cases import visible_to

PAGE_SIZE = 25


def find_registered(session: Session, authority_id: int, source_id: str) -> ArrivedLetter | None:
    """The letter that this form became already."""
    same = (ArrivedLetter.authority_id == authority_id, ArrivedLetter.source_id == source_id)
    return session.scalar(select(ArrivedLetter).where(*same))


def get_recorded(session: Session, actor: Actor, letter_id: int) -> ArrivedLetter:
    """A letter with its case, for who registered it or may read the case; else NotFound."""
    query = select(ArrivedLetter).where(ArrivedLetter.id == letter_id)
    mine = query.where(ArrivedLetter.authority_id == actor.authority_id, ArrivedLetter.staff_id == actor.id)
    loaded = (joinedload(ArrivedLetter.case).joinedload(Case.citizen), joinedload(ArrivedLetter.staff))
    letter = session.scalar(mine.options(*loaded))
    if letter is None:
        letter = session.scalar(visible_to(actor, query.join(ArrivedLetter.case)).options(*loaded))
    if letter is None:
        raise NotFound("Ce courrier n’existe pas ou n’est pas accessible avec votre compte.")
    return letter


def list_registered(session: Session, actor: Actor, *, before: int | None = None) -> list[ArrivedLetter]:
    """A page of the register and one line more, the last registered first; of the cases that the actor may know of."""
    query = visible_to(actor, select(ArrivedLetter).join(ArrivedLetter.case))
    if before is not None:
        query = query.where(ArrivedLetter.id < before)
    loaded = query.options(joinedload(ArrivedLetter.case).joinedload(Case.citizen), joinedload(ArrivedLetter.staff))
    return list(session.scalars(loaded.order_by(ArrivedLetter.id.desc()).limit(PAGE_SIZE + 1)))
