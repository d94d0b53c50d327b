"""The acts of the law on a case: every date they move, everything they refuse, told by the facts alone."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.facts import AppealKind
from backoffice.domain.legal_events import Piece, list_pieces_asked
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.policy import Actor
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.documents import Document
from backoffice.models.legal import CaseFact, Delegation
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import cases as case_queries
from backoffice.queries import legal as queries
from backoffice.queries import staff_notices
from backoffice.services import (
    acknowledging,
    appeals,
    casework,
    checklists,
    clock,
    deadlines,
    decisions,
    extensions,
    intake,
    journal,
    law,
    missing_pieces,
    moment,
    outbox,
    transmissions,
)
from backoffice.services.decisions import Reasons
from backoffice.services.outbox import JobKind
from backoffice.services.transmissions import Recipient
from tests import factories

PLAN = Piece("plan", "Plan coté", "Code de la voirie routière, article L. 113-2", blocking=True)
PHOTO = Piece("photo", "Photographie", "Règlement de voirie, article 4", blocking=False)
REASONS = Reasons(
    texts="le code de la voirie routière, article L. 113-2",
    rule="l’occupation du domaine public est subordonnée à l’absence de gêne pour les piétons",
    facts="le trottoir mesure 1,10 m devant le 12 rue des Lilas et la terrasse demandée en occuperait 0,80 m",
    conclusion="le passage restant serait inférieur à 1,40 m",
    plain="Votre demande est refusée parce que le trottoir est trop étroit.",
)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(11), tzinfo=UTC)


def a_permit(session: Session, runtime: Runtime, received: date, **changes: Any) -> Case:
    """A terrace permit (rejection after two months of silence)."""
    changes = {"procedure": "terrace_permit", "received_at": noon(received)} | changes
    with moment.at(noon(received)):
        return factories.a_case(session, runtime, **changes)


def a_meal(session: Session, runtime: Runtime, received: date) -> Case:
    """A school canteen registration (acceptance after two months of silence)."""
    return a_permit(session, runtime, received, procedure="school_meals_aftercare")


def marc(session: Session) -> Actor:
    return factories.actor_named(session, "Marc")


def accept_checked(session: Session, case: Case, text: str) -> None:
    """A favourable decision on a terrace, its checklist ticked first."""
    checklists.choose(session, marc(session), case, ["passage", "insurance"])
    decisions.accept(session, marc(session), case, text)


def test_pieces_asked_suspend_a_rejection_and_their_arrival_resumes_it(runtime: Runtime) -> None:
    """The facts of E15: received 2 March, asked the 20th, came on 10 April: 21 days later than 2 May."""
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        assert case.implicit_on == date(2026, 5, 2)
        with moment.at(noon(date(2026, 3, 20))):
            missing_pieces.ask_for_pieces(session, actor, case, [PLAN, PHOTO], date(2026, 4, 20))
        assert case.status == Status.WAITING_CITIZEN
        request = list_pieces_asked(queries.list_events(session, case.id))[0]
        with moment.at(noon(date(2026, 4, 12))):
            missing_pieces.receive_pieces(session, actor, case, request, ["plan", "photo"], date(2026, 4, 10))
        assert (case.implicit_on, case.status) == (date(2026, 5, 23), Status.UNDER_REVIEW)
        assert journal.verify(session, case)


def test_pieces_asked_restart_an_acceptance(runtime: Runtime) -> None:
    """The facts of E17: complete on 10 April, accepted on 10 June."""
    with runtime.database.transaction() as session:
        case, actor = a_meal(session, runtime, date(2026, 3, 2)), factories.actor_named(session, "Mathieu")
        with moment.at(noon(date(2026, 3, 20))):
            missing_pieces.ask_for_pieces(session, actor, case, [PLAN], date(2026, 4, 20))
        assert case.implicit_on is None
        request = list_pieces_asked(queries.list_events(session, case.id))[0]
        with moment.at(noon(date(2026, 4, 10))):
            missing_pieces.receive_pieces(session, actor, case, request, ["plan"], date(2026, 4, 10))
        assert case.implicit_on == date(2026, 6, 10)


def test_a_piece_that_is_not_indispensable_moves_nothing(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 3, 2))
        with moment.at(noon(date(2026, 3, 20))):
            missing_pieces.ask_for_pieces(session, marc(session), case, [PHOTO], date(2026, 4, 20))
        assert case.implicit_on == date(2026, 5, 2)


@pytest.mark.parametrize(
    ("pieces", "limit", "field"),
    [
        ([Piece("rib", "RIB", "  ", blocking=True)], date(2026, 4, 20), "basis.rib"),
        ([], date(2026, 4, 20), "pieces"),
        ([PLAN], date(2026, 4, 19), "limit_on"),
        ([PLAN], date(2026, 5, 1), "limit_on"),
        ([PLAN], date(2026, 3, 20), "limit_on"),
    ],
)
def test_a_request_without_basis_or_with_an_impossible_limit_is_refused(
    runtime: Runtime, pieces: list[Piece], limit: date, field: str
) -> None:
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 3, 2))
        with moment.at(noon(date(2026, 3, 20))), pytest.raises(Invalid) as refused:
            missing_pieces.ask_for_pieces(session, marc(session), case, pieces, limit)
        assert set(refused.value.faults) == {field}
        assert session.scalars(select(CaseFact)).all() == []


def test_a_transmission_names_who_has_the_case_now_and_lets_the_other_clock_run(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 1, 15)), marc(session)
        with moment.at(noon(date(2026, 1, 20))):
            with pytest.raises(Invalid) as refused:
                transmissions.transmit(session, runtime, actor, case, Recipient("", ""), "")
            assert set(refused.value.faults) == {"recipient_name", "recipient_address"}
            epci = Recipient("Communauté de communes", "1 rue du Pont", "contact@epci.example")
            transmissions.transmit(session, runtime, actor, case, epci, "Compétence transférée.")
        assert (case.status, case.outcome, case.implicit_on) == (Status.CLOSED, Outcome.TRANSFERRED, date(2026, 3, 15))
        templates = session.scalars(select(Document.template).order_by(Document.id)).all()
        assert templates == ["acknowledgement", "transmission"]


def test_a_withdrawn_request_becomes_no_decision(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 3, 2))
        with moment.at(noon(date(2026, 3, 9))):
            transmissions.withdraw(session, marc(session), case, date(2026, 3, 9), "Je renonce.")
        assert (case.outcome, case.implicit_on) == (Outcome.WITHDRAWN, None)


def test_a_refusal_without_its_own_facts_is_not_signed(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 3, 2))
        empty = Reasons(texts="le code", rule="la règle", facts="Gêne.", conclusion="Donc non.", plain="Refusé.")
        with moment.at(noon(date(2026, 3, 9))), pytest.raises(Invalid) as refused:
            decisions.refuse(session, marc(session), case, empty)
        assert set(refused.value.faults) == {"facts"}
        assert case.closed_at is None


def test_a_refusal_is_signed_under_the_delegation_in_force_and_opens_the_period_of_appeal(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2025, 12, 1)), marc(session)
        for start, name in ((date(2025, 1, 1), "Ancienne adjointe"), (date(2025, 12, 15), "Nouvel adjoint")):
            session.add(
                Delegation(
                    authority_id=case.authority_id,
                    signatory=name,
                    title="Adjoint au commerce",
                    act="Arrêté 2025-12",
                    department_id=case.department_id,
                    valid_from=start,
                    valid_to=date(2025, 12, 14) if start.month == 1 else None,
                    created_at=noon(start),
                )
            )
        case.acknowledged_at = noon(date(2025, 12, 1))
        with moment.at(noon(date(2025, 12, 31))):
            decisions.refuse(session, actor, case, REASONS)
            decisions.note_notified(session, actor, case, date(2025, 12, 31))
        fact = session.scalars(select(CaseFact).where(CaseFact.kind == "decided")).one()
        assert fact.data["signatory"]["name"] == "Nouvel adjoint"
        dates = clock.deadlines(session, case, factories.the_authority(session))
        assert dates.appeal_until is not None
        assert dates.appeal_until.on == date(2026, 3, 2)
        assert dates.appeal_period_enforceable


def test_silence_becomes_an_acceptance_on_its_day_and_refusing_is_then_impossible(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_meal(session, runtime, date(2023, 5, 15))
        with moment.at(noon(date(2023, 7, 15))):
            assert not decisions.write_implicit_decision(session, case)
        with moment.at(noon(date(2023, 7, 16))):
            assert decisions.write_implicit_decision(session, case)
            assert not decisions.write_implicit_decision(session, case)
        assert (case.implicit_outcome, case.status, case.closed_at) == (
            Outcome.IMPLICITLY_ACCEPTED,
            Status.RECEIVED,
            None,
        )
        mathieu = factories.actor_named(session, "Mathieu")
        with moment.at(noon(date(2023, 7, 17))):
            with pytest.raises(Conflict, match="vaut déjà accord"):
                decisions.refuse(session, mathieu, case, REASONS)
            decisions.ask_for_certificate(session, mathieu, case)
        assert session.scalars(select(Document.template).order_by(Document.id)).all()[1:] == [
            "implicit_decision",
            "certificate",
        ]


def test_after_a_rejection_by_silence_an_express_decision_is_still_possible(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 3, 2))
        with moment.at(noon(date(2026, 5, 4))):
            assert decisions.write_implicit_decision(session, case)
            accept_checked(session, case, "La terrasse est autorisée du 1er juin au 30 septembre.")
        assert (case.implicit_outcome, case.outcome) == (Outcome.IMPLICITLY_REFUSED, Outcome.ACCEPTED)


def test_reasons_asked_are_due_within_a_month_and_start_the_period_again(runtime: Runtime) -> None:
    """The facts of E30: asked on 4 May, due on 4 June; given on 1 June, court until 3 August."""
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        case.acknowledged_at = noon(date(2026, 3, 2))
        authority = factories.the_authority(session)
        with moment.at(noon(date(2026, 5, 4))):
            with pytest.raises(Conflict, match="refus implicite"):
                appeals.note_reasons_asked(session, actor, case, date(2026, 5, 4))
            decisions.write_implicit_decision(session, case)
            appeals.note_reasons_asked(session, actor, case, date(2026, 5, 4))
        due = clock.deadlines(session, case, authority).reasons_due_on
        assert due is not None
        assert due.on == date(2026, 6, 4)
        with moment.at(noon(date(2026, 6, 1))):
            appeals.give_reasons(session, actor, case, REASONS.facts)
        letter = session.scalars(select(Document).where(Document.template == "letter")).one().values["text"]
        assert "est réputée rejetée depuis le samedi 2 mai 2026" in letter
        assert "Le lundi 4 mai 2026, vous nous avez demandé les motifs" in letter
        assert letter.endswith("vous sont communiqués (article L. 232-4 du CRPA).")
        until = clock.deadlines(session, case, authority).appeal_until
        assert until is not None
        assert until.on == date(2026, 8, 3)


def test_an_appeal_in_time_interrupts_the_period_to_go_to_court(runtime: Runtime) -> None:
    """The facts of E29: refused on 12 March, appeal on 20 April, silence on 20 June, court until 21 August."""
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        case.acknowledged_at = noon(date(2026, 3, 2))
        with moment.at(noon(date(2026, 3, 12))):
            decisions.refuse(session, actor, case, REASONS)
            decisions.note_notified(session, actor, case, date(2026, 3, 12))
        with moment.at(noon(date(2026, 4, 20))):
            appeals.note_appeal(session, actor, case, AppealKind.GRACIOUS, date(2026, 4, 20))
        dates = clock.deadlines(session, case, factories.the_authority(session))
        assert dates.appeal_silence_on is not None
        assert dates.appeal_until is not None
        assert (dates.appeal_silence_on.on, dates.appeal_until.on) == (date(2026, 6, 20), date(2026, 8, 21))


def test_an_acknowledgement_given_by_hand_in_time_makes_the_period_of_appeal_count(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, sandrine = a_permit(session, runtime, date(2026, 3, 2)), factories.actor_named(session, "Sandrine")
        authority = factories.the_authority(session)
        assert not clock.deadlines(session, case, authority).appeal_period_enforceable
        with moment.at(noon(date(2026, 3, 4))):
            acknowledging.note_given(session, sandrine, case, date(2026, 3, 3))
            with pytest.raises(Conflict, match="déjà parti"):
                acknowledging.note_given(session, sandrine, case, date(2026, 3, 4))
        assert clock.deadlines(session, case, authority).appeal_period_enforceable
        assert journal.verify(session, case)


def test_a_fact_is_never_dated_in_the_future_nor_before_what_it_follows(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        with moment.at(noon(date(2026, 3, 20))):
            for wrong in (date(2026, 3, 21), date(2026, 3, 1)):
                with pytest.raises(Invalid):
                    transmissions.withdraw(session, actor, case, wrong, "Je renonce.")


def test_the_front_desk_notes_pieces_and_signs_nothing(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, sandrine = a_permit(session, runtime, date(2026, 3, 2)), factories.actor_named(session, "Sandrine")
        with moment.at(noon(date(2026, 3, 20))):
            for act in (
                lambda: missing_pieces.ask_for_pieces(session, sandrine, case, [PLAN], date(2026, 4, 20)),
                lambda: decisions.refuse(session, sandrine, case, REASONS),
                lambda: transmissions.transmit(session, runtime, sandrine, case, Recipient("EPCI", "1 rue"), ""),
            ):
                with pytest.raises(Forbidden):
                    act()
            missing_pieces.ask_for_pieces(session, marc(session), case, [PLAN], date(2026, 4, 20))
            request = list_pieces_asked(queries.list_events(session, case.id))[0]
            missing_pieces.receive_pieces(session, sandrine, case, request, ["plan"], date(2026, 3, 20))


def run_job(runtime: Runtime, kind: JobKind, handler: Any, day: date) -> None:
    with runtime.database.transaction() as session:
        outbox.promise(session, kind)
        session.flush()
        job_id = session.scalar(select(outbox.Job.id).where(outbox.Job.kind == kind).order_by(outbox.Job.id.desc()))
        assert job_id is not None
        claim = outbox.claim(session, job_id, lease=outbox.FIRST_RETRY)
    assert claim is not None
    with moment.at(noon(day)):
        handler(runtime, claim)


def test_every_night_writes_the_decisions_of_the_day_once(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        for received in (date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 20)):
            a_permit(session, runtime, received)
    for _ in range(2):
        run_job(runtime, JobKind.WRITE_IMPLICIT_DECISIONS, deadlines.write_implicit_decisions, date(2026, 5, 3))
    with runtime.database.reading() as session:
        outcomes = session.scalars(select(Case.implicit_outcome).order_by(Case.id)).all()
        assert outcomes == ["implicitly_refused", "implicitly_refused", ""]
        assert len(session.scalars(select(CaseFact)).all()) == 2


def test_one_faulty_case_keeps_its_fault_and_stops_none_of_the_others(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        first, _ = (a_permit(session, runtime, date(2026, 3, 2)) for _ in range(2))
        first.regime = {"silence": "unheard of"}
    with pytest.raises(Conflict, match=first.reference):
        run_job(runtime, JobKind.WRITE_IMPLICIT_DECISIONS, deadlines.write_implicit_decisions, date(2026, 5, 3))
    with runtime.database.reading() as session:
        outcomes = session.scalars(select(Case.implicit_outcome).order_by(Case.id)).all()
    assert outcomes == ["", "implicitly_refused"]


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.PARTIALLY_ACCEPTED])
def test_a_case_answered_then_opened_again_becomes_no_decision_by_itself(runtime: Runtime, outcome: Outcome) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_meal(session, runtime, date(2026, 3, 2)), factories.actor_named(session, "Hélène")
        with moment.at(noon(date(2026, 3, 20))):
            casework.close(session, runtime, actor, case, outcome, "Voici notre réponse.")
        with moment.at(noon(date(2026, 6, 1))):
            casework.move(session, actor, case, Status.UNDER_REVIEW)
    run_job(runtime, JobKind.WRITE_IMPLICIT_DECISIONS, deadlines.write_implicit_decisions, date(2026, 6, 2))
    with runtime.database.reading() as session:
        case = session.scalars(select(Case)).one()
    assert (case.implicit_on, case.implicit_outcome) == (None, "")


def test_a_withdrawn_request_opened_again_starts_anew_and_keeps_both_in_its_history(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_meal(session, runtime, date(2026, 3, 2)), factories.actor_named(session, "Hélène")
        with moment.at(noon(date(2026, 3, 9))):
            transmissions.withdraw(session, actor, case, date(2026, 3, 9), "Je renonce.")
        with moment.at(noon(date(2026, 6, 1))):
            casework.move(session, actor, case, Status.UNDER_REVIEW)
        assert (case.outcome, case.implicit_on, case.acknowledge_by) == ("", date(2026, 8, 1), date(2026, 6, 15))
        assert case.acknowledged_at is None
        last = session.scalars(select(Document).order_by(Document.id.desc())).first()
        assert last is not None
        assert (last.template, last.values["replaces"]["why"]) == ("acknowledgement", "resumed")
        kinds = [event.kind for event in case_queries.list_events(session, case.id)]
        assert [kind for kind in kinds if kind in {"withdrawn", "reopened", "resumed"}] == [
            "withdrawn",
            "reopened",
            "resumed",
        ]
        assert [fact.kind for fact in session.scalars(select(CaseFact))] == ["withdrawn", "resumed"]
        assert journal.verify(session, case)


def test_a_citizen_who_writes_after_a_withdrawal_takes_the_request_up_again(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        authority = factories.the_authority(session)
        with moment.at(noon(date(2026, 3, 9))):
            transmissions.withdraw(session, actor, case, date(2026, 3, 9), "Je renonce.")
        with moment.at(noon(date(2026, 4, 7))):
            again = factories.an_incoming(body="Finalement, je maintiens.", received_at=noon(date(2026, 4, 7)))
            intake.join(session, authority, case, again)
        assert (case.status, case.implicit_on) == (Status.UNDER_REVIEW, date(2026, 6, 7))


@pytest.mark.parametrize(
    ("procedure", "name", "meanwhile", "outcome"),
    [
        ("terrace_permit", "Marc", date(2026, 5, 2), "implicitly_refused"),
        ("school_meals_aftercare", "Hélène", date(2026, 6, 9), "implicitly_accepted"),
    ],
)
def test_a_transmitted_request_taken_up_again_is_ours_with_its_clock(
    runtime: Runtime, procedure: str, name: str, meanwhile: date, outcome: str
) -> None:
    with runtime.database.transaction() as session:
        case, actor = (
            a_permit(session, runtime, date(2026, 3, 2), procedure=procedure),
            factories.actor_named(session, name),
        )
        with moment.at(noon(date(2026, 3, 10))):
            transmissions.transmit(session, runtime, actor, case, Recipient("Département", "1 rue du Pont"), "")
        with moment.at(noon(date(2026, 4, 13))):
            transmissions.note_transmission_received(session, actor, case, date(2026, 4, 9))
        assert case.implicit_on == meanwhile
    run_job(runtime, JobKind.WRITE_IMPLICIT_DECISIONS, deadlines.write_implicit_decisions, date(2026, 6, 20))
    with runtime.database.transaction() as session:
        case, actor = session.get_one(Case, case.id), factories.actor_named(session, name)
        assert case.implicit_outcome == "", "what another administration has becomes no decision of ours"
        with moment.at(noon(date(2026, 4, 20))):
            casework.move(session, actor, case, Status.UNDER_REVIEW)
            assert (case.outcome, case.implicit_on) == ("", date(2026, 5, 2))
            assert case.acknowledged_at is None, "the citizen is told again who answers, and when"
            told = case_queries.list_documents(session, case.id)[-1]
            assert told.values["replaces"]["why"] == "taken_back"
            kinds = [event.kind for event in case_queries.list_events(session, case.id)]
            assert kinds[-3:] == ["reopened", "transmission_ended", "document_asked"]
            with pytest.raises(Conflict):
                transmissions.note_transmission_received(session, actor, case, date(2026, 4, 15))
            transmissions.transmit(session, runtime, actor, case, Recipient("Région", "2 rue du Pont"), "")
            assert case.outcome == Outcome.TRANSFERRED
            casework.move(session, actor, case, Status.UNDER_REVIEW)
    run_job(runtime, JobKind.WRITE_IMPLICIT_DECISIONS, deadlines.write_implicit_decisions, date(2026, 6, 2))
    with runtime.database.reading() as session:
        assert session.scalars(select(Case.implicit_outcome)).one() == outcome


def test_a_notice_about_a_case_that_one_may_no_longer_know_of_is_not_shown(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 3, 2))
        case.assignee_id = factories.staff_named(session, "Élodie").id
    run_job(runtime, JobKind.WARN_OF_DEADLINES, deadlines.warn_of_deadlines, date(2026, 4, 13))
    with runtime.database.transaction() as session:
        elodie, held = factories.actor_named(session, "Élodie"), session.get_one(Case, case.id)
        assert len(staff_notices.list_mine(session, elodie, unread=True)) == 1
        held.restricted = True
        held.department_id = min(factories.actor_named(session, "Karim").department_ids - elodie.department_ids)
        assert staff_notices.list_mine(session, elodie, unread=True) == []


def test_a_second_decision_is_not_notified_by_the_notification_of_the_first(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        for signed, notified in ((date(2026, 3, 20), date(2026, 3, 23)), (date(2026, 4, 10), None)):
            with moment.at(noon(signed)):
                decisions.refuse(session, actor, case, REASONS)
            if notified is not None:
                with moment.at(noon(notified)):
                    decisions.note_notified(session, actor, case, notified)
                    casework.move(session, actor, case, Status.UNDER_REVIEW)
        authority = factories.the_authority(session)
        told = clock.deadlines(session, case, authority)
        assert (told.appeal_until, told.appeal_period_enforceable) == (None, False)
        assert "n’a pas commencé" in told.appeal_explanation[0]
        with moment.at(noon(date(2026, 4, 14))):
            decisions.note_notified(session, actor, case, date(2026, 4, 13))
        until = clock.deadlines(session, case, authority).appeal_until
    assert until is not None
    assert until.on == date(2026, 6, 15)  # the 14th is a Sunday


def test_the_handler_is_warned_first_then_the_supervisor_and_each_once(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 3, 2))
        case.assignee_id = factories.staff_named(session, "Élodie").id

    def told(day: date) -> list[tuple[str, str]]:
        for _ in range(2):
            run_job(runtime, JobKind.WARN_OF_DEADLINES, deadlines.warn_of_deadlines, day)
        with runtime.database.reading() as session:
            names = {s.id: s.name.split()[0] for s in session.scalars(select(factories.Staff))}
            notices = session.scalars(select(StaffNotice).order_by(StaffNotice.id)).all()
            return [(names[notice.staff_id], notice.kind.split("_")[1]) for notice in notices]

    assert told(date(2026, 4, 9)) == []
    assert told(date(2026, 4, 13)) == [("Élodie", "15")]
    assert told(date(2026, 4, 23)) == [("Élodie", "15"), ("Élodie", "7"), ("Marc", "7")]
    assert told(date(2026, 4, 29))[3:] == [("Élodie", "3"), ("Marc", "3")]


def test_the_month_to_answer_a_right_of_the_rgpd_is_watched_too_and_its_extension_after_it(runtime: Runtime) -> None:
    """E44 again: due on 2 March, then on 30 April; the facts are read again before each day of work."""
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 1, 31), procedure="gdpr_request")
        case.assignee_id = factories.staff_named(session, "Inès").id
        assert (case.implicit_on, case.answer_by) == (None, date(2026, 3, 2))

    def told(day: date) -> list[tuple[str, str, str]]:
        run_job(runtime, JobKind.WARN_OF_DEADLINES, deadlines.warn_of_deadlines, day)
        with runtime.database.reading() as session:
            names = {s.id: s.name.split()[0] for s in session.scalars(select(factories.Staff))}
            notices = session.scalars(select(StaffNotice).order_by(StaffNotice.id)).all()
            return [(names[one.staff_id], one.kind.split("_", 1)[1], one.text) for one in notices]

    assert told(date(2026, 2, 6)) == []
    assert [who for who, _, _ in told(date(2026, 2, 19))] == ["Inès", "Antoine"]
    (_, kind, text) = told(date(2026, 2, 26))[-1]
    assert kind == "3_2026-03-02"
    assert text.endswith(
        "la réponse est due au plus tard le lundi 2 mars 2026, dans 4 jours (RGPD, articles 12 et 15 à 22)."
    )
    with runtime.database.transaction() as session:
        held = session.get_one(Case, case.id)
        with moment.at(noon(date(2026, 2, 27))):
            extensions.extend(session, policy.system(held.authority_id), held, "Les données sont dans huit services.")
        assert held.answer_by == date(2026, 4, 30)
        ines, until = factories.actor_named(session, "Inès"), date(2026, 5, 1)
        assert [one.id for one in queries.list_due_answers_for(session, ines, until, ines.department_ids)] == [case.id]
    before = len(told(date(2026, 3, 3)))
    assert told(date(2026, 4, 28))[before:][0][1] == "3_2026-04-30"
    late = told(date(2026, 5, 4))
    assert len(late) == before + 2, "each is told once"
    with runtime.database.transaction() as session:
        held = session.get_one(Case, case.id)
        casework.close(session, runtime, factories.actor_named(session, "Inès"), held, Outcome.ANSWERED, "Voici.")
        assert queries.list_due_answers(session, case.authority_id, date(2026, 5, 4)) == []


def test_what_becomes_a_decision_this_week_is_one_list_of_those_who_may_know(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        first = a_permit(session, runtime, date(2026, 3, 5))
        second = a_permit(session, runtime, date(2026, 3, 2))
        a_permit(session, runtime, date(2026, 4, 2))
        elodie, until = factories.actor_named(session, "Élodie"), date(2026, 5, 7)
        found = queries.list_ripening_for(session, elodie, until, elodie.department_ids)
        assert [case.id for case in found] == [second.id, first.id]
        session.flush()
        second.restricted, second.department_id = True, 1 if second.department_id != 1 else 2
        session.flush()
        assert [case.id for case in queries.list_ripening_for(session, elodie, until)] == [first.id]


def test_an_acknowledgement_that_is_late_is_listed_until_its_case_ends(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        never, late, in_time = (a_permit(session, runtime, date(2026, 3, 2)) for _ in range(3))
        late.acknowledged_at, in_time.acknowledged_at = noon(date(2026, 3, 17)), noon(date(2026, 3, 16))
        session.flush()
        elodie = factories.actor_named(session, "Élodie")
        assert queries.list_late_acknowledgements(session, elodie, date(2026, 3, 10)) == [late]
        assert queries.list_late_acknowledgements(session, elodie, date(2026, 3, 17)) == [never, late]
        assert not clock.deadlines(session, late, factories.the_authority(session)).appeal_period_enforceable
        with moment.at(noon(date(2026, 3, 18))):
            accept_checked(session, late, "Accordé jusqu’au 30 septembre.")
        assert queries.list_late_acknowledgements(session, elodie, date(2026, 3, 17)) == [never]


def test_an_amended_rule_applies_to_the_cases_to_come_only(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        authority, antoine = factories.the_authority(session), factories.actor_named(session, "Antoine")
        before = a_permit(session, runtime, date(2026, 3, 2))
        with pytest.raises(Invalid) as refused:
            law.amend(session, antoine, authority, "acknowledgement.electronic", {"value": "douze"})
        assert set(refused.value.faults) == {"value", "article", "confidence"}
        values = {
            "value": "5 jours ouvrés",
            "article": "règlement intérieur",
            "confidence": "known",
            "note": "Engagement",
        }
        law.amend(session, antoine, authority, "acknowledgement.electronic", values)
        after = a_permit(session, runtime, date(2026, 3, 2))
        assert (before.acknowledge_by, after.acknowledge_by) == (date(2026, 3, 16), date(2026, 3, 9))
        clock.refresh(session, before, authority)
        assert before.acknowledge_by == date(2026, 3, 16)
        with pytest.raises(Forbidden):
            law.amend(session, marc(session), authority, "acknowledgement.electronic", values)


def test_a_request_received_first_elsewhere_counts_from_there_and_is_acknowledged_again(runtime: Runtime) -> None:
    """The facts of E13 and E14: received there on 15 January, here on 3 February."""
    with runtime.database.transaction() as session:
        rejected = a_permit(session, runtime, date(2026, 2, 3))
        accepted = a_meal(session, runtime, date(2026, 2, 3))
        with moment.at(noon(date(2026, 2, 4))):
            for case, actor in ((rejected, marc(session)), (accepted, factories.actor_named(session, "Mathieu"))):
                with pytest.raises(Invalid):
                    transmissions.note_first_received(session, actor, case, date(2026, 2, 4), "Agglomération")
                transmissions.note_first_received(session, actor, case, date(2026, 1, 15), "Agglomération")
        assert (rejected.implicit_on, accepted.implicit_on) == (date(2026, 3, 15), date(2026, 4, 3))
        again = session.scalars(select(Document).where(Document.case_id == rejected.id).order_by(Document.id)).all()
        assert [one.template for one in again] == ["acknowledgement", "acknowledgement"]
        assert again[1].values["replaces"]["why"] == "first_received"
        assert len(session.scalars(select(Document).where(Document.case_id == accepted.id)).all()) == 1


def test_an_appeal_is_answered_in_the_order_in_which_they_came(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        authority = factories.the_authority(session)
        with moment.at(noon(date(2026, 3, 12))):
            decisions.refuse(session, actor, case, REASONS)
            decisions.note_notified(session, actor, case, date(2026, 3, 12))
            with pytest.raises(Conflict, match="Aucun recours"):
                appeals.note_rejected(session, actor, case, date(2026, 3, 12))
        with moment.at(noon(date(2026, 5, 6))):
            appeals.note_appeal(session, actor, case, AppealKind.GRACIOUS, date(2026, 4, 20))
            appeals.note_rejected(session, actor, case, date(2026, 5, 5))
        until = clock.deadlines(session, case, authority).appeal_until
        assert until is not None
        assert until.on == date(2026, 7, 6)


def test_the_time_to_answer_is_extended_once_in_time_and_with_its_reason(runtime: Runtime) -> None:
    """The facts of E44: asked on 31 January, due on 2 March, then on 30 April."""
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 1, 31), procedure="gdpr_request")
        house, why = policy.system(case.authority_id), "Les données sont dans huit services."
        with moment.at(noon(date(2026, 2, 20))):
            with pytest.raises(Invalid):
                extensions.extend(session, house, case, "Long.")
            extensions.extend(session, house, case, why)
            with pytest.raises(Conflict, match="déjà"):
                extensions.extend(session, house, case, why)
        due = clock.deadlines(session, case, factories.the_authority(session)).decide_by
        assert due is not None
        assert due.on == date(2026, 4, 30)
        letter = session.scalars(select(Document).order_by(Document.id.desc())).first()
        assert letter is not None
        assert "au plus tard le jeudi 30 avril 2026" in letter.values["text"]
        with pytest.raises(Conflict, match="ne permet pas"):
            extensions.extend(session, marc(session), a_permit(session, runtime, date(2026, 2, 20)), why)


def test_a_refusal_is_signed_with_its_reasons_and_never_a_free_answer(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_permit(session, runtime, date(2026, 3, 2))
        with moment.at(noon(date(2026, 3, 9))), pytest.raises(Invalid, match="se motive et se signe"):
            casework.close(session, runtime, marc(session), case, Outcome.REFUSED, "Non.")
        assert case.closed_at is None
