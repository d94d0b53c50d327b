"""Who else has a case open: said to those who may read it, for a minute or so after their page last spoke."""

from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.models.cases import Case
from backoffice.queries import presences as queries
from backoffice.services import moment

LASTS = timedelta(seconds=80)
"""Pages speak every half minute, those in the background at least every minute."""
MOST_NAMED = 3


def note(session: Session, actor: Actor, case: Case) -> None:
    """The actor has the case open now."""
    policy.require(actor, Permission.CASE_READ, case)
    if actor.id is not None:
        queries.note(session, case, actor.id, moment.now() + LASTS)


def say_others(session: Session, actor: Actor, case: Case) -> str:
    """Who else has it open, in a sentence; empty when nobody has."""
    policy.require(actor, Permission.CASE_READ, case)
    names = queries.list_others(session, case.id, actor.id, moment.now())
    if not names:
        return ""
    if len(names) == 1:
        return f"{names[0]} a aussi ce dossier ouvert."
    named, more = names[:MOST_NAMED], len(names) - MOST_NAMED
    if more > 0:
        return f"{', '.join(named)} et {more} autre{'s' if more > 1 else ''} ont aussi ce dossier ouvert."
    return f"{', '.join(named[:-1])} et {named[-1]} ont aussi ce dossier ouvert."


def forget_expired(session: Session) -> None:
    """Delete the presences of those who left."""
    queries.delete_expired(session, moment.now())
