"""Two accounts of one person become one when they sign in to both; each identity stays the key of its way in."""

import secrets

from sqlalchemy.orm import Session

from backoffice.domain import matching
from backoffice.domain.letters import FRENCH
from backoffice.domain.policy import Actor
from backoffice.domain.wording import Wording
from backoffice.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.identity_providers import EMAIL
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.people import Citizen
from backoffice.queries import people
from backoffice.services import correspondence, documents, email_accounts, one_time, reconciliation, sign_ins
from backoffice.services.one_time import Purpose
from backoffice.services.reconciliation import Proof
from backoffice.services.sign_ins import Received

WEAK = Wording(
    "Cet espace a une identité vérifiée : connectez-vous avec elle, puis ajoutez une autre façon de vous connecter."
)
ANOTHER_PERSON = Wording(
    "Ces deux comptes ne sont pas ceux d’une même personne : les noms ou les dates de naissance diffèrent. "
    "Rien n’a changé. Si c’est bien vous, montrez une pièce d’identité à l’accueil."
)
TAKEN = Wording(
    "Cette adresse ouvre déjà un autre compte, dont l’identité est vérifiée. Rien n’a changé. "
    "Ajoutez plutôt cette identité ici, ou appelez-nous."
)
GONE = Wording(
    "Ce lien a déjà servi, il a plus de 15 minutes, ou il a été demandé depuis un autre espace. Demandez-en un autre."
)
SAME = Wording("C’est déjà l’adresse de votre espace. Écrivez la nouvelle.")
TOO_MANY = Wording(
    "Beaucoup de liens ont été demandés depuis votre connexion. Attendez un quart d’heure, puis réessayez."
)


def is_vouched(session: Session, account: Citizen) -> bool:
    """Whether a provider vouches for an account, and not an address alone."""
    return any(one.provider != EMAIL for one in people.list_identities(session, account.id))


def proves_enough(session: Session, account: Citizen, proven: str) -> bool:
    """Whether a session speaks for all of an account: an address alone does not for one that a provider vouches for.

    It opens what goes by this address, and neither reads nor changes what belongs to the identity.
    """
    return not proven or not is_vouched(session, account)


def with_identity(session: Session, runtime: Runtime, actor: Actor, received: Received, proven: str) -> Citizen:
    """Join the account of an identity that its owner signed in with a moment ago; give the account that has it all.

    `proven` is the address that opened the session, when that is all that was proved: the identity's account is then
    the one kept. Raises Forbidden for a session that proves too little, Conflict for two different persons.
    """
    mine = people.get_citizen(session, actor.authority_id, actor.id or 0)
    if not proves_enough(session, mine, proven):
        raise Forbidden(WEAK)
    other = sign_ins.open_account(session, actor.authority_id, received)
    if other.id == mine.id:
        return mine
    first, second = (reconciliation.find_verified(session, runtime, one) for one in (mine, other))
    if first and second and not matching.may_be_one(first, second):
        raise Conflict(ANOTHER_PERSON)
    kept, merged = (mine, other) if is_vouched(session, mine) else (other, mine)
    session.flush()
    reconciliation.merge(session, actor, kept.id, merged.id, Proof.SIGN_IN)
    return kept


def send_link(
    session: Session,
    runtime: Runtime,
    account: Citizen,
    address: str,
    *,
    proven: str,
    network: str,
    language: str = FRENCH,
) -> None:
    """Send to an address a link that only this account may use.

    An address that had enough of them gets no other, and whoever asks is told nothing of it. Raises Invalid for an
    address that opens the account already, Forbidden for a session that proves too little or a network that asked
    for too many.
    """
    if address in (proven, *email_accounts.addresses_of(session, account)):
        raise Invalid(SAME, {"email": SAME})
    if not proves_enough(session, account, proven):
        raise Forbidden(WEAK)
    if not one_time.may_ask_from(session, runtime, network):
        raise Forbidden(TOO_MANY)
    if not one_time.may_write_to(session, runtime, account.authority_id, address):
        return
    token = secrets.token_urlsafe(32)
    one_time.keep(
        session,
        runtime,
        account.authority_id,
        Purpose.ADDRESS,
        _secret(account.id, token),
        recipient=address,
        network=network,
    )
    values = {
        "authority": documents.authority_values(session.get_one(Authority, account.authority_id)),
        "link": f"{runtime.settings.public_url}/mon-espace/connexions/courriel/{token}",
        "language": language,
    }
    correspondence.queue_mail_to(session, runtime, account.authority_id, address, "address_link", values)


def find_address(session: Session, runtime: Runtime, account_id: int, token: str) -> str:
    """The address that a link proves to its account, without using it; raise NotFound when it proves none any more."""
    found = one_time.find(session, runtime, Purpose.ADDRESS, _secret(account_id, token))
    if found is None:
        raise NotFound(GONE)
    return found.recipient


def take_address(session: Session, runtime: Runtime, account_id: int, token: str) -> str:
    """The same, once."""
    found = one_time.take(session, runtime, Purpose.ADDRESS, _secret(account_id, token))
    if found is None:
        raise NotFound(GONE)
    return found.recipient


def with_address(session: Session, runtime: Runtime, actor: Actor, token: str) -> None:
    """Join the account that an address opens to that of an identity.

    Raises NotFound for a link that is gone, Conflict when a provider vouches for whom the address opens already.
    """
    address = take_address(session, runtime, actor.id or 0, token)
    other = email_accounts.account_of(session, actor.authority_id, address)
    if other.id == actor.id:
        return
    if is_vouched(session, other):
        raise Conflict(TAKEN)
    session.flush()
    reconciliation.merge(session, actor, actor.id or 0, other.id, Proof.SIGN_IN)


def _secret(account_id: int, token: str) -> str:
    # Bound to the account that asked: a link read by somebody else joins nothing to theirs.
    return f"{account_id}:{token}"
