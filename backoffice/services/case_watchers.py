"""Following a case that one may read: what happens to it is told by a job, several changes at once."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.staff_notices import NoticeEvent
from backoffice.infra.runtime import Runtime
from backoffice.models.case_watchers import CaseWatcher
from backoffice.models.cases import Case
from backoffice.queries import case_watchers as queries
from backoffice.queries import staff_notices as notices
from backoffice.services import moment, outbox, staff_notices
from backoffice.services.journal import EVENT_LABELS, Event
from backoffice.services.outbox import Claim

AT_ONCE = 500
MOST_NAMED = 3
# What nobody follows a case for: who looked at it, and what machines do after an act that is told by itself.
SILENT = frozenset(
    {
        Event.READ_RESTRICTED,
        Event.READ_IN_EMERGENCY,
        Event.HANDOVER_READ,
        Event.DOCUMENT_RENDERED,
        Event.MAIL_SENT,
        Event.SMS_SENT,
    }
)


def watch(session: Session, actor: Actor, case: Case) -> None:
    """The actor is told from now on of what happens to a case that they may read."""
    policy.require(actor, Permission.CASE_READ, case)
    if actor.id is not None:
        queries.add(session, case, actor.id, moment.now())


def follow(session: Session, case: Case, kept: Case) -> None:
    """Who follows a case that is joined to another one follows that one too, from now on."""
    for staff_id, _ in queries.list_names(session, case.id):
        queries.add(session, kept, staff_id, moment.now())


def unwatch(session: Session, actor: Actor, case: Case) -> None:
    """The actor is told no more."""
    if actor.id is not None:
        queries.remove(session, case.id, actor.id)


def tell(runtime: Runtime, claim: Claim) -> None:
    """Tell those who follow a case what happened since: one notice, which takes the place of the one not read yet."""
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        for watcher, case in queries.claim_behind(session, AT_ONCE):
            _tell(session, watcher, case)
            watcher.told_up_to = case.history_length


def _tell(session: Session, watcher: CaseWatcher, case: Case) -> None:
    kinds = queries.list_kinds_since(session, case.id, watcher.told_up_to, watcher.staff_id, SILENT)
    if not kinds:
        return
    notices.delete_unread(session, case.id, NoticeEvent.WATCHED, [watcher.staff_id])
    said = list(dict.fromkeys(EVENT_LABELS[Event(kind)] for kind in kinds))
    more = f" et {len(said) - MOST_NAMED} de plus" if len(said) > MOST_NAMED else ""
    text = f"Du nouveau dans ce dossier : {', '.join(said[:MOST_NAMED])}{more}."
    staff_notices.tell(session, case, NoticeEvent.WATCHED, [watcher.staff_id], text)
