"""Actions in bulk: what is offered on a selection, what an action would do, the batch made of it, and undoing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    obstacle,
    refusal,
)
from backoffice.domain.batches import BatchState, Kind
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, OUTCOME_LABELS, Outcome, Status
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.batches import Batch
from backoffice.models.cases import Case
from backoffice.queries import batch_actions as queries
from backoffice.queries import batches as batch_queries
from backoffice.queries import catalogue, people
from backoffice.queries import tags as tag_queries
from backoffice.services import batches, casework, tags
from backoffice.services.batches import Letter


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an action would do to a selection as it is: to how many cases, and why not to the others."""

    done: int
    refused: list[tuple[str, int]]
    example: str
    example_reference: str


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
    counts = [(kind, sum(not obstacle(actor, kind, case) for case in cases)) for kind in LABELS]
    return [(kind, count) for kind, count in counts if count and _has_choices(session, actor, kind)]


def _has_choices(session: Session, actor: Actor, kind: Kind) -> bool:
    return kind not in {Kind.TAG, Kind.UNTAG} or bool(tag_queries.list_all(session, actor.authority_id))


def read(session: Session, actor: Actor, kind: Kind, typed: Mapping[str, str]) -> Action:
    """The action that a form says; raise Invalid, field by field."""
    policy.require(actor, PERMISSIONS[kind])
    text = typed.get("text", "").replace("\x00", "").strip()
    number = row_ids.read(typed.get("to", "")) or 0
    match kind:
        case Kind.ASSIGN:
            listed = {one.id for one in people.list_staff(session, actor.authority_id) if one.active}
            _check("to", typed.get("to") == "personne" or number in listed, "Choisissez un agent de la liste.")
            return Action(kind, staff_id=number or None)
        case Kind.TRANSFER:
            listed = {one.id for one in catalogue.list_departments(session, actor.authority_id)}
            _check("to", number in listed, "Choisissez le service qui doit prendre la suite.")
            _check("text", bool(text), "Indiquez au service pourquoi vous lui transférez ces dossiers.")
            return Action(kind, department_id=number, text=_short(text))
        case Kind.TAG | Kind.UNTAG:
            listed = {one.id for one in tag_queries.list_all(session, actor.authority_id)}
            _check("to", number in listed, "Choisissez une étiquette de la liste.")
            if kind is Kind.TAG:
                tags.get_in_service(session, actor.authority_id, number)
            return Action(kind, tag_id=number)
        case Kind.MOVE:
            _check("to", typed.get("to") in set(STATUSES), "Choisissez l’état des dossiers.")
            return Action(kind, status=typed["to"])
        case Kind.CLOSE:
            _check("to", typed.get("to") in set(OUTCOMES), "Choisissez l’issue des dossiers.")
            return Action(kind, outcome=typed["to"], text=_answer(text))
        case _:
            return Action(kind, text=_answer(text))


def _check(field: str, is_right: bool, sentence: str) -> None:
    if not is_right:
        raise Invalid(faults={field: sentence})


def _short(text: str) -> str:
    _check("text", len(text) <= casework.LONGEST_TEXT, "Ce texte dépasse 20 000 caractères : raccourcissez-le.")
    return text


def _answer(text: str) -> str:
    _check("text", bool(text), "Écrivez la réponse aux usagers.")
    unknown = merge_fields.find_unknown(text)
    _check("text", not unknown, f"{unknown[0] if unknown else ''} ne peut pas être rempli : choisissez ci-dessous.")
    return _short(text)


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
            return f"Passer à « {DESK_STATUS_LABELS[Status(action.status)]} »"
        case Kind.CLOSE:
            return f"Terminer : {OUTCOME_LABELS[Outcome(action.outcome)]}"
        case _:
            return LABELS[action.kind]


def target_of(session: Session, authority_id: int, action: Action, case_ids: Sequence[int]) -> Target:
    """What the action needs besides these cases."""
    if action.kind is Kind.ASSIGN and action.staff_id is not None:
        return Target(departments=queries.list_departments_of(session, action.staff_id))
    if action.kind in {Kind.TAG, Kind.UNTAG}:
        tag = tag_queries.get_tag(session, authority_id, action.tag_id)
        carriers = tag_queries.list_carriers(session, tag.id, case_ids)
        return Target(tag_department=tag.department_id, carriers=frozenset(carriers))
    return Target()


def foresee(session: Session, actor: Actor, references: Sequence[str], action: Action) -> Forecast:
    """What `create` would do to the cases as they are, and the text of an answer as its first reader will have it."""
    policy.require(actor, PERMISSIONS[action.kind])
    cases = batches.list_chosen(session, actor, references)
    target = target_of(session, actor.authority_id, action, [case.id for case in cases])
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
    return Forecast(done, refused.most_common(), example, written.reference if written else "")


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
    lines = [{"case_id": case.id, "seen_revision": case.revision} for case in cases]
    return batches.begin(session, actor, action.kind, values, lines, key=key)


def is_undoable(batch: Batch) -> bool:
    """Whether a batch is over, and of a kind that can be taken back."""
    return batch.kind in UNDOABLE and batch.state == BatchState.DONE


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
