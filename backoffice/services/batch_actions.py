"""Actions in bulk: what is offered on a selection, what an action would do, the batch made of it, and undoing."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from backoffice.domain import merge_fields, policy, row_ids
from backoffice.domain.batch_actions import (
    LABELS,
    OUTCOMES,
    PERMISSIONS,
    STATUSES,
    UNDOABLE,
    Action,
    Chosen,
    Target,
    no_macro,
    obstacle,
    refusal,
)
from backoffice.domain.batches import BatchState, Kind
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, OUTCOME_LABELS, Outcome, Status
from backoffice.domain.macros import Steps
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Department
from backoffice.models.batches import Batch
from backoffice.models.cases import Case
from backoffice.models.macros import Macro
from backoffice.models.people import Staff
from backoffice.models.tags import Tag
from backoffice.queries import absences, catalogue, people
from backoffice.queries import batch_actions as queries
from backoffice.queries import batches as batch_queries
from backoffice.queries import macros as macro_queries
from backoffice.queries import tags as tag_queries
from backoffice.services import batches, casework, checklists, macros, sub_states
from backoffice.services.batches import Letter

# « Personne » in the list of agents: cases are given back to their department.
NOBODY = "personne"
# The actions that need a text, and what is said when there is none.
WRITTEN = {
    Kind.TRANSFER: "Indiquez au service pourquoi vous lui transférez ces dossiers.",
    Kind.REPLY: "Écrivez la réponse aux usagers.",
    Kind.CLOSE: "Écrivez la réponse aux usagers.",
}


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an action would do to a selection as it is: to how many cases, and why not to the others.

    `steps` are those of a macro, in words; `comes_back` is whether it could be taken back.
    """

    done: int
    refused: list[tuple[str, int]]
    example: str
    example_reference: str
    steps: list[str]
    comes_back: bool


def chosen_of(case: Case) -> Chosen:
    """A case in plain values."""
    citizen = case.citizen
    return Chosen(
        case.id, case.reference, case.authority_id, case.department_id, case.restricted, case.status,
        case.assignee_id, case.revision, citizen is not None, citizen is not None and citizen.is_answered_by_email,
    )  # fmt: skip


def offer(session: Session, actor: Actor, references: Sequence[str]) -> list[tuple[Kind, int]]:
    """The actions that can be done to at least one case of a selection, each with how many."""
    policy.require(actor, Permission.CASE_TAG)
    cases = [chosen_of(case) for case in batches.list_chosen(session, actor, references)]
    tagged = set().union(*tag_queries.list_carried(session, [case.id for case in cases]).values())
    known = [_target(one) for one in _macros_in_service(session, actor)]
    counts = [(kind, sum(_is_offered(actor, kind, case, tagged, known) for case in cases)) for kind in LABELS]
    return [(kind, count) for kind, count in counts if count and _has_choices(session, actor, kind)]


def _is_offered(actor: Actor, kind: Kind, case: Chosen, tagged: Set[int], known: Sequence[Target]) -> bool:
    """`tagged` are the cases that carry a tag, `known` the macros in service."""
    if kind is Kind.MACRO:
        return any(_is_suited(actor, case, one) for one in known)
    return not obstacle(actor, kind, case) and (kind is not Kind.UNTAG or case.id in tagged)


def _has_choices(session: Session, actor: Actor, kind: Kind) -> bool:
    in_service = kind is not Kind.TAG or tag_queries.list_all(session, actor.authority_id, in_service_only=True)
    return bool(in_service)


def list_tags(session: Session, actor: Actor, kind: Kind, references: Sequence[str]) -> list[Tag]:
    """The tags that may be put on a selection, or those that one of its cases carries, by name."""
    if kind is Kind.TAG:
        return tag_queries.list_all(session, actor.authority_id, in_service_only=True)
    carried = tag_queries.list_carried(session, [case.id for case in batches.list_chosen(session, actor, references)])
    return [tag for tag in tag_queries.list_all(session, actor.authority_id) if tag.id in carried]


def list_macros(session: Session, actor: Actor, references: Sequence[str]) -> list[Macro]:
    """The macros that may be applied to at least one case of a selection, in the order in which they are offered."""
    cases = [chosen_of(case) for case in batches.list_chosen(session, actor, references)]
    found = [(one, _target(one)) for one in _macros_in_service(session, actor)]
    return [one for one, target in found if any(_is_suited(actor, case, target) for case in cases)]


def _macros_in_service(session: Session, actor: Actor) -> list[Macro]:
    return [one for one in macro_queries.list_all(session, actor.authority_id) if one.retired_at is None]


def _target(macro: Macro) -> Target:
    return Target(macro_department=macro.department_id, steps=Steps.from_data(macro.steps))


def _is_suited(actor: Actor, case: Chosen, target: Target) -> bool:
    return not (obstacle(actor, Kind.MACRO, case) or no_macro(actor, case, target))


def list_agents(session: Session, actor: Actor, references: Sequence[str]) -> list[Staff]:
    """The agents who may get at least one case of a selection, by name."""
    departments = _departments_of(session, actor, Kind.ASSIGN, references)
    return absences.list_colleagues(session, actor.authority_id, departments)


