"""The screens of administration, and what a change of a setting says: by label, what was and what is."""

from collections.abc import Mapping
from enum import StrEnum

from backoffice.domain.policy import Permission

LONGEST_VALUE = 4000
CHANGED = "changé"
"""What the history says of a secret (its value before is left empty), and nothing more."""

Facts = Mapping[str, str]


class Screen(StrEnum):
    """Where something is set; the history of its changes goes by this name."""

    AUTHORITY = "authority"
    HOURS = "hours"
    TEXTS = "texts"
    APPEARANCE = "appearance"
    CHANNELS = "channels"
    KIOSKS = "kiosks"
    MAILBOXES = "mailboxes"
    DEPARTMENTS = "departments"
    STAFF = "staff"
    ROUTING = "routing"
    DISTRICTS = "districts"
    PROCEDURES = "procedures"
    LAW = "law"
    DELEGATIONS = "delegations"
    LETTERS = "letters"
    READY_ANSWERS = "ready_answers"
    TAGS = "tags"
    MACROS = "macros"
    AGENT_FIGURES = "agent_figures"
    QUARANTINE = "quarantine"
    JOBS = "jobs"


SCREEN_LABELS: dict[Screen, str] = {
    Screen.AUTHORITY: "La collectivité",
    Screen.HOURS: "Horaires d’ouverture",
    Screen.TEXTS: "Textes légaux",
    Screen.APPEARANCE: "Nom, logo et couleur",
    Screen.CHANNELS: "Canaux",
    Screen.KIOSKS: "Bornes",
    Screen.MAILBOXES: "Boîtes de courriel",
    Screen.DEPARTMENTS: "Services",
    Screen.STAFF: "Agents et connexion",
    Screen.ROUTING: "Orientation",
    Screen.DISTRICTS: "Quartiers",
    Screen.PROCEDURES: "Démarches",
    Screen.LAW: "Règles de droit",
    Screen.DELEGATIONS: "Délégations de signature",
    Screen.LETTERS: "Modèles de courrier",
    Screen.READY_ANSWERS: "Réponses types",
    Screen.TAGS: "Étiquettes",
    Screen.MACROS: "Enchaînements",
    Screen.AGENT_FIGURES: "Chiffres par agent",
    Screen.QUARANTINE: "Fichiers écartés",
    Screen.JOBS: "Tâches",
}

# Who may change what a screen shows reads the history of its changes.
SCREEN_PERMISSIONS: dict[Screen, Permission] = {
    Screen.AUTHORITY: Permission.DEPARTMENT_MANAGE,
    Screen.HOURS: Permission.DEPARTMENT_MANAGE,
    Screen.TEXTS: Permission.DEPARTMENT_MANAGE,
    Screen.APPEARANCE: Permission.DEPARTMENT_MANAGE,
    Screen.CHANNELS: Permission.DEPARTMENT_MANAGE,
    Screen.KIOSKS: Permission.KIOSK_MANAGE,
    Screen.MAILBOXES: Permission.MAIL_LEDGER_READ,
    Screen.DEPARTMENTS: Permission.DEPARTMENT_MANAGE,
    Screen.STAFF: Permission.STAFF_MANAGE,
    Screen.ROUTING: Permission.DEPARTMENT_MANAGE,
    Screen.DISTRICTS: Permission.DEPARTMENT_MANAGE,
    Screen.PROCEDURES: Permission.PROCEDURE_MANAGE,
    Screen.LAW: Permission.LAW_MANAGE,
    Screen.DELEGATIONS: Permission.LAW_MANAGE,
    Screen.LETTERS: Permission.TEMPLATE_MANAGE,
    Screen.READY_ANSWERS: Permission.READY_ANSWER_MANAGE,
    Screen.TAGS: Permission.TAG_MANAGE,
    Screen.MACROS: Permission.MACRO_MANAGE,
    Screen.AGENT_FIGURES: Permission.DEPARTMENT_MANAGE,
    Screen.QUARANTINE: Permission.QUARANTINE_MANAGE,
    Screen.JOBS: Permission.JOB_RETRY,
}


def difference(before: Facts, after: Facts) -> tuple[dict[str, str], dict[str, str]]:
    """What was and what is, for the labels whose value is not the same in two states.

    A missing value is empty, a very long one is cut.
    """
    labels = [label for label in {**before, **after} if before.get(label, "") != after.get(label, "")]
    were, are = ({label: _cut(facts.get(label, "")) for label in labels} for facts in (before, after))
    return were, are


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
