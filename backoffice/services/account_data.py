"""All that a citizen's account holds, as plain data: what they may read on the site, and nobody else's notes."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import answer_text, legal_events
from backoffice.domain.calls import DIRECTION_LABELS, CallOutcome, Direction
from backoffice.domain.calls import OUTCOME_LABELS as OUTCOME_OF_CALLS
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.lifecycle import OUTCOME_LABELS, STATUS_LABELS, Outcome, Status
from backoffice.identity_providers import EMAIL
from backoffice.models.authorities import Authority
from backoffice.models.calls import CallRecord
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.contacts import Contact
from backoffice.models.drafts import Draft
from backoffice.models.people import Citizen, CitizenIdentity
from backoffice.queries import calls, cases, contacts, drafts, feedback, legal, people
from backoffice.services import account_links, email_accounts, procedures, representations
from backoffice.services.citizens import CONTACT_FIELDS, NAME_FIELDS

FORMAT = "parvis-account-1"

Data = dict[str, Any]


def gather(session: Session, citizen: Citizen, address: str, now: datetime) -> Data:
    """The account, its identities, its cases with all that was said, what was answered on
    the spot, and its drafts; instants are ISO 8601 in UTC.

    `address` is the one that a link proved: it opens the cases that go by it, as on the site. When a provider vouches
    for the account, it opens neither the identity nor what was written under it.
    """
    authority = session.get_one(Authority, citizen.authority_id)
    addresses = email_accounts.addresses_of(session, citizen)
    # An address that opens the account no more, by the time that the copy is made, opens what goes by it and no more.
    account_id = citizen.id if not address or address in addresses else None
    is_whole = account_links.proves_enough(session, citizen, address)
    identities = [one for one in people.list_identities(session, citizen.id) if is_whole or _is_link_to(one, address)]
    said = contacts.list_all_of_citizen(session, citizen.id) if is_whole else []
    spoken = calls.list_of_citizen(session, citizen.id) if is_whole else []
    begun = drafts.list_drafts_of(session, citizen.id, authority.id, now) if is_whole else []
    mine = email_accounts.list_cases(session, authority.id, account_id, addresses, proven=address)
    return {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "authority": {"code": authority.code, "name": authority.name},
        "account": _account(citizen) if is_whole else {"email": address},
        "identities": [_identity(one) for one in identities],
        "cases": [describe_case(session, case) for case in mine],
        "contacts": [_contact(one) for one in said],
        "calls": [_call(one) for one in spoken],
        "drafts": [_draft(one) for one in begun],
    }


def _account(citizen: Citizen) -> Data:
    names = (*NAME_FIELDS, *CONTACT_FIELDS, "contact_preference", "electronic_reply_refused", "origins")
    return {name: getattr(citizen, name) for name in names} | {"created_at": citizen.created_at.isoformat()}


def _is_link_to(identity: CitizenIdentity, address: str) -> bool:
    return identity.provider == EMAIL and identity.subject == address


def _identity(identity: CitizenIdentity) -> Data:
    said = {name: getattr(identity, name) for name in ("provider", "issuer", "subject", "claims")}
    return said | {"linked_at": identity.linked_at.isoformat(), "last_login_at": identity.last_login_at.isoformat()}


def describe_case(session: Session, case: Case) -> Data:
    """A case as its citizen may read it."""
    version = case.form_version
    definition = procedures.read_version(version) if version else None
    answers = answer_text.describe(definition, case.answers) if definition else []
    messages = cases.list_messages(session, case.id, with_notes=False)
    shown = {message.id for message in messages}
    files = [one for one in cases.list_attachments(session, case.id) if one.message_id in shown]
    judged = feedback.list_feedback(session, case.id)
    spoken_for = representations.find(session, case.id)
    represented = spoken_for.facts() if spoken_for else []
    return {
        "reference": case.reference,
        "subject": case.subject,
        "procedure": definition.title if definition else "",
        "in_the_name_of": case.citizen.display_name if case.citizen else "",
        "made_for": [{"question": question, "answer": answer} for question, answer in represented],
        "channel": CHANNEL_LABELS.get(case.channel, case.channel),  # type: ignore[call-overload]
        "department": case.department.name,
        "received_at": case.received_at.isoformat(),
        "received_on": case.received_on.isoformat(),
        "received_on_corrected": legal_events.is_receipt_corrected(legal.list_events(session, case.id)),
        "state": OUTCOME_LABELS[Outcome(case.outcome)] if case.outcome else STATUS_LABELS[Status(case.status)],
        "closed_on": case.closed_on.isoformat() if case.closed_on else None,
        "implicit_on": case.implicit_on.isoformat() if case.implicit_on else None,
        "answers": [{"question": question, "answer": answer} for question, answer in answers],
        "answers_as_data": dict(case.answers),
        "messages": [_message(one) for one in messages],
        "files": [_file(one) for one in files],
        "documents": [
            {"title": one.title, "sha256": one.digest, "size": one.size, "asked_at": one.asked_at.isoformat()}
            for one in cases.list_documents(session, case.id)
            if one.digest
        ],
        "opinions": [{"at": one.at.isoformat(), "helped": one.helped, "reason": one.reason} for one in judged],
    }


def _message(message: Message) -> Data:
    return {
        "at": message.received_at.isoformat(),
        "direction": message.direction,
        "author": message.author,
        "subject": message.subject,
        "text": message.body,
    }


def _file(file: Attachment) -> Data:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.digest,
        "at": file.created_at.isoformat(),
    }


def _contact(contact: Contact) -> Data:
    channel = CHANNEL_LABELS.get(contact.channel, contact.channel)  # type: ignore[call-overload]
    return {"at": contact.at.isoformat(), "channel": channel, "about": contact.motive, "text": contact.line}


def _call(call: CallRecord) -> Data:
    outcome = CallOutcome(call.outcome) if call.outcome else None
    return {
        "at": call.started_at.isoformat(),
        "direction": DIRECTION_LABELS[Direction(call.direction)],
        "outcome": OUTCOME_OF_CALLS[outcome] if outcome else "",
        "seconds": call.duration,
    }


def _draft(draft: Draft) -> Data:
    typed = {name: texts for name, texts in draft.content.get("fields", {}).items() if any(texts)}
    return {"procedure": draft.procedure.title, "saved_at": draft.saved_at.isoformat(), "typed": typed}
