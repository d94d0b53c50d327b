"""How two cases go together, in words on both."""

from enum import StrEnum


class LinkKind(StrEnum):
    """What the first case is to the second."""

    LINKED = "linked"
    DUPLICATE = "duplicate"
    FOLLOW_UP = "follow_up"
    JOINED = "joined"
    SPLIT = "split"


LINK_LABELS: dict[LinkKind, tuple[str, str]] = {
    LinkKind.LINKED: ("Lié au dossier", "Lié au dossier"),
    LinkKind.DUPLICATE: ("Doublon du dossier", "A pour doublon"),
    LinkKind.FOLLOW_UP: ("Suite du dossier", "Suivi par le dossier"),
    LinkKind.JOINED: ("Joint au dossier", "A reçu le dossier joint"),
    LinkKind.SPLIT: ("Tiré du dossier", "A donné le dossier"),
}
"""What the first case says of the second, and the second of the first."""

# What an agent ties and unties by hand: a junction and a division change the cases, and have acts of their own.
CHOSEN_KINDS: dict[LinkKind, tuple[str, str]] = {
    LinkKind.LINKED: ("Lié à", "Deux affaires différentes qui s’éclairent l’une l’autre."),
    LinkKind.DUPLICATE: ("Doublon de", "La même affaire. Chaque dossier garde sa vie et sa réponse."),
    LinkKind.FOLLOW_UP: ("Suite de", "Une nouvelle affaire qui prolonge l’autre."),
}


OFFERED_KINDS: dict[LinkKind, tuple[str, str]] = CHOSEN_KINDS | {
    LinkKind.JOINED: (
        "Joint à",
        "La même demande, arrivée deux fois. Celui-ci se termine ; l’autre garde la première date de réception.",
    ),
}
"""Those, and the junction, as the page of a case offers them."""


def label(kind: LinkKind, *, is_first: bool) -> str:
    """What the page of one of the two cases says before the reference of the other."""
    return LINK_LABELS[kind][0 if is_first else 1]
