"""Drafts: forms kept as they are typed, opened again by a link or in the account, and gone once they are sent."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.domain import drafts as contents
from backoffice.domain import form_events, identity
from backoffice.domain.drafts import DraftContent
from backoffice.domain.incoming import ChannelCode, IncomingRequest
from backoffice.domain.letters import FRENCH
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.catalogue import Procedure
from backoffice.models.drafts import Draft
from backoffice.queries import cases
from backoffice.queries import drafts as queries
from backoffice.queries import mail as mails
from backoffice.services import accounts, correspondence, documents, held_files, intake, moment, procedures
from backoffice.services.form_counting import Tally
from backoffice.services.intake import Intake, Receipt

KEPT = timedelta(days=30)
KEPT_AT_KIOSK = timedelta(hours=1)
"""Longer than any visit: a screen that is switched off in the middle of one deletes nothing by itself."""
MOST_AT_ONCE = 500
# A link that is asked for is a mail to an address that nobody proved: few an hour, so that we are no nuisance.
LINKS = timedelta(hours=1)
MOST_LINKS = 5
TOO_MANY_LINKS = Wording(
    "Cette adresse a déjà reçu plusieurs liens. Regardez vos courriels, ou réessayez dans une heure."
)


class ChangedMeanwhile(Conflict):
    """What is sent is not what was read again: another tab, or another device, changed the draft."""

    sentence = Wording("Vos réponses ont changé dans un autre onglet. Relisez-les, puis envoyez votre demande.")


class AlreadySent(Conflict):
    """The form of this draft became a request: it is not changed any more."""

    sentence = Wording("Cette demande est déjà envoyée. Pour la compléter, ouvrez son suivi.")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose draft it is: `citizen_id` is that of the account, None without one."""

    authority_id: int
    citizen_id: int | None = None


def begin(session: Session, owner: Owner, key: str, procedure: Procedure) -> Draft:
    """The draft of this key, locked for the caller's change; an empty one when there is none.

    Raises AlreadySent when its form became a request.
    """
    now = moment.now()
    found = queries.claim_draft(session, owner.authority_id, key, now)
    if found is None:
        if find_sent(session, owner.authority_id, key) is not None:
            raise AlreadySent
        forget_expired(session)
        queries.insert_draft(
            session,
            authority_id=owner.authority_id,
            key=key,
            procedure_id=procedure.id,
            version_id=procedure.current_version_id,
            citizen_id=owner.citizen_id,
            content=DraftContent({}).to_data(),
            revision=0,
            created_at=now,
            saved_at=now,
            expires_at=now + KEPT,
        )
        found = queries.claim_draft(session, owner.authority_id, key, now)
    assert found is not None  # noqa: S101 (inserted by us or by another, and live)
    return found


def keep(session: Session, draft: Draft, owner: Owner, content: DraftContent, *, kept: timedelta = KEPT) -> None:
    """Write what the draft (locked by the caller) holds from now on; its thirty days (or less) begin again."""
    _write(session, draft, content)
    draft.saved_at = moment.now()
    draft.expires_at = draft.saved_at + kept
    draft.citizen_id = draft.citizen_id or owner.citizen_id


def forget(session: Session, draft: Draft) -> None:
    """Delete a draft; its files follow at the next sweep, unless something else needs them."""
    held_files.let_go(session, _digests(draft.content))
    queries.delete_draft(session, draft.authority_id, draft.key)


def forget_expired(session: Session) -> None:
    """The same for the drafts that were left for too long."""
    for draft in queries.list_expired(session, moment.now(), MOST_AT_ONCE):
        forget(session, draft)


def is_outdated(draft: Draft) -> bool:
    """Whether the procedure has a newer version than the one that the draft was begun with."""
    return draft.version_id != draft.procedure.current_version_id


def bring_up_to_date(session: Session, draft: Draft) -> list[str]:
    """Keep what still fits the current version of the procedure; give the questions whose answers do not (labels)."""
    old, new = procedures.read_version(draft.version), procedures.definition_of(draft.procedure)
    adapted, lost = contents.adapt(old, new, DraftContent.from_data(draft.content))
    _write(session, draft, adapted)
    draft.version_id = draft.procedure.current_version_id or draft.version_id
    draft.revision += 1
    return lost


def _write(session: Session, draft: Draft, content: DraftContent) -> None:
    data = content.to_data()
    if data != draft.content:
        held_files.let_go(session, _digests(draft.content) - _digests(data))
        draft.content = data
        draft.revision += 1


def _digests(data: Mapping[str, Any]) -> set[str]:
    return {file["digest"] for file in data["files"]}


def find_sent(session: Session, authority_id: int, key: str) -> Case | None:
    """The case that the form of this key became, once it was sent."""
    case_id = cases.find_case_of_message(session, authority_id, ChannelCode.WEB_FORM, key)
    return session.get_one(Case, case_id) if case_id is not None else None


def send(
    runtime: Runtime,
    authority_id: int,
    incoming: IncomingRequest,
    revision: int | None = None,
    *,
    tally: Tally | None = None,
) -> Receipt:
    """Let a form in, and its draft go, in one transaction; sent again, it is the same request, counted once.

    With the `revision` that was read, raises ChangedMeanwhile when the draft has another one now.
    """
    try:
        return _send(runtime, authority_id, incoming, revision, tally)
    except IntegrityError:
        return _send(runtime, authority_id, incoming, revision, tally)


def _send(
    runtime: Runtime, authority_id: int, incoming: IncomingRequest, revision: int | None, tally: Tally | None
) -> Receipt:
    with runtime.database.transaction() as session:
        draft = queries.claim_draft(session, authority_id, incoming.source_id, moment.now())
        if draft is not None and revision is not None and draft.revision != revision:
            raise ChangedMeanwhile
        receipt = intake.receive(session, runtime, incoming)
        counted = draft.content.get("counted", ()) if draft is not None else ()
        if draft is not None:
            forget(session, draft)
        if tally is not None and receipt.outcome is not Intake.REPEATED:
            # Only a form in steps has a revision to agree with: it is sent from its last page.
            tally.add(session, form_events.of_sending(counted, in_steps=revision is not None))
        return receipt


def send_link(session: Session, runtime: Runtime, draft: Draft, email: str, language: str = FRENCH) -> None:
    """Write the mail whose link opens the draft again; an earlier link stops working.

    Raises Invalid for an address that nobody can have, or that had too many links already.
    """
    address = identity.check_email(email)
    now = moment.now()
    if mails.count_mails_to_since(session, draft.authority_id, address, now - LINKS) >= MOST_LINKS:
        raise Invalid(TOO_MANY_LINKS)
    token = secrets.token_urlsafe(32)
    draft.token_hash = accounts.token_hash(token)
    draft.expires_at = now + KEPT
    authority = session.get_one(Authority, draft.authority_id)
    values = {
        "authority": documents.authority_values(authority),
        "procedure": draft.procedure.title,
        "link": f"{runtime.settings.public_url}/reprendre/{token}",
        "until": draft.expires_at.astimezone(ZoneInfo(authority.timezone)).date().isoformat(),
        "language": language,
    }
    correspondence.queue_mail_to(session, runtime, draft.authority_id, address, "draft", values)


def find_by_link(session: Session, authority_id: int, token: str) -> Draft | None:
    """The live draft that a link opens."""
    return queries.find_draft_by_token(session, authority_id, accounts.token_hash(token), moment.now())
