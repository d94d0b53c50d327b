"""Staff who sign in at an identity provider: it says who they are, never what they may do (ProConnect's own rule).

The first time, the address that it vouches for must be that of an open account here, and the two are tied by (issuer,
subject); from then on both must agree. A reused address opens nothing: another subject is another person.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Permission
from backoffice.errors import Forbidden, NotFound
from backoffice.identity_providers import PROFESSIONAL, IdentityProviderSettings
from backoffice.infra.runtime import Runtime
from backoffice.models.people import Staff
from backoffice.models.sign_in import StaffIdentity
from backoffice.queries import accounts as account_queries
from backoffice.queries import people
from backoffice.queries import sign_in as queries
from backoffice.services import account_history, accounts
from backoffice.services.account_history import Change

UNKNOWN = (
    "Vous êtes bien reconnu, mais aucun compte d’agent ouvert ici n’a votre adresse. "
    "Demandez à votre administrateur d’ouvrir le vôtre avec l’adresse de votre fournisseur d’identité."
)
CHANGED = (
    "Votre fournisseur d’identité donne une autre personne, ou une autre adresse, que celle de votre compte ici. "
    "Demandez à votre administrateur de retirer l’ancien lien."
)
SAID = {"siret": "SIRET de l’employeur", "idp_id": "Annuaire", "uid": "Identifiant dans l’annuaire"}


def sign_in(
    session: Session, runtime: Runtime, authority_id: int, provider: IdentityProviderSettings, claims: Mapping[str, Any]
) -> Staff:
    """The account of verified claims; raise Forbidden, with what to do, when they open none."""
    address = str(claims.get("email", "")).strip().lower()
    issuer, subject = str(claims["iss"]), str(claims["sub"])
    linked = queries.find_identity(session, issuer, subject)
    found = people.find_staff_by_email(session, address) if address else None
    if linked is not None and (found is None or found.id != linked.staff_id):
        raise Forbidden(CHANGED)
    if found is None or not found.active or found.authority_id != authority_id:
        raise Forbidden(UNKNOWN)
    staff = account_queries.claim_staff(session, authority_id, found.id)
    if linked is None:
        if queries.find_identity_of(session, staff.id, issuer) is not None:
            raise Forbidden(CHANGED)
        linked = _link(session, runtime, staff, provider, (issuer, subject))
    _note(session, runtime, staff, linked, claims)
    return staff


def forget(session: Session, runtime: Runtime, actor: policy.Actor, staff: Staff, identity_id: int) -> None:
    """Undo the link of an account with a provider (somebody changed directory); its sessions end."""
    policy.require(actor, Permission.STAFF_MANAGE)
    found = next((one for one in queries.list_identities(session, staff.id) if one.id == identity_id), None)
    if found is None:
        raise NotFound("Ce lien n’existe plus.")
    session.delete(found)
    accounts.revoke_all(session, staff)
    event = account_history.record(session, actor, staff, Change.IDENTITY_FORGOTTEN, {"Fournisseur": found.provider})
    account_history.tell(session, runtime, staff, event, "account_changed")


def _link(
    session: Session, runtime: Runtime, staff: Staff, provider: IdentityProviderSettings, key: tuple[str, str]
) -> StaffIdentity:
    now = datetime.now(UTC)
    linked = StaffIdentity(
        authority_id=staff.authority_id,
        staff_id=staff.id,
        issuer=key[0],
        subject=key[1],
        provider=provider.name,
        claims={},
        linked_at=now,
        last_login_at=now,
    )
    session.add(linked)
    session.flush()
    own, facts = accounts.actor_of(staff), {"Fournisseur": provider.title}
    event = account_history.record(session, own, staff, Change.IDENTITY_LINKED, {}, facts)
    account_history.tell(session, runtime, staff, event, "account_changed")
    return linked


def _note(session: Session, runtime: Runtime, staff: Staff, linked: StaffIdentity, claims: Mapping[str, Any]) -> None:
    """The last sign-in; another employer or directory is said in the history, where administrators read it."""
    now = {name: str(claims[name])[:255] for name in PROFESSIONAL if claims.get(name)}
    was = dict(linked.claims)
    changed = [name for name in PROFESSIONAL if was.get(name) and now.get(name, was[name]) != was[name]]
    linked.claims, linked.last_login_at = was | now, datetime.now(UTC)
    if changed:
        before, after = ({SAID[name]: str(values[name]) for name in changed} for values in (was, now))
        own = accounts.actor_of(staff)
        event = account_history.record(session, own, staff, Change.IDENTITY_CHANGED, before, after)
        account_history.tell(session, runtime, staff, event, "account_changed")
