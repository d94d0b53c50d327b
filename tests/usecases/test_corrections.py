"""Facts noted with a wrong day: the right one supersedes them, every date follows and says so, nothing is erased."""

import html
import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.explanation import LegalDate
from backoffice.domain.facts import AppealKind, Residence
from backoffice.domain.incoming import ChannelCode
from backoffice.domain.legal_events import RECEIPT, EventKind, list_pieces_asked
from backoffice.domain.lifecycle import Status
from backoffice.domain.policy import Actor
from backoffice.errors import Conflict, Forbidden, Invalid
from backoffice.infra import templating
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.legal import CaseFact
from backoffice.queries import legal as queries
from backoffice.services import (
    account_data,
    acknowledging,
    appeals,
    casework,
    clock,
    correcting,
    deadlines,
    decisions,
    documents,
    evidence,
    journal,
    missing_pieces,
    moment,
    transmissions,
)
from backoffice.services.outbox import JobKind
from backoffice.services.transmissions import Recipient
from tests import factories
from tests.usecases.test_legal_acts import PLAN, REASONS, a_meal, a_permit, marc, noon, run_job

WHY = "Le tampon du courrier porte un autre jour."


def number_of(session: Session, case: Case, kind: EventKind) -> int:
    return next(event.number for event in queries.list_events(session, case.id) if event.kind is kind)


def told(session: Session, case: Case, name: str) -> LegalDate:
    found = getattr(clock.deadlines(session, case, factories.the_authority(session)), name)
    assert isinstance(found, LegalDate)
    return found


def fault_of(session: Session, actor: Actor, case: Case, number: int, on: date | None) -> str:
    with pytest.raises(Invalid) as refused:
        correcting.correct(session, actor, case, number, on, WHY)
    return refused.value.faults["on"]


def a_letter(session: Session, runtime: Runtime, received: date) -> Case:
    return a_permit(session, runtime, received, channel=ChannelCode.LETTER, received_on=received)


@pytest.mark.parametrize("by_letter", [True, False])
def test_a_request_received_another_day_moves_every_date_and_is_acknowledged_again(
    runtime: Runtime, *, by_letter: bool
) -> None:
    with runtime.database.transaction() as session:
        case = (a_letter if by_letter else a_permit)(session, runtime, date(2026, 3, 5))
        before = [name for name, on in _dates(session, case).items() if on]
        with moment.at(noon(date(2026, 3, 20))):
            correcting.correct(session, marc(session), case, RECEIPT, date(2026, 3, 2), WHY)
        assert (case.received_on, case.implicit_on) == (date(2026, 3, 2), date(2026, 5, 2))
        assert [name for name, on in _dates(session, case).items() if on] == before
        why = told(session, case, "implicit_on").explanation
        assert (
            "Date corrigée par Marc Duval le vendredi 20 mars 2026 : Réception de la demande, le lundi 2 mars 2026 "
            "au lieu du jeudi 5 mars 2026 (Le tampon du courrier porte un autre jour.)."
        ) in " ".join(why.text.replace("\u00a0", " ").split("\n"))
        letter = session.scalars(select(Document).order_by(Document.id.desc())).first()
        assert letter is not None
        assert (letter.values["replaces"]["why"], letter.values["received_on"]) == ("corrected", "2026-03-02")
        line = session.scalars(select(CaseEvent).where(CaseEvent.kind == "corrected")).one()
        assert (line.actor_name, line.data["was"], line.data["on"]) == ("Marc Duval", "2026-03-05", "2026-03-02")
        assert journal.verify(session, case)
        proof = evidence.gather(session, runtime, case, "Marc Duval", moment.now())
        assert dict(proof.values["facts"])["Reçue"] == "lundi 2 mars 2026, date corrigée"
        assert case.citizen is not None
        copy = account_data.gather(session, case.citizen, "", moment.now())
        copy |= {"authority": documents.authority_values(factories.the_authority(session)), "made": "aujourd’hui"}
        page = templating.document_html("data_export", "Vos données", copy, runtime.settings.public_url)
        assert "lundi 2 mars 2026, date corrigée" in page
        assert "5 mars 2026" not in page.split("<h2>Demande")[1].split("<h3>Messages")[0]


