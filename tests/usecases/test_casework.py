"""What agents do to a case: leave first, history last, nobody's work overwritten."""

import threading

import pytest
from sqlalchemy import select, text

from backoffice.domain.incoming import Sender
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent, Message
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.queries import cases as queries
from backoffice.queries import catalogue
from backoffice.services import casework, journal
from tests import factories


def _kinds(runtime: Runtime, case_id: int) -> list[str]:
    with runtime.database.reading() as session:
        return [event.kind for event in queries.list_events(session, case_id)]


def test_an_agent_takes_a_case_of_their_department(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        casework.take(session, karim, case)
        assert (case.assignee_id, case.status) == (karim.id, Status.UNDER_REVIEW)
        assert journal.verify(session, case)


def test_of_two_agents_who_take_one_case_at_once_one_has_it_and_the_other_is_told(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime)
    gate, answers = threading.Barrier(2), []

    def take(name: str) -> None:
        with runtime.database.reading() as session:
            actor = factories.actor_named(session, name)
        gate.wait()
        try:
            with runtime.database.transaction() as session:
                casework.take(session, actor, queries.claim_case(session, actor, receipt.reference))
            answers.append("taken")
        except Conflict as told:
            answers.append(told.sentence)

    threads = [threading.Thread(target=take, args=(name,)) for name in ("Karim", "Marc")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer == "taken" for answer in answers) == [False, True]
    assert any("a déjà pris ce dossier en charge" in answer for answer in answers)
    assert _kinds(runtime, receipt.case_id or 0).count("taken") == 1


def test_a_case_is_claimed_as_it_is_now_and_not_as_it_was_read(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
    with runtime.database.transaction() as session:
        read = session.get_one(Case, case.id)
        session.execute(text("UPDATE cases SET revision = revision + 7 WHERE id = :id"), {"id": case.id})
        assert read.revision == case.revision
        assert queries.claim_case_by_id(session, case.id).revision == case.revision + 7


def test_a_change_made_on_an_old_page_is_refused_and_overwrites_nothing(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        seen = case.revision
        casework.note(session, karim, case, "Vu sur place.")
        with pytest.raises(Conflict, match="conservée"):
            casework.check_revision(case, seen)
        casework.check_revision(case, case.revision)


def test_an_agent_of_another_department_reads_but_does_not_act(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        julie, case = factories.actor_named(session, "Julie"), factories.a_case(session, runtime)
        assert queries.get_case(session, julie, case.reference).id == case.id
        casework.note(session, julie, case, "L’usagère est aussi passée au guichet.")
        for act in (
            lambda: casework.take(session, julie, case),
            lambda: casework.reply(session, runtime, julie, case, "Bonjour"),
            lambda: casework.close(session, runtime, julie, case, Outcome.ANSWERED, "Fait"),
        ):
            with pytest.raises(Forbidden):
                act()


def test_a_restricted_case_of_another_department_does_not_exist(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime, procedure="childcare_place")
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        case = session.get_one(Case, receipt.case_id)
        assert case.restricted
        with pytest.raises(NotFound):
            queries.get_case(session, karim, receipt.reference)
        with pytest.raises(NotFound):
            casework.note(session, karim, case, "Curieux.")
        mathieu = factories.actor_named(session, "Mathieu")
        assert queries.get_case(session, mathieu, receipt.reference).id == case.id


def test_the_technical_administrator_reads_no_case(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime)
    with runtime.database.reading() as session, pytest.raises(NotFound):
        queries.get_case(session, factories.actor_named(session, "Paul"), receipt.reference)


def test_a_transfer_between_departments_moves_no_date_and_needs_a_reason(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        dates = (case.received_on, case.implicit_on, case.target_on, case.due_on)
        town = catalogue.find_department(session, case.authority_id, "commerce")
        assert town is not None
        with pytest.raises(Invalid, match="pourquoi"):
            casework.transfer(session, karim, case, department_id=town.id, reason="  ")
        casework.take(session, karim, case)
        casework.transfer(session, karim, case, department_id=town.id, reason="Terrasse en cause.")
        assert (case.department_id, case.assignee_id) == (town.id, None)
        assert (case.received_on, case.implicit_on, case.target_on, case.due_on) == dates


def test_a_case_goes_only_to_a_colleague_of_its_department(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        marc, case = factories.actor_named(session, "Marc"), factories.a_case(session, runtime)
        with pytest.raises(Invalid, match="ne fait pas partie"):
            casework.assign(session, marc, case, to=factories.staff_named(session, "Julie"))
        casework.assign(session, marc, case, to=factories.staff_named(session, "Karim"))
        assert case.assignee_id == factories.staff_named(session, "Karim").id


def test_a_reply_is_a_mail_with_a_signed_address_and_a_promise_to_send_it(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        casework.reply(session, runtime, karim, case, "Nous passons jeudi.")
        mail = session.scalars(select(OutgoingMail)).one()
        assert mail.recipient == "jeanne.martin@courriel.example"
        assert "Nous passons jeudi." in mail.text
        assert mail.reply_to.startswith(f"demandes+{case.id}.")
        assert case.first_answer_at is not None


def test_somebody_without_e_mail_is_answered_by_a_letter(runtime: Runtime) -> None:
    paper = Sender(family_name="Belkacem", given_names="Fatima", address_line="3 rue des Lilas", city="Saint-Aubin")
    with runtime.database.transaction() as session:
        karim = factories.actor_named(session, "Karim")
        case = factories.a_case(session, runtime, sender=paper)
        casework.reply(session, runtime, karim, case, "Nous passons jeudi.")
        assert session.scalars(select(OutgoingMail)).all() == []
        assert [document.template for document in session.scalars(select(Document))] == ["acknowledgement", "letter"]


def test_closing_says_how_it_ended_and_what_was_answered(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        with pytest.raises(Invalid, match="réponse"):
            casework.close(session, runtime, karim, case, Outcome.ANSWERED, " ")
        with pytest.raises(Invalid, match="issue"):
            casework.close(session, runtime, karim, case, Outcome.IMPLICITLY_ACCEPTED, "Non")
        casework.close(session, runtime, karim, case, Outcome.ANSWERED, "Le trou est rebouché.")
        assert (case.status, case.outcome) == (Status.CLOSED, Outcome.ANSWERED)
        assert case.closed_on is not None
        with pytest.raises(Conflict, match="terminé"):
            casework.take(session, karim, case)
        casework.move(session, karim, case, Status.UNDER_REVIEW)
        assert case.closed_on is None
        assert journal.verify(session, case)


def test_history_is_only_ever_added_to(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        before = [(event.number, event.digest) for event in queries.list_events(session, case.id)]
        casework.note(session, karim, case, "Une note.")
        casework.reply(session, runtime, karim, case, "Une réponse.")
        after = [(event.number, event.digest) for event in queries.list_events(session, case.id)]
        assert after[: len(before)] == before
        assert len(after) == len(before) + 2


def test_notes_are_not_shown_to_citizens(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        casework.note(session, karim, case, "Interne.")
        session.flush()
        shown = queries.list_messages(session, case.id, with_notes=False)
        assert [message.direction for message in shown] == ["in"]
        assert len(session.scalars(select(Message)).all()) == 2
        assert session.scalars(select(CaseEvent.kind).where(CaseEvent.kind == "noted")).one() == "noted"
