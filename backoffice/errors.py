"""The errors of the house, named by meaning; each carries a French sentence written for people."""

from collections.abc import Mapping


class BackofficeError(Exception):
    """Something that a person can be told about.

    `sentence` is shown as it is: plain French that says what to do.
    """

    title = "Une erreur est survenue"
    sentence = "Quelque chose n’a pas fonctionné. Réessayez dans quelques minutes."

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or type(self).sentence
        super().__init__(self.sentence)


class NotFound(BackofficeError):
    """The thing does not exist, or the actor may not know that it does."""

    title = "Page introuvable"
    sentence = "Cette page n’existe pas ou n’est plus disponible."


class Forbidden(BackofficeError):
    """The actor is known and may not do this."""

    title = "Action non autorisée"
    sentence = "Votre compte ne permet pas cette action. Adressez-vous à votre responsable."


class Invalid(BackofficeError):
    """What was given cannot be accepted; `faults` says why, field by field (code → French sentence)."""

    title = "Des informations sont à corriger"
    sentence = "Certaines informations sont à corriger."

    def __init__(self, sentence: str | None = None, faults: Mapping[str, str] | None = None) -> None:
        self.faults = dict(faults or {})
        super().__init__(sentence)


class Conflict(BackofficeError):
    """Somebody else changed the thing meanwhile, or its state does not allow this."""

    title = "Ce dossier a changé entre-temps"
    sentence = "Une autre personne a modifié ce dossier. Relisez-le avant de recommencer."


class Unavailable(BackofficeError):
    """An outside tool (database, storage, identity provider…) does not answer for now."""

    title = "Service momentanément indisponible"
    sentence = "Le service ne répond pas pour le moment. Réessayez dans quelques minutes."
