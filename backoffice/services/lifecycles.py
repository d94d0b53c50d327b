"""The lifecycle of a procedure: drafted by administrators, then published as a version of the procedure."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import lifecycle_patterns, policy, procedure_coherence, records
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.records import Faults
from backoffice.domain.sub_states import Lifecycle
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.catalogue import LifecycleDraft, Procedure
from backoffice.queries import catalogue as queries
from backoffice.services import moment, procedures

LONGEST_REASON = 200
REFUSED = "Ces états ne se tiennent pas encore : corrigez ce qui suit."


def read(session: Session, procedure: Procedure) -> tuple[Lifecycle, LifecycleDraft | None]:
    """The lifecycle that is being drafted with its draft, else the one in force."""
    draft = queries.find_lifecycle_draft(session, procedure.id)
    if draft is None:
        return procedures.definition_of(procedure).lifecycle, None
    return _parse(draft.lifecycle), draft


def save(session: Session, actor: Actor, procedure: Procedure, lifecycle: Lifecycle) -> None:
    """Keep a draft; raise Invalid with every fault (path in the lifecycle → sentence). Cases know nothing of it."""
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    queries.claim_authority(session, procedure.authority_id)
    _with(procedure, lifecycle)
    draft = queries.find_lifecycle_draft(session, procedure.id)
    if draft is None:
        draft = LifecycleDraft(authority_id=procedure.authority_id, procedure_id=procedure.id)
        session.add(draft)
    draft.lifecycle = records.write(lifecycle)
    draft.author, draft.saved_at = actor.name[:255], moment.now()


def start_from(session: Session, actor: Actor, procedure: Procedure, code: str) -> None:
    """Draft one of the patterns; what was drafted before is replaced."""
    pattern = lifecycle_patterns.find(code)
    if pattern is None:
        raise Invalid(faults={"pattern": "Choisissez un modèle de la liste."})
    save(session, actor, procedure, pattern.lifecycle)


def discard(session: Session, actor: Actor, procedure: Procedure) -> None:
    """Forget the draft: the lifecycle in force goes on."""
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    draft = queries.find_lifecycle_draft(session, procedure.id)
    if draft is not None:
        session.delete(draft)


def publish(session: Session, actor: Actor, authority: Authority, procedure: Procedure, reason: str) -> Procedure:
    """Make the draft part of a new version of the procedure: cases to come follow it, running ones keep theirs."""
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    lifecycle, draft = read(session, procedure)
    if draft is None:
        raise Invalid("Il n’y a pas de brouillon à publier.")
    reason = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    published = procedures.publish(session, actor, authority, _with(procedure, lifecycle), reason or "États du dossier")
    session.delete(draft)
    return published


def _with(procedure: Procedure, lifecycle: Lifecycle) -> ProcedureDefinition:
    """The procedure in force with this lifecycle; raise Invalid when they do not go together."""
    definition = replace(procedures.definition_of(procedure), lifecycle=lifecycle)
    found = procedure_coherence.lifecycle_faults(definition)
    if faults := {path.removeprefix("lifecycle."): sentence for path, sentence in found}:
        raise Invalid(REFUSED, faults)
    return definition


def _parse(data: dict[str, Any]) -> Lifecycle:
    faults: Faults = {}
    lifecycle = records.read(Lifecycle, data, "", faults)
    if faults or not isinstance(lifecycle, Lifecycle):
        raise Invalid(REFUSED, faults)
    return lifecycle
