"""Actions in bulk: each case wholly done or left with its reason, whatever stops, and taken back where it can be."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update

from backoffice.domain import batch_actions as domain
from backoffice.domain import procedure_files
from backoffice.domain.batch_actions import Action
from backoffice.domain.batches import BatchState, Kind, LineState
from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.domain.lifecycle import Outcome, Status
from backoffice.errors import BackofficeError, Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Department
from backoffice.models.batches import Batch, BatchLine
from backoffice.models.cases import Case, CaseEvent, Message
from backoffice.models.catalogue import Procedure
from backoffice.models.jobs import Job
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Staff
from backoffice.queries import cases
from backoffice.queries import tags as tag_queries
from backoffice.services import (
    batch_actions,
    batch_running,
    batches,
    casework,
    journal,
    macro_settings,
    outbox,
    procedures,
    sub_states,
    tags,
)
from backoffice.services.outbox import JobKind, LostLease
from tests import factories
from tests.usecases.promises import LEASE, claim_next, jobs_by_state

ON_PAPER = Sender(family_name="Petit", address_line="3 rue des Lilas", postcode="49990", city="Saint-Aubin")


def opened(runtime: Runtime, count: int = 1, **changes: object) -> list[str]:
    return [factories.a_receipt(runtime, **changes).reference for _ in range(count)]


def asked(
    runtime: Runtime, references: Sequence[str], action: Action, *, by: str = "Karim", key: str = "k" * 32
) -> int:
    with runtime.database.transaction() as session:
        return batch_actions.create(session, factories.actor_named(session, by), references, action, key=key).id


def undone(runtime: Runtime, batch_id: int, by: str = "Karim") -> int:
    with runtime.database.transaction() as session:
        return batch_actions.undo(session, factories.actor_named(session, by), batch_id).id


def finished(runtime: Runtime, batch_id: int) -> list[BatchLine]:
    """The lines of a batch, once every promise is kept."""
    while jobs_by_state(runtime, JobKind.RUN_BATCH).get("queued"):
        batch_running.run(runtime, claim_next(runtime, JobKind.RUN_BATCH))
    with runtime.database.reading() as session:
        assert session.get_one(Batch, batch_id).state == BatchState.DONE
        mine = select(BatchLine).where(BatchLine.batch_id == batch_id).order_by(BatchLine.position)
        return list(session.scalars(mine))


def now(runtime: Runtime, reference: str) -> Case:
    with runtime.database.reading() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        assert journal.verify(session, case)
        return case


def id_of(runtime: Runtime, kind: type[Staff] | type[Department], **named: str) -> int:
    with runtime.database.reading() as session:
        return session.scalars(select(kind).filter_by(**named)).one().id


def a_tag(runtime: Runtime, name: str = "Canicule") -> int:
    with runtime.database.transaction() as session:
        return tags.create(session, factories.actor_named(session, "Nadia"), {"name": name, "tone": "danger"}).id


def noted(runtime: Runtime, reference: str) -> None:
    """A colleague writes a note: the case has changed."""
    with runtime.database.transaction() as session:
        helene = factories.actor_named(session, "Hélène")
        casework.note(session, helene, cases.claim_case(session, helene, reference), "J’ai appelé.")


def test_cases_are_assigned_in_bulk_and_given_back_unless_they_changed_since(runtime: Runtime) -> None:
    one, two, changed = opened(runtime, 3)
    (foreign,) = opened(runtime, procedure="birth_certificate")
    karim = id_of(runtime, Staff, email="karim.benali@saint-aubin.example")
    action = Action(Kind.ASSIGN, staff_id=karim)
    with runtime.database.reading() as session:
        found = batch_actions.foresee(
            session, factories.actor_named(session, "Karim"), [one, two, changed, foreign], action
        )
    assert (found.done, found.refused) == (3, [(domain.NOT_ALLOWED, 1)])
    batch = asked(runtime, [one, two, changed, foreign], action)
    assert asked(runtime, [one], action) == batch
    noted(runtime, changed)
    lines = finished(runtime, batch)
    assert [line.message for line in lines] == ["", "", domain.CHANGED, domain.NOT_ALLOWED]
    assert (now(runtime, one).assignee_id, now(runtime, one).status) == (karim, Status.UNDER_REVIEW)
    assert now(runtime, changed).assignee_id is None

    noted(runtime, two)
    back = undone(runtime, batch)
    assert undone(runtime, batch) == back
    assert [line.message for line in finished(runtime, back)] == ["", domain.CHANGED]
    restored = now(runtime, one)
    assert (restored.assignee_id, restored.status) == (None, Status.RECEIVED)
    assert now(runtime, two).assignee_id == karim
    with pytest.raises(Conflict):
        undone(runtime, back)


def test_what_was_transferred_comes_back_though_its_author_has_no_more_right_on_it(runtime: Runtime) -> None:
    references = opened(runtime, 2)
    before = now(runtime, references[0])
    there = id_of(runtime, Department, code="etat_civil")
    batch = asked(runtime, references, Action(Kind.TRANSFER, department_id=there, text="C’est pour vous."))
    assert [line.state for line in finished(runtime, batch)] == [LineState.OK] * 2
    moved = now(runtime, references[0])
    assert (moved.department_id, moved.due_on) == (there, before.due_on)
    finished(runtime, undone(runtime, batch))
    assert now(runtime, references[0]).department_id == before.department_id


def test_tags_and_states_are_changed_and_restored(runtime: Runtime) -> None:
    references, tag = opened(runtime, 2), a_tag(runtime)
    put = asked(runtime, references, Action(Kind.TAG, tag_id=tag), key="a" * 32)
    finished(runtime, put)
    again = finished(runtime, asked(runtime, references, Action(Kind.TAG, tag_id=tag), key="b" * 32))
    assert {line.message for line in again} == {"Ce dossier porte déjà cette étiquette."}
    off = asked(runtime, references[:1], Action(Kind.UNTAG, tag_id=tag), key="c" * 32)
    finished(runtime, off)
    finished(runtime, undone(runtime, off))
    ids = [now(runtime, reference).id for reference in references]
    with runtime.database.reading() as session:
        assert tag_queries.list_carriers(session, tag, ids) == set(ids)
    lines = finished(runtime, undone(runtime, put))
    assert [line.message for line in lines] == [domain.CHANGED, ""]

    waiting = Action(Kind.MOVE, status=Status.WAITING_CITIZEN)
    moved = asked(runtime, references, waiting, key="d" * 32)
    finished(runtime, moved)
    assert now(runtime, references[0]).status == Status.WAITING_CITIZEN
    finished(runtime, undone(runtime, moved))
    assert now(runtime, references[0]).status == Status.RECEIVED


def test_a_sub_state_is_offered_when_it_suits_the_whole_selection_and_given_back(runtime: Runtime) -> None:
    lifecycle = {
        "states": [
            {"code": "visit", "name": "Visite sur place", "under": "under_review"},
            {"code": "works", "name": "Travaux demandés", "under": "under_review", "from": ["visit"]},
        ]
    }
    with runtime.database.transaction() as session:
        procedure = session.scalars(select(Procedure).where(Procedure.code == "street_issue")).one()
        file = procedure_files.dump(procedures.definition_of(procedure)) | {"lifecycle": lifecycle}
        nadia = factories.actor_named(session, "Nadia")
        procedures.publish(session, nadia, factories.the_authority(session), procedure_files.parse(file))
    one, two = opened(runtime, 2)
    (other,) = opened(runtime, procedure="waste_bin_bulky")

    def offered(*references: str) -> set[str]:
        with runtime.database.reading() as session:
            found = batch_actions.list_states(session, factories.actor_named(session, "Karim"), references)
            return {code for code, _ in found} - set(Status)

    assert (offered(one, two), offered(one, other)) == ({"visit"}, set())
    with runtime.database.reading() as session:
        karim = factories.actor_named(session, "Karim")
        visit = batch_actions.read(session, karim, Kind.MOVE, {"to": "visit"}, [one, two])
        assert batch_actions.label_of(session, karim.authority_id, visit) == (
            "Passer à « En cours d’examen › Visite sur place »"
        )
        with pytest.raises(Invalid):
            batch_actions.read(session, karim, Kind.MOVE, {"to": "visit"}, [other])
        assert batch_actions.foresee(session, karim, [one, other], visit).refused == [(sub_states.UNKNOWN, 1)]
    finished(runtime, asked(runtime, [one, two], visit))
    works = Action(Kind.MOVE, status="works", status_label="Travaux demandés")
    (done, refused) = finished(runtime, batch := asked(runtime, [one, other], works, key="w" * 32))
    assert (done.state, refused.message, now(runtime, one).sub_state) == (LineState.OK, sub_states.UNKNOWN, "works")
    finished(runtime, undone(runtime, batch))
    assert (now(runtime, one).sub_state, now(runtime, one).sub_state_label) == ("visit", "Visite sur place")
    assert offered(one, two) == {"works"}


def test_answers_leave_once_with_each_name_and_closings_are_not_taken_back(runtime: Runtime) -> None:
    (mailed,), (paper,) = opened(runtime), opened(runtime, sender=ON_PAPER, channel=ChannelCode.LETTER)
    batch = asked(runtime, [mailed, paper], Action(Kind.REPLY, text="Bonjour {{ usager }}, voyez {{ reference }}."))
    assert [line.message for line in finished(runtime, batch)] == ["", domain.NO_EMAIL]
    closing = Action(Kind.CLOSE, outcome=Outcome.ANSWERED, text="C’est réparé, {{ usager }}.")
    closed = asked(runtime, [mailed, paper], closing, key="z" * 32)
    assert [line.state for line in finished(runtime, closed)] == [LineState.OK] * 2
    assert now(runtime, paper).outcome == Outcome.ANSWERED
    with runtime.database.reading() as session:
        said = session.scalars(select(Message.body).where(Message.direction == "out").order_by(Message.id)).all()
        mails = session.scalar(select(func.count()).where(OutgoingMail.message_row_id.is_not(None)))
    assert said == [
        f"Bonjour Jeanne Martin, voyez {mailed}.", "C’est réparé, Jeanne Martin.", "C’est réparé, Petit.",
    ]  # fmt: skip
    assert mails == 2
    with pytest.raises(Conflict):
        undone(runtime, closed)


def test_only_what_can_be_done_to_a_case_of_the_selection_is_offered(runtime: Runtime) -> None:
    mine, foreign = opened(runtime)[0], opened(runtime, procedure="birth_certificate")[0]
    with runtime.database.transaction() as session:
        karim, sandrine = (factories.actor_named(session, name) for name in ("Karim", "Sandrine"))
        assert dict(batch_actions.offer(session, karim, [mine, foreign])) == dict.fromkeys(
            (Kind.ASSIGN, Kind.TRANSFER, Kind.MOVE, Kind.REPLY, Kind.LETTER, Kind.CLOSE), 1
        )
        assert dict(batch_actions.offer(session, sandrine, [mine, foreign])) == {Kind.TRANSFER: 2}
        assert batch_actions.offer(session, karim, [foreign]) == []
        for kind, typed, field in (
            (Kind.ASSIGN, {"to": "999999"}, "to"),
            (Kind.TRANSFER, {"to": str(next(iter(karim.department_ids)))}, "text"),
            (Kind.CLOSE, {"to": Outcome.REFUSED, "text": "Non."}, "to"),
            (Kind.REPLY, {"text": "Bonjour {{ prénom }}"}, "text"),
        ):
            with pytest.raises(Invalid) as fault:
                batch_actions.read(session, karim, kind, typed)
            assert set(fault.value.faults) == {field}
        session.execute(update(Case).where(Case.reference == foreign).values(restricted=True))
        with pytest.raises(BackofficeError):
            batch_actions.offer(session, karim, [mine, foreign])


def test_a_tag_is_taken_off_only_where_there_is_one(runtime: Runtime) -> None:
    bare, tagged = opened(runtime, 2)
    heat, _other = a_tag(runtime), a_tag(runtime, "Voirie barrée")
    finished(runtime, asked(runtime, [tagged], Action(Kind.TAG, tag_id=heat)))
    with runtime.database.reading() as session:
        karim = factories.actor_named(session, "Karim")
        assert dict(batch_actions.offer(session, karim, [bare, tagged]))[Kind.UNTAG] == 1
        assert Kind.UNTAG not in dict(batch_actions.offer(session, karim, [bare]))
        offered = batch_actions.list_tags(session, karim, Kind.UNTAG, [bare, tagged])
        assert [one.name for one in offered] == ["Canicule"]
        put = batch_actions.list_tags(session, karim, Kind.TAG, [bare])
        assert [one.name for one in put] == ["Canicule", "Voirie barrée"]


def test_a_macro_is_applied_in_bulk_wholly_or_not_at_all_to_each_case(runtime: Runtime) -> None:
    mine, taken, foreign = *opened(runtime, 2), opened(runtime, procedure="birth_certificate")[0]
    roads = str(id_of(runtime, Department, code="voirie"))
    with runtime.database.transaction() as session:
        nadia, karim, marc = (factories.actor_named(session, name) for name in ("Nadia", "Karim", "Marc"))
        casework.take(session, marc, cases.claim_case(session, marc, taken))
        steps = {"name": "Vu sur place", "take": "yes", "note": "Vu ce matin.", "status": "waiting_citizen"}
        macro = macro_settings.create(session, nadia, steps | {"department": roads}, ())
        assert dict(batch_actions.offer(session, karim, [mine, taken, foreign]))[Kind.MACRO] == 1
        assert [one.id for one in batch_actions.list_macros(session, karim, [mine, foreign])] == [macro.id]
        assert batch_actions.list_macros(session, karim, [taken, foreign]) == []
        typed = {"to": str(macro.id)}
        with pytest.raises(Invalid):
            batch_actions.read(session, karim, Kind.MACRO, typed, [taken])
        action = batch_actions.read(session, karim, Kind.MACRO, typed, [mine, taken, foreign])
        forecast = batch_actions.foresee(session, karim, [mine, taken, foreign], action)
        assert forecast.steps == ["Prendre en charge", "Note\u00a0: Vu ce matin.", "État\u00a0: En attente de l’usager"]
        assert (forecast.done, dict(forecast.refused)) == (
            1,
            {"Ce dossier est pris en charge par quelqu’un d’autre.": 1, domain.OTHER_MACRO: 1},
        )
    batch_id = asked(runtime, [mine, taken, foreign], action)
    assert [line.state for line in finished(runtime, batch_id)] == [LineState.OK, LineState.REFUSED, LineState.REFUSED]
    case = now(runtime, mine)
    assert (case.assignee_id, case.status) == (karim.id, Status.WAITING_CITIZEN)
    with runtime.database.reading() as session:
        notes = session.scalars(select(Message.case_id).where(Message.direction == "note")).all()
    assert notes == [case.id], "nothing was half done elsewhere"
    with pytest.raises(Conflict):
        undone(runtime, batch_id)


def test_a_macro_that_writes_nothing_is_taken_back_with_the_tags_that_it_put(runtime: Runtime) -> None:
    bare, tagged, changed = opened(runtime, 3)
    heat, seen = a_tag(runtime), a_tag(runtime, "Vu")
    finished(runtime, asked(runtime, [tagged], Action(Kind.TAG, tag_id=heat), key="t" * 32))
    with runtime.database.transaction() as session:
        nadia = factories.actor_named(session, "Nadia")
        steps = {"name": "Vu sur place", "take": "yes", "status": "waiting_citizen"}
        macro = macro_settings.create(session, nadia, steps, [str(heat), str(seen)])
        action = Action(Kind.MACRO, macro_id=macro.id)
        karim = factories.actor_named(session, "Karim")
        assert batch_actions.foresee(session, karim, [bare, tagged, changed], action).comes_back
    batch_id = asked(runtime, [bare, tagged, changed], action)
    assert {line.state for line in finished(runtime, batch_id)} == {LineState.OK}
    noted(runtime, changed)
    states = [line.state for line in finished(runtime, undone(runtime, batch_id))]
    assert states == [LineState.OK, LineState.OK, LineState.REFUSED]
    with runtime.database.reading() as session:
        worn = {
            name: {tag.id for tag in tag_queries.list_of_case(session, now(runtime, name).id)}
            for name in (bare, tagged)
        }
    assert worn == {bare: set(), tagged: {heat}}
    assert {(now(runtime, one).assignee_id, now(runtime, one).status) for one in (bare, tagged)} == {(None, "received")}
    assert now(runtime, changed).assignee_id == karim.id


def test_what_is_left_to_check_before_cases_end_is_said_before_it_is_confirmed(runtime: Runtime) -> None:
    (unchecked,), (free,) = opened(runtime, procedure="terrace_permit", answers={}), opened(runtime)
    closing = Action(Kind.CLOSE, outcome=Outcome.ANSWERED, text="C’est fait.")
    with runtime.database.reading() as session:
        marc = factories.actor_named(session, "Marc")
        told = batch_actions.foresee(session, marc, [unchecked, free], closing)
        assert (told.done, told.example_reference) == (1, free)
        assert [reason.partition("\u00a0:")[0] for reason, _ in told.refused] == [
            "Il reste à cocher dans la liste de contrôle, avant de terminer"
        ]
        dropped = Action(Kind.CLOSE, outcome=Outcome.CLOSED_NO_ACTION, text="Sans suite.")
        assert batch_actions.foresee(session, marc, [unchecked, free], dropped).done == 2
    lines = finished(runtime, asked(runtime, [unchecked, free], closing, by="Marc"))
    assert [line.state for line in lines] == [LineState.REFUSED, LineState.OK]


def test_a_worker_stopped_in_the_middle_doubles_nothing(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "ACTION_SLICE", 2)
    references = opened(runtime, 3)
    batch_id = asked(runtime, references, Action(Kind.REPLY, text="Bonjour."))
    lost = claim_next(runtime, JobKind.RUN_BATCH)
    with runtime.database.transaction() as session:
        session.execute(update(Job).where(Job.id == lost.job_id).values(lease_until=datetime(2026, 1, 1, tzinfo=UTC)))
        again = outbox.claim(session, lost.job_id, LEASE)
    assert again is not None
    batch_running.run(runtime, again)
    with pytest.raises(LostLease):
        batch_running.run(runtime, lost)
    finished(runtime, batch_id)
    with runtime.database.reading() as session:
        batch = session.get_one(Batch, batch_id)
        replies = session.scalar(select(func.count()).where(CaseEvent.kind == "replied"))
        answers = session.scalar(select(func.count()).where(Message.direction == "out"))
    assert (batch.done, replies, answers) == (3, 3, 3)


def test_two_agents_act_at_once_and_each_case_goes_to_one(runtime: Runtime) -> None:
    references = opened(runtime, 6)
    karim = id_of(runtime, Staff, email="karim.benali@saint-aubin.example")
    first = asked(runtime, references, Action(Kind.ASSIGN, staff_id=karim), key="a" * 32)
    second = asked(runtime, references, Action(Kind.MOVE, status=Status.WAITING_CITIZEN), key="b" * 32)
    claims = [claim_next(runtime, JobKind.RUN_BATCH), claim_next(runtime, JobKind.RUN_BATCH)]
    threads = [threading.Thread(target=batch_running.run, args=(runtime, claim)) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [*finished(runtime, first), *finished(runtime, second)]
    for reference in references:
        case = now(runtime, reference)
        done = [line for line in lines if line.case_id == case.id and line.state == LineState.OK]
        left = [line for line in lines if line.case_id == case.id and line.state == LineState.REFUSED]
        assert len(done) == 1
        assert [line.message for line in left] == [domain.CHANGED]
        assert (case.assignee_id == karim) == (done[0].batch_id == first)