def list_departments(session: Session, actor: Actor, references: Sequence[str]) -> list[Department]:
    """The departments that a selection may go to, by name: not the one that has all of it."""
    now = _departments_of(session, actor, Kind.TRANSFER, references)
    return [one for one in catalogue.list_departments(session, actor.authority_id) if now != {one.id}]


def _departments_of(session: Session, actor: Actor, kind: Kind, references: Sequence[str]) -> set[int]:
    """The departments that have the cases of a selection to which such an action can be done."""
    cases = map(chosen_of, batches.list_chosen(session, actor, references))
    return {case.department_id for case in cases if not obstacle(actor, kind, case)}


def list_states(session: Session, actor: Actor, references: Sequence[str]) -> list[tuple[str, str]]:
    """(code, label) of the states that a selection may go to: common ones, and the sub-states that suit it whole."""
    common = sub_states.list_common(batches.list_chosen(session, actor, references))
    return [(one.value, DESK_STATUS_LABELS[one]) for one in STATUSES] + [(one.code, one.full_label) for one in common]


def read(
    session: Session, actor: Actor, kind: Kind, typed: Mapping[str, str], references: Sequence[str] = ()
) -> Action:
    """The action that a form says of a selection; raise Invalid, field by field."""
    policy.require(actor, PERMISSIONS[kind])
    to, text = typed.get("to", ""), typed.get("text", "").replace("\x00", "").strip()
    number = row_ids.read(to) or 0
    faults = {"text": _text_fault(kind, text)} if kind in WRITTEN else {}
    match kind:
        case Kind.ASSIGN:
            staff = {one.id for one in people.list_staff(session, actor.authority_id) if one.active}
            faults["to"] = "" if to == NOBODY or number in staff else "Choisissez un agent de la liste."
            action = Action(kind, staff_id=number or None)
        case Kind.TRANSFER:
            departments = {one.id for one in catalogue.list_departments(session, actor.authority_id)}
            faults["to"] = "" if number in departments else "Choisissez le service qui doit prendre la suite."
            action = Action(kind, department_id=number, text=text)
        case Kind.TAG | Kind.UNTAG:
            listed = tag_queries.list_all(session, actor.authority_id, in_service_only=kind is Kind.TAG)
            faults["to"] = "" if number in {one.id for one in listed} else "Choisissez une étiquette de la liste."
            action = Action(kind, tag_id=number)
        case Kind.MOVE:
            label = "" if to in set(STATUSES) else _sub_state_label(session, actor, references, to)
            faults["to"] = "" if to in set(STATUSES) or label else "Choisissez l’état des dossiers."
            action = Action(kind, status=to, status_label=label)
        case Kind.MACRO:
            offered = {one.id for one in list_macros(session, actor, references)}
            faults["to"] = "" if number in offered else "Choisissez un enchaînement de la liste."
            action = Action(kind, macro_id=number)
        case Kind.CLOSE:
            faults["to"] = "" if to in set(OUTCOMES) else "Choisissez l’issue des dossiers."
            action = Action(kind, outcome=to, text=text)
        case _:
            action = Action(kind, text=text)
    found = {field: sentence for field, sentence in faults.items() if sentence}
    if found:
        raise Invalid(faults=found)
    return action


def _sub_state_label(session: Session, actor: Actor, references: Sequence[str], code: str) -> str:
    """What a sub-state of one of these cases at least is called: the others each say why they cannot go there."""
    cases = batches.list_chosen(session, actor, references) if code else []
    known = (sub_states.lifecycle_of(one) for one in {case.procedure_version_id: case for case in cases}.values())
    return next((state.full_label for state in (one.find(code) for one in known) if state is not None), "")


def _text_fault(kind: Kind, text: str) -> str:
    if not text:
        return WRITTEN[kind]
    if len(text) > casework.LONGEST_TEXT:
        return "Ce texte dépasse 20 000 caractères : raccourcissez-le."
    unknown = merge_fields.find_unknown(text) if kind is not Kind.TRANSFER else ()
    return f"{unknown[0]} ne peut pas être rempli : choisissez dans la liste ci-dessous." if unknown else ""


def label_of(session: Session, authority_id: int, action: Action) -> str:
    """What an action is called: « Attribuer à Karim Benali »."""
    match action.kind:
        case Kind.ASSIGN if action.staff_id is None:
            return "Rendre au service"
        case Kind.ASSIGN:
            return f"Attribuer à {people.get_staff(session, authority_id, action.staff_id or 0).name}"
        case Kind.TRANSFER:
            return f"Transférer à {catalogue.get_department(session, authority_id, action.department_id).name}"
        case Kind.TAG | Kind.UNTAG:
            verb = "Poser" if action.kind is Kind.TAG else "Retirer"
            return f"{verb} l’étiquette « {tag_queries.get_tag(session, authority_id, action.tag_id).name} »"
        case Kind.MOVE:
            return f"Passer à « {action.status_label or DESK_STATUS_LABELS[Status(action.status)]} »"
        case Kind.MACRO:
            return f"Appliquer «\u00a0{macro_queries.get_macro(session, authority_id, action.macro_id).name}\u00a0»"
        case Kind.CLOSE:
            return f"Terminer : {OUTCOME_LABELS[Outcome(action.outcome)]}"
        case _:
            return LABELS[action.kind]


