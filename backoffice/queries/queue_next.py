"""The case that « Prendre le suivant » gives: locked, so that two agents who ask at once have two different ones."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor, Permission
from backoffice.models.cases import Case
from backoffice.queries.cases import visible_to


def claim_next(session: Session, actor: Actor) -> Case | None:
    """The most urgent of the open cases that nobody has, where the actor may take some; those being taken are passed.

    PostgreSQL skips the rows that others hold; on SQLite writers come one after the other.
    """
    query = visible_to(actor, select(Case)).where(Case.closed_at.is_(None), Case.assignee_id.is_(None))
    where = actor.departments_with(Permission.CASE_TAKE)
    if None not in where:
        query = query.where(Case.department_id.in_(sorted(one for one in where if one is not None)))
    one = query.order_by(Case.due_on, Case.id).limit(1).with_for_update(skip_locked=True)
    return session.scalar(one.execution_options(populate_existing=True))
