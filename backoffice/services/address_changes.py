"""An account opened by an address gets another one: the new address is proved, the former one is told."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain.french import long_datetime
from backoffice.domain.letters import FRENCH
from backoffice.domain.policy import Actor
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, Forbidden
from backoffice.identity_providers import EMAIL_ISSUER
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import Citizen, CitizenIdentity
from backoffice.queries import matching, people
from backoffice.services import (
    account_links,
    accounts,
    citizens,
    contact_details,
    correspondence,
    documents,
    email_accounts,
    moment,
)

TAKEN = Wording(
    "Cette adresse ouvre déjà un autre espace. Rien n’a changé. Pour le voir, connectez-vous avec elle. "
    "Pour réunir les deux, ajoutez d’abord une identité vérifiée à celui-ci, puis cette adresse, ou appelez-nous."
)
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
    session: Session,
    runtime: Runtime,
    actor: Actor,
    proven: str,
    token: str,
    followed_by: Collection[int],
    *,
    language: str = FRENCH,
) -> tuple[Citizen, str]:
    """Use a link: the account goes by its address, and so do the sheets named; the former address is told.

    Give the account and its new address. Raises NotFound for a link that is gone, Forbidden for an account with a
    verified identity, Conflict when the address opens another account that holds something.
    """
    account = people.get_citizen(session, actor.authority_id, actor.id or 0)
    if account_links.is_vouched(session, account):
        raise Forbidden(account_links.WEAK)
    address = account_links.take_address(session, runtime, account.id, token)
    sheets = [one for one in list_sheets(session, account, proven) if one.id in followed_by]
    _give_key(session, account, proven, address)
    for sheet in (account, *sheets):
        sheet.email = address
        citizens.note_origin(sheet, ["email"], "citizen")
    contact_details.note_in_open_cases(session, actor, [sheet.id for sheet in (account, *sheets)], ["email"])
    accounts.revoke_citizen(session, account)
    authority = session.get_one(Authority, account.authority_id)
    values = {
        "authority": documents.authority_values(authority),
        "at": long_datetime(moment.now(), ZoneInfo(authority.timezone)),
        "language": language,
    }
    correspondence.queue_mail_to(session, runtime, account.authority_id, proven, "address_changed", values)
    return account, address


def _give_key(session: Session, account: Citizen, former: str, address: str) -> None:
    """Let the new address open the account, alone."""
    old = people.find_identity(session, account.authority_id, EMAIL_ISSUER, former)
    new = find_key(session, account, address)
    if old is None or old.citizen_id != account.id:
        raise Conflict(CHANGED)
    if new is None:
        old.subject, old.linked_at = address, moment.now()
        return
    if new.citizen_id != account.id:
        new.citizen_id, new.linked_at = account.id, moment.now()
    if new.id != old.id:
        session.delete(old)


def find_key(session: Session, account: Citizen, address: str) -> CitizenIdentity | None:
    """The key that an address is already, and that this account may take; None for an address that opens nothing.

    Raises Conflict when it opens another account that holds something: joined to this one, then taken apart again, that
    account would be left without a key.
    """
    found = people.find_identity(session, account.authority_id, EMAIL_ISSUER, address)
    if found is None or found.citizen_id == account.id or _is_bare(session, found):
        return found
    other = people.get_citizen(session, account.authority_id, found.citizen_id)
    raise Conflict(account_links.TAKEN if account_links.is_vouched(session, other) else TAKEN)


def _is_bare(session: Session, key: CitizenIdentity) -> bool:
    """Whether the account of an address holds nothing but it: a link was used, and nothing came of it."""
    owned = matching.list_owned(session, key.citizen_id)
    has_cases = bool(matching.list_case_ids(session, key.citizen_id))
    has_sheets = bool(matching.list_merges(session, key.citizen_id))
    has_more = any(ids for name, ids in owned.items() if name != "identities")
    return owned["identities"] == [key.id] and not has_more and not has_cases and not has_sheets
