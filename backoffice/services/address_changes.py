"""An account opened by an address gets another one: the new address is proved, the former one is told."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.french import long_datetime
from backoffice.domain.policy import Actor
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, Forbidden
from backoffice.identity_providers import EMAIL_ISSUER
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import Citizen
from backoffice.queries import people
from backoffice.services import (
    account_links,
    accounts,
    citizens,
    correspondence,
    documents,
    email_accounts,
    moment,
    reconciliation,
)
from backoffice.services.reconciliation import Proof

CHANGED = Wording("L’adresse de cet espace vient de changer. Connectez-vous de nouveau.")


def list_sheets(session: Session, account: Citizen, proven: str) -> list[Citizen]:
    """The sheets that have the former address beside the account's own, for their owner to say which follow it.

    A household shares an address: nobody else's sheet is moved unsaid. Those of a verified identity stay as they are.
    """
    mine = email_accounts.list_cases(session, account.authority_id, account.id, [proven], proven=proven)
    found = {one.citizen_id: one.citizen for one in mine}
    return [
        sheet
        for sheet in found.values()
        if sheet is not None and sheet.id != account.id and not account_links.is_vouched(session, sheet)
    ]


def change(
    session: Session, runtime: Runtime, actor: Actor, proven: str, token: str, followed_by: Collection[int]
) -> tuple[Citizen, str]:
    """Use a link: the account goes by its address, and so do the sheets named; the former address is told.

    Give the account and its new address. Raises NotFound for a link that is gone, Forbidden for an account with a
    verified identity, Conflict when the address opens somebody else's verified account.
    """
    account = people.get_citizen(session, actor.authority_id, actor.id or 0)
    if account_links.is_vouched(session, account):
        raise Forbidden(account_links.WEAK)
    address = account_links.take_address(session, runtime, account.id, token)
    sheets = [one for one in list_sheets(session, account, proven) if one.id in followed_by]
    _give_key(session, actor, account, proven, address)
    for sheet in (account, *sheets):
        sheet.email = address
        citizens.note_origin(sheet, ["email"], "citizen")
    accounts.revoke_citizen(session, account)
    authority = session.get_one(Authority, account.authority_id)
    values = {
        "authority": documents.authority_values(authority),
        "at": long_datetime(moment.now(), ZoneInfo(authority.timezone)),
    }
    correspondence.queue_mail_to(session, runtime, account.authority_id, proven, "address_changed", values)
    return account, address


def _give_key(session: Session, actor: Actor, account: Citizen, former: str, address: str) -> None:
    """Let the new address open the account, alone; an account that it opened already is joined to this one."""
    old = people.find_identity(session, account.authority_id, EMAIL_ISSUER, former)
    new = people.find_identity(session, account.authority_id, EMAIL_ISSUER, address)
    if old is None or old.citizen_id != account.id:
        raise Conflict(CHANGED)
    if new is None:
        old.subject, old.linked_at = address, moment.now()
        return
    if new.citizen_id != account.id:
        other = people.get_citizen(session, account.authority_id, new.citizen_id)
        if account_links.is_vouched(session, other):
            raise Conflict(account_links.TAKEN)
        reconciliation.merge(session, actor, account.id, other.id, Proof.SIGN_IN)
    if new.id != old.id:
        session.delete(old)
