"""The sub-states of a case, as the version of its procedure defines them: where it may go, and what is missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.form_pages import DOCUMENT_PREFIX
from backoffice.domain.legal_events import list_pieces_asked
from backoffice.domain.lifecycle import DESK_STATUS_LABELS, Status, check_move, check_open
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.sub_states import NO_LIFECYCLE, SEPARATOR, Lifecycle, SubState
from backoffice.errors import Conflict, Invalid
from backoffice.models.cases import Case
from backoffice.queries import cases as queries
from backoffice.queries import legal
from backoffice.services import casework, journal, procedures
from backoffice.services.journal import Event

UNKNOWN = "Choisissez l’état du dossier."


@dataclass(frozen=True, slots=True)
class Choice:
    """A sub-state to which a case may go, and what is missing for it, in words."""

    state: SubState
    missing: tuple[str, ...]


def lifecycle_of(case: Case) -> Lifecycle:
    """The lifecycle of the version that the case was filed under."""
    return procedures.read_version(case.procedure_version).lifecycle if case.procedure_version else NO_LIFECYCLE


def label_of(case: Case) -> str:
    """« En cours d’examen › Visite sur place », or the state alone: for agents."""
    state = DESK_STATUS_LABELS[Status(case.status)]
    return f"{state}{SEPARATOR}{case.sub_state_label}" if case.sub_state_label else state


def list_choices(session: Session, case: Case) -> list[Choice]:
    """The sub-states to which a case may go from where it is."""
    after = lifecycle_of(case).list_after(Status(case.status), case.sub_state)
    return [Choice(one, tuple(_missing(session, case, one))) for one in after]


def go_to(session: Session, actor: Actor, case: Case, code: str, field: str = "status") -> str:
    """Move a case to the state or sub-state of this code, and say its label; faults name the `field` of the form."""
    if code in set(Status):
        casework.move(session, actor, case, Status(code))
        return DESK_STATUS_LABELS[Status(code)]
    try:
        return enter(session, actor, case, code).full_label
    except Invalid as error:
        raise Invalid(faults={field: error.faults["status"]}) from error


def enter(session: Session, actor: Actor, case: Case, code: str) -> SubState:
    """Move a case to a sub-state, and to its state; raise Conflict where it cannot go, Invalid with what is missing."""
    policy.require(actor, Permission.CASE_MOVE, case)
    state = _enterable(session, case, code)
    source, before = Status(case.status), case.sub_state_label
    case.status = state.under
    case.sub_state, case.sub_state_label = state.code, state.name
    case.revision += 1
    journal.record(
        session, actor, case, Event.MOVED, source=source, to=state.under, source_label=before, to_label=state.name
    )
    return state


def find_obstacle(session: Session, case: Case, code: str) -> str:
    """Why a case cannot go to the sub-state of this code now; empty when it can."""
    try:
        _enterable(session, case, code)
    except Invalid as fault:
        return fault.faults["status"]
    except Conflict as fault:
        return fault.sentence
    return ""


def list_common(cases: Iterable[Case]) -> list[SubState]:
    """The sub-states to which every one of these cases may go from where it is, as far as their procedures say."""
    places = {(one.procedure_version_id, one.status, one.sub_state): one for one in cases}
    after = [lifecycle_of(one).list_after(Status(one.status), one.sub_state) for one in places.values()]
    known = [{(state.code, state.full_label) for state in states} for states in after]
    return [one for one in after[0] if all((one.code, one.full_label) in others for others in known)] if after else []


def _enterable(session: Session, case: Case, code: str) -> SubState:
    source = Status(case.status)
    check_open(source)
    lifecycle = lifecycle_of(case)
    state = lifecycle.find(code)
    if state is None:
        raise Invalid(faults={"status": UNKNOWN})
    if state.under is not source:
        check_move(source, state.under)
    if state not in lifecycle.list_after(source, case.sub_state):
        raise Conflict(f"Un dossier « {label_of(case)} » ne peut pas passer à « {state.full_label} ».")
    if missing := list(_missing(session, case, state)):
        raise Invalid(faults={"status": f"Pour passer à « {state.full_label} », il manque {' ; '.join(missing)}."})
    return state


def _missing(session: Session, case: Case, state: SubState) -> Iterator[str]:
    version = case.procedure_version
    if version is None or not (state.needs_fields or state.needs_documents):
        return
    definition, answers = procedures.read_version(version), case.answers_to_procedure
    for code in state.needs_fields:
        field = definition.find_field(code)
        # What the form did not ask of this person is not missing: the case would never leave its state. Of one that
        # came without a form nothing is known: everything is asked.
        if field is None or (answers and not definition.may_ask(code, answers)):
            continue
        if answers.get(code) in (None, "", [], {}):
            yield f"la réponse à « {field.label} »"
    if state.needs_documents:
        yield from _missing_documents(session, case, definition, state)


def _missing_documents(session: Session, case: Case, definition: ProcedureDefinition, state: SubState) -> Iterator[str]:
    attached = {one.field for one in queries.list_attachments(session, case.id)}
    asked = list_pieces_asked(legal.list_events(session, case.id))
    received = {piece.code for one in asked for piece in one.pieces if piece not in one.missing}
    for document in definition.documents:
        answers = case.answers_to_procedure
        wanted = document.code in state.needs_documents and (not answers or definition.may_hold(document.when, answers))
        if wanted and not (f"{DOCUMENT_PREFIX}{document.code}" in attached or document.code in received):
            yield f"la pièce « {document.label} »"
