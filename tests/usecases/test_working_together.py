"""What is passed on with a case, who follows it, and what becomes of the cases of somebody away."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Actor
from backoffice.errors import Forbidden, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.absences import Absence
from backoffice.models.case_watchers import CaseWatcher
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import cases
from backoffice.services import absences, case_watchers, casework, handing_over, history_text, moment, outbox
from backoffice.services.absences import Planned
from backoffice.services.outbox import JobKind
from tests import factories
from tests.usecases.promises import claim_next


def left_to_read(session: Session, actor: Actor, case: Case) -> str:
    found = handing_over.find_unread(actor, case, cases.list_events(session, case.id))
    return found.reason if found else ""


def test_the_reason_of_a_handover_waits_for_the_next_one_until_they_read_it_or_act(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        marc, karim, julie = (factories.actor_named(session, name) for name in ("Marc", "Karim", "Julie"))
        staff = {name: factories.staff_named(session, name) for name in ("Marc", "Karim", "Julie", "Élodie")}
        voirie = case.department_id
        casework.transfer(session, karim, case, department_id=julie.grants[0].department_id or 0, reason="Un acte.")
        assert left_to_read(session, julie, case) == "Un acte."
        assert left_to_read(session, karim, case) == ""  # he wrote it, and is no more in charge
        casework.assign(session, factories.actor_named(session, "Hélène"), case, to=staff["Julie"])
        assert left_to_read(session, julie, case) == "Un acte."  # to be given the case is not to have read why
        casework.note(session, julie, case, "Ce n’est pas pour nous.")
        assert left_to_read(session, julie, case) == ""
        casework.transfer(session, julie, case, department_id=voirie, reason="Une plaque : voirie.")
        casework.note(session, julie, case, "Je vous ai appelés.")
        casework.take(session, karim, case)
        assert left_to_read(session, karim, case) == "Une plaque : voirie."
        assert left_to_read(session, marc, case) == ""  # Karim has it
        length = case.history_length
        handing_over.acknowledge(session, karim, case)
        handing_over.acknowledge(session, karim, case)
        assert (left_to_read(session, karim, case), case.history_length) == ("", length + 1)
        casework.assign(session, marc, case, to=staff["Karim"], reason="Le riverain rappelle jeudi.")
        assert left_to_read(session, karim, case) == "Le riverain rappelle jeudi."


def test_who_follows_a_case_is_told_once_of_several_changes_by_others(runtime: Runtime) -> None:
    def told() -> list[tuple[int, str]]:
        with runtime.database.transaction() as session:
            outbox.promise(session, JobKind.TELL_WATCHERS)
        case_watchers.tell(runtime, claim_next(runtime, JobKind.TELL_WATCHERS))
        with runtime.database.reading() as session:
            notices = session.scalars(
                select(StaffNotice).where(StaffNotice.event == "watched").order_by(StaffNotice.id)
            )
            return [(one.staff_id, one.text) for one in notices]

    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime)
        karim, julie = factories.actor_named(session, "Karim"), factories.actor_named(session, "Julie")
        for actor in (karim, julie, julie):
            case_watchers.watch(session, actor, case)
    assert told() == []

    def note(text: str) -> None:
        with runtime.database.transaction() as session:
            casework.note(session, karim, cases.claim_case_by_id(session, case.id), text)

    note("Vu sur place.")
    assert told() == [(julie.id, "Du nouveau dans ce dossier : Note interne.")]
    with runtime.database.transaction() as session:
        casework.take(session, karim, cases.claim_case_by_id(session, case.id))
    note("Devis demandé.")
    # Not read yet: the newer one takes its place, and Karim is told of nothing that he did.
    assert told() == [(julie.id, "Du nouveau dans ce dossier : Prise en charge, Note interne.")]
    with runtime.database.transaction() as session:
        held = cases.claim_case_by_id(session, case.id)
        case_watchers.unwatch(session, karim, held)
        held.restricted = True
    note("Plainte.")
    assert len(told()) == 0  # who may no longer know of it is told nothing, and the old notice says nothing either
    with runtime.database.reading() as session:
        assert session.scalars(select(CaseWatcher.staff_id)).all() == [julie.id]


def begin_absences(runtime: Runtime, on: date) -> None:
    with runtime.database.transaction() as session:
        outbox.promise(session, JobKind.BEGIN_ABSENCES)
    with moment.at(datetime.combine(on, time(9), tzinfo=UTC)):
        absences.begin(runtime, claim_next(runtime, JobKind.BEGIN_ABSENCES))


def test_the_cases_of_somebody_away_go_to_a_colleague_or_back_to_the_department_on_the_first_day(
    runtime: Runtime,
) -> None:
    monday, friday = date(2026, 5, 4), date(2026, 5, 8)
    with runtime.database.transaction() as session, moment.at(datetime(2026, 5, 2, 9, tzinfo=UTC)):
        marc, karim = factories.staff_named(session, "Marc"), factories.staff_named(session, "Karim")
        supervisor, agent = factories.actor_named(session, "Marc"), factories.actor_named(session, "Karim")
        for _ in range(2):
            casework.assign(session, supervisor, factories.a_case(session, runtime), to=karim)
        # An assignment of a department where the stand-in has no role comes back to that department.
        elsewhere = factories.a_case(session, runtime)
        elsewhere.department_id = factories.actor_named(session, "Julie").grants[0].department_id or 0
        elsewhere.assignee_id = karim.id
        planned = Planned(monday, friday, "Rappeler le riverain.", marc.id)
        for wrong, field in (
            (Planned(friday, monday), "until_on"),
            (Planned(date(2026, 4, 1), date(2026, 4, 2)), "until_on"),
            (Planned(monday, friday, "", factories.staff_named(session, "Julie").id), "stand_in"),
        ):
            with pytest.raises(Invalid) as fault:
                absences.record(session, agent, karim, wrong)
            assert set(fault.value.faults) == {field}
        with pytest.raises(Forbidden):
            absences.record(session, factories.actor_named(session, "Hélène"), karim, planned)
        called_off = absences.record(session, supervisor, karim, Planned(monday, monday))
        absences.cancel(session, agent, called_off)
        absences.record(session, supervisor, karim, planned)
        with pytest.raises(Invalid):
            absences.record(session, supervisor, karim, Planned(friday, friday))
        before = [case.revision for case in session.scalars(select(Case).order_by(Case.id))]
    begin_absences(runtime, date(2026, 5, 3))
    with runtime.database.reading() as session:
        assert [case.revision for case in session.scalars(select(Case).order_by(Case.id))] == before
    for _ in range(2):
        begin_absences(runtime, monday)
    with runtime.database.transaction() as session:
        listed = session.scalars(select(Case).order_by(Case.id)).all()
        assert [case.assignee_id for case in listed] == [marc.id, marc.id, None]
        assert [case.revision for case in listed] == [one + 1 for one in before]
        (*_, line) = cases.list_events(session, listed[0].id)
        assert history_text.detail(line) == (
            "Absence de Karim Benali du lundi 4 mai 2026 au vendredi 8 mai 2026 : confiée à Marc Duval"
            " – Rappeler le riverain."
        )
        assert handing_over.find_unread(supervisor, listed[0], cases.list_events(session, listed[0].id)) is not None
        texts = session.scalars(select(StaffNotice.text).where(StaffNotice.event == "absence")).all()
        assert sum("2 dossiers vous attendent" in text for text in texts) == 1
        assert sum("1 dossier revient au service Accueil, état civil" in text for text in texts) == 1
        assert sum("Marc Duval a noté votre absence" in text for text in texts) == 2
        assert sum("Karim Benali ne sera pas là" in text for text in texts) == 0, "Marc noted it, Karim is away"
        # Coming back sooner moves nothing by itself.
        absences.cancel(session, agent, session.scalars(select(Absence).order_by(Absence.id.desc())).all()[0])
        assert [case.assignee_id for case in listed] == [marc.id, marc.id, None]


def test_whoever_is_back_takes_up_again_what_nobody_else_was_given_meanwhile(runtime: Runtime) -> None:
    monday, friday = date(2026, 5, 4), date(2026, 5, 8)
    with runtime.database.transaction() as session, moment.at(datetime(2026, 5, 2, 9, tzinfo=UTC)):
        marc, karim = factories.staff_named(session, "Marc"), factories.staff_named(session, "Karim")
        supervisor, agent = factories.actor_named(session, "Marc"), factories.actor_named(session, "Karim")
        mine, given, closed, never_his = (factories.a_case(session, runtime) for _ in range(4))
        for case in (mine, given, closed):
            casework.assign(session, supervisor, case, to=karim)
        casework.assign(session, supervisor, never_his, to=marc)
        absences.record(session, agent, karim, Planned(monday, friday, "", marc.id))
        ids = [case.id for case in (mine, given, closed, never_his)]
    begin_absences(runtime, monday)
    with runtime.database.transaction() as session, moment.at(datetime(2026, 5, 6, 9, tzinfo=UTC)):
        mine, given, closed, never_his = (session.get_one(Case, one) for one in ids)
        assert absences.find_to_take_back(session, agent) is None, "he is still away"
        casework.assign(session, supervisor, given, to=None)
        casework.assign(session, supervisor, given, to=factories.staff_named(session, "Marc"))
        casework.close(session, runtime, supervisor, closed, Outcome.ANSWERED, "C’est réparé.")
    with runtime.database.transaction() as session, moment.at(datetime(2026, 5, 11, 9, tzinfo=UTC)):
        found = absences.find_to_take_back(session, agent)
        assert found is not None
        assert [case.id for case in found[1]] == ids[:1]
        assert absences.find_to_take_back(session, supervisor) is None
        assert [absences.take_back(session, agent) for _ in range(2)] == [1, 0]
        assert [session.get_one(Case, one).assignee_id for one in ids] == [karim.id, marc.id, marc.id, marc.id]
        told = session.scalars(select(StaffNotice.text).where(StaffNotice.staff_id == marc.id)).all()
        assert "Karim Benali est de retour et reprend 1 dossier que vous aviez." in told
    with runtime.database.reading() as session, moment.at(datetime(2026, 7, 1, 9, tzinfo=UTC)):
        assert absences.find_to_take_back(session, agent) is None


def test_on_the_day_itself_whoever_is_back_and_those_who_count_on_them_are_told_once(runtime: Runtime) -> None:
    monday, friday = date(2026, 5, 4), date(2026, 5, 8)
    with runtime.database.transaction() as session, moment.at(datetime(2026, 5, 2, 9, tzinfo=UTC)):
        karim, agent = factories.staff_named(session, "Karim"), factories.actor_named(session, "Karim")
        casework.assign(session, factories.actor_named(session, "Marc"), factories.a_case(session, runtime), to=karim)
        absences.record(session, agent, karim, Planned(monday, friday))
        # Somebody who goes on being away is not back.
        julie = factories.staff_named(session, "Julie")
        for first, last in ((monday, friday), (date(2026, 5, 9), date(2026, 5, 12))):
            absences.record(session, factories.actor_named(session, "Julie"), julie, Planned(first, last))

    def told(on: date) -> list[tuple[str, str]]:
        begin_absences(runtime, on)
        said = select(Staff.name, StaffNotice.text).join(Staff, Staff.id == StaffNotice.staff_id)
        with runtime.database.reading() as session:
            rows = session.execute(said.where(StaffNotice.kind.startswith("back_")).order_by(StaffNotice.id)).all()
            return [(name, text) for name, text in rows]

    assert told(monday) == []
    assert told(friday) == []
    assert told(date(2026, 5, 10)) == [], "nobody is back on a Sunday"
    back = [
        ("Karim Benali", "Vous êtes de retour : 1 dossier vous attend, à reprendre d’ici."),
        ("Marc Duval", "Karim Benali est de retour (absence du lundi 4 mai 2026 au vendredi 8 mai 2026)."),
    ]
    assert told(date(2026, 5, 11)) == back
    assert told(date(2026, 5, 12)) == back
    assert [name for name, _ in told(date(2026, 5, 13))[2:]] == ["Hélène Marchand"], "Julie is back, nothing waits"
