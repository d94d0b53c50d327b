"""What a case is about, as agents correct it: its procedure, and the language in which its letters also speak."""

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.letters import LANGUAGES
from backoffice.domain.lifecycle import Status, check_open
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, Invalid
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import catalogue
from backoffice.services import acknowledging, clock, joining, journal, letter_templates
from backoffice.services.journal import Event


def choose_procedure(session: Session, actor: Actor, case: Case, code: str) -> bool:
    """Give a case its procedure, or the right one: department and regime follow, the receipt stays what it was.

    True when silence means something else from now on: the citizen then gets an acknowledgement that says so. A
    decision that silence has made already stays under the law that made it.
    """
    policy.require(actor, Permission.CASE_TRANSFER, case)
    check_open(Status(case.status))
    if case.procedure_code == code:
        raise Conflict("Ce dossier a déjà cette démarche.")
    procedure = catalogue.get_procedure(session, case.authority_id, code)
    authority = session.get_one(Authority, case.authority_id)
    before, told = case.procedure_version, acknowledging.effect_of(case)
    form = case.form_version if case.answers else None
    case.procedure_code, case.procedure_version = procedure.code, procedure.current_version
    case.answers_version = form if form is not procedure.current_version else None
    case.answers_version_id = case.answers_version.id if case.answers_version else None
    case.sub_state = case.sub_state_label = ""
    # What was entrusted under secrecy stays so, whatever the procedure turns out to be.
    sensitive = bool(procedure.current_version and procedure.current_version.definition.get("restricted"))
    case.restricted = case.restricted or sensitive
    case.department_id, case.assignee_id = procedure.department_id, None
    case.routing_reason = "Démarche choisie par un agent"
    case.revision += 1
    source = str(before.definition["title"]) if before is not None else ""
    journal.record(
        session, actor, case, Event.ROUTED, department_id=case.department_id, procedure=code, name=procedure.title,
        source=source,
    )  # fmt: skip
    joining.follow(session, actor, case)
    if case.implicit_outcome:
        return False
    clock.restart(session, case, authority, procedure)
    return acknowledging.issue_if_changed(session, case, authority, told, why="procedure", procedure=procedure.title)


def choose_language(session: Session, actor: Actor, case: Case, code: str) -> None:
    """The language in which the letters to come also speak, under the French that the law wants."""
    policy.require(actor, Permission.CASE_NOTE, case)
    if code not in letter_templates.languages_of(session.get_one(Authority, case.authority_id)):
        raise Invalid(faults={"language": "Choisissez une langue de la liste."})
    if code == case.language:
        return
    case.language = code
    case.revision += 1
    journal.record(session, actor, case, Event.LANGUAGE_CHOSEN, language=code, name=LANGUAGES[code])
