"""SELECTs on actions in bulk: whom they may assign cases to, what became of the cases, what can be undone."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.domain.batches import Kind, LineState
from backoffice.models.batches import Batch, BatchLine
from backoffice.models.people import Membership


def list_departments_of(session: Session, staff_id: int) -> frozenset[int]:
    """The departments where an agent holds a role."""
    query = select(Membership.department_id).where(Membership.staff_id == staff_id)
    return frozenset(one for one in session.scalars(query) if one is not None)


def count_reasons(session: Session, batch_id: int) -> list[tuple[str, int]]:
    """Why cases were left as they are, with how many for each reason, the most frequent first."""
    refused = (BatchLine.batch_id == batch_id, BatchLine.state == LineState.REFUSED)
    query = select(BatchLine.message, func.count()).where(*refused).group_by(BatchLine.message)
    return [(row[0], row[1]) for row in session.execute(query.order_by(func.count().desc(), BatchLine.message))]


def list_done(session: Session, batch_id: int) -> list[BatchLine]:
    """The lines of the cases to which an action was done, in their order."""
    done = (BatchLine.batch_id == batch_id, BatchLine.state == LineState.OK)
    return list(session.scalars(select(BatchLine).where(*done).order_by(BatchLine.position)))


def find_undoing(session: Session, authority_id: int, batch_id: int) -> Batch | None:
    """The batch that takes another one back, if there is one."""
    key = undoing_key(batch_id)
    return session.scalar(select(Batch).where(Batch.authority_id == authority_id, Batch.form_key == key))


def undoing_key(batch_id: int) -> str:
    """The form key of the batch that takes another one back: unique, so there is one at most."""
    return f"{Kind.UNDO}-{batch_id}"
