"""The checklist of a procedure, ticked and unticked on each of its cases; some items before the case may end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ChecklistItem
from backoffice.errors import Invalid
from backoffice.models.case_checks import CaseCheck
from backoffice.models.cases import Case
from backoffice.queries import case_checks as queries
from backoffice.services import journal, moment, procedures
from backoffice.services.journal import Event

# Endings that grant nothing: what an agreement needs is not asked of them.
UNCHECKED = frozenset({Outcome.WITHDRAWN, Outcome.CLOSED_NO_ACTION, Outcome.INADMISSIBLE, Outcome.REFUSED})
NOT_AN_ITEM = "La liste de contrôle de cette démarche a changé : rechargez la page, puis cochez de nouveau."


@dataclass(frozen=True, slots=True)
class Check:
    """An item of the checklist of a case, and who ticked it."""

    item: ChecklistItem
    ticked: CaseCheck | None


def list_checks(session: Session, case: Case) -> list[Check]:
    """The checklist of a case, in its order; nothing is asked of the database when its procedure has none."""
    items = _items(case)
    ticked = queries.list_ticked(session, case.id) if items else {}
    return [Check(item, ticked.get(item.code)) for item in items]


def choose(session: Session, actor: Actor, case: Case, codes: Collection[str]) -> None:
    """Have these items ticked and no other; who ticked the others before stays written in the history."""
    policy.require(actor, Permission.CASE_NOTE, case)
    items = {item.code: item for item in _items(case)}
    if not set(codes) <= items.keys():
        raise Invalid(faults={"checks": NOT_AN_ITEM})
    before = queries.list_ticked(session, case.id)
    added = [item for code, item in items.items() if code in codes and code not in before]
    removed = [item for code, item in items.items() if code in before and code not in codes]
    if not added and not removed:
        return
    for item in added:
        session.add(
            CaseCheck(
                authority_id=case.authority_id,
                case_id=case.id,
                code=item.code,
                staff_id=actor.id if actor.kind == "staff" else None,
                author=actor.name,
                at=moment.now(),
            )
        )
    for item in removed:
        session.delete(before[item.code])
    session.flush()
    case.revision += 1
    lines: list[journal.Line] = [
        (actor, event, {"codes": [item.code for item in found], "labels": [item.label for item in found]})
        for event, found in ((Event.CHECKED, added), (Event.UNCHECKED, removed))
        if found
    ]
    journal.record_each(session, case, lines)


def require_done(session: Session, case: Case, outcome: Outcome) -> None:
    """Raise Invalid, on the field `outcome`, when something that this ending needs is not ticked yet."""
    sentence = find_obstacles(session, [case], outcome).get(case.id)
    if sentence:
        raise Invalid(sentence, {"outcome": sentence})


def find_obstacles(session: Session, cases: Sequence[Case], outcome: Outcome) -> dict[int, str]:
    """What is left to tick before these cases may end so, in words, by case; nothing of those that may."""
    required: dict[int, dict[str, str]] = {}
    if outcome not in UNCHECKED:
        for case in cases:
            if needed := {item.code: item.label for item in _items(case) if item.required}:
                required[case.id] = needed
    ticked = queries.list_ticked_of(session, required) if required else {}
    found = {}
    for case_id, needed in required.items():
        if left := [f"«\u00a0{label}\u00a0»" for code, label in needed.items() if code not in ticked.get(case_id, ())]:
            found[case_id] = f"Il reste à cocher dans la liste de contrôle, avant de terminer\u00a0: {', '.join(left)}."
    return found


def _items(case: Case) -> tuple[ChecklistItem, ...]:
    version = case.procedure_version
    return procedures.read_version(version).checklist if version is not None else ()
