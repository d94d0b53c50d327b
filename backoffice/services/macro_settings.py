"""The macros of an authority: written, retired and brought back; each change is kept with who made it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain import merge_fields, policy, row_ids
from backoffice.domain.french import fold, typographic
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, Status
from backoffice.domain.macros import LAST_POSITION, LONGEST_NAME, STATES, Steps, may_manage, require_management
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.domain.tags import fits
from backoffice.errors import Invalid
from backoffice.models.authorities import Department
from backoffice.models.macros import Macro, MacroChange
from backoffice.models.ready_answers import ReadyAnswer
from backoffice.queries import catalogue, ready_answers, tags
from backoffice.queries import macros as queries
from backoffice.services import casework, moment, setting_history

CHANGES = {"created": "Créé", "set": "Changé", "retired": "Retiré", "restored": "Remis en service"}


@dataclass(frozen=True, slots=True)
class Written:
    """What a form says of a macro, checked."""

    name: str
    department_id: int | None
    position: int
    steps: Steps


def create(session: Session, actor: Actor, typed: Mapping[str, str], tag_ids: Collection[str]) -> Macro:
    """A new macro, from a form (`name`, `department`, `position`, `take`, `answer`, `note`, `status`, and its tags).

    Raises Invalid, field by field.
    """
    policy.require(actor, Permission.MACRO_MANAGE)
    written = _read(session, actor, typed, tag_ids)
    macro = Macro(authority_id=actor.authority_id, created_at=moment.now())
    _set(macro, written)
    session.add(macro)
    session.flush()
    _keep(session, actor, macro, "created", {})
    return macro


def update(session: Session, actor: Actor, macro_id: int, typed: Mapping[str, str], tag_ids: Collection[str]) -> Macro:
    """Another name, department or place, other steps."""
    policy.require(actor, Permission.MACRO_MANAGE)
    macro = queries.claim_macro(session, actor.authority_id, macro_id)
    require_management(actor, macro.department_id)
    written = _read(session, actor, typed, tag_ids, macro)
    before, were = _said(macro), _shown(session, macro)
    _set(macro, written)
    if before != _said(macro):
        _keep(session, actor, macro, "set", were)
    return macro


def set_retired(session: Session, actor: Actor, macro_id: int, *, retired: bool) -> Macro:
    """Retire a macro (nobody is offered it any more), or bring it back."""
    policy.require(actor, Permission.MACRO_MANAGE)
    macro = queries.claim_macro(session, actor.authority_id, macro_id)
    require_management(actor, macro.department_id)
    if (macro.retired_at is not None) != retired:
        macro.retired_at = moment.now() if retired else None
        _keep(session, actor, macro, "retired" if retired else "restored", _shown(session, macro))
    return macro


def _read(
    session: Session, actor: Actor, typed: Mapping[str, str], tag_ids: Collection[str], macro: Macro | None = None
) -> Written:
    faults: dict[str, str] = {}
    name = _name(session, actor, typed.get("name", ""), macro, faults)
    department = _department(session, actor, typed.get("department", ""), faults)
    place = typed.get("position", "").strip() or str(LAST_POSITION)
    position = row_ids.read(place) or 0
    if not 1 <= position <= LAST_POSITION:
        faults["position"] = f"Écrivez un rang de 1 à {LAST_POSITION}."
    status = typed.get("status", "")
    if status and status not in STATES:
        faults["status"] = "Choisissez un état de la liste."
    steps = Steps(
        typed.get("take") == "yes",
        _tags(session, actor, tag_ids, department, faults),
        _answer(session, actor, typed.get("answer", ""), faults),
        _note(typed.get("note", ""), faults),
        status,
    )
    if not faults and not steps.permissions:
        faults["take"] = "Choisissez au moins une étape."
    if faults:
        raise Invalid(faults=faults)
    require_management(actor, department)
    return Written(name, department, position, steps)


def _name(session: Session, actor: Actor, typed: str, macro: Macro | None, faults: dict[str, str]) -> str:
    name = typographic(" ".join(typed.replace("\x00", "").split()))
    if not name:
        faults["name"] = "Écrivez le nom de l’enchaînement."
    elif len(name) > LONGEST_NAME:
        faults["name"] = f"Ce nom est trop long : {LONGEST_NAME} caractères au plus."
    else:
        same = queries.find_named(session, actor.authority_id, fold(name))
        if same is not None and same is not macro:
            faults["name"] = f"L’enchaînement « {same.name} » existe déjà{', retiré' if same.retired_at else ''}."
    return name


def _department(session: Session, actor: Actor, typed: str, faults: dict[str, str]) -> int | None:
    if not typed:
        if not may_manage(actor, None):
            faults["department"] = "Choisissez le service de cet enchaînement : vous n’écrivez pas ceux de tous."
        return None
    listed = {one.id for one in catalogue.list_departments(session, actor.authority_id)}
    chosen = row_ids.read(typed)
    if chosen not in listed:
        faults["department"] = "Choisissez un service de la liste."
    return chosen


def _tags(
    session: Session, actor: Actor, typed: Collection[str], department: int | None, faults: dict[str, str]
) -> tuple[int, ...]:
    listed = {one.id: one for one in tags.list_all(session, actor.authority_id, in_service_only=True)}
    chosen = tuple(sorted({row_ids.read(one) or 0 for one in typed}))
    for one in chosen:
        if one not in listed:
            faults["tags"] = "Choisissez des étiquettes de la liste."
        elif not (fits(listed[one].department_id, department or 0)):
            faults["tags"] = (
                f"« {listed[one].name} » ne se pose que dans son service : choisissez le même, ou retirez-la."
            )
    return chosen


def _answer(session: Session, actor: Actor, typed: str, faults: dict[str, str]) -> int:
    if not typed:
        return 0
    found = {one.answer_id: one for one in ready_answers.list_in_service(session, actor.authority_id)}
    chosen = found.get(row_ids.read(typed) or 0)
    if chosen is None:
        faults["answer"] = "Choisissez une réponse de la liste."
        return 0
    if left := merge_fields.find_unknown(chosen.text):
        faults["answer"] = f"Cette réponse demande à une personne de compléter {left[0]} : choisissez-en une autre."
    return chosen.answer_id


def _note(typed: str, faults: dict[str, str]) -> str:
    try:
        return casework.check_length(typed)
    except Invalid as fault:
        faults["note"] = fault.sentence
        return ""


def _set(macro: Macro, written: Written) -> None:
    macro.name, macro.folded = written.name, fold(written.name)
    macro.department_id, macro.position = written.department_id, written.position
    macro.steps = written.steps.to_data()


def _said(macro: Macro) -> dict[str, object]:
    return {
        "name": macro.name,
        "department_id": macro.department_id,
        "position": macro.position,
        "steps": dict(macro.steps),
    }


def _shown(session: Session, macro: Macro) -> dict[str, str]:
    """A macro in words."""
    steps = Steps.from_data(macro.steps)
    named = {one.id: one.name for one in tags.list_all(session, macro.authority_id)} if steps.tag_ids else {}
    answer = session.get(ReadyAnswer, steps.answer_id) if steps.answer_id else None
    return {
        "Nom": macro.name,
        "Service": session.get_one(Department, macro.department_id).name if macro.department_id else "",
        "Rang": str(macro.position),
        "Prise en charge": "oui" if steps.take else "",
        "Étiquettes": ", ".join(named.get(one, "") for one in steps.tag_ids),
        "Réponse": answer.title if answer else "",
        "Note": steps.note,
        "État": DESK_STATUS_LABELS[Status(steps.status)] if steps.status else "",
    }


def _keep(session: Session, actor: Actor, macro: Macro, kind: str, before: Mapping[str, str]) -> None:
    after = _shown(session, macro)
    setting_history.record(session, actor, Screen.MACROS, macro.name, before, after, act=CHANGES[kind])
    session.add(
        MacroChange(
            authority_id=macro.authority_id, macro_id=macro.id, kind=kind, said=_said(macro), staff_id=actor.id,
            author=actor.name, at=moment.now(),
        )
    )  # fmt: skip
