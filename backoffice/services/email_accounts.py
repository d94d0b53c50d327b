"""Accounts without a password: a link sent to an address proves it, and opens the cases that go by this address."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from backoffice.domain.incoming import Sender
from backoffice.domain.letters import FRENCH
from backoffice.domain.wording import Wording
from backoffice.errors import Forbidden, NotFound
from backoffice.identity_providers import EMAIL, EMAIL_ISSUER
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.people import Citizen, CitizenIdentity
from backoffice.queries import cases, matching
from backoffice.queries import people as queries
from backoffice.services import citizens, correspondence, documents, one_time, procedures
from backoffice.services.one_time import Purpose

TOO_MANY = Wording(
    "Beaucoup de liens ont été demandés depuis votre connexion. Attendez un quart d’heure, ou continuez sans compte."
)
GONE = Wording("Ce lien a déjà servi, ou il a plus de 15 minutes. Demandez-en un autre.")


def ask_for_link(
    session: Session,
    runtime: Runtime,
    authority_id: int,
    address: str,
    network: str,
    next_path: str = "",
    *,
    language: str = FRENCH,
) -> None:
    """Send a link to an address, known or not; raise Forbidden when this network asked for too many.

    An address that had enough of them gets no other, and whoever asks is told nothing of it.
    """
    address = address.lower()
    if not one_time.may_ask_from(session, runtime, network):
        raise Forbidden(TOO_MANY)
    if not one_time.may_write_to(session, runtime, authority_id, address):
        return
    token = secrets.token_urlsafe(32)
    one_time.keep(
        session,
        runtime,
        authority_id,
        Purpose.SIGN_IN,
        token,
        recipient=address,
        network=network,
        next_path=next_path,
    )
    values = {
        "authority": documents.authority_values(session.get_one(Authority, authority_id)),
        "link": f"{runtime.settings.public_url}/connexion/courriel/{token}",
        "language": language,
    }
    correspondence.queue_mail_to(session, runtime, authority_id, address, "sign_in_link", values)


def find_address(session: Session, runtime: Runtime, token: str) -> str:
    """The address that a link proves, without using the link; raise NotFound when it proves none any more."""
    found = one_time.find(session, runtime, Purpose.SIGN_IN, token)
    if found is None:
        raise NotFound(GONE)
    return found.recipient


def enter(session: Session, runtime: Runtime, authority_id: int, token: str) -> tuple[Citizen, str, str]:
    """Use a link: the account of its address, made the first time, the address, and where to go.

    Raises NotFound when the link is gone.
    """
    found = one_time.take(session, runtime, Purpose.SIGN_IN, token)
    if found is None or found.authority_id != authority_id:
        raise NotFound(GONE)
    return account_of(session, authority_id, found.recipient), found.recipient, found.next_path


def addresses_of(session: Session, account: Citizen) -> tuple[str, ...]:
    """The addresses that open an account: those proved by a link that its sheet, or one joined to it, still has."""
    return tuple(matching.list_opening_addresses(session, account.id, EMAIL_ISSUER))


def list_cases(
    session: Session, authority_id: int, account_id: int | None, addresses: Sequence[str], *, proven: str = ""
) -> list[Case]:
    """All that an account may follow, newest first: its own cases, and those that its addresses open.

    `proven` is the address that opened the session, when that is all that was proved. Without an account, what the
    addresses open by themselves.
    """
    asked = [proven] if proven else list(addresses)
    found = cases.list_cases_of(session, authority_id, account_id, asked)
    by_identity = account_id if account_id is not None and not proven else None
    return [
        one
        for one in found
        if by_identity == one.citizen_id or any(opens(address, one, account_id) for address in asked)
    ]


def opens(address: str, case: Case, account_id: int | None = None) -> bool:
    """Whether a proven address is enough for a case: its citizen has it or it opens their account, and no identity
    was required of them."""
    version = case.procedure_version
    asks_identity = version is not None and procedures.read_version(version).requires_identity
    if case.citizen is None or (case.restricted and asks_identity):
        return False
    return case.citizen.email == address or case.citizen_id == account_id


def account_of(session: Session, authority_id: int, address: str) -> Citizen:
    """The account that a proven address opens, made the first time."""
    linked = queries.find_identity(session, authority_id, EMAIL_ISSUER, address)
    now = datetime.now(UTC)
    if linked is not None:
        linked.last_login_at = now
        known = queries.get_citizen(session, authority_id, linked.citizen_id)
        if address in matching.list_addresses(session, known.id):
            return known
    # A sheet of its own: those that only have this address may be another person's of the household.
    citizen = citizens.create(session, authority_id, Sender(email=address), EMAIL)
    session.flush([citizen])
    if linked is not None:
        linked.citizen_id, linked.linked_at = citizen.id, now
        return citizen
    session.add(
        CitizenIdentity(
            authority_id=authority_id,
            citizen_id=citizen.id,
            issuer=EMAIL_ISSUER,
            subject=address,
            provider=EMAIL,
            linked_at=now,
            last_login_at=now,
        )
    )
    return citizen
