"""Tags: what a name may be, the colours that a tag may have, and which cases it may be put on."""

from enum import StrEnum

from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Forbidden

LONGEST_NAME = 40


class Tone(StrEnum):
    """A colour of the house: the same tokens as badges, legible in both themes."""

    NEUTRAL = "neutral"
    PRIMARY = "primary"
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"
    WAITING = "waiting"


TONE_LABELS: dict[Tone, str] = {
    Tone.NEUTRAL: "Gris",
    Tone.PRIMARY: "Bleu-vert",
    Tone.INFO: "Bleu",
    Tone.SUCCESS: "Vert",
    Tone.WARNING: "Brun",
    Tone.DANGER: "Rouge",
    Tone.WAITING: "Violet",
}


def fits(of_department: int | None, case_department: int) -> bool:
    """Whether a tag (of all departments when it names none) may be put on a case of a department."""
    return of_department is None or of_department == case_department


def may_manage(actor: Actor, department_id: int | None) -> bool:
    """Whether the actor may write and retire the tags of a department, or (None) those of all of them."""
    return actor.holds_in(Permission.TAG_MANAGE, department_id)


def require_management(actor: Actor, department_id: int | None) -> None:
    """Raise Forbidden when the actor may not."""
    if not may_manage(actor, department_id):
        raise Forbidden("Cette étiquette est celle d’un autre service, ou de tous : son responsable la change.")
