"""A line of the register of processings (RGPD 30), derived from a procedure: whose data, which, for whom, how long."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from backoffice.domain import retention_words
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.representation import Capacity

CATEGORIES: dict[FieldKind, str] = {
    FieldKind.PERSON: "État civil et identité",
    FieldKind.EMAIL: "Coordonnées",
    FieldKind.PHONE: "Coordonnées",
    FieldKind.ADDRESS: "Coordonnées",
    FieldKind.PLACE: "Localisation",
    FieldKind.MONEY: "Données économiques et financières",
    FieldKind.IBAN: "Données économiques et financières",
    FieldKind.PLATE: "Véhicule (immatriculation)",
    FieldKind.SIRET: "Identification de l’organisme",
    FieldKind.RNA: "Identification de l’organisme",
    FieldKind.FILES: "Pièces justificatives et photos",
    FieldKind.LONG_TEXT: "Texte libre",
}
"""What each kind of question collects, in the words of the register of the CNIL."""
ALWAYS = ("État civil et identité", "Coordonnées", "Échanges avec l’administration", "Journaux de connexion et d’actes")
SENSITIVE = "Données protégées (santé, pièces d’identité)"
RESERVED = "Accès réservé à certains agents"
NO_TRANSFER = "Aucun transfert hors de l’Union européenne"
MEASURES = (
    "Accès par rôle et par service, comptes nominatifs, double authentification selon le rôle",
    "Historique infalsifiable de chaque dossier, consultations des dossiers sensibles journalisées",
    "Fichiers reçus analysés par un antivirus, données de prise de vue retirées des photos transmises",
    "Échanges chiffrés (TLS), sauvegardes chiffrées et éprouvées",
)
COMPLETIONS: dict[str, str] = {
    "joint": "Responsable conjoint ou représentant",
    "processors": "Sous-traitants (hébergeur, éditeur, routeur)",
    "recipients": "Autres destinataires",
    "people": "Autres personnes concernées",
    "sensitive": "Données sensibles ou d’infraction (articles 9 et 10), et ce qui les permet",
    "security": "Autres mesures de sécurité",
    "transfers": "Transferts hors de l’Union européenne et garanties",
    "impact": "Analyse d’impact : faite le, ou pourquoi elle ne l’est pas",
}
"""What an administrator adds, which no procedure says."""
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Processing:
    """A processing as the register says it; each list is in the order of reading."""

    code: str
    title: str
    purpose: str
    basis: str
    people: tuple[str, ...]
    categories: tuple[str, ...]
    recipients: tuple[str, ...]
    retention: str
    measures: tuple[str, ...]
    transfers: str
    added: Mapping[str, str]


def derive(definition: ProcedureDefinition, department: str, added: Mapping[str, str]) -> Processing:
    """The line of a procedure that a department examines, with what was added by hand."""
    known = definition.personal_data
    extra = {name: text for name in COMPLETIONS if (text := added.get(name, "").strip())}
    return Processing(
        code=definition.code,
        title=definition.title,
        purpose=known.purpose,
        basis=known.basis,
        people=_with(_people(definition), extra.get("people")),
        categories=_with(_categories(definition), extra.get("sensitive")),
        recipients=_with((known.recipients, department), extra.get("recipients"), extra.get("processors")),
        retention=str(retention_words.in_words(definition.retention)),
        measures=_with(_measures(definition), extra.get("security")),
        transfers=extra.get("transfers", NO_TRANSFER),
        added=extra,
    )


def _people(definition: ProcedureDefinition) -> tuple[str, ...]:
    asked = [
        f"Personne désignée par « {one.label} »" for one in _all(definition.fields) if one.kind is FieldKind.PERSON
    ]
    spoken_for = () if definition.usually_for is Capacity.SELF else ("Personnes représentées",)
    return ("Usagers qui font la demande", *spoken_for, *dict.fromkeys(asked))


def _categories(definition: ProcedureDefinition) -> tuple[str, ...]:
    fields = list(_all(definition.fields))
    found = [CATEGORIES[one.kind] for one in fields if one.kind in CATEGORIES]
    documents = (CATEGORIES[FieldKind.FILES],) if definition.documents or definition.photos else ()
    sensitive = (SENSITIVE,) if any(one.sensitive for one in fields) else ()
    return tuple(dict.fromkeys((*ALWAYS, *found, *documents, *sensitive)))


def _measures(definition: ProcedureDefinition) -> tuple[str, ...]:
    readers = any(one.readers for one in _all(definition.fields)) or any(one.readers for one in definition.documents)
    return (*MEASURES, RESERVED) if definition.restricted or readers else MEASURES


def _all(fields: Iterable[Field]) -> Iterator[Field]:
    for one in fields:
        yield one
        yield from _all(one.fields)


def _with(known: Iterable[str], *more: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *(one for one in more if one))))
