"""What becomes of a received mail: every line of the ledger has exactly one of these."""

from enum import StrEnum


class MailOutcome(StrEnum):
    """`pending` until it is sorted; `parked` and `quarantined` until a person looks; the others are final."""

    PENDING = "pending"
    OPENED = "opened"
    JOINED = "joined"
    PARKED = "parked"
    REPEATED = "repeated"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    READ_RECEIPT = "read_receipt"
    COMPLAINT = "complaint"
    LIST = "list"
    SPAM = "spam"
    LOOP = "loop"
    QUARANTINED = "quarantined"
    DISMISSED = "dismissed"


OUTCOME_LABELS: dict[MailOutcome, str] = {
    MailOutcome.PENDING: "En attente de tri",
    MailOutcome.OPENED: "Dossier ouvert",
    MailOutcome.JOINED: "Rattaché à un dossier",
    MailOutcome.PARKED: "À trier par un agent",
    MailOutcome.REPEATED: "Déjà reçu",
    MailOutcome.BOUNCE: "Avis de non-remise",
    MailOutcome.AUTO_REPLY: "Réponse automatique",
    MailOutcome.READ_RECEIPT: "Accusé de lecture",
    MailOutcome.COMPLAINT: "Signalement d’indésirable",
    MailOutcome.LIST: "Lettre d’information ou liste",
    MailOutcome.SPAM: "Indésirable",
    MailOutcome.LOOP: "Notre propre courriel",
    MailOutcome.QUARANTINED: "En quarantaine",
    MailOutcome.DISMISSED: "Écarté par un agent",
}

# Put aside without a person: an agent who finds a real request there takes it back.
FILED: frozenset[MailOutcome] = frozenset(
    {
        MailOutcome.BOUNCE,
        MailOutcome.AUTO_REPLY,
        MailOutcome.READ_RECEIPT,
        MailOutcome.COMPLAINT,
        MailOutcome.LIST,
        MailOutcome.SPAM,
        MailOutcome.LOOP,
        MailOutcome.DISMISSED,
    }
)
