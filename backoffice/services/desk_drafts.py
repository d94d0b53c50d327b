"""What agents are writing down for somebody, kept as it is typed: several at once, until recorded or given up."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.drafts import DraftContent
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.policy import Actor, Permission
from backoffice.models.contacts import DeskDraft
from backoffice.queries import cases, contacts
from backoffice.queries import desk_drafts as queries
from backoffice.services import held_files, moment

KEPT = timedelta(days=7)
"""After its last change: an agent comes back from a week-end, and what citizens said does not lie about."""
MOST_AT_ONCE = 500
RECORDED_BY = (ChannelCode.COUNTER, ChannelCode.PHONE, ChannelCode.LETTER)


def keep(
    session: Session, actor: Actor, key: str, channel: ChannelCode, content: DraftContent, title: str
) -> DeskDraft | None:
    """Keep the screen as it is; None when its form was recorded already, or when it is another agent's.

    `title` tells the draft from others in a list. Raises Invalid when it is larger than any honest form.
    """
    policy.require(actor, Permission.CASE_RECORD)
    if is_recorded(session, actor, key):
        return None
    now = moment.now()
    queries.insert_draft(
        session,
        authority_id=actor.authority_id,
        key=key,
        staff_id=actor.id,
        channel=channel,
        title="",
        content=DraftContent({}).to_data(),
        created_at=now,
        saved_at=now,
        expires_at=now + KEPT,
    )
    draft = queries.claim_draft(session, actor, key, now)
    if draft is None:
        return None
    data = content.to_data()
    held_files.let_go(session, _digests(draft.content) - _digests(data))
    draft.channel, draft.title, draft.content = channel, title[:255], data
    draft.saved_at, draft.expires_at = now, now + KEPT
    return draft


def find(session: Session, actor: Actor, key: str) -> DeskDraft | None:
    """One of the agent's own drafts."""
    return queries.find_draft(session, actor, key, moment.now())


def list_mine(session: Session, actor: Actor) -> list[DeskDraft]:
    """What the agent has not finished, the last touched first."""
    return queries.list_drafts(session, actor, moment.now())


def give_up(session: Session, actor: Actor, key: str) -> None:
    """Delete one of the agent's own drafts."""
    draft = queries.claim_draft(session, actor, key, moment.now())
    if draft is not None:
        held_files.let_go(session, _digests(draft.content))
        session.delete(draft)


def forget_expired(session: Session) -> None:
    """Delete the drafts that were left for too long."""
    for draft in queries.list_expired(session, moment.now(), MOST_AT_ONCE):
        held_files.let_go(session, _digests(draft.content))
        session.delete(draft)


def is_recorded(session: Session, actor: Actor, key: str) -> bool:
    """Whether this very form became a contact or a case."""
    if contacts.find_contact_of_form(session, actor.authority_id, key) is not None:
        return True
    found = (cases.find_case_of_message(session, actor.authority_id, channel, key) for channel in RECORDED_BY)
    return any(case_id is not None for case_id in found)


def _digests(data: Mapping[str, Any]) -> set[str]:
    return {file["digest"] for file in data["files"]}
