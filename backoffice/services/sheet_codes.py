"""A code sent to the address or the telephone of a sheet: whoever reads it there has the sheet's owner's means."""

import structlog
from sqlalchemy.orm import Session

from backoffice.domain import identity, references, texting
from backoffice.domain.letters import FRENCH
from backoffice.infra import sealing
from backoffice.infra import sms as gateway
from backoffice.infra.runtime import Runtime
from backoffice.infra.sms import Sms
from backoffice.models.authorities import Authority
from backoffice.models.people import Citizen, OneTimeSecret
from backoffice.services import correspondence, documents, moment, one_time, outbox, reconciliation
from backoffice.services.one_time import Purpose
from backoffice.services.outbox import Claim, JobKind

log = structlog.get_logger("parvis.sign_in")


def read_contact(typed: str) -> str:
    """An e-mail address or a telephone number in its usual form; raise Invalid with how to write it."""
    return identity.check_email(typed).lower() if "@" in typed else identity.check_phone(typed)


def send(
    session: Session, runtime: Runtime, account: Citizen, contact: str, network: str, language: str = FRENCH
) -> None:
    """Send a code to a sheet that may be theirs and has this contact; for any other nothing leaves, nor is said."""
    candidates = reconciliation.list_candidates(session, runtime, account)
    if not any(_has(one, contact) for one in candidates):
        return
    if not one_time.may_write_to(session, runtime, account.authority_id, contact):
        return
    code = references.new_tracking_code()
    kept = one_time.keep(
        session,
        runtime,
        account.authority_id,
        Purpose.SHEET,
        _secret(account, code),
        recipient=contact,
        network=network,
    )
    if "@" in contact:
        authority = documents.authority_values(session.get_one(Authority, account.authority_id))
        values = {"authority": authority, "code": references.show_code(code), "language": language}
        correspondence.queue_mail_to(session, runtime, account.authority_id, contact, "sheet_code", values)
        return
    session.flush([kept])
    sealed = sealing.seal(runtime.settings, code)
    outbox.promise(
        session, JobKind.SEND_SHEET_CODE, authority_id=account.authority_id, secret_id=kept.id, sealed=sealed
    )


def prove(session: Session, runtime: Runtime, account: Citizen, code: str) -> list[Citizen]:
    """The sheets whose address or telephone received this code, asked for by this account; once."""
    found = one_time.take(session, runtime, Purpose.SHEET, _secret(account, references.read_code(code)))
    if found is None:
        return []
    candidates = reconciliation.list_candidates(session, runtime, account)
    return [one for one in candidates if _has(one, found.recipient)]


def send_by_sms(runtime: Runtime, claim: Claim) -> None:
    """Hand a code to the gateway, as long as it is of use; at night too, since somebody is waiting for it."""
    with runtime.database.reading() as session:
        secret = session.get(OneTimeSecret, claim.payload["secret_id"])
    code = sealing.unseal(runtime.settings, claim.payload["sealed"])
    if secret is not None and code and secret.used_at is None and secret.expires_at > moment.now():
        _deliver(runtime, secret, code)
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def _deliver(runtime: Runtime, secret: OneTimeSecret, code: str) -> None:
    if not gateway.is_on(runtime.settings) or not texting.is_mobile(secret.recipient):
        return
    text = texting.code(references.show_code(code))
    try:
        gateway.send(
            runtime.settings, Sms(secret.secret_hash[:24], secret.recipient, text, secret.created_at.isoformat())
        )
    except gateway.Refused as refusal:
        log.warning("code not sent", why=refusal.sentence)


def _has(sheet: Citizen, contact: str) -> bool:
    return bool(contact) and contact in (sheet.email, sheet.phone)


def _secret(account: Citizen, code: str) -> str:
    # Bound to the account that asked: a code read over a shoulder opens nothing elsewhere.
    return f"{account.id}:{code}"
