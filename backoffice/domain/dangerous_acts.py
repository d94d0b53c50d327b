"""The acts that ask their author to prove again who they are: what a workstation left open must never do alone.

Each is the word that a view of the desk carries (`web.access.dangerous`); a test lists the doors that carry one.
"""

from datetime import datetime, timedelta
from enum import StrEnum

PROOF_LASTS = timedelta(minutes=10)
"""How long a password that was just typed is believed."""


class DangerousAct(StrEnum):
    """What asks for the password again."""

    ROLES = "roles"
    STAFF_ACCESS = "staff_access"
    STAFF_IMPORT = "staff_import"
    SIGN_IN_RULES = "sign_in_rules"
    OWN_FACTORS = "own_factors"
    EMERGENCY = "emergency"
    PERSONAL_EXPORT = "personal_export"
    DELETION = "deletion"
    OPEN_DATA = "open_data"
    MAILBOX = "mailbox"


LABELS: dict[DangerousAct, str] = {
    DangerousAct.ROLES: "Donner ou retirer un rôle",
    DangerousAct.STAFF_ACCESS: "Changer l’accès d’un collègue",
    DangerousAct.STAFF_IMPORT: "Ouvrir des comptes en nombre",
    DangerousAct.SIGN_IN_RULES: "Changer les règles de connexion",
    DangerousAct.OWN_FACTORS: "Changer votre double authentification",
    DangerousAct.EMERGENCY: "Ouvrir un accès d’urgence aux dossiers",
    DangerousAct.PERSONAL_EXPORT: "Emporter des données personnelles",
    DangerousAct.DELETION: "Supprimer définitivement",
    DangerousAct.OPEN_DATA: "Publier des données ouvertes",
    DangerousAct.MAILBOX: "Changer une boîte de courriel",
}


def is_fresh(proved_at: datetime | None, now: datetime) -> bool:
    """Whether the last proof is recent enough."""
    return proved_at is not None and proved_at + PROOF_LASTS > now
