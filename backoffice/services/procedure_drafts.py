"""The next version of a procedure, written little by little: kept even when it is wrong, published when it is not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import codes, policy, procedure_editing, procedure_files
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedure_coherence import RESERVED
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.catalogue import Procedure, ProcedureDraft
from backoffice.queries import catalogue
from backoffice.queries import procedure_drafts as queries
from backoffice.services import moment, procedure_checks, procedures

LONGEST_TITLE = 200
LONGEST_REASON = 200
ADDRESSES = RESERVED | {"nouvelle", "import"}
"""What stands in addresses where the code of a procedure does."""

Edit = Callable[[ProcedureDefinition], ProcedureDefinition]


class ChangedMeanwhile(Conflict):
    """Somebody else saved the same part of the draft since it was shown."""

    title = "Ce brouillon a changé entre-temps"


class StillFaulty(Invalid):
    """The draft cannot be published yet; its page says why."""


def read(draft: ProcedureDraft) -> ProcedureDefinition:
    """The draft as a value; coherent or not."""
    return procedure_files.read(draft.definition)


def print_of(part: Any) -> str:
    """What a part of a draft says, in short: given back with a form, it shows whether somebody wrote meanwhile."""
    return procedures.fingerprint(part)[:16]


def start(
    session: Session, actor: Actor, definition: ProcedureDefinition, *, origin: str, base_number: int = 0
) -> ProcedureDraft:
    """Begin a draft from a definition; raises Conflict when its procedure has one already."""
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    catalogue.claim_authority(session, actor.authority_id)
    if found := queries.find_draft(session, actor.authority_id, definition.code):
        raise Conflict(
            f"Cette démarche a déjà un brouillon, de {found.author} : "
            "ouvrez-le, ou abandonnez-le avant d’en commencer un autre."
        )
    now = moment.now()
    draft = ProcedureDraft(
        authority_id=actor.authority_id,
        code=definition.code,
        definition=procedure_files.dump(definition),
        origin=origin[:255],
        base_number=base_number,
        author=actor.name[:255],
        started_at=now,
        saved_at=now,
    )
    session.add(draft)
    session.flush()
    return draft


def start_new(session: Session, actor: Actor, title: str, department: str) -> ProcedureDraft:
    """Begin a procedure from nothing; raises Invalid without a title or a department of the house."""
    title = _title(title)
    found = catalogue.find_department(session, actor.authority_id, department)
    if found is None or not found.active:
        raise Invalid(faults={"department": "Choisissez le service qui recevra les demandes."})
    blank = procedure_editing.blank(_new_code(session, actor, title), title, found.code, found.name)
    return start(session, actor, blank, origin="Démarche nouvelle")


def start_like(session: Session, actor: Actor, model: ProcedureDefinition, title: str) -> ProcedureDraft:
    """Begin a new procedure that says what another one says, under a title and a code of its own."""
    title = _title(title)
    copied = replace(model, code=_new_code(session, actor, title), title=title, open311=False)
    return start(session, actor, copied, origin=f"Copie de « {model.title} »")


def start_next(session: Session, actor: Actor, code: str, number: int | None = None) -> ProcedureDraft:
    """Begin the next version of a procedure, from the one in force or from an older one."""
    procedure = catalogue.get_procedure(session, actor.authority_id, code)
    current = procedure.current_version
    if number is None or current is None:
        definition, origin = procedures.definition_of(procedure), "Version en vigueur"
    else:
        version = queries.get_version(session, actor.authority_id, procedure.id, number)
        definition, origin = procedures.read_version(version), f"Version {number}"
    return start(session, actor, definition, origin=origin, base_number=current.number if current else 0)


def start_from_file(session: Session, actor: Actor, definition: ProcedureDefinition) -> ProcedureDraft:
    """Begin with what a file says: a new procedure, or the next version of the one that has its code."""
    procedure = catalogue.find_procedure(session, actor.authority_id, definition.code)
    current = procedure.current_version if procedure else None
    return start(session, actor, definition, origin="Fichier", base_number=current.number if current else 0)


def change(
    session: Session, actor: Actor, code: str, edit: Edit, *, seen: str, part: Callable[[ProcedureDefinition], Any]
) -> ProcedureDefinition:
    """Keep a change, right or wrong; raises ChangedMeanwhile when `part` is no longer what was `seen`."""
    draft = _claim(session, actor, code)
    if print_of(part(read(draft))) != seen:
        raise ChangedMeanwhile(
            f"{draft.author} a enregistré cette partie du brouillon pendant que vous l’écriviez. "
            "Comparez avec ce qui est enregistré, puis enregistrez à nouveau ce que vous voulez garder."
        )
    return _keep(draft, actor, edit)


def add(session: Session, actor: Actor, code: str, edit: Edit) -> ProcedureDefinition:
    """Keep a change that disturbs nothing of what others write: a part added after the others."""
    return _keep(_claim(session, actor, code), actor, edit)


def _claim(session: Session, actor: Actor, code: str) -> ProcedureDraft:
    """The draft as it is now; who comes meanwhile waits."""
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    catalogue.claim_authority(session, actor.authority_id)
    draft = queries.get_draft(session, actor.authority_id, code)
    session.refresh(draft)
    return draft


def _keep(draft: ProcedureDraft, actor: Actor, edit: Edit) -> ProcedureDefinition:
    changed = edit(read(draft))
    data = procedure_files.dump(changed)
    procedure_files.read(data)  # what could not be read again is refused before it is kept
    draft.definition, draft.author, draft.saved_at = data, actor.name[:255], moment.now()
    return changed


def discard(session: Session, actor: Actor, code: str) -> None:
    """Forget the draft: the version in force, if there is one, goes on."""
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    session.delete(queries.get_draft(session, actor.authority_id, code))


def publish(session: Session, actor: Actor, code: str, *, reason: str, seen: str, over: str) -> Procedure:
    """Make the draft the version in force, and forget it.

    `seen` is the print of the draft and `over` the number of the version in force, both as they were shown: raises
    Conflict when either changed, StillFaulty when something prevents publishing.
    """
    draft = _claim(session, actor, code)
    authority = session.get_one(Authority, draft.authority_id)
    definition = read(draft)
    if print_of(draft.definition) != seen:
        raise Conflict(f"{draft.author} vient de modifier ce brouillon : relisez ce qu’il dit, puis publiez-le.")
    if str(number_in_force(session, actor, code)) != over:
        raise Conflict(
            "Une autre version vient d’être publiée : relisez ce que ce brouillon y change, puis publiez-le."
        )
    if any(one.blocks for one in procedure_checks.list_problems(session, authority.id, definition)):
        raise StillFaulty("Ce brouillon ne peut pas encore être publié : corrigez ce qui suit.")
    reason = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    published = procedures.publish(session, actor, authority, definition, reason)
    session.delete(draft)
    return published


def number_in_force(session: Session, actor: Actor, code: str) -> int:
    """The number of the version in force, 0 for a procedure that was never published."""
    procedure = catalogue.find_procedure(session, actor.authority_id, code)
    if procedure is not None:
        session.refresh(procedure)
    return procedure.current_version.number if procedure and procedure.current_version else 0


def _title(typed: str) -> str:
    title = " ".join(typed.replace("\x00", "").split())[:LONGEST_TITLE]
    if not title:
        raise Invalid(faults={"title": "Donnez un titre à la démarche, par exemple « Demande de composteur »."})
    return title


def _new_code(session: Session, actor: Actor, title: str) -> str:
    known = {code for code, _ in catalogue.list_procedure_titles(session, actor.authority_id, open_only=False)}
    drafted = {one.code for one in queries.list_drafts(session, actor.authority_id)}
    return codes.from_words(title, known | drafted | ADDRESSES, "demarche")
