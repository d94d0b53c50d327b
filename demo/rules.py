"""The rules of the town for its mail: two that visitors find written, to read, try and change."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Permission
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue, people
from backoffice.services import accounts, routing_rules

ROADS = {"name": "nid-de-poule", "words": "nid de poule, nids de poule, trou*, chaussée", "procedure": "street_issue"}
LEGAL = {"name": "avocats et recours", "words": "recours gracieux, avocat*, mise en demeure", "where": "anywhere"}


def write(session: Session, authority: Authority) -> None:
    """Write the rules as the administrator of the town."""
    staff = (accounts.actor_of(one) for one in people.list_staff(session, authority.id))
    administrator = next(one for one in staff if policy.allows(one, Permission.DEPARTMENT_MANAGE))
    legal = catalogue.find_department(session, authority.id, "juridique")
    routing_rules.create(session, administrator, ROADS)
    if legal is not None:
        routing_rules.create(session, administrator, LEGAL | {"department": str(legal.id)})