def _dates(session: Session, case: Case) -> dict[str, Any]:
    found = clock.deadlines(session, case, factories.the_authority(session))
    return {legal.code: legal.on for legal in found}


def test_pieces_noted_too_late_are_corrected_and_the_first_note_stays_written(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        with moment.at(noon(date(2026, 3, 20))):
            missing_pieces.ask_for_pieces(session, actor, case, [PLAN], date(2026, 4, 20))
        request = list_pieces_asked(queries.list_events(session, case.id))[0]
        with moment.at(noon(date(2026, 4, 15))):
            missing_pieces.receive_pieces(session, actor, case, request, ["plan"], date(2026, 4, 14))
            assert case.implicit_on == date(2026, 5, 27)
            number = number_of(session, case, EventKind.PIECES_RECEIVED)
            for wrong, field in ((date(2026, 4, 16), "on"), (date(2026, 3, 19), "on"), (date(2026, 4, 14), "on")):
                with pytest.raises(Invalid) as refused:
                    correcting.correct(session, actor, case, number, wrong, WHY)
                assert set(refused.value.faults) == {field}
            with pytest.raises(Invalid) as refused:
                correcting.correct(session, actor, case, number, date(2026, 4, 10), "Erreur")
            assert set(refused.value.faults) == {"reason"}
            correcting.correct(session, actor, case, number, date(2026, 4, 11), WHY)
            correcting.correct(session, actor, case, number, date(2026, 4, 10), "Le bon jour, après vérification.")
        assert case.implicit_on == date(2026, 5, 23), "E15"
        noted = session.scalars(select(CaseFact).where(CaseFact.kind == EventKind.PIECES_RECEIVED)).one()
        assert noted.on == date(2026, 4, 14)
        steps = told(session, case, "implicit_on").explanation.facts
        assert sum("Date corrigée" in step for step in steps) == 2
        assert not any("corrigée" in step for step in told(session, case, "acknowledge_by").explanation.facts)
        with moment.at(noon(date(2026, 4, 16))):
            correcting.correct(session, actor, case, number, None, "Ces pièces sont d’un autre dossier.")
        assert case.implicit_on == date(2026, 6, 2), "E16: nothing came"
        assert list_pieces_asked(queries.list_events(session, case.id))[0].missing
        assert case.status == Status.WAITING_CITIZEN


def test_an_acceptance_by_silence_that_was_not_born_is_taken_back(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = a_meal(session, runtime, date(2026, 3, 2))
    run_job(runtime, JobKind.WRITE_IMPLICIT_DECISIONS, deadlines.write_implicit_decisions, date(2026, 5, 3))
    with runtime.database.transaction() as session:
        held, chief = session.get_one(Case, case.id), factories.actor_named(session, "Hélène")
        assert held.implicit_outcome == "implicitly_accepted"
        with moment.at(noon(date(2026, 5, 4))):
            with pytest.raises(Conflict):
                decisions.refuse(session, chief, held, REASONS)
            born = number_of(session, held, EventKind.IMPLICIT_DECISION)
            with pytest.raises(Invalid):
                correcting.correct(session, chief, held, born, date(2026, 5, 4), WHY)
            assert "futur" in fault_of(session, chief, held, RECEIPT, date(2026, 5, 5))
            correcting.correct(session, chief, held, RECEIPT, date(2026, 3, 12), WHY)
        assert (held.implicit_outcome, held.implicit_on) == ("", date(2026, 5, 12))
    run_job(runtime, JobKind.WRITE_IMPLICIT_DECISIONS, deadlines.write_implicit_decisions, date(2026, 5, 13))
    with runtime.database.reading() as session:
        assert session.get_one(Case, case.id).implicit_outcome == "implicitly_accepted"


def last_letter(session: Session, case: Case) -> Document:
    found = session.scalars(select(Document).where(Document.case_id == case.id).order_by(Document.id.desc())).first()
    assert found is not None
    return found


def words_of(letter: Document, runtime: Runtime) -> str:
    page = templating.document_html(letter.template, letter.title, letter.values, runtime.settings.public_url)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_who_was_told_of_a_silence_is_told_when_it_is_undone_or_of_another_day(runtime: Runtime) -> None:
    """E17 with pieces noted on 1 April: accepted on 1 June, on the 3rd once corrected, then not at all."""
    with runtime.database.transaction() as session:
        case, chief = a_meal(session, runtime, date(2026, 3, 2)), factories.actor_named(session, "Hélène")
        with moment.at(noon(date(2026, 3, 20))):
            missing_pieces.ask_for_pieces(session, chief, case, [PLAN], date(2026, 4, 20))
        request = list_pieces_asked(queries.list_events(session, case.id))[0]
        with moment.at(noon(date(2026, 4, 15))):
            missing_pieces.receive_pieces(session, chief, case, request, ["plan"], date(2026, 4, 1))
    run_job(runtime, JobKind.WRITE_IMPLICIT_DECISIONS, deadlines.write_implicit_decisions, date(2026, 6, 2))
    with runtime.database.transaction() as session, moment.at(noon(date(2026, 6, 8))):
        held, chief = session.get_one(Case, case.id), factories.actor_named(session, "Hélène")
        number = number_of(session, held, EventKind.PIECES_RECEIVED)
        assert (held.implicit_outcome, held.implicit_on) == ("implicitly_accepted", date(2026, 6, 1))
        correcting.correct(session, chief, held, number, date(2026, 4, 3), WHY)
        moved = last_letter(session, held)
        assert (moved.template, moved.values["implicit_on"]) == ("implicit_decision", "2026-06-03")
        assert "remplace celui qui vous donnait la date du lundi 1er juin 2026" in words_of(moved, runtime)
        decisions.ask_for_certificate(session, chief, held)
        certificate = last_letter(session, held)
        assert (certificate.template, certificate.values["implicit_on"]) == ("certificate", "2026-06-03")
        correcting.correct(session, chief, held, number, None, "Ces pièces sont d’un autre dossier.")
        assert (held.implicit_outcome, held.status) == ("", Status.WAITING_CITIZEN)
        undone = last_letter(session, held)
        assert (undone.template, undone.values["replaces"]["why"]) == ("acknowledgement", "silence_undone")
        assert undone.values["target_on"] < undone.values["written_on"]
        words = words_of(undone, runtime)
        assert "Notre objectif" not in words, "that day is over"
        assert "était réputée acceptée depuis le mercredi 3 juin 2026. Ce courrier n’est plus valable" in words
        assert "Nous attendons toujours de vous : Plan coté." in words
        assert "rien d’autre à envoyer" not in words


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_an_acknowledgement_that_replaces_another_does_not_start_the_time_to_answer_again(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, chief = a_permit(session, runtime, date(2026, 3, 2), procedure="planning_certificate"), marc(session)
        with moment.at(noon(date(2026, 3, 20))):
            acknowledging.note_given(session, chief, case, date(2026, 3, 4))
            implicit_on = case.implicit_on
            correcting.correct(session, chief, case, RECEIPT, date(2026, 3, 3), WHY)
            assert last_letter(session, case).values["implicit_on"] == str(implicit_on)
            acknowledging.note_given(session, chief, case, date(2026, 3, 20))
        assert case.implicit_on == implicit_on, "counted from 4 March"
        assert "l’envoi de notre accusé, le mercredi 4 mars" in told(session, case, "implicit_on").explanation.text
        with moment.at(noon(date(2026, 3, 21))):
            correcting.correct(session, chief, case, RECEIPT, date(2026, 3, 6), WHY)
        assert case.implicit_on == date(2026, 5, 6), "nothing runs before the receipt"


def test_a_transmission_and_its_receipt_are_corrected_in_order(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, chief = a_meal(session, runtime, date(2026, 3, 2)), factories.actor_named(session, "Hélène")
        with moment.at(noon(date(2026, 3, 20))):
            transmissions.transmit(session, runtime, chief, case, Recipient("Département", "1 rue du Pont"), "")
        with moment.at(noon(date(2026, 4, 13))):
            transmissions.note_transmission_received(session, chief, case, date(2026, 4, 9))
            received = number_of(session, case, EventKind.TRANSMISSION_RECEIVED)
            sent = number_of(session, case, EventKind.TRANSMITTED)
            assert "ne peut pas suivre" in fault_of(session, chief, case, sent, date(2026, 4, 10))
            assert "rouvrez" in fault_of(session, chief, case, sent, None)
            correcting.correct(session, chief, case, sent, date(2026, 3, 24), WHY)
            correcting.correct(session, chief, case, received, date(2026, 3, 27), WHY)
            assert case.implicit_on == date(2026, 5, 27)
            correcting.correct(session, chief, case, received, None, "L’accusé était celui d’une autre demande.")
            assert case.implicit_on is None, "nothing runs before the competent administration has it"
            casework.move(session, chief, case, Status.UNDER_REVIEW)
            assert case.implicit_on == date(2026, 5, 2)


def test_a_notification_is_noted_once_then_corrected_with_its_reason(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        with moment.at(noon(date(2026, 3, 10))):
            decisions.refuse(session, actor, case, REASONS)
        with moment.at(noon(date(2026, 3, 20))):
            decisions.note_notified(session, actor, case, date(2026, 3, 16))
            with pytest.raises(Conflict, match="corrigez"):
                decisions.note_notified(session, actor, case, date(2026, 3, 12))
            number = number_of(session, case, EventKind.NOTIFIED)
            with pytest.raises(Forbidden):
                sandrine = factories.actor_named(session, "Sandrine")
                correcting.correct(session, sandrine, case, number, date(2026, 3, 12), WHY)
            correcting.correct(session, actor, case, number, date(2026, 3, 12), WHY)
        assert told(session, case, "appeal_until").on == date(2026, 5, 13)
        assert "au lieu du lundi 16 mars 2026" in told(session, case, "appeal_until").explanation.text
        with moment.at(noon(date(2026, 4, 20))):
            appeals.note_appeal(session, actor, case, AppealKind.GRACIOUS, date(2026, 4, 20))
            correcting.correct(
                session,
                actor,
                case,
                number_of(session, case, EventKind.APPEALED),
                None,
                "Ce courrier est un remerciement.",
            )
        assert told(session, case, "appeal_until").on == date(2026, 5, 13), "E29 without its appeal"


@pytest.mark.parametrize(
    ("residence", "until"), [(Residence.OVERSEAS, date(2026, 6, 15)), (Residence.ABROAD, date(2026, 7, 13))]
)
def test_who_lives_far_from_the_court_has_longer_to_go_to_it(
    runtime: Runtime, residence: Residence, until: date
) -> None:
    with runtime.database.transaction() as session:
        case, actor = a_permit(session, runtime, date(2026, 3, 2)), marc(session)
        with moment.at(noon(date(2026, 3, 9))):
            correcting.note_residence(session, actor, case, residence)
            decisions.refuse(session, actor, case, REASONS)
            refusal = session.scalars(select(Document).where(Document.template == "refusal")).one()
        with moment.at(noon(date(2026, 3, 12))):
            decisions.note_notified(session, actor, case, date(2026, 3, 12))
        found = told(session, case, "appeal_until")
        assert found.on == until
        assert "Délai de distance" in found.explanation.text
        assert refusal.values["residence"] == residence
        correcting.note_residence(session, actor, case, Residence.LOCAL)
        assert told(session, case, "appeal_until").on == date(2026, 5, 13)
