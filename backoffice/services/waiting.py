"""Cases that wait for their citizen: reminded, then closed when a procedure says so and the law allows it.

Never without the reminder that announced it and reached somebody, and never where silence decides something (R-SIL-7).
"""

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backoffice.domain import policy, sub_states, waiting
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.sub_states import Lifecycle
from backoffice.domain.waiting import Step, Wait
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.queries import legal
from backoffice.queries import waiting as queries
from backoffice.services import (
    case_tasks,
    checklists,
    correspondence,
    deadlines,
    documents,
    journal,
    legal_facts,
    outbox,
    procedures,
)
from backoffice.services.journal import Event
from backoffice.services.outbox import Claim

TEMPLATE = "awaited"


def follow_up(runtime: Runtime, claim: Claim) -> None:
    """Remind those whom we wait for and close what was announced, one transaction a case."""
    with runtime.database.reading() as session:
        authorities = [one.id for one in legal.list_authorities(session)]
        versions = [
            version.id
            for version in queries.list_versions_waiting(session)
            if procedures.read_version(version).lifecycle.remind_after is not None
        ]
    pages = [partial(queries.list_waiting, authority_id=one, version_ids=versions) for one in authorities]
    faults = deadlines.each_case(runtime, claim, pages if versions else [], partial(_take_step, runtime))
    if faults:
        raise Conflict(f"Des relances n’ont pas pu partir : {', '.join(faults[: deadlines.MOST_FAULTS])}.")
    with runtime.database.transaction() as session:
        outbox.keep(session, claim)


def _take_step(runtime: Runtime, session: Session, case: Case) -> None:
    """What is due for one case, locked and read anew; nothing when it waits no more."""
    version = case.procedure_version
    if case.status != Status.WAITING_CITIZEN or version is None or case.citizen is None or not case.citizen.email:
        return
    authority = session.get_one(Authority, case.authority_id)
    lifecycle, zone = procedures.read_version(version).lifecycle, ZoneInfo(authority.timezone)
    lines = queries.list_watched(session, case.id, waiting.WATCHED)
    wait = waiting.find_wait((one.kind, one.at.astimezone(zone).date(), one.data) for one in lines)
    if wait is None:
        return
    step = wait.step(lifecycle, legal_facts.today_of(authority))
    if step is Step.REMIND:
        _remind(session, runtime, case, authority, lifecycle, wait)
    elif step is Step.CLOSE and _may_close(session, case, wait):
        _close(session, runtime, case, authority, wait)


def _remind(
    session: Session, runtime: Runtime, case: Case, authority: Authority, lifecycle: Lifecycle, wait: Wait
) -> None:
    announces = lifecycle.close_after is not None and _is_lawful(case)
    closes_on = legal_facts.today_of(authority) + timedelta(days=lifecycle.close_after or 0) if announces else None
    said = {"closed": False, "asked_on": wait.asked_on.isoformat(), "closes_on": closes_on and closes_on.isoformat()}
    values = documents.case_values(session, authority, case) | said
    mail = correspondence.queue_mail(session, runtime, case, TEMPLATE, values, automatic=True)
    told = {"mail_id": mail.id, "closes_on": said["closes_on"] or ""}
    journal.record(session, policy.system(case.authority_id), case, Event.CITIZEN_REMINDED, **told)


def _may_close(session: Session, case: Case, wait: Wait) -> bool:
    """Whether the law allows it, the warning arrived, and nobody must look at the case first."""
    if not _is_lawful(case) or wait.mail_id is None or not queries.has_arrived(session, wait.mail_id):
        return False
    try:
        checklists.require_done(session, case, Outcome.CLOSED_NO_ACTION)
        case_tasks.check_closing(session, policy.system(case.authority_id), case, "")
    except (Conflict, Invalid):
        return False
    return True


def _is_lawful(case: Case) -> bool:
    version = case.procedure_version
    definition = procedures.read_version(version) if version else None
    regimes = [definition.regime_for(case.answers_to_procedure)] if definition else []
    known = waiting.may_end_in_silence(case.regime, case.implicit_on, case.answer_by)
    return bool(regimes) and known and not case.implicit_outcome and sub_states.may_close_in_silence(regimes)


def _close(session: Session, runtime: Runtime, case: Case, authority: Authority, wait: Wait) -> None:
    closes_on = wait.closes_on.isoformat() if wait.closes_on else None
    values = documents.case_values(session, authority, case) | {"closed": True, "closes_on": closes_on}
    correspondence.queue_mail(session, runtime, case, TEMPLATE, values, automatic=True)
    legal_facts.end(case, authority, Outcome.CLOSED_NO_ACTION)
    case.revision += 1
    journal.record(session, policy.system(case.authority_id), case, Event.CLOSED, outcome=Outcome.CLOSED_NO_ACTION)
