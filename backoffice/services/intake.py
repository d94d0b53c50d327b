"""The only door: a request opens a case or joins the one it belongs to; receiving it again changes nothing."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.domain import kiosks, late_entry, policy, references, routing
from backoffice.domain.incoming import IncomingFile, IncomingRequest
from backoffice.domain.legal_events import EventKind
from backoffice.domain.lifecycle import Status
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Attachment, Case, Message
from backoffice.models.catalogue import Procedure
from backoffice.models.people import Citizen
from backoffice.queries import arrivals, catalogue, citizen_keys, rows
from backoffice.queries import cases as queries
from backoffice.services import (
    case_notices,
    case_routing,
    citizens,
    clock,
    documents,
    joining,
    journal,
    late_answers,
    legal_facts,
    moment,
    nearby_reports,
    outbox,
    placing,
    procedures,
    received_files,
    reopening,
    representations,
    reserved_answers,
)
from backoffice.services.journal import Event

UNTITLED = "Demande sans objet"
THANKS = "Un remerciement, sans question : le dossier reste terminé."
FIRST_RECEIVED_ON = "first_authority_received_on"
# The reference of the case that an agent drew this one from: they said where it goes, and no rule says otherwise.
SPLIT_FROM = "split_from"


class Intake(StrEnum):
    """What became of an incoming request."""

    OPENED = "opened"
    JOINED = "joined"
    REPEATED = "repeated"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender, or the agent at the counter, is told. A parked message has a candidate and no case."""

    outcome: Intake
    case_id: int | None = None
    reference: str = ""
    tracking_code: str = ""
    received_at: datetime | None = None
    candidate_id: int | None = None
    reason: str = ""

    @property
    def is_new(self) -> bool:
        """Whether a case was opened."""
        return self.outcome is Intake.OPENED


def accept(runtime: Runtime, incoming: IncomingRequest) -> Receipt:
    """Receive in a transaction of its own; of two identical requests at one instant, one wins and both learn of it."""
    try:
        with runtime.database.transaction() as session:
            return receive(session, runtime, incoming)
    except IntegrityError:
        with runtime.database.transaction() as session:
            return receive(session, runtime, incoming)


def accept_answer(runtime: Runtime, case_id: int, incoming: IncomingRequest) -> Receipt:
    """Join a case whose follower proved that it is theirs (tracking code, account); a repeat changes nothing."""
    try:
        return _answer(runtime, case_id, incoming)
    except IntegrityError:
        return _answer(runtime, case_id, incoming)


def _answer(runtime: Runtime, case_id: int, incoming: IncomingRequest) -> Receipt:
    with runtime.database.transaction() as session:
        return answer(session, runtime, case_id, incoming)


def answer(session: Session, runtime: Runtime, case_id: int, incoming: IncomingRequest) -> Receipt:
    """The same in the caller's transaction."""
    case = queries.claim_case_by_id(session, joining.lead(session, case_id))
    if queries.find_case_of_message(session, case.authority_id, incoming.channel, incoming.source_id) is not None:
        return _receipt(case, Intake.REPEATED)
    received_files.note(session, runtime, incoming.files)
    join(session, session.get_one(Authority, case.authority_id), case, incoming)
    return _receipt(case, Intake.JOINED)


def receive(session: Session, runtime: Runtime, incoming: IncomingRequest) -> Receipt:
    """Open a case, join one, recognise a repeat, or park what a person must look at."""
    with outbox.together(session):
        return _receive(session, runtime, incoming)


def _receive(session: Session, runtime: Runtime, incoming: IncomingRequest) -> Receipt:
    arrival = arrivals.get_arrival(
        session,
        incoming.authority or runtime.settings.authority,
        incoming.procedure,
        incoming.channel,
        incoming.source_id,
        incoming.sender.email.lower(),
    )
    authority = arrival.authority
    if arrival.case_id is not None:
        return _receipt(session.get_one(Case, arrival.case_id), Intake.REPEATED)
    received_files.note(session, runtime, incoming.files)
    placement = placing.place(session, runtime, authority.id, incoming)
    if placement.case is not None:
        return _answered(session, authority, placement.case, incoming)
    if placement.reason:
        candidate_id = placement.candidate.id if placement.candidate is not None else None
        return Receipt(Intake.PARKED, candidate_id=candidate_id, reason=placement.reason)
    case = _open(session, authority, arrival.procedure, incoming, knows_email=arrival.knows_email)
    return _receipt(case, Intake.OPENED)


