"""Macros: the ordinary acts that agents do together again and again, who writes them and which cases they suit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from backoffice.domain.lifecycle import MOVES, Outcome, Status
from backoffice.domain.policy import Actor, Guarded, Permission, allows
from backoffice.errors import Forbidden

LONGEST_NAME, LAST_POSITION = 60, 99
STATES = (Status.UNDER_REVIEW, Status.WAITING_CITIZEN)
"""Where a macro may lead: a case is received once, and ends with an outcome that a person chooses."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What a macro does, in the order of the fields; what is empty, 0 or False is left out.

    `tag_ids` and `answer_id` are rows of the authority; `status` is one of STATES.
    """

    take: bool = False
    tag_ids: tuple[int, ...] = ()
    answer_id: int = 0
    note: str = ""
    status: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Steps":
        """Read what `to_data` gave."""
        return cls(**{**data, "tag_ids": tuple(data["tag_ids"])})

    def to_data(self) -> dict[str, Any]:
        """Plain values for a row."""
        return {**asdict(self), "tag_ids": list(self.tag_ids)}

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """What they need on a case."""
        asked = (
            (Permission.CASE_TAKE, self.take),
            (Permission.CASE_TAG, self.tag_ids),
            (Permission.CASE_REPLY, self.answer_id),
            (Permission.CASE_NOTE, self.note),
            (Permission.CASE_MOVE, self.status),
        )
        return tuple(permission for permission, is_there in asked if is_there)

    @property
    def come_back(self) -> bool:
        """Whether they can be taken back: an answer has left, and a note has been read."""
        return not (self.answer_id or self.note)


@dataclass(frozen=True, slots=True)
class Situation:
    """What steps depend on in a case: its state and outcome, and who is in charge of it."""

    status: Status
    outcome: str | None
    assignee_id: int | None


def suits(steps: Steps, actor: Actor, subject: Guarded, now: Situation) -> bool:
    """Whether the policy allows every step on a case, and its state too."""
    return not obstacle(steps, actor, subject, now)


def obstacle(steps: Steps, actor: Actor, subject: Guarded, now: Situation) -> str:
    """Why a step cannot be done on a case as it is; empty when every one can."""
    if not all(allows(actor, permission, subject) for permission in steps.permissions):
        return "Une étape de cet enchaînement ne vous est pas permise sur ce dossier."
    if now.status is Status.CLOSED and (steps.take or steps.status):
        return "Ce dossier est terminé : rouvrez-le d’abord."  # opening a case again is decided for itself
    if steps.take and now.assignee_id not in (None, actor.id):
        return "Ce dossier est pris en charge par quelqu’un d’autre."
    if steps.answer_id and now.outcome == Outcome.JOINED:
        return "Ce dossier est joint à un autre : la réponse part du dossier gardé."
    if steps.status and not _leads_to(now.status, Status(steps.status)):
        return "Ce dossier ne peut pas passer à l’état que donne cet enchaînement."
    return ""


def _leads_to(status: Status, to: Status) -> bool:
    return status is to or to in MOVES[status]


def may_manage(actor: Actor, department_id: int | None) -> bool:
    """Whether the actor may write and retire the macros of a department, or (None) those of all of them."""
    return actor.holds_in(Permission.MACRO_MANAGE, department_id)


def require_management(actor: Actor, department_id: int | None) -> None:
    """Raise Forbidden when the actor may not."""
    if not may_manage(actor, department_id):
        raise Forbidden("Cet enchaînement est celui d’un autre service, ou de tous : son responsable le change.")
