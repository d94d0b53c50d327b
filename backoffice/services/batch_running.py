"""The slices of an action in bulk: each case wholly done or left as it is with its reason, all in one transaction.

A slice and its promise are kept together: a worker that stops in the middle undoes its slice, another does it again.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.batch_actions import CHANGED, PERMISSIONS, Action, Chosen, Target, refusal
from backoffice.domain.batches import BatchState, Kind, LineState
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import BackofficeError, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.batches import Batch, BatchLine
from backoffice.models.cases import Case
from backoffice.models.tags import Tag
from backoffice.queries import batches as queries
from backoffice.queries import catalogue, people
from backoffice.queries import macros as macro_queries
from backoffice.queries import tags as tag_queries
from backoffice.services import (
    batch_actions,
    batches,
    case_notices,
    case_tags,
    casework,
    journal,
    macros,
    moment,
    outbox,
    sub_states,
)
from backoffice.services.batches import Letter
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim

GIVEN_BACK = ("department_id", "assignee_id", "status", "sub_state", "sub_state_label")
"""What an action may change of a case itself, in the order in which it is given back."""
NO_MORE_AUTHOR = "Le compte de l’agent qui a demandé cette action est fermé."


def run(runtime: Runtime, claim: Claim) -> None:
    """Do a slice; the job that settles the last case ends its batch."""
    batch_id, first = claim.payload["batch_id"], claim.payload["first"]
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)
        batch = session.get_one(Batch, batch_id)
        author = batches.find_author(session, batch)
        held = queries.claim_slice(session, batch_id, first, batches.ACTION_SLICE)
        action = None if batch.kind == Kind.UNDO else Action.from_data(batch.kind, batch.values)
        target = Target()
        if action is not None:
            target = batch_actions.target_of(session, batch.authority_id, action, [case for _, case in held])
        # The session forgets what nobody holds: what every case asks for is read once.
        kept = [session.get_one(Authority, batch.authority_id), *_named(session, batch, action)]
        results = [_result(session, runtime, author, batch, action, target, line, case) for line, case in held]
        # What became of the cases is written together at the end, not between two of them.
        for (line, case), (state, message, before) in zip(held, results, strict=True):
            line.state, line.message, line.before = state, message, before
            line.left_revision = case.revision if state == LineState.OK else None
        del kept
        session.flush()
        if held and queries.count_done(session, batch_id, len(held)):
            batch.state, batch.finished_at = BatchState.DONE, moment.now()
            if author is not None:
                done = batch.total - queries.count_refused(session, batch_id)
                case_notices.tell_batch_done(session, batch, author, done)


def _named(session: Session, batch: Batch, action: Action | None) -> list[object]:
    if action is not None and action.staff_id is not None:
        return [people.get_staff(session, batch.authority_id, action.staff_id)]
    tag_id = batch.values.get("tag_id")
    return [tag_queries.get_tag(session, batch.authority_id, tag_id)] if tag_id else []


def _result(
    session: Session, runtime: Runtime, author: Actor | None, batch: Batch, action: Action | None, target: Target,
    line: BatchLine, case: Case,
) -> tuple[LineState, str, dict[str, Any] | None]:  # fmt: skip
    """What becomes of a case: done, with what it had before; or left, with the reason."""
    try:
        # What a case refuses halfway is undone for it alone.
        with session.begin_nested():
            return LineState.OK, "", _settle(session, runtime, author, batch, action, target, line, case)
    except BackofficeError as fault:
        session.expire(case)
        return LineState.REFUSED, _reason(fault), line.before


def _reason(fault: BackofficeError) -> str:
    faults = fault.faults if isinstance(fault, Invalid) else {}
    return next(iter(faults.values()), fault.sentence)


def _settle(
    session: Session, runtime: Runtime, author: Actor | None, batch: Batch, action: Action | None, target: Target,
    line: BatchLine, case: Case,
) -> dict[str, Any]:  # fmt: skip
    """Do the action to a case, or take one back; give what it had before. Raises BackofficeError with the reason."""
    if author is None:
        raise Invalid(NO_MORE_AUTHOR)
    if case.revision != line.seen_revision:
        raise Invalid(CHANGED)
    before: dict[str, Any] = {name: getattr(case, name) for name in GIVEN_BACK}
    if action is None:
        _restore(session, author, batch, case, line.before or {})
        return before
    reason = refusal(author, action, batch_actions.chosen_of(case), target)
    if reason:
        raise Invalid(reason)
    if target.steps is not None and target.steps.come_back:
        # What a macro would put on a case that has it already is not taken off again.
        before["put"] = [one for one in target.steps.tag_ids if case.id not in target.carried.get(one, ())]
    _act(session, runtime, author, batch, action, case)
    return before


def _act(session: Session, runtime: Runtime, author: Actor, batch: Batch, action: Action, case: Case) -> None:
    # (channel, source_id) of a message is unique: whatever happens, a batch writes once to a case.
    key = f"batch-{batch.id}"
    match action.kind:
        case Kind.ASSIGN:
            to = people.get_staff(session, case.authority_id, action.staff_id) if action.staff_id else None
            casework.assign(session, author, case, to=to, quietly=True)
        case Kind.TRANSFER:
            department_id, reason = action.department_id, action.text
            casework.transfer(session, author, case, department_id=department_id, reason=reason, quietly=True)
        case Kind.TAG:
            case_tags.put(session, author, case, _tag(session, case, action.tag_id))
        case Kind.UNTAG:
            case_tags.take_off(session, author, case, _tag(session, case, action.tag_id))
        case Kind.MOVE:
            sub_states.go_to(session, author, case, action.status)
        case Kind.MACRO:
            macro = macro_queries.get_macro(session, case.authority_id, action.macro_id)
            macros.apply(session, runtime, author, case, macro, key)
        case Kind.REPLY:
            casework.reply(session, runtime, author, case, _filled(session, case, action.text), key=key)
        case Kind.CLOSE:
            outcome, text = Outcome(action.outcome), _filled(session, case, action.text)
            casework.close(session, runtime, author, case, outcome, text, key=key)
        case _:
            raise ValueError(action.kind)


def _tag(session: Session, case: Case, tag_id: int) -> Tag:
    return tag_queries.get_tag(session, case.authority_id, tag_id)


def _filled(session: Session, case: Case, text: str) -> str:
    return batches.fill(session, case, Letter("", text)).text


def _restore(session: Session, author: Actor, batch: Batch, case: Case, before: dict[str, Any]) -> None:
    """Give back what an action took; its author needs the right that it asked for, where the case was then."""
    kind = Kind(batch.values["undone"])
    was = replace(batch_actions.chosen_of(case), department_id=before["department_id"])
    policy.require(author, PERMISSIONS[kind], was)
    if kind is Kind.MACRO:
        _take_macro_back(session, author, case, was, before)
    elif kind is Kind.TAG:
        tag_queries.take_off(session, case, _tag(session, case, batch.values["tag_id"]))
    elif kind is Kind.UNTAG:
        tag_queries.put(session, case, _tag(session, case, batch.values["tag_id"]))
    else:
        _give_back(session, case, before)
    case.revision += 1
    journal.record(session, author, case, Event.RESTORED, label=batch.values["label"], batch_id=batch.id, **before)


def _take_macro_back(session: Session, author: Actor, case: Case, was: Chosen, before: dict[str, Any]) -> None:
    if "put" not in before:
        # It was changed between the asking and the doing.
        raise Invalid("Cet enchaînement a écrit dans ce dossier : il ne s’annule pas.")
    needed = (
        (Permission.CASE_MOVE, before["status"] != case.status),
        (Permission.CASE_TAKE, before["assignee_id"] != case.assignee_id),
        (Permission.CASE_TAG, before["put"]),
    )
    for permission, is_needed in needed:
        if is_needed:
            policy.require(author, permission, was)
    for tag_id in before["put"]:
        tag_queries.take_off(session, case, _tag(session, case, tag_id))
    if any(before[name] != getattr(case, name) for name in GIVEN_BACK):
        _give_back(session, case, before)


def _give_back(session: Session, case: Case, before: dict[str, Any]) -> None:
    department = catalogue.get_department(session, case.authority_id, before["department_id"])
    if not department.active:
        raise Invalid(f"Le service {department.name} est fermé : ce dossier ne peut pas y revenir.")
    if before["assignee_id"] is not None:
        staff = people.get_staff(session, case.authority_id, before["assignee_id"])
        if staff not in people.list_department_staff(session, department.id):
            raise Invalid(f"{staff.name} ne travaille plus dans ce service : ce dossier ne peut pas lui revenir.")
    # The state first: a case leaves its sub-state with it.
    for name in GIVEN_BACK:
        if name in before:
            setattr(case, name, before[name])