def _answered(session: Session, authority: Authority, answered: Case, incoming: IncomingRequest) -> Receipt:
    """The message joins the case that it answers, or opens the one that follows when that was closed long ago."""
    case = queries.claim_case_by_id(session, joining.lead(session, answered.id))
    if late_answers.only_thanks(case, incoming):
        join(session, authority, case, incoming)
        return replace(_receipt(case, Intake.JOINED), reason=THANKS)
    case = queries.claim_case_by_id(session, late_answers.current_case(session, case).id)
    if late_answers.is_too_late(case, authority, _legal_day(authority, incoming)):
        following = _open(session, authority, None, replace(incoming, procedure=""), follows=case)
        return replace(_receipt(following, Intake.OPENED), reason=following.routing_reason)
    join(session, authority, case, incoming)
    return _receipt(case, Intake.JOINED)


def open_case(session: Session, authority: Authority, incoming: IncomingRequest) -> Case:
    """A new case with its message, files, history, clock, and the promise of its acknowledgement."""
    code = incoming.procedure
    return _open(session, authority, catalogue.find_procedure(session, authority.id, code) if code else None, incoming)


def _open(
    session: Session,
    authority: Authority,
    named: Procedure | None,
    incoming: IncomingRequest,
    *,
    follows: Case | None = None,
    knows_email: bool = True,
) -> Case:
    known = _writer(incoming, follows.citizen) if follows is not None else None
    citizen = known or citizens.find_or_create(
        session, authority.id, incoming.sender, incoming.channel, knows_email=knows_email
    )
    course = case_routing.Course()
    if follows is None and SPLIT_FROM not in incoming.facts:
        course = case_routing.plot(session, authority, incoming, named, citizen, _legal_day(authority, incoming))
    target = course.target
    if target is not None and target.procedure is not None:
        named, incoming = target.procedure, replace(incoming, procedure=target.procedure.code)
    procedure = _open_procedure(named) if incoming.procedure else None
    case = _new_case(session, authority, incoming, procedure, citizen)
    if target is not None:
        case.department_id, case.routing_reason = target.department_id, target.reason
        case.assignee_id = target.assignee.id if target.assignee else None
    case.district_id = course.district_id
    if follows is not None:
        _follow(case, follows)
    clock.start(session, case, authority, procedure, incoming)
    actor = policy.Actor("citizen", authority.id, citizen.id if citizen else None, _author(incoming, citizen))
    system = policy.system(authority.id)
    opened = (actor, Event.OPENED, _opening(authority, incoming))
    routed = (system, Event.ROUTED, {"department_id": case.department_id, "reason": case.routing_reason})
    # The case is written with the head of its history: to change it afterwards would cost as much again.
    write_history = journal.open_with(case, [opened, routed, documents.acknowledgement_of(case)])
    rows.insert_object(session, case)
    write_history(session)
    citizen_keys.write_case(session, case)
    representations.keep(session, case, incoming.represented)
    if first := incoming.facts.get(FIRST_RECEIVED_ON):
        # Another administration received it before us and transmitted it (L114-2): its day may count (L114-3).
        legal_facts.write(session, system, case, EventKind.FIRST_RECEIVED, date.fromisoformat(first), {})
        clock.refresh(session, case, authority)
    _keep_message(session, case, incoming, _author(incoming, citizen))
    if follows is not None:
        journal.record(session, system, follows, Event.CONTINUED, reference=case.reference)
    if procedure is not None:
        nearby_reports.place(session, case, procedures.definition_of(procedure))
    to = representations.addressee_of(citizen, incoming.represented)
    documents.write_first_acknowledgement(session, authority, case, to)
    journal.record_each(session, case, case_routing.settle(session, case, course))
    return case


def join(session: Session, authority: Authority, case: Case, incoming: IncomingRequest) -> None:
    """Add a message to a case (locked by the caller); a waiting or closed case goes back to its agents.

    A closed case whose citizen only thanks stays closed.
    """
    citizen = _writer(incoming, case.citizen)
    author = _author(incoming, citizen)
    _keep_message(session, case, incoming, author)
    actor = policy.Actor("citizen", authority.id, citizen.id if citizen else None, author)
    journal.record(session, actor, case, Event.MESSAGE_RECEIVED, channel=incoming.channel, source_id=incoming.source_id)
    case.revision += 1
    if late_answers.only_thanks(case, incoming):
        return
    case_notices.tell_answered(session, case)
    if case.status == Status.CLOSED:
        journal.record(session, policy.system(authority.id), case, Event.REOPENED)
        reopening.open_again(session, actor, case, _legal_day(authority, incoming))
    if case.status in {Status.CLOSED, Status.WAITING_CITIZEN}:
        case.status = Status.UNDER_REVIEW


def _open_procedure(named: Procedure | None) -> Procedure:
    procedure = catalogue.published(named)
    if not procedure.open:
        raise Invalid(Wording("Cette démarche est fermée pour le moment : aucune demande ne peut être déposée."))
    return procedure


