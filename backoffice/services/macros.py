"""Macros on a case: which are offered to an agent, and applying one, wholly or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, Status, check_open
from backoffice.domain.macros import Situation, Steps, suits
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.tags import fits
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.macros import Macro, MacroRun
from backoffice.queries import macros as queries
from backoffice.queries import ready_answers
from backoffice.queries import tags as tag_queries
from backoffice.services import blanks, case_tags, casework, mentions, moment, taking_back

TAKE, TAG, REPLY, NOTE, MOVE = (
    "Prendre en charge",
    "Poser des étiquettes",
    "Répondre à l’usager",
    "Écrire une note",
    "Changer l’état",
)
GONE = "Cet enchaînement n’est plus proposé pour ce dossier : choisissez-en un autre."


@dataclass(frozen=True, slots=True)
class Names:
    """What steps name, by id: the tags and the ready answers of an authority."""

    tags: dict[int, str]
    answers: dict[int, str]


def list_offered(session: Session, actor: Actor, case: Case) -> list[Macro]:
    """The macros of a case's department or of all whose every step this actor may do on it as it is now."""
    now = Situation(Status(case.status), case.outcome, case.assignee_id)
    return [one for one in queries.list_for(session, case) if suits(Steps.from_data(one.steps), actor, case, now)]


def read_names(session: Session, authority_id: int) -> Names:
    """The names that `say_steps` needs."""
    return Names(
        {one.id: one.name for one in tag_queries.list_all(session, authority_id)},
        {one.id: one.title for one in ready_answers.list_all(session, authority_id)},
    )


def say_steps(steps: Steps, names: Names) -> list[str]:
    """What a macro does, a line each."""
    tags = ", ".join(names.tags.get(one, "?") for one in steps.tag_ids)
    said = (
        (steps.take, TAKE),
        (steps.tag_ids, f"Étiquettes\u00a0: {tags}"),
        (steps.answer_id, f"Réponse\u00a0: {names.answers.get(steps.answer_id, '?')}"),
        (steps.note, f"Note\u00a0: {steps.note}"),
        (steps.status, f"État\u00a0: {DESK_STATUS_LABELS[Status(steps.status)]}" if steps.status else ""),
    )
    return [line for is_there, line in said if is_there]


def is_repeat(session: Session, case: Case, key: str) -> bool:
    """Whether the form that carries this key has applied a macro already (a double click, a page sent again)."""
    return bool(key) and queries.has_run(session, case.id, key)


def apply(session: Session, runtime: Runtime, actor: Actor, case: Case, macro: Macro, key: str) -> Steps:
    """Do every step of a macro on a case, in order, and give what was done; each act writes its own line of history.

    Raises Invalid or Conflict that name the step that could not be done: the caller's transaction then undoes the
    others. `key` is the form's own, see `is_repeat`. The answer waits `taking_back.HOLD` before it leaves.
    """
    policy.require(actor, Permission.CASE_NOTE, case)
    if macro.retired_at is not None or not fits(macro.department_id, case.department_id):
        raise Conflict(GONE)
    steps = Steps.from_data(macro.steps)
    for permission in steps.permissions:
        policy.require(actor, permission, case)
    if key:
        session.add(
            MacroRun(authority_id=case.authority_id, case_id=case.id, macro_id=macro.id, form_key=key, at=moment.now())
        )
    if steps.take:
        _do(macro, TAKE, lambda: casework.take(session, actor, case))
    if steps.tag_ids:
        _do(macro, TAG, lambda: _tag(session, actor, case, steps.tag_ids))
    if steps.answer_id:
        _do(macro, REPLY, lambda: _reply(session, runtime, actor, case, steps.answer_id))
    if steps.note:
        _do(macro, NOTE, lambda: _note(session, actor, case, steps.note))
    if steps.status and steps.status != case.status:
        _do(macro, MOVE, lambda: _move(session, actor, case, Status(steps.status)))
        return steps
    return replace(steps, status="")


def _do(macro: Macro, step: str, act: Callable[[], None]) -> None:
    try:
        act()
    except Invalid as fault:
        raise Invalid(_refusal(macro, step, fault.faults.values() or [fault.sentence])) from fault
    except Conflict as fault:
        raise Conflict(_refusal(macro, step, [fault.sentence])) from fault


def _refusal(macro: Macro, step: str, why: Iterable[str]) -> str:
    said = " ".join(why)
    return f"«\u00a0{macro.name}\u00a0» n’a rien fait, à cause de l’étape «\u00a0{step}\u00a0»\u00a0: {said}"


def _tag(session: Session, actor: Actor, case: Case, tag_ids: tuple[int, ...]) -> None:
    carried = {one.id for one in tag_queries.list_of_case(session, case.id)}
    case_tags.choose(session, actor, case, carried | set(tag_ids))


def _reply(session: Session, runtime: Runtime, actor: Actor, case: Case, answer_id: int) -> None:
    policy.require(actor, Permission.READY_ANSWER_READ)
    answer = ready_answers.get_answer(session, case.authority_id, answer_id)
    if answer.retired_at is not None:
        raise Invalid(f"la réponse type «\u00a0{answer.title}\u00a0» est retirée.")
    text = blanks.complete(session, case, ready_answers.list_said(session, [answer])[answer.id].text)
    casework.reply(session, runtime, actor, case, text, hold=taking_back.HOLD)


def _note(session: Session, actor: Actor, case: Case, text: str) -> None:
    written = casework.note(session, actor, case, text)
    mentions.tell(session, actor, case, text, place=mentions.note_place(written.id))


def _move(session: Session, actor: Actor, case: Case, to: Status) -> None:
    check_open(Status(case.status))
    casework.move(session, actor, case, to)
