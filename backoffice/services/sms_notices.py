"""A text message for citizens who wish one: the receipt of their call, then that something is new, never what."""

import secrets
from datetime import timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import references, texting
from backoffice.domain.incoming import ChannelCode, ContactPreference
from backoffice.domain.kiosks import FACT
from backoffice.domain.policy import system
from backoffice.infra import sms as gateway
from backoffice.infra.runtime import Runtime
from backoffice.infra.sms import Sms
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.sms import OutgoingSms
from backoffice.queries import cases
from backoffice.queries import sms as queries
from backoffice.services import journal, moment, outbox
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim, JobKind

NOT_MOBILE = "Le téléphone de l’usager ne reçoit pas de SMS."


def promise(session: Session, case: Case, after: timedelta = timedelta()) -> None:
    """Tell the citizen of a case that there is something new, if text messages are what they wish.

    What happens before the message leaves (quiet hours, or `after`) is told by the same one.
    """
    if not _wishes_texts(case):
        return
    if queries.find_waiting(session, case.id) is not None:
        return
    now = moment.now()
    message = OutgoingSms(authority_id=case.authority_id, case_id=case.id, key=secrets.token_hex(12), created_at=now)
    session.add(message)
    session.flush([message])
    timezone = ZoneInfo(session.get_one(Authority, case.authority_id).timezone)
    wait = max(texting.earliest(now, timezone) - now, after)
    outbox.promise(session, JobKind.SEND_SMS, authority_id=case.authority_id, after=wait, sms_id=message.id)


def is_texted(runtime: Runtime, case: Case) -> bool:
    """Whether the citizen of a case reads about it by text message."""
    phone = case.citizen.phone if case.citizen else ""
    return gateway.is_on(runtime.settings) and _wishes_texts(case) and texting.is_mobile(phone)


def _wishes_texts(case: Case) -> bool:
    citizen = case.citizen
    return citizen is not None and citizen.contact_preference == ContactPreference.SMS and bool(citizen.phone)


def send(runtime: Runtime, claim: Claim) -> None:
    """Hand the message to the gateway; without one, or without a mobile number by now, nothing leaves."""
    with runtime.database.reading() as session:
        message = queries.find_unsent(session, claim.payload["sms_id"])
        case = session.get_one(Case, message.case_id) if message else None
        phone = case.citizen.phone if case and case.citizen else ""
        is_receipt = case is not None and _has_nothing_in_hand(session, case) and queries.is_first(session, case.id)
    refusal = ""
    if message is not None and case is not None and gateway.is_on(runtime.settings):
        refusal = _deliver(runtime, message, phone, _text(runtime, case, is_receipt=is_receipt))
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        unsent = queries.find_unsent(session, claim.payload["sms_id"])
        if unsent is None:
            return
        if not gateway.is_on(runtime.settings):
            session.delete(unsent)
            return
        held = cases.claim_case_by_id(session, unsent.case_id)
        actor = system(held.authority_id)
        if refusal:
            unsent.failed_at, unsent.error = moment.now(), refusal
            journal.record(session, actor, held, Event.SMS_FAILED, reason=refusal)
        else:
            unsent.sent_at = moment.now()
            journal.record(session, actor, held, Event.SMS_SENT)


def _has_nothing_in_hand(session: Session, case: Case) -> bool:
    """Whether its citizen left without a receipt of their own: after a call, or from the screen of a hall."""
    return case.channel == ChannelCode.PHONE or any(
        FACT in one.facts for one in cases.list_messages(session, case.id, with_notes=False)[:1]
    )


def _text(runtime: Runtime, case: Case, *, is_receipt: bool) -> str:
    address = f"{runtime.settings.public_url}/suivi?reference={quote(case.reference)}"
    if is_receipt:
        return texting.receipt(case.reference, references.show_code(case.tracking_code), address)
    return texting.notice(case.reference, address)


def _deliver(runtime: Runtime, message: OutgoingSms, phone: str, text: str) -> str:
    """Send, and give the reason of a final refusal; what may pass later is raised for the job to retry."""
    if not texting.is_mobile(phone):
        return NOT_MOBILE
    try:
        gateway.send(runtime.settings, Sms(message.key, phone, text, message.created_at.isoformat()))
    except gateway.Refused as refusal:
        return refusal.sentence
    return ""
