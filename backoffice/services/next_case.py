"""« Prendre le suivant »: the agent is given the most urgent case that waits for somebody."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.models.cases import Case
from backoffice.queries.queue_next import claim_next
from backoffice.services import casework


def take_next(session: Session, actor: Actor) -> Case | None:
    """Take the case with the nearest date among those without agent of the actor's departments; None when none waits.

    Two agents who ask at the same moment are given two different cases.
    """
    policy.require(actor, Permission.CASE_TAKE)
    case = claim_next(session, actor)
    if case is not None:
        casework.take(session, actor, case)
    return case
