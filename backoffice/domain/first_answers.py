"""What answers a first mail in place of its acknowledgement: when nobody vouches for it, or nobody can read it."""

from collections.abc import Mapping
from typing import Any

UNVOUCHED, UNREADABLE = "unvouched", "unreadable"

WHY: Mapping[str, str] = {
    UNVOUCHED: (
        "Rien ne prouve que le message vient de cette adresse : l’accusé de réception, qui parle de la demande et "
        "donne son code de suivi, n’est pas parti de lui-même. Vérifiez qui écrit, puis envoyez-le."
    ),
    UNREADABLE: (
        "Le message est chiffré : au lieu de l’accusé de réception, l’usager a reçu un courriel qui lui demande de "
        "l’envoyer de nouveau sans chiffrement. Envoyez l’accusé quand la demande est lisible."
    ),
}


def instead_of_acknowledgement(facts: Mapping[str, Any]) -> str:
    """The mail template that leaves in its place for a first message with these facts; empty when it may leave.

    An address that may be forged is told nothing of the request: its owner asked for nothing. An acknowledgement says
    that nothing else is to be sent: who wrote in cipher must hear the contrary.
    """
    return next((template for template in (UNVOUCHED, UNREADABLE) if facts.get(template)), "")
