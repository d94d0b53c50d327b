"""What is passed on with a case, and who follows it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.infra.runtime import Runtime
from backoffice.models.case_watchers import CaseWatcher
from backoffice.models.cases import Case
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import cases
from backoffice.services import case_watchers, casework, handing_over, outbox
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
