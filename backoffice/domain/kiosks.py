"""What a kiosk says and how it is used: texts by language, which procedures fit it, how long it waits for nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.wording import Wording

FACT = "kiosk"
"""Under this name, the facts of a message say at which kiosk it was written."""
SETTING = "kiosk"
"""Under this name, the details of an authority hold what its kiosks say and offer."""

USUAL_IDLE, LEAST_IDLE, MOST_IDLE = 90, 60, 600
WARNED_SECONDS = 30
"""How long before the end a person is asked whether they are still there (WCAG 2.2.1 asks for 20 at least)."""
MOST_PROCEDURES = 12
LONGEST_TEXT = 500

TEXTS: dict[str, str] = {
    "title": Wording("Bienvenue"),
    "welcome": Wording("Touchez ce que vous voulez faire. Besoin d’aide ? Demandez à l’accueil."),
    "without_email": Wording(
        "Pas d’adresse électronique ? Laissez la case vide et donnez un téléphone ou une adresse postale. "
        "La référence et le code suffisent pour suivre votre demande."
    ),
    "closing": Wording("Merci. Touchez « Terminer » en partant : ce que vous avez écrit s’efface de cet écran."),
}
"""What is said until an administrator writes something else."""


@dataclass(frozen=True, slots=True)
class KioskSetting:
    """What every kiosk of an authority says (`texts`, by language) and offers, as kept in its details."""

    texts: Mapping[str, Mapping[str, str]]
    procedures: tuple[str, ...] = ()
    idle_seconds: int = USUAL_IDLE

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "KioskSetting":
        """As it was kept; nothing was, at first."""
        idle = int(data.get("idle_seconds", USUAL_IDLE))
        return cls(data.get("texts", {}), tuple(data.get("procedures", ())), idle)

    def to_data(self) -> dict[str, Any]:
        """For the details of the authority."""
        texts = {language: dict(said) for language, said in self.texts.items() if said}
        return {"texts": texts, "procedures": list(self.procedures), "idle_seconds": self.idle_seconds}

    def said(self, language: str) -> dict[str, str]:
        """Each text: the administrator's in this language, else that of the house, which pages translate."""
        own = self.texts.get(language, {})
        return {name: own.get(name) or usual for name, usual in TEXTS.items()}


def fits(definition: ProcedureDefinition) -> bool:
    """Whether somebody can go through it with a finger and nothing else: no sign-in, no file that must be there."""
    compulsory = any(_is_file(one) and one.required for one in _every_field(definition.fields))
    return not (definition.requires_identity or definition.sve_excluded or compulsory)


def asks_for_files(definition: ProcedureDefinition) -> bool:
    """Whether files may be joined elsewhere, which a kiosk says instead."""
    return bool(definition.documents) or any(_is_file(one) for one in _every_field(definition.fields))


def without_files(definition: ProcedureDefinition) -> ProcedureDefinition:
    """The same procedure as a kiosk asks it: a hall's screen has nobody's files, and shows those of nobody."""
    steps = tuple(replace(step, fields=_kept(step.fields)) for step in definition.steps)
    return replace(
        definition, steps=tuple(step for step in steps if step.fields), documents=(), max_attachments=0, photos=False
    )


def _is_file(field: Field) -> bool:
    return field.kind is FieldKind.FILES


def _every_field(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(one for field in fields for one in (field, *_every_field(field.fields)))


def _kept(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(
        replace(field, fields=_kept(field.fields)) if field.fields else field for field in fields if not _is_file(field)
    )
