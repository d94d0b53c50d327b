"""The districts of the town: two drawn, with their streets too, and one that is a list of streets alone."""

import json

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.policy import Permission
from backoffice.models.authorities import Authority
from backoffice.queries import districts as queries
from backoffice.queries import people
from backoffice.services import accounts, districts

# South-west and north-east corners, in degrees (longitude, latitude), with the corner that makes each recognisable.
OUTLINES = {
    "Bords de rivière": [
        [-0.8620, 47.3095], [-0.8460, 47.3095], [-0.8400, 47.3110], [-0.8400, 47.3150], [-0.8620, 47.3140],
        [-0.8620, 47.3095],
    ],
    "Gare": [
        [-0.8600, 47.2960], [-0.8330, 47.2960], [-0.8330, 47.3042], [-0.8470, 47.3048], [-0.8560, 47.3035],
        [-0.8600, 47.2960],
    ],
}  # fmt: skip
STREETS = {
    "Bords de rivière": "chemin de Halage\nrue des Tanneurs\nrue du Pont-Neuf",
    "Gare": "avenue de la Gare\navenue des Acacias\nboulevard Simone-Veil\nrue des Ateliers\nrue Pasteur : pairs",
    "Centre": "place des Tilleuls\nrue du Vieux-Marché\nrue de la République\nrue des Lilas : 1 à 45 impairs\n"
    "rue Jules-Ferry\nrue du Lavoir\nrue Pasteur : impairs\nrue des Écoles",
}


def write(session: Session, authority: Authority) -> None:
    """Draw them and list their streets, as the administrator of the town."""
    staff = (accounts.actor_of(one) for one in people.list_staff(session, authority.id))
    administrator = next(one for one in staff if policy.allows(one, Permission.DEPARTMENT_MANAGE))
    features = [
        {
            "type": "Feature",
            "properties": {"nom": name},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for name, ring in OUTLINES.items()
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    districts.import_outlines(session, administrator, text)
    drawn = {row.name: row for row in queries.list_all(session, authority.id)}
    for name, streets in STREETS.items():
        said = {"name": name, "streets": streets}
        if name in drawn:
            districts.update(session, administrator, drawn[name].id, said)
        else:
            districts.create(session, administrator, said)
