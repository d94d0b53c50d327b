"""Five lifecycles to start from: what most procedures of a town need, each of a few sub-states."""

from dataclasses import dataclass

from backoffice.domain.lifecycle import Status
from backoffice.domain.sub_states import Lifecycle, SubState

_RECEIVED, _REVIEW, _WAITING = Status.RECEIVED, Status.UNDER_REVIEW, Status.WAITING_CITIZEN


@dataclass(frozen=True, slots=True)
class Pattern:
    """A lifecycle to start from: its name and what it is good for."""

    code: str
    title: str
    text: str
    lifecycle: Lifecycle


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "information",
        "Demande d’information",
        "On cherche la réponse, on la fait relire si besoin, on répond.",
        Lifecycle(
            (
                SubState("research", "Recherche de la réponse", _REVIEW, (_RECEIVED, _REVIEW)),
                SubState("proofreading", "Relecture", _REVIEW, ("research",)),
            ),
            remind_after=15,
        ),
    ),
    Pattern(
        "report",
        "Signalement simple",
        "On vérifie sur place, on programme les travaux, on les fait.",
        Lifecycle(
            (
                SubState("checking", "Vérification sur place", _REVIEW, (_RECEIVED, _REVIEW),
                         public="Un agent vérifie sur place."),
                SubState("planned", "Travaux programmés", _REVIEW, (_RECEIVED, _REVIEW, "checking"),
                         public="L’intervention est programmée."),
                SubState("in_works", "Travaux en cours", _REVIEW, ("planned",), public="L’intervention est en cours."),
            )
        ),
    ),
    Pattern(
        "permit",
        "Autorisation avec pièces",
        "On vérifie les pièces, on consulte les services, on prépare la décision.",
        Lifecycle(
            (
                SubState("completeness", "Vérification des pièces", _RECEIVED, (_RECEIVED,)),
                SubState("consultation", "Consultation des services", _REVIEW, (_REVIEW, _RECEIVED, "completeness"),
                         public="Les services concernés donnent leur avis."),
                SubState("drafting", "Décision en préparation", _REVIEW, (_REVIEW, "consultation"),
                         public="La décision est en préparation."),
                SubState("pieces", "Pièces à compléter", _WAITING),
            ),
            remind_after=15,
        ),
    ),
    Pattern(
        "visit",
        "Rendez-vous ou visite",
        "On convient d’une date, on se rencontre, on rend compte.",
        Lifecycle(
            (
                SubState("to_book", "Rendez-vous à fixer", _REVIEW, (_RECEIVED, _REVIEW),
                         public="Nous vous proposerons bientôt un rendez-vous."),
                SubState("date_offered", "Date proposée", _WAITING, (_REVIEW, "to_book"),
                         public="Nous vous avons proposé une date : répondez-nous."),
                SubState("booked", "Rendez-vous pris", _REVIEW, (_REVIEW, "to_book", "date_offered"),
                         public="Votre rendez-vous est pris."),
                SubState("report", "Compte rendu à rédiger", _REVIEW, ("booked",)),
            ),
            remind_after=7,
        ),
    ),
    Pattern(
        "complaint",
        "Réclamation",
        "On entend le service mis en cause, on propose une réponse, la hiérarchie la valide.",
        Lifecycle(
            (
                SubState("inquiry", "Explications demandées au service", _REVIEW, (_RECEIVED, _REVIEW)),
                SubState("proposal", "Réponse proposée", _REVIEW, (_REVIEW, "inquiry")),
                SubState("approval", "Validation de la hiérarchie", _REVIEW, ("proposal",)),
                SubState("details", "Précisions demandées", _WAITING),
            ),
            remind_after=15,
        ),
    ),
)  # fmt: skip


def find(code: str) -> Pattern | None:
    """The pattern of this code."""
    return next((one for one in PATTERNS if one.code == code), None)
