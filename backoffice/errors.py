"""The errors of the house, named by meaning; each carries a French sentence written for people."""

from collections.abc import Mapping


def _(text: str) -> str:
    """Marks a sentence for `make messages`: pages say it in their language."""
    return text


class BackofficeError(Exception):
    """Something that a person can be told about.

    `sentence` is shown as it is: plain French that says what to do.
    """

    title = _("Une erreur est survenue")
    sentence = _("Quelque chose n’a pas fonctionné. Réessayez dans quelques minutes.")

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or type(self).sentence
        super().__init__(self.sentence)


class NotFound(BackofficeError):
    """The thing does not exist, or the actor may not know that it does."""

    title = _("Page introuvable")
    sentence = _("Cette page n’existe pas ou n’est plus disponible.")


class Gone(NotFound):
    """It was here for everybody, and was taken back."""

    sentence = _("Cette page a été retirée.")


class Forbidden(BackofficeError):
    """The actor is known and may not do this."""

    title = _("Action non autorisée")
    sentence = _("Votre compte ne permet pas cette action. Adressez-vous à votre responsable.")


class Invalid(BackofficeError):
    """What was given cannot be accepted; `faults` says why, field by field (code → French sentence)."""

    title = _("Des informations sont à corriger")
    sentence = _("Certaines informations sont à corriger.")

    def __init__(self, sentence: str | None = None, faults: Mapping[str, str] | None = None) -> None:
        self.faults = dict(faults or {})
        super().__init__(sentence)


class Conflict(BackofficeError):
    """Somebody else changed the thing meanwhile, or its state does not allow this."""

    title = _("Ce dossier a changé entre-temps")
    sentence = _("Une autre personne a modifié ce dossier. Relisez-le avant de recommencer.")


class Unavailable(BackofficeError):
    """An outside tool (database, storage, identity provider…) does not answer for now."""

    title = _("Service momentanément indisponible")
    sentence = _("Le service ne répond pas pour le moment. Réessayez dans quelques minutes.")
