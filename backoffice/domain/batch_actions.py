"""Actions in bulk: what each asks of a case, why it leaves one as it is, and which can be taken back."""

from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass, field
from typing import Any

from backoffice.domain import macros
from backoffice.domain.batches import Kind
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, MOVES, Outcome, Status
from backoffice.domain.macros import Situation, Steps
from backoffice.domain.policy import Actor, Permission, allows
from backoffice.domain.tags import fits

PERMISSIONS: dict[Kind, Permission] = {
    Kind.ASSIGN: Permission.CASE_ASSIGN,
    Kind.TRANSFER: Permission.CASE_TRANSFER,
    Kind.TAG: Permission.CASE_TAG,
    Kind.UNTAG: Permission.CASE_TAG,
    Kind.MOVE: Permission.CASE_MOVE,
    Kind.MACRO: Permission.CASE_NOTE,
    Kind.REPLY: Permission.CASE_REPLY,
    Kind.LETTER: Permission.CASE_REPLY,
    Kind.CLOSE: Permission.CASE_DECIDE,
}

LABELS: dict[Kind, str] = {
    Kind.ASSIGN: "Attribuer à un agent",
    Kind.TRANSFER: "Transférer à un autre service",
    Kind.TAG: "Poser une étiquette",
    Kind.UNTAG: "Retirer une étiquette",
    Kind.MOVE: "Changer l’état",
    Kind.MACRO: "Appliquer un enchaînement",
    Kind.REPLY: "Répondre par courriel",
    Kind.LETTER: "Écrire un courrier",
    Kind.CLOSE: "Terminer avec une réponse",
}

# What left cannot come back: an answer, a letter, a closing of which the citizen was told. A macro can when it writes
# nothing (`Steps.come_back`).
UNDOABLE = frozenset({Kind.ASSIGN, Kind.TRANSFER, Kind.TAG, Kind.UNTAG, Kind.MOVE})

# A closed case keeps its tags, and may be given others.
ON_CLOSED = frozenset({Kind.TAG, Kind.UNTAG})

# A decision that does not give everything asked for has its reasons case by case (L211-2): never in bulk.
OUTCOMES = (Outcome.ANSWERED, Outcome.ACCEPTED, Outcome.WITHDRAWN, Outcome.CLOSED_NO_ACTION)
STATUSES = (Status.UNDER_REVIEW, Status.WAITING_CITIZEN)

NOT_ALLOWED = "Ce dossier est suivi par un service où vous ne pouvez pas faire cette action."
CLOSED = "Ce dossier est terminé : rouvrez-le d’abord."
ANONYMOUS = "Cette demande est anonyme : il n’y a personne à qui écrire."
NO_EMAIL = "Cet usager ne reçoit pas de courriel : choisissez « Écrire un courrier »."
OTHER_MACRO = "Cet enchaînement est celui d’un autre service que celui du dossier."
OTHER_TAG = "Cette étiquette est celle d’un autre service que celui du dossier."
CHANGED = "Ce dossier a changé depuis que vous l’avez choisi : il est laissé comme il est."


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case of a selection in plain values: what policy and actions ask of it."""

    id: int
    reference: str
    authority_id: int
    department_id: int
    restricted: bool
    status: str
    assignee_id: int | None
    revision: int
    has_citizen: bool
    by_email: bool


@dataclass(frozen=True, slots=True)
class Action:
    """What is asked for: only the fields of its kind say something; `staff_id` None gives back to the department.

    `status` is a common state, or the code of a sub-state, which `status_label` then names.
    """

    kind: Kind
    staff_id: int | None = None
    department_id: int = 0
    tag_id: int = 0
    macro_id: int = 0
    status: str = ""
    status_label: str = ""
    outcome: str = ""
    text: str = ""

    def to_data(self) -> dict[str, Any]:
        """What a batch keeps of it, besides its kind."""
        return {name: value for name, value in asdict(self).items() if name != "kind"}

    @classmethod
    def from_data(cls, kind: str, data: Mapping[str, Any]) -> "Action":
        """The action that a batch keeps."""
        return cls(Kind(kind), **{name: data[name] for name in cls.__slots__ if name != "kind" and name in data})


@dataclass(frozen=True, slots=True)
class Target:
    """What an action needs besides the case: where its agent works, whose its tag or macro is, which cases carry it.

    `obstacles` says, by case, why it cannot go to the sub-state, or end; `carried` which cases carry each tag.
    """

    departments: frozenset[int] = frozenset()
    tag_department: int | None = None
    carriers: frozenset[int] = frozenset()
    obstacles: Mapping[int, str] = field(default_factory=dict)
    macro_department: int | None = None
    steps: Steps | None = None
    carried: Mapping[int, Set[int]] = field(default_factory=dict)


def obstacle(actor: Actor, kind: Kind, case: Chosen) -> str:
    """Why no action of this kind can be done to a case, whatever it asks for; empty when one can."""
    if not allows(actor, PERMISSIONS[kind], case):
        return NOT_ALLOWED
    if case.status == Status.CLOSED and kind not in ON_CLOSED:
        return CLOSED
    if kind in {Kind.REPLY, Kind.LETTER} and not case.has_citizen:
        return ANONYMOUS
    return NO_EMAIL if kind is Kind.REPLY and not case.by_email else ""


def refusal(actor: Actor, action: Action, case: Chosen, target: Target) -> str:
    """Why this very action leaves a case as it is; empty when it would be done."""
    found = obstacle(actor, action.kind, case)
    if found:
        return found
    match action.kind:
        case Kind.ASSIGN:
            return _no_assignment(action, case, target)
        case Kind.TRANSFER if action.department_id == case.department_id:
            return "Ce dossier est déjà dans ce service."
        case Kind.TAG | Kind.UNTAG:
            return _no_tag(action, case, target)
        case Kind.MACRO:
            return no_macro(actor, case, target)
        case Kind.MOVE | Kind.CLOSE:
            return _no_move(action, case, target)
        case _:
            return ""


def _no_assignment(action: Action, case: Chosen, target: Target) -> str:
    if action.staff_id == case.assignee_id:
        return "Ce dossier est déjà attribué à cette personne." if action.staff_id else "Ce dossier n’a pas d’agent."
    if action.staff_id is not None and case.department_id not in target.departments:
        return "Cette personne ne fait pas partie du service chargé du dossier."
    return ""


def _no_move(action: Action, case: Chosen, target: Target) -> str:
    if action.status not in set(Status):
        return target.obstacles.get(case.id, "")
    if action.status == case.status:
        return f"Ce dossier est déjà « {DESK_STATUS_LABELS[Status(case.status)]} »."
    if Status(action.status) not in MOVES[Status(case.status)]:
        return f"Un dossier « {DESK_STATUS_LABELS[Status(case.status)]} » ne peut pas passer à cet état."
    return ""


def no_macro(actor: Actor, case: Chosen, target: Target) -> str:
    """Why the steps of a macro leave a case as it is; empty when all of them would be done."""
    if target.steps is None or not fits(target.macro_department, case.department_id):
        return OTHER_MACRO
    return macros.obstacle(target.steps, actor, case, Situation(Status(case.status), None, case.assignee_id))


def _no_tag(action: Action, case: Chosen, target: Target) -> str:
    carries = case.id in target.carriers
    if action.kind is Kind.UNTAG:
        return "" if carries else "Ce dossier ne porte pas cette étiquette."
    if carries:
        return "Ce dossier porte déjà cette étiquette."
    return "" if fits(target.tag_department, case.department_id) else OTHER_TAG
