"""Procedures: published as immutable versions, imported and exported as one file each."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import policy, procedure_files, reserved_answers
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.regime import Regime
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Invalid
from backoffice.models.authorities import Authority
from backoffice.models.catalogue import Procedure, ProcedureVersion
from backoffice.queries import catalogue as queries
from backoffice.services import moment, procedure_letters, setting_history
from backoffice.services.procedure_reading import definition_of, in_language, read_version

# Whoever publishes procedures reads them too: letters, which are published with them, only read them.
__all__ = [
    "OPENNESS",
    "STATE",
    "definition_of",
    "export_file",
    "fingerprint",
    "in_language",
    "publish",
    "read_version",
    "set_open",
]


def publish(
    session: Session, actor: Actor, authority: Authority, definition: ProcedureDefinition, reason: str = ""
) -> Procedure:
    """Make a definition the current version of its procedure; publishing the same text again changes nothing.

    The version keeps its author and the `reason` given; its letters get versions of their own. Raises Invalid when its
    department, its legal regime or a letter does not stand; running cases keep their version. Two people who publish at
    once wait for each other.
    """
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    if faults := procedure_letters.faults_in_force(session, authority.id, definition):
        raise Invalid(faults=faults)
    procedure = _publish_version(session, actor, authority, replace(definition, letters=()), reason)
    if definition.letters:
        procedure_letters.write(session, actor, definition)
    return procedure


def _publish_version(
    session: Session, actor: Actor, authority: Authority, definition: ProcedureDefinition, reason: str
) -> Procedure:
    authority = queries.claim_authority(session, authority.id)
    department = queries.find_department(session, authority.id, definition.department)
    if department is None:
        raise Invalid(
            f"Le service « {definition.department} » n’existe pas : créez-le, ou corrigez le fichier.",
            {"department": "Service inconnu"},
        )
    departments = queries.list_departments(session, authority.id, with_inactive=True)
    if unknown := reserved_answers.unknown_readers(definition, {one.code: one.id for one in departments}):
        raise Invalid(faults={"readers": f"Ni un rôle, ni un service : {', '.join(unknown)}."})
    Regime.from_data(definition.regime)
    data = procedure_files.dump(definition)
    digest = fingerprint(data)
    procedure = queries.find_procedure(session, authority.id, definition.code)
    now = moment.now()
    if procedure is not None:
        session.refresh(procedure)  # read before the authority was ours, it may be out of date
    if procedure is None:
        procedure = Procedure(authority_id=authority.id, code=definition.code, open=True, created_at=now)
        procedure.department = department
        procedure.title = definition.title
        session.add(procedure)
        session.flush()
    elif procedure.current_version is not None and procedure.current_version.digest == digest:
        return procedure
    version = ProcedureVersion(
        authority_id=authority.id,
        procedure_id=procedure.id,
        number=queries.count_versions(session, procedure.id) + 1,
        definition=data,
        digest=digest,
        published_at=now,
        staff_id=actor.id if actor.kind == "staff" else None,
        reason=reason,
    )
    session.add(version)
    session.flush()
    procedure.current_version_id = version.id
    procedure.title, procedure.department = definition.title, department
    act = f"Version {version.number} publiée"
    setting_history.record(session, actor, Screen.PROCEDURES, procedure.title, {}, {}, act=act, reason=reason)
    session.flush()
    session.expire(procedure, ["current_version"])
    return procedure


def fingerprint(data: Any) -> str:
    """What plain data says, as one line: two that say the same have the same."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def export_file(session: Session, procedure: Procedure) -> str:
    """The current version, with the letters in force, as the file that `procedure_files.read_yaml` reads back."""
    definition = definition_of(procedure)
    return procedure_files.write_yaml(procedure_letters.with_letters(session, procedure.authority_id, definition))


STATE = "État"
OPENNESS = {True: "Ouverte aux demandes", False: "Retirée"}


def set_open(session: Session, actor: Actor, procedure: Procedure, *, is_open: bool, reason: str = "") -> None:
    """Open a procedure to new requests, or retire it: running cases go on. Who did it and why stays in its history."""
    policy.require(actor, Permission.PROCEDURE_MANAGE)
    if procedure.open == is_open:
        return
    procedure.open = is_open
    before, after = {STATE: OPENNESS[not is_open]}, {STATE: OPENNESS[is_open]}
    setting_history.record(
        session, actor, Screen.PROCEDURES, procedure.title, before, after, act=OPENNESS[is_open], reason=reason[:200]
    )
