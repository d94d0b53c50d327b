"""Questions that departments ask each other about a case: who may, who reads what, and what the clock says of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain import tasks as rules
from backoffice.domain.calendars import get_calendar
from backoffice.domain.incoming import IncomingFile
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.domain.tasks import AFTER, AGAIN, BEFORE, Progress, TaskState
from backoffice.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Attachment, Case, CaseEvent, Message
from backoffice.models.jobs import Job
from backoffice.models.mail import OutgoingMail
from backoffice.models.staff_notices import StaffNotice
from backoffice.models.tasks import Task, TaskLink
from backoffice.queries import cases, catalogue
from backoffice.queries import tasks as queries
from backoffice.services import (
    case_tasks,
    casework,
    journal,
    moment,
    outbox,
    outside_opinions,
    task_answers,
)
from backoffice.services.case_tasks import Question
from backoffice.services.outbox import JobKind
from backoffice.services.outside_opinions import Door
from tests import factories
from workers import jobs


def a_question(session: Session, case: Case, department: str = "juridique", **typed: str) -> Question:
    """What a department asks, as its form says it."""
    asked = catalogue.find_department(session, case.authority_id, department)
    assert asked is not None
    said = {
        "department": str(asked.id),
        "title": "Qui est responsable ?",
        "question": "La voirie est-elle privée à cet endroit ?",
        "due_on": (moment.now().date() + timedelta(days=10)).isoformat(),
    }
    return Question({**said, **typed}, f"form-{next(factories.numbers)}")


def outside(**typed: str) -> dict[str, str]:
    """The rest of a form for a body outside."""
    return {"body": "Syndicat des eaux", "email": "avis@eaux.example", **typed}


def dates_of(case: Case) -> tuple[object, ...]:
    """Every date that the clock keeps on a case."""
    return case.due_on, case.implicit_on, case.answer_by, case.target_on, case.acknowledge_by, case.received_on


def link_of(session: Session) -> str:
    """The token in the last mail that was promised."""
    text = session.scalars(
        select(OutgoingMail.text).where(OutgoingMail.secret).order_by(OutgoingMail.id.desc())
    ).first()
    return str(text).partition("/avis/")[2].split()[0]


def test_a_department_asks_another_one_and_the_clock_goes_on(runtime: Runtime) -> None:
    file = IncomingFile("cadastre.pdf", "application/pdf", 3, runtime.storage.put(b"%PDF"))
    with runtime.database.transaction() as session:
        karim, ines = (factories.actor_named(session, name) for name in ("Karim", "Inès"))
        julie, case = factories.actor_named(session, "Julie"), factories.a_case(session, runtime)
        before, question = dates_of(case), a_question(session, case, shared="yes")
        with pytest.raises(Forbidden):
            case_tasks.ask(session, julie, case, question)
        with pytest.raises(Invalid) as refused:
            case_tasks.ask(session, karim, case, Question({"due_on": "2020-01-01"}, "x"))
        assert set(refused.value.faults) == {"department", "title", "question", "due_on"}
        task = case_tasks.ask(session, karim, case, question)
        assert case_tasks.ask(session, karim, case, question) is task  # a double click
        assert case.status == Status.UNDER_REVIEW
        with pytest.raises(Forbidden):
            task_answers.start(session, julie, task.id)
        task_answers.start(session, ines, task.id)
        with pytest.raises(Conflict):
            task_answers.start(session, ines, task.id)
        for text in ("La voie est privée.", "La voie est privée depuis 1987."):
            task_answers.answer(session, runtime, ines, task.id, text, [file], f"key-{text}")
            task_answers.answer(session, runtime, ines, task.id, text, [file], f"key-{text}")  # sent twice
        assert (task.state, task.answer) == (TaskState.ANSWERED, "La voie est privée depuis 1987.")
        # Nothing that was answered is lost: both are notes of the case, each with its file.
        notes = session.scalars(select(Message).where(Message.channel == "task").order_by(Message.id)).all()
        assert [(one.direction, one.author) for one in notes] == [
            ("note", "Inès Haddad, Affaires juridiques et données")
        ] * 2
        assert len(session.scalars(select(Attachment)).all()) == 2
        assert task.message_id == notes[1].id
        assert rules.progress(queries.list_shared(session, [case.id])) == Progress(1, 1)
        assert "Affaires juridiques" in case_tasks.quote_answers(session, case)
        case_tasks.note_read(session, {task.id: notes[0].id})  # what was seen was corrected since
        assert task.read_at is None
        case_tasks.note_read(session, {task.id: notes[1].id})
        with pytest.raises(Conflict):
            task_answers.answer(session, runtime, ines, task.id, "Trop tard", [], "late")
        assert dates_of(case) == before
        assert journal.verify(session, case)
        # Those asked, then who asked, were told that there is something, never what.
        told = session.execute(select(StaffNotice.event, StaffNotice.staff_id, StaffNotice.place)).all()
        assert ("question", ines.id, f"/agents/questions/{task.id}") in told
        assert ("replied", karim.id, "questions") in told
        assert {staff_id for event, staff_id, _ in told if event == "question"}.isdisjoint({karim.id, julie.id})
        assert not [one for one in session.scalars(select(StaffNotice.text)) if task.title in one or "privée" in one]


def test_a_transfer_moves_no_date_nor_what_was_asked(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        before, regime = dates_of(case), dict(case.regime)
        task = case_tasks.ask(session, karim, case, a_question(session, case))
        legal = catalogue.find_department(session, case.authority_id, "juridique")
        assert legal is not None
        casework.transfer(session, karim, case, department_id=legal.id, reason="Un litige.")
        assert (dates_of(case), case.regime, task.state) == (before, regime, TaskState.ASKED)
        assert case.department_id == legal.id


def test_of_a_restricted_case_those_asked_read_the_question_and_nothing_else(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, julie, helene, sandrine = (
            factories.actor_named(session, name) for name in ("Karim", "Julie", "Hélène", "Sandrine")
        )
        case = factories.a_case(session, runtime)
        case.restricted = True
        task = case_tasks.ask(session, karim, case, a_question(session, case, "etat_civil"))
        with pytest.raises(NotFound):
            cases.get_case(session, julie, case.reference)
        assert queries.get_task(session, julie, task.id).id == task.id
        assert queries.get_task(session, helene, task.id).id == task.id  # who leads the same department
        with pytest.raises(NotFound):
            queries.get_task(session, sandrine, task.id)
        task_answers.answer(session, runtime, julie, task.id, "Rien à l’état civil.", [], "one")
        with pytest.raises(NotFound):
            cases.get_case(session, julie, case.reference)
        found = queries.count_views(session, sandrine, queries.Filters(), moment.now().date())
        assert set(found.values()) == {0}


def test_no_case_ends_over_the_heads_of_those_who_were_asked(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        marc = factories.actor_named(session, "Marc")
        kept, cancelled = (factories.a_case(session, runtime) for _ in range(2))
        asked = [case_tasks.ask(session, marc, one, a_question(session, one)) for one in (kept, cancelled)]
        with pytest.raises(Invalid) as refused:
            casework.close(session, runtime, marc, kept, Outcome.ANSWERED, "C’est fait.")
        assert "1 question" in refused.value.faults["open_tasks"]
        assert kept.status != Status.CLOSED
        casework.close(session, runtime, marc, kept, Outcome.ANSWERED, "C’est fait.", open_tasks="keep")
        casework.close(session, runtime, marc, cancelled, Outcome.ANSWERED, "C’est fait.", open_tasks="cancel")
        assert [one.state for one in asked] == [TaskState.ASKED, TaskState.CANCELLED]
        told = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == cancelled.id)).all()
        assert "task_cancelled" in told


def test_a_body_outside_answers_by_a_link_that_can_be_replaced_closed_and_ends(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        mine = case.authority_id
        with pytest.raises(Invalid) as refused:
            outside_opinions.ask(
                session, runtime, karim, case, a_question(session, case, **outside(email="x", body=" "))
            )
        assert set(refused.value.faults) == {"body", "email"}
        task = outside_opinions.ask(session, runtime, karim, case, a_question(session, case, **outside()))
        first = link_of(session)
        assert first not in {one.token_hash for one in session.scalars(select(TaskLink))}
        opened = outside_opinions.find(session, runtime, mine, first)
        assert opened is not None
        assert opened.door is Door.OPEN
        assert outside_opinions.find(session, runtime, mine, "made-up") is None
        outside_opinions.send_again(session, runtime, karim, case, task.id, "direction@eaux.example")
        second = link_of(session)
        assert door_of(session, runtime, mine, first) is Door.REPLACED
        with pytest.raises(NotFound):
            outside_opinions.answer(session, runtime, mine, first, "Par l’ancien lien", [], "a")
        outside_opinions.close_link(session, karim, case, task.id)
        assert {door_of(session, runtime, mine, one) for one in (first, second)} == {Door.CLOSED}
        outside_opinions.send_again(session, runtime, karim, case, task.id, "direction@eaux.example")
        third = link_of(session)
        assert task.link_until is not None
        with moment.at(moment.now() + timedelta(days=90)):
            assert door_of(session, runtime, mine, third) is Door.EXPIRED
        outside_opinions.answer(session, runtime, mine, third, "Favorable, sous réserve.", [], "b")
        outside_opinions.answer(session, runtime, mine, third, "Favorable.", [], "c")
        assert (task.state, task.answer, task.answered_by) == (TaskState.ANSWERED, "Favorable.", "Syndicat des eaux")
        case_tasks.note_read(session, {task.id: task.message_id})
        assert door_of(session, runtime, mine, third) is Door.READ
        with pytest.raises(Conflict):
            outside_opinions.answer(session, runtime, mine, third, "Défavorable.", [], "d")
        assert journal.verify(session, case)


def door_of(session: Session, runtime: Runtime, authority_id: int, token: str) -> Door:
    """What a link leads to."""
    opened = outside_opinions.find(session, runtime, authority_id, token)
    assert opened is not None
    return opened.door


def test_who_was_asked_is_reminded_once_before_the_day_and_twice_after(runtime: Runtime) -> None:
    due_on, calendar = date(2026, 3, 6), get_calendar("metropole")
    days = (
        date(2026, 3, 2),
        date(2026, 3, 3),
        date(2026, 3, 6),
        date(2026, 3, 7),
        date(2026, 3, 12),
        date(2026, 3, 13),
    )
    assert [rules.reminder_stage(due_on, day, calendar) for day in days] == [0, BEFORE, BEFORE, AFTER, AFTER, AGAIN]
    with runtime.database.transaction() as session:
        karim, case = factories.actor_named(session, "Karim"), factories.a_case(session, runtime)
        task = outside_opinions.ask(session, runtime, karim, case, a_question(session, case, **outside()))
        closed = outside_opinions.ask(session, runtime, karim, case, a_question(session, case, **outside()))
        outside_opinions.close_link(session, karim, case, closed.id)
        case_tasks.ask(session, karim, case, a_question(session, case))
        task_id, day = task.id, task.due_on
    for when, links in ((day - timedelta(days=20), 1), (day, 2), (day, 2), (day + timedelta(days=1), 3)):
        with moment.at(moment.now() + (when - moment.today("Europe/Paris"))):
            work(runtime)
        with runtime.database.reading() as session:
            assert len(queries.list_links(session, task_id)) == links
            assert session.scalar(select(OutgoingMail.subject).order_by(OutgoingMail.id.desc())) is not None
    with runtime.database.reading() as session:
        inside = session.scalars(select(StaffNotice.text).where(StaffNotice.event == "question")).all()
        agents = len([one for one in inside if "vous pose une question" in one])
        assert len([one for one in inside if one.startswith("Rappel")]) == 2 * agents
        assert session.get_one(Task, task_id).reminders == AFTER
        assert len(session.scalars(select(TaskLink)).all()) == 4


def work(runtime: Runtime) -> None:
    """Keep a promise of reminders, as it is at that moment."""
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.REMIND_OF_TASKS)
        session.flush()
        job_id = session.scalars(select(Job.id).order_by(Job.id.desc())).first()
    jobs.run(runtime, jobs.HANDLERS, job_id or 0)
    with runtime.database.reading() as session:
        assert session.get_one(Job, job_id).state == "done"


@pytest.mark.parametrize(
    ("asked", "known", "said"),
    [
        ([], None, ""),
        ([("a", "cancelled"), ("b", "declined")], None, ""),
        ([("a", "asked")], Progress(0, 1), "nous avons interrogé 1 service. Il n’a pas encore répondu."),
        ([("a", "asked"), ("b", "answered"), ("c", "answered")], Progress(2, 3), "2 services sur 3 ont répondu."),
        ([("a", "asked"), ("a", "answered"), ("b", "answered")], Progress(1, 2), "1 service sur 2 a répondu."),
        (
            [("a", "answered"), ("b", "answered")],
            Progress(2, 2),
            "2 services : tous ont répondu",
        ),
    ],
)
def test_the_citizen_is_told_how_many_have_answered(
    asked: list[tuple[str, str]], known: Progress | None, said: str
) -> None:
    assert rules.progress(asked) == known
    assert known is None or said in rules.progress_in_words(known)
