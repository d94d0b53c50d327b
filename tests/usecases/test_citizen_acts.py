"""What citizens do to their own case: withdraw it, ask for the certificate, judge the answer; each once."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.lifecycle import Outcome, Status
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.feedback import Feedback
from backoffice.models.mail import OutgoingMail
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import cases, catalogue
from backoffice.services import (
    casework,
    citizen_acts,
    deadlines,
    decisions,
    history_text,
    intake,
    journal,
    moment,
    outbox,
)
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next
from tests.usecases.test_legal_acts import REASONS, a_meal, a_permit


def answered(session: Session, runtime: Runtime, outcome: Outcome = Outcome.ANSWERED) -> Case:
    case = factories.a_case(session, runtime)
    casework.close(session, runtime, factories.actor_named(session, "Karim"), case, outcome, "C’est réparé.")
    return case


def told(session: Session) -> list[str]:
    return list(session.scalars(select(StaffNotice.text).distinct().order_by(StaffNotice.text)))


def test_a_withdrawn_request_ends_without_decision_and_both_sides_know(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        citizen_acts.withdraw(session, runtime, case, " J’ai déménagé. ")
        assert (case.status, case.outcome) == (Status.CLOSED, Outcome.WITHDRAWN)
        assert case.implicit_on is None
        last = cases.list_messages(session, case.id)[-1]
        assert (last.direction, last.body) == ("in", "Je retire ma demande.\n\nJ’ai déménagé.")
        assert cases.list_events(session, case.id)[-1].actor_name == "Jeanne Martin"
        assert journal.verify(session, case)
        mail = session.scalars(select(OutgoingMail).where(OutgoingMail.case_id == case.id)).one()
        assert mail.subject == f"Votre demande n° {case.reference} est retirée"
        assert "vous changez d’avis" in mail.text
        assert "+" in mail.reply_to
        assert told(session) == ["L’usager a retiré sa demande : il n’y a plus rien à instruire."]
        with pytest.raises(Conflict):
            citizen_acts.withdraw(session, runtime, case, "")
        assert not citizen_acts.may_be_judged(session, case)


def test_writing_after_a_withdrawal_takes_the_request_up_again(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        citizen_acts.withdraw(session, runtime, case, "")
        intake.join(session, factories.the_authority(session), case, factories.an_incoming(body="Finalement, si."))
        assert (case.status, case.outcome) == (Status.UNDER_REVIEW, "")
        assert case.implicit_on is not None
        citizen_acts.withdraw(session, runtime, case, "Finalement, non.")
        assert case.outcome == Outcome.WITHDRAWN


def test_the_certificate_is_asked_once_and_a_person_signs_it(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_meal(session, runtime, date(2026, 3, 2))
        with pytest.raises(Conflict):
            citizen_acts.ask_for_certificate(session, case)
        outbox.promise(session, JobKind.WRITE_IMPLICIT_DECISIONS)
    with moment.at(datetime.combine(date(2026, 5, 3), time(11), tzinfo=UTC)):
        deadlines.write_implicit_decisions(runtime, claim_next(runtime, JobKind.WRITE_IMPLICIT_DECISIONS))
    with runtime.database.transaction() as session:
        held = cases.claim_case_by_id(session, case.id)
        assert citizen_acts.may_ask_for_certificate(session, held)
        for _ in range(2):
            citizen_acts.ask_for_certificate(session, held)
        asked = [one for one in cases.list_messages(session, held.id) if one.subject == "Demande d’attestation"]
        assert len(asked) == 1
        assert "L. 232-3" in told(session)[-1]
        assert held.status != Status.CLOSED
        decisions.ask_for_certificate(session, factories.actor_named(session, "Hélène"), held)
        assert not citizen_acts.may_ask_for_certificate(session, held)


def test_an_answer_that_helped_is_written_down_and_opens_nothing(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = answered(session, runtime)
        citizen_acts.judge(session, case, "", helped=True)
        assert case.status == Status.CLOSED
        assert told(session) == []
        with pytest.raises(Conflict):
            citizen_acts.judge(session, case, "Encore un trou.", helped=False)


def test_a_no_says_why_and_opens_the_case_again(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = answered(session, runtime)
        with pytest.raises(Invalid) as fault:
            citizen_acts.judge(session, case, "  ", helped=False)
        assert set(fault.value.faults) == {"reason"}
        said = citizen_acts.judge(session, case, "Le trou est toujours là.", helped=False)
        assert said.reopened
        assert (case.status, case.outcome, case.closed_at) == (Status.UNDER_REVIEW, "", None)
        assert cases.list_messages(session, case.id)[-1].body == "Le trou est toujours là."
        lines = [history_text.detail(one) for one in cases.list_events(session, case.id) if "judged" in one.kind]
        assert lines == ["Elle n’a pas aidé : le dossier est rouvert"]
        assert told(session) == ["L’usager dit que la réponse ne l’a pas aidé : le dossier est rouvert."]
        karim = factories.actor_named(session, "Karim")
        casework.close(session, runtime, karim, case, Outcome.ANSWERED, "Cette fois, c’est réparé.")
        citizen_acts.judge(session, case, "Merci", helped=True)
        assert [one.helped for one in session.scalars(select(Feedback).order_by(Feedback.id))] == [False, True]
        assert journal.verify(session, case)


def test_a_no_after_the_delay_set_by_the_authority_is_read_and_opens_nothing(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = answered(session, runtime)
        authority = catalogue.claim_authority(session, case.authority_id)
        authority.details = {**authority.details, citizen_acts.REOPEN_WITHIN_DAYS: 5}
        assert case.closed_on is not None
        case.closed_on -= timedelta(days=5)
        assert citizen_acts.may_reopen(session, case, authority)
        case.closed_on -= timedelta(days=1)
        said = citizen_acts.judge(session, case, "Trop tard, mais non.", helped=False)
        assert (said.reopened, case.status) == (False, Status.CLOSED)
        assert told(session) == ["L’usager dit que la réponse ne l’a pas aidé."]


def test_a_refusal_signed_with_its_remedies_is_contested_not_reopened(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        today = datetime.now(UTC).date()
        case = a_permit(session, runtime, today - timedelta(days=3))
        decisions.refuse(session, factories.actor_named(session, "Marc"), case, REASONS)
        said = citizen_acts.judge(session, case, "Ce n’est pas juste.", helped=False)
        assert (said.reopened, case.outcome) == (False, Outcome.REFUSED)
