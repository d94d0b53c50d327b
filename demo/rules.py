"""The rules of the town for its new cases: four that visitors find written, to read, try and change."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Permission
from backoffice.models.authorities import Authority
from backoffice.queries import catalogue, districts, people
from backoffice.services import accounts, routing_rules

ROADS = {
    "name": "nid-de-poule",
    "channels": "email",
    "words": "nid de poule, nids de poule, trou*, chaussée",
    "procedure": "street_issue",
}
LEGAL = {
    "name": "avocats et recours",
    "words": "recours gracieux, avocat*, mise en demeure",
    "channels": "email,letter",
}
RIVERSIDE = {"name": "bords de rivière", "for_procedures": "street_issue,waste_bin_bulky"}
CENTRE = {"name": "appels du centre", "for_procedures": "street_issue", "channels": "phone,counter"}
IN_TURN = ("Karim", "Marc")
"""Agents who share what comes from the centre of the town."""


def write(session: Session, authority: Authority) -> None:
    """Write the rules as the administrator of the town; its districts are drawn already."""
    listed = people.list_staff(session, authority.id)
    staff = (accounts.actor_of(one) for one in listed)
    administrator = next(one for one in staff if policy.allows(one, Permission.DEPARTMENT_MANAGE))
    placed = {row.name: str(row.id) for row in districts.list_all(session, authority.id)}
    roads = catalogue.find_department(session, authority.id, "voirie")
    legal = catalogue.find_department(session, authority.id, "juridique")
    routing_rules.create(session, administrator, ROADS)
    if legal is not None:
        routing_rules.create(session, administrator, LEGAL | {"department": str(legal.id)})
    if roads is not None:
        agents = [one for one in listed if any(held.department_id == roads.id for held in one.memberships)]
        sharing = [str(one.id) for one in agents if one.name.split()[0] in IN_TURN]
        to_roads = {"department": str(roads.id), "agents": sharing[0]}
        routing_rules.create(session, administrator, RIVERSIDE | to_roads | {"districts": placed["Bords de rivière"]})
        in_turn = {"department": str(roads.id), "agents": ",".join(sharing)}
        routing_rules.create(session, administrator, CENTRE | in_turn | {"districts": placed["Centre"]})
