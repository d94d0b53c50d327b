"""What agents write on a case, kept as it is typed: given back to them alone, or shared, until it is sent."""

from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Actor, Permission, allows
from backoffice.errors import Conflict
from backoffice.models.case_drafts import CaseDraft
from backoffice.models.cases import Case
from backoffice.queries import case_drafts as queries
from backoffice.services import casework, moment

KEPT = timedelta(days=30)
"""After its last change: longer than a holiday, and what was never sent does not lie about."""
KINDS = {"reply": Permission.CASE_REPLY, "note": Permission.CASE_NOTE, "answer": Permission.CASE_DECIDE}
"""The texts of the page of a case, by the name of their field, with what allows to write each."""
GONE = "Ce brouillon n’est plus partagé : son auteur l’a envoyé ou effacé, ou un collègue l’a repris."


def keep(
    session: Session, actor: Actor, case: Case, kind: str, text: str, *, shared: bool = False, key: str = ""
) -> CaseDraft | None:
    """Keep a text as it is; None when it is blank (then forgotten), or when the form of this `key` was sent already."""
    policy.require(actor, KINDS[kind], case)
    if casework.is_repeat(session, case, key):
        return None
    text = text.replace("\x00", "")
    if not text.strip() or actor.id is None:
        forget(session, actor, case, kind)
        return None
    now = moment.now()
    said = {"text": text, "shared": shared, "saved_at": now, "expires_at": now + KEPT}
    queries.insert_draft(
        session, authority_id=case.authority_id, case_id=case.id, staff_id=actor.id, kind=kind, **said
    )  # fmt: skip
    draft = queries.claim_draft(session, case.id, actor.id, kind, now)
    if draft is not None:
        draft.text, draft.shared, draft.saved_at, draft.expires_at = text, shared, now, now + KEPT
    return draft


def follow(session: Session, case: Case, kept: Case) -> None:
    """What was being written on a case goes on where its exchanges do, under what its author had begun there."""
    for draft in queries.list_of_case(session, case.id):
        begun = queries.claim_draft(session, kept.id, draft.staff_id, draft.kind, moment.now())
        if begun is None:
            draft.case_id = kept.id
        else:
            begun.text = f"{begun.text.strip()}\n\n{draft.text.strip()}"
            session.delete(draft)


def list_readable(session: Session, actor: Actor, case: Case) -> list[CaseDraft]:
    """The actor's drafts on a case and those that colleagues share with whoever may write the same."""
    found = queries.list_readable(session, case.id, actor.id, moment.now())
    return [one for one in found if allows(actor, KINDS[one.kind], case)]


def go_on(session: Session, actor: Actor, case: Case, draft_id: int) -> CaseDraft:
    """Take a colleague's shared draft over, under what the actor has written; it stays shared, and its author reads it.

    Raises Conflict when it is not there any more.
    """
    given = queries.claim_shared(session, case.id, draft_id, moment.now())
    if given is None:
        raise Conflict(GONE)
    policy.require(actor, KINDS[given.kind], case)
    if given.staff_id == actor.id:
        return given
    mine = queries.claim_draft(session, case.id, actor.id or 0, given.kind, moment.now())
    text = "\n\n".join(one.text.strip() for one in (mine, given) if one is not None)
    kind = given.kind
    session.delete(given)
    session.flush()
    taken = keep(session, actor, case, kind, text, shared=True)
    if taken is None:
        raise Conflict(GONE)
    return taken


def forget(session: Session, actor: Actor, case: Case, kind: str) -> None:
    """The text was sent, or emptied."""
    queries.delete_draft(session, case.id, actor.id, kind)


def forget_expired(session: Session) -> None:
    """Delete the drafts that were left for too long."""
    queries.delete_expired(session, moment.now())