def _new_case(
    session: Session,
    authority: Authority,
    incoming: IncomingRequest,
    procedure: Procedure | None,
    citizen: Citizen | None,
) -> Case:
    received_on = _legal_day(authority, incoming)
    version = procedure.current_version if procedure else None
    route = routing.route(
        procedure.department_id if procedure and SPLIT_FROM not in incoming.facts else None,
        incoming.facts.get("department_id"),
        authority.details["triage_department_id"],
    )
    if (source := incoming.facts.get(SPLIT_FROM)) is not None:
        route = replace(route, reason=f"Tiré du dossier {source}" if source else "Tiré d’un autre dossier")
    number = queries.next_number(session, authority.id, str(received_on.year))
    return Case(
        authority_id=authority.id,
        reference=references.reference(received_on.year, number),
        tracking_code=references.new_tracking_code(),
        channel=incoming.channel,
        subject=(incoming.subject or (procedure.title if procedure else "") or UNTITLED)[:255],
        language=incoming.language,
        status=Status.RECEIVED,
        procedure_code=procedure.code if procedure else "",
        procedure_version_id=version.id if version else None,
        department_id=route.department_id,
        routing_reason=route.reason,
        citizen_id=citizen.id if citizen else None,
        citizen=citizen,
        recorded_by_id=incoming.recorded_by,
        restricted=bool(version and procedures.read_version(version).restricted),
        answers=dict(incoming.answers),
        received_at=incoming.received_at,
        received_on=received_on,
        registered_at=moment.now(),
    )


def _follow(case: Case, before: Case) -> None:
    """The matter goes on where it was: same department, same language, same secrecy."""
    case.follows_case_id = before.id
    case.department_id, case.routing_reason = before.department_id, late_answers.reason(before)
    case.district_id = before.district_id
    case.restricted = case.restricted or before.restricted
    case.language = before.language


def _legal_day(authority: Authority, incoming: IncomingRequest) -> date:
    return incoming.received_on or incoming.received_at.astimezone(ZoneInfo(authority.timezone)).date()


def _writer(incoming: IncomingRequest, citizen: Citizen | None) -> Citizen | None:
    """The citizen of a case, unless somebody else wrote: words are never lent to a person who did not say them."""
    sender = incoming.sender
    if citizen is None:
        return None
    if sender.citizen_id is not None:
        return citizen if sender.citizen_id == citizen.id else None
    other_address = sender.email and sender.email.lower() != citizen.email
    # Without an address, a name is all there is: a neighbour at the counter is not the citizen.
    name = citizens.folded_name(sender)
    other_name = not sender.email and name and name != citizen.folded_name
    return None if other_address or other_name else citizen


def _opening(authority: Authority, incoming: IncomingRequest) -> dict[str, Any]:
    """What the first line of history says: by which door, and in whose name."""
    said = {"channel": incoming.channel, "source_id": incoming.source_id}
    if place := incoming.facts.get(kiosks.FACT):
        said[kiosks.FACT] = place
    if late := incoming.facts.get(late_entry.FACT):
        # The line is written now: it tells when the request really came, and why it was entered after.
        here = incoming.received_at.astimezone(ZoneInfo(authority.timezone))
        said |= {late_entry.FACT: late, "received_at": here.isoformat(timespec="minutes")}
    return {**said, "represented": incoming.represented.display_name} if incoming.represented else said


def _author(incoming: IncomingRequest, citizen: Citizen | None) -> str:
    return (citizen.display_name if citizen else incoming.sender.display_name)[:255]


def _keep_message(session: Session, case: Case, incoming: IncomingRequest, author: str) -> None:
    message_id = rows.insert_row(
        session,
        Message,
        authority_id=case.authority_id,
        case_id=case.id,
        direction="in",
        channel=incoming.channel,
        source_id=incoming.source_id,
        staff_id=incoming.recorded_by,
        author=author,
        subject=incoming.subject[:255],
        body=incoming.body,
        body_html=incoming.body_html,
        quoted=incoming.quoted,
        raw_digest=incoming.raw_digest,
        facts=dict(incoming.facts),
        received_at=incoming.received_at,
    )
    place = {"authority_id": case.authority_id, "case_id": case.id, "message_id": message_id}
    files = [
        place | _attachment(file, incoming.received_at) | {"reserved": reserved_answers.is_reserved(case, file.field)}
        for file in incoming.files
    ]
    rows.insert_rows(session, Attachment, files)


def _attachment(file: IncomingFile, received_at: datetime) -> dict[str, Any]:
    return {
        "name": file.name[:255],
        "field": file.field,
        "media_type": file.media_type,
        "size": file.size,
        "digest": file.digest,
        "content_id": file.content_id[:255],
        "inline": file.inline,
        "created_at": received_at,
    }


def _receipt(case: Case, outcome: Intake) -> Receipt:
    return Receipt(outcome, case.id, case.reference, case.tracking_code, case.received_at)
