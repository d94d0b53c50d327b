"""Time zones as people name them: pages, letters and explanations say the same words."""

from backoffice.domain.wording import Wording

ZONES: dict[str, Wording] = {
    "Europe/Paris": Wording("heure de Paris"),
    "America/Cayenne": Wording("heure de Cayenne"),
    "America/Guadeloupe": Wording("heure de la Guadeloupe"),
    "America/Martinique": Wording("heure de la Martinique"),
    "America/Miquelon": Wording("heure de Saint-Pierre-et-Miquelon"),
    "Indian/Mayotte": Wording("heure de Mayotte"),
    "Indian/Reunion": Wording("heure de La Réunion"),
    "Pacific/Noumea": Wording("heure de Nouméa"),
    "Pacific/Tahiti": Wording("heure de Tahiti"),
    "Pacific/Wallis": Wording("heure de Wallis-et-Futuna"),
}


def zone_in_words(name: str) -> Wording:
    """« heure de Paris » for « Europe/Paris », by the name of the IANA; « heure locale » for a zone we do not name."""
    return ZONES.get(name, Wording("heure locale"))
