"""The letters that an administrator may write in their own words, and the placeholders that each of them offers.

Only the words that accompany a letter are theirs: its heading, what the law obliges it to say, its signature and its
foot are those of `templates/documents/` and `templates/mentions/`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from backoffice.errors import NotFound

FRENCH = "fr"
LANGUAGES: dict[str, str] = {
    FRENCH: "Français",
    "ar": "Arabe",
    "br": "Breton",
    "de": "Allemand",
    "en": "Anglais",
    "es": "Espagnol",
    "it": "Italien",
    "nl": "Néerlandais",
    "oc": "Occitan",
    "pl": "Polonais",
    "pt": "Portugais",
    "ro": "Roumain",
    "tr": "Turc",
    "uk": "Ukrainien",
}


RIGHT_TO_LEFT = frozenset({"ar"})

# Who reads little French finds their language under its own name.
OWN_NAMES: dict[str, str] = {
    "ar": "العربية",
    "br": "Brezhoneg",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "oc": "Occitan",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "tr": "Türkçe",
    "uk": "Українська",
}

# What acknowledges a request: the last one asked for counts, those before it tell what is no longer so.
ACKNOWLEDGEMENTS = frozenset({"acknowledgement", "receipt"})
DECISIONS = frozenset({"refusal", "favourable"})


# How a text calls for the answer to a question: « reponse_surface » (`domain.letter_answers`).
ANSWER = "reponse_"


class Kind(StrEnum):
    """How a value is written: as it is, as a date in words, as a telephone number."""

    TEXT = "text"
    DATE = "date"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A fact that a text may call for by its French name.

    `paths` say where it is in the values of a document, the first one filled wins; `otherwise` stands in for none.
    """

    name: str
    description: str
    paths: tuple[str, ...]
    kind: Kind = Kind.TEXT
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter with words of its own: its template's code, what it is for, what its text may call for.

    `withheld` are names that stand for something, which no letter says.
    """

    code: str
    title: str
    purpose: str
    placeholders: tuple[Placeholder, ...]
    withheld: frozenset[str] = frozenset()

    def find(self, name: str) -> Placeholder | None:
        """The placeholder of this name."""
        return next((one for one in self.placeholders if one.name == name), None)


_COMMON = (
    Placeholder("reference", "Référence du dossier", ("reference",)),
    Placeholder("code_suivi", "Code de suivi, que seul l’usager connaît", ("tracking_code",)),
    Placeholder("objet", "Objet de la demande", ("subject",)),
    Placeholder("date_reception", "Jour de réception de la demande", ("received_on",), Kind.DATE),
    Placeholder("date_du_jour", "Jour où le courrier est écrit", ("written_on",), Kind.DATE),
    Placeholder("usager", "Nom de l’usager", ("citizen.name",), otherwise="Madame, Monsieur"),
    Placeholder("service", "Service chargé du dossier", ("department.name",)),
    Placeholder("adresse_service", "Adresse du service", ("department.address", "authority.address")),
    Placeholder("telephone", "Téléphone du service", ("department.phone", "authority.phone"), Kind.PHONE),
    Placeholder("courriel", "Adresse électronique du service", ("department.email", "authority.email")),
    Placeholder("collectivite", "Nom de la collectivité", ("authority.name",)),
    Placeholder("page_suivi", "Adresse de la page de suivi", ("follow_url",)),
)
_AGENT = Placeholder("agent", "Prénom et nom de l’agent", ("agent.name",))
_SIGNATORY = Placeholder("signataire", "Prénom et nom du signataire", ("signatory.name",))
_SILENCE_ON = Placeholder("date_decision", "Jour où le silence a fait naître la décision", ("implicit_on",), Kind.DATE)
_DECIDED_ON = Placeholder("date_decision", "Jour de la décision", ("decided_on",), Kind.DATE)
_COMPLETE_ON = Placeholder("date_dossier_complet", "Jour où le dossier était complet", ("complete_on",), Kind.DATE)

_LETTERS = (
    Letter("acknowledgement", "Accusé de réception", "Répond à chaque demande, par courriel ou par courrier.", _COMMON),
    Letter("receipt", "Récépissé de dépôt", "Remis au guichet ou posté après un appel, en gros caractères.", _COMMON),
    Letter(
        "missing_documents",
        "Demande de pièces complémentaires",
        "Dit ce qui manque, jusqu’à quand, et ce que cela change aux délais.",
        (
            *_COMMON,
            Placeholder("date_limite", "Dernier jour pour envoyer les pièces", ("limit_on",), Kind.DATE),
            _AGENT,
        ),
    ),
    Letter(
        "transmission",
        "Avis de transmission",
        "Dit à l’usager quelle administration a maintenant sa demande.",
        (
            *_COMMON,
            Placeholder("administration", "Administration compétente", ("recipient.name",)),
            Placeholder("date_transmission", "Jour de la transmission", ("transmitted_on",), Kind.DATE),
            _AGENT,
        ),
    ),
    Letter(
        "implicit_decision",
        "Information sur une décision implicite",
        "Dit ce que le silence est devenu, et ce que l’usager peut faire.",
        (*_COMMON, _SILENCE_ON),
    ),
    Letter(
        "certificate",
        "Attestation de décision implicite d’acceptation",
        "Prouve une acceptation née du silence.",
        (*_COMMON, _SILENCE_ON, _COMPLETE_ON, _SIGNATORY),
    ),
    Letter(
        "refusal",
        "Décision de refus",
        "Explique le refus en mots simples, avant la décision motivée et les voies de recours.",
        (*_COMMON, _DECIDED_ON, _COMPLETE_ON, _SIGNATORY, _AGENT),
    ),
    Letter(
        "favourable",
        "Décision favorable",
        "Annonce un accord, avant ce qui est accordé.",
        (*_COMMON, _DECIDED_ON, _COMPLETE_ON, _SIGNATORY, _AGENT),
    ),
)
LETTERS: dict[str, Letter] = {letter.code: letter for letter in _LETTERS}


def language_choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    """(code, « English (anglais) ») for the forms where people choose; French alone is no choice."""
    found = [(code, _language_name(code)) for code in codes if code in LANGUAGES]
    return found if len(found) > 1 else []


def read_language(typed: str) -> str:
    """The code of a language that was chosen in a form; French for anything else."""
    return typed if typed in LANGUAGES else FRENCH


def _language_name(code: str) -> str:
    french = LANGUAGES[code]
    own = OWN_NAMES.get(code)
    return f"{own} ({french.lower()})" if own and own != french else french


def get_letter(code: str) -> Letter:
    """The letter of this code, or NotFound."""
    if code not in LETTERS:
        raise NotFound("Ce modèle de courrier n’existe pas.")
    return LETTERS[code]