def target_of(session: Session, authority_id: int, action: Action, cases: Sequence[Case]) -> Target:
    """What the action needs besides these cases."""
    if action.kind is Kind.ASSIGN and action.staff_id is not None:
        return Target(departments=queries.list_departments_of(session, action.staff_id))
    if action.kind in {Kind.TAG, Kind.UNTAG}:
        tag = tag_queries.get_tag(session, authority_id, action.tag_id)
        carriers = tag_queries.list_carriers(session, tag.id, [case.id for case in cases])
        return Target(tag_department=tag.department_id, carriers=frozenset(carriers))
    if action.kind is Kind.MACRO:
        carried = tag_queries.list_carried(session, [case.id for case in cases])
        return replace(_target(macro_queries.get_macro(session, authority_id, action.macro_id)), carried=carried)
    if action.kind is Kind.MOVE and action.status not in set(Status):
        return Target(obstacles={one.id: sub_states.find_obstacle(session, one, action.status) for one in cases})
    if action.kind is Kind.CLOSE:
        return Target(obstacles=checklists.find_obstacles(session, cases, Outcome(action.outcome)))
    return Target()


def foresee(session: Session, actor: Actor, references: Sequence[str], action: Action) -> Forecast:
    """What `create` would do to the cases as they are, and the text of an answer as its first reader will have it."""
    policy.require(actor, PERMISSIONS[action.kind])
    cases = batches.list_chosen(session, actor, references)
    target = target_of(session, actor.authority_id, action, cases)
    refused: Counter[str] = Counter()
    first = None
    for case in cases:
        reason = refusal(actor, action, chosen_of(case), target)
        if reason:
            refused[reason] += 1
        else:
            first = first or case
    written = first if action.kind in {Kind.REPLY, Kind.CLOSE} else None
    example = batches.fill(session, written, Letter("", action.text)).text if written and written.citizen else ""
    done = len(cases) - refused.total()
    steps = macros.say_steps(target.steps, macros.read_names(session, actor.authority_id)) if target.steps else []
    may_return = target.steps.come_back if target.steps else action.kind in UNDOABLE
    return Forecast(done, refused.most_common(), example, written.reference if written else "", steps, may_return)


def create(session: Session, actor: Actor, references: Sequence[str], action: Action, *, key: str) -> Batch:
    """Write the batch and promise its slices; the same form (`key`) received twice gives the batch it made.

    Each line keeps the revision that its case has now: what changes before its turn comes is left as it is.
    """
    policy.require(actor, PERMISSIONS[action.kind])
    known = batch_queries.find_by_key(session, actor.authority_id, key)
    if known is not None:
        return batch_queries.get_batch(session, actor, known.id)
    cases = batches.list_chosen(session, actor, references)
    values = action.to_data() | {"subject": label_of(session, actor.authority_id, action)}
    if action.kind is Kind.MACRO:
        steps = Steps.from_data(macro_queries.get_macro(session, actor.authority_id, action.macro_id).steps)
        values |= {"comes_back": steps.come_back}
    lines = [{"case_id": case.id, "seen_revision": case.revision} for case in cases]
    return batches.begin(session, actor, action.kind, values, lines, key=key)


def is_undoable(batch: Batch) -> bool:
    """Whether a batch is over, and can be taken back."""
    return comes_back(batch) and batch.state == BatchState.DONE


def comes_back(batch: Batch) -> bool:
    """Whether what a batch does can be taken back once it is over: its kind says so, or the macro that it applies."""
    return batch.kind in UNDOABLE or bool(batch.values.get("comes_back"))


def undo(session: Session, actor: Actor, batch_id: int) -> Batch:
    """Promise to restore each case that has not changed since; asked for twice, it is one batch."""
    batch = batch_queries.get_batch(session, actor, batch_id)
    policy.require(actor, PERMISSIONS.get(Kind(batch.kind), Permission.CASE_NOTE))
    if not is_undoable(batch):
        raise Conflict(
            "Cette action ne peut pas être annulée : elle n’est pas terminée, ou ce qui est parti est parti."
        )
    known = queries.find_undoing(session, actor.authority_id, batch_id)
    if known is not None:
        return known
    done = queries.list_done(session, batch_id)
    if not done:
        raise Conflict("Aucun dossier n’a changé par cette action : il n’y a rien à annuler.")
    lines = [{"case_id": one.case_id, "seen_revision": one.left_revision, "before": one.before} for one in done]
    values = {"subject": f"Annuler : {batch.values['subject']}", "of": batch.id, "undone": batch.kind}
    values |= {"tag_id": batch.values["tag_id"], "label": batch.values["subject"]}
    return batches.begin(session, actor, Kind.UNDO, values, lines, key=queries.undoing_key(batch_id))
