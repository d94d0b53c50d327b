"""What is kept through a sign-in, in the words of who typed it: the fields of the desk, choices and days."""

from collections.abc import Mapping
from datetime import date

from backoffice.domain.arrived_letters import DATED_ON, NATURE, NATURE_LABELS, POSTED_ON, RECEIVED_ON, REGISTERED_NUMBER
from backoffice.domain.french import plain_date
from backoffice.domain.incoming import CHANNEL_LABELS
from backoffice.domain.late_entry import LATE_AT, LATE_ON, LATE_REASON
from backoffice.domain.representation import TIE_LABELS, Capacity
from backoffice.domain.representation_form import (
    ADDRESS_FIELDS,
    CAPACITY_CHOICES,
    FOR,
    MANDATE_FIELDS,
    NAME_FIELD,
    PERSON_FIELDS,
    RNA_FIELD,
    ROLE_FIELD,
    SEEN,
    SIRET_FIELD,
    TIE_FIELD,
)
from backoffice.domain.requester import CONTACT_CHOICES, PREFIX

CHANNEL = "canal"
FOR_FIELDS = (
    *PERSON_FIELDS,
    TIE_FIELD,
    NAME_FIELD,
    RNA_FIELD,
    SIRET_FIELD,
    ROLE_FIELD,
    *ADDRESS_FIELDS,
    *MANDATE_FIELDS,
)
DESK_LABELS = {
    RECEIVED_ON: "Arrivé le",
    DATED_ON: "Lettre datée du",
    POSTED_ON: "Cachet de la poste",
    NATURE: "Nature",
    REGISTERED_NUMBER: "Numéro de recommandé",
    LATE_ON: "Reçue le",
    LATE_AT: "À",
    LATE_REASON: "Pourquoi si tard",
    "joins": "Dossier",
    "anonymous": "Demande anonyme",
    "namesake": "L’usager porte le nom de l’agent",
    f"{PREFIX}refuses_email": "Refuse une réponse électronique",
    SEEN: "Justificatif vu, sans copie",
    **{f"{PREFIX}{field.code}": field.label for field in FOR_FIELDS},
}
ACTIONS = {
    "save": "Enregistrer",
    "answered": "Répondu tout de suite",
    "park": "Mettre de côté",
    "look": "Actualiser la page",
}
"""What the buttons of the screens of the desk are called; others press « do » too, by other names."""
CHOICES: Mapping[str, Mapping[str, str]] = {
    CHANNEL: {str(code.value): label for code, label in CHANNEL_LABELS.items()},
    NATURE: {str(code): label for code, label in NATURE_LABELS.items()},
    FOR: {str(choice.value): choice.label for choice in CAPACITY_CHOICES if choice.value != Capacity.SELF},
    f"{PREFIX}{TIE_FIELD.code}": {str(code): label for code, label in TIE_LABELS.items()},
    f"{PREFIX}contact_preference": {str(choice.value): choice.label for choice in CONTACT_CHOICES},
}


def in_words(name: str, value: str, *, at_desk: bool) -> str:
    """A value as it was read on the screen; empty when it says nothing, as « for oneself »."""
    if name == FOR and value == Capacity.SELF:
        return ""
    if at_desk and name == "do":
        return ACTIONS.get(value, value)
    if at_desk and value == "yes":
        return "Oui"
    try:
        return CHOICES.get(name, {}).get(value) or plain_date(date.fromisoformat(value))
    except ValueError:
        return value
