"""The tags of an authority: written, coloured, retired and brought back; each change is kept with who made it."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.french import fold, typographic
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.domain.tags import LONGEST_NAME, TONE_LABELS, Tone, may_manage, require_management
from backoffice.errors import Invalid
from backoffice.models.authorities import Department
from backoffice.models.tags import Tag, TagChange
from backoffice.queries import catalogue
from backoffice.queries import tags as queries
from backoffice.services import moment, setting_history

CHANGES = {"created": "Créée", "set": "Changée", "retired": "Retirée", "restored": "Remise en service"}


def create(session: Session, actor: Actor, typed: Mapping[str, str]) -> Tag:
    """A new tag, from a form (`name`, `tone`, `department`); raise Invalid, field by field."""
    policy.require(actor, Permission.TAG_MANAGE)
    name, tone, department = _read(session, actor, typed)
    tag = Tag(authority_id=actor.authority_id, created_at=moment.now())
    _set(tag, name, tone, department)
    session.add(tag)
    session.flush()
    _note(session, actor, tag, "created", {})
    return tag


def update(session: Session, actor: Actor, tag_id: int, typed: Mapping[str, str]) -> Tag:
    """Another name, colour or department; the cases that carry it keep it."""
    policy.require(actor, Permission.TAG_MANAGE)
    tag = queries.claim_tag(session, actor.authority_id, tag_id)
    require_management(actor, tag.department_id)
    name, tone, department = _read(session, actor, typed, tag)
    before = _shown(session, tag)
    _set(tag, name, tone, department)
    if before != _shown(session, tag):
        _note(session, actor, tag, "set", before)
    return tag


def set_retired(session: Session, actor: Actor, tag_id: int, *, retired: bool) -> Tag:
    """Retire a tag (nobody puts it any more; the cases that carry it keep it), or bring it back."""
    policy.require(actor, Permission.TAG_MANAGE)
    tag = queries.claim_tag(session, actor.authority_id, tag_id)
    require_management(actor, tag.department_id)
    if (tag.retired_at is not None) != retired:
        tag.retired_at = moment.now() if retired else None
        _note(session, actor, tag, "retired" if retired else "restored", _shown(session, tag))
    return tag


def _read(
    session: Session, actor: Actor, typed: Mapping[str, str], tag: Tag | None = None
) -> tuple[str, Tone, Department | None]:
    faults: dict[str, str] = {}
    name = typographic(" ".join(typed.get("name", "").replace("\x00", "").split()))
    if not name:
        faults["name"] = "Écrivez le nom de l’étiquette."
    elif len(name) > LONGEST_NAME:
        faults["name"] = f"Ce nom est trop long : {LONGEST_NAME} caractères au plus."
    else:
        same = queries.find_named(session, actor.authority_id, fold(name))
        if same is not None and same is not tag:
            faults["name"] = f"L’étiquette « {same.name} » existe déjà{', retirée' if same.retired_at else ''}."
    if typed.get("tone") not in set(Tone):
        faults["tone"] = "Choisissez une couleur de la liste."
    department = None
    if typed.get("department"):
        listed = {one.id: one for one in catalogue.list_departments(session, actor.authority_id)}
        department = listed.get(row_ids.read(typed["department"]) or 0)
        if department is None:
            faults["department"] = "Choisissez un service de la liste."
    elif not may_manage(actor, None):
        faults["department"] = "Choisissez le service de cette étiquette : vous n’écrivez pas celles de tous."
    if faults:
        raise Invalid(faults=faults)
    require_management(actor, department.id if department else None)
    return name, Tone(typed["tone"]), department


def _set(tag: Tag, name: str, tone: Tone, department: Department | None) -> None:
    tag.name, tag.folded, tag.tone = name, fold(name), tone.value
    tag.department_id = department.id if department else None


def _shown(session: Session, tag: Tag) -> dict[str, str]:
    department = session.get_one(Department, tag.department_id).name if tag.department_id else ""
    return {"Nom": tag.name, "Couleur": TONE_LABELS[Tone(tag.tone)], "Service": department}


def _note(session: Session, actor: Actor, tag: Tag, kind: str, before: Mapping[str, str]) -> None:
    setting_history.record(session, actor, Screen.TAGS, tag.name, before, _shown(session, tag), act=CHANGES[kind])
    said = {"name": tag.name, "tone": tag.tone, "department_id": tag.department_id}
    session.add(
        TagChange(
            authority_id=tag.authority_id, tag_id=tag.id, kind=kind, said=said, staff_id=actor.id, author=actor.name,
            at=moment.now(),
        )
    )  # fmt: skip
