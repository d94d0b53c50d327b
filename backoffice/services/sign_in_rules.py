"""What an authority asks of its staff when they sign in: which roles prove it twice, when an idle screen locks."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import ROLE_LABELS, Actor, Permission, Role
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.queries import accounts as account_queries
from backoffice.queries import catalogue
from backoffice.services import account_history
from backoffice.services.account_history import Change
from backoffice.services.second_factors import REQUIRED_ROLES

LOCK_MINUTES = "lock_minutes"
USUAL_MINUTES = 15
MOST_MINUTES = 240
# Who changes the accounts or decides for a whole department: a new authority asks it of them from the first day.
USUAL_ROLES = (Role.FUNCTIONAL_ADMIN, Role.IT_ADMIN, Role.UNIT_SUPERVISOR)


def values_of(authority: Authority) -> dict[str, Any]:
    """What the form shows."""
    roles = [role for role in authority.details.get(REQUIRED_ROLES, ()) if role in set(Role)]
    return {"roles": roles, LOCK_MINUTES: str(authority.details.get(LOCK_MINUTES, USUAL_MINUTES))}


def update(session: Session, actor: Actor, roles: Iterable[str], minutes: str) -> None:
    """Write them; raise Invalid with every fault, by field. Whoever changed them reads it in their own history."""
    policy.require(actor, Permission.STAFF_MANAGE)
    chosen, faults = list(dict.fromkeys(roles)), {}
    if not set(chosen) <= set(Role):
        faults["roles"] = "Choisissez des rôles dans la liste."
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) <= 3 and int(minutes) <= MOST_MINUTES):
        faults[LOCK_MINUTES] = f"Écrivez un nombre de minutes, de 0 (jamais) à {MOST_MINUTES}."
    if faults:
        raise Invalid(faults=faults)
    authority = catalogue.claim_authority(session, actor.authority_id)
    before = _in_words(values_of(authority))
    authority.details = {**authority.details, REQUIRED_ROLES: chosen, LOCK_MINUTES: int(minutes)}
    after = _in_words(values_of(authority))
    changed = [label for label in after if before[label] != after[label]]
    if changed and actor.id is not None:
        author = account_queries.claim_staff(session, actor.authority_id, actor.id)
        were, are = ({label: facts[label] for label in changed} for facts in (before, after))
        account_history.record(session, actor, author, Change.RULES_CHANGED, were, are)


def _in_words(values: dict[str, Any]) -> dict[str, str]:
    roles = ", ".join(ROLE_LABELS[Role(role)] for role in values["roles"]) or "aucun"
    return {"Double authentification demandée à": roles, "Verrouillage": f"{values[LOCK_MINUTES]} min"}
