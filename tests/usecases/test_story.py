"""The story that crosses every desk, from an e-mail at ten to midnight to an appeal: every date told by the facts."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice import catalogue as starter
from backoffice.domain import policy
from backoffice.domain.facts import AppealKind
from backoffice.domain.incoming import ChannelCode, IncomingFile, Sender
from backoffice.domain.legal_events import Piece, list_pieces_asked
from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority, Department
from backoffice.models.cases import Case, Message
from backoffice.models.documents import Document
from backoffice.models.people import Membership, Staff
from backoffice.queries import cases, catalogue
from backoffice.queries import legal as queries
from backoffice.services import (
    accounts,
    appeals,
    casework,
    clock,
    decisions,
    intake,
    journal,
    missing_pieces,
    moment,
    procedures,
    transmissions,
)
from backoffice.services.decisions import Reasons
from backoffice.services.transmissions import Recipient
from tests import factories


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=UTC)


def the_epci(session: Session) -> tuple[Authority, Actor]:
    """The intercommunal body that collects waste, on the same installation, with its own people."""
    now = at(date(2026, 1, 1))
    epci = Authority(
        code="tilleuls-agglo",
        kind="epci",
        name="Tilleuls Agglomération",
        details={"signatory": "Odile Brun", "signatory_title": "Présidente", "address": "1 rue du Pont"},
        created_at=now,
    )
    session.add(epci)
    session.flush()
    waste = Department(authority_id=epci.id, code="voirie", name="Déchets", active=True, created_at=now)
    session.add(waste)
    session.flush()
    epci.details = epci.details | {"triage_department_id": waste.id}
    definition = next(one for one in starter.load_procedures() if one.code == "waste_bin_bulky")
    procedures.publish(session, policy.system(epci.id), epci, definition)
    staff = Staff(
        authority_id=epci.id, email="luc@agglo.example", name="Luc Morel", title="Instructeur", created_at=now
    )
    staff.memberships = [Membership(authority_id=epci.id, role="case_handler", department_id=waste.id)]
    session.add(staff)
    session.flush()
    return epci, accounts.actor_of(staff)


@pytest.fixture
def citizen() -> Sender:
    return Sender(family_name="Belkacem", given_names="Nora", email="nora.belkacem@courriel.example")


def test_an_email_at_ten_to_midnight_becomes_an_appeal_with_every_date_explained(  # noqa: PLR0915 (a long story)
    runtime: Runtime, citizen: Sender
) -> None:
    with runtime.database.transaction() as session:
        town = factories.the_authority(session)
        julie, elodie, marc = (factories.actor_named(session, name) for name in ("Julie", "Élodie", "Marc"))

        # 31 March, 23:50 in Paris: received that very day, acknowledged at once.
        with moment.at(at(date(2026, 3, 31), 21, 50)):
            case = factories.a_case(
                session,
                runtime,
                channel=ChannelCode.EMAIL,
                received_at=moment.now(),
                sender=citizen,
                procedure="",
                subject="Ma poubelle est cassée",
            )
        assert case.received_on == date(2026, 3, 31)
        assert (case.acknowledge_by, case.implicit_on) == (date(2026, 4, 15), date(2026, 5, 31))
        assert session.scalars(select(Document.mail_template)).all() == ["acknowledgement"]

        # Sorted to the wrong department, then to the right one: no date moves inside one legal entity.
        dates = (case.received_on, case.acknowledge_by, case.implicit_on)
        for actor, code in ((julie, "commerce"), (elodie, "voirie")):
            department = catalogue.find_department(session, town.id, code)
            assert department is not None
            with moment.at(at(date(2026, 4, 1))):
                casework.transfer(session, actor, case, department_id=department.id, reason="Autre service.")
        assert (case.received_on, case.acknowledge_by, case.implicit_on) == dates

        # The waste is collected by the EPCI: transmitted (L114-2), the citizen is told and does nothing again.
        with moment.at(at(date(2026, 4, 2))):
            agglo = Recipient("Tilleuls Agglomération", "1 rue du Pont", "contact@agglo.example")
            transmissions.transmit(session, marc, case, agglo, "Compétence déchets transférée.")
        assert (case.outcome, case.implicit_on) == ("transferred", date(2026, 5, 31))

        # The EPCI opens its own case on 3 April; rejection by silence runs from the town's receipt (L114-3).
        epci, luc = the_epci(session)
        with moment.at(at(date(2026, 4, 3))):
            received = factories.an_incoming(
                authority=epci.code,
                channel=ChannelCode.EMAIL,
                received_at=moment.now(),
                sender=citizen,
                procedure="waste_bin_bulky",
                facts={"first_authority_received_on": "2026-03-31"},
            )
            there = session.get_one(Case, intake.receive(session, runtime, received).case_id)
        assert (there.authority_id, there.received_on, there.implicit_on) == (
            epci.id,
            date(2026, 4, 3),
            date(2026, 5, 31),
        )
        assert marc.authority_id != there.authority_id
        with pytest.raises(NotFound):
            casework.note(session, marc, there, "Ce dossier n’est plus le nôtre.")

        # A piece is missing: the silence is suspended; a neighbour with a mandate brings it to the counter.
        with moment.at(at(date(2026, 4, 10))):
            bill = Piece("bill", "Dernière facture du bac", "Règlement de collecte, article 12", blocking=True)
            missing_pieces.ask_for_pieces(session, luc, there, [bill], date(2026, 5, 11))
        assert there.implicit_on == date(2026, 7, 1)
        with moment.at(at(date(2026, 4, 20))):
            scan = IncomingFile("facture.pdf", "application/pdf", 4, runtime.storage.put(b"%PDF"))
            neighbour = factories.an_incoming(
                channel=ChannelCode.COUNTER,
                authority=epci.code,
                received_at=moment.now(),
                sender=Sender(family_name="Petit", given_names="Alain"),
                files=(scan,),
                facts={"representation": {"basis": "civil_mandate", "on_behalf_of": "Nora Belkacem"}},
            )
            intake.join(session, epci, there, neighbour)
            request = list_pieces_asked(queries.list_events(session, there.id))[0]
            missing_pieces.receive_pieces(session, luc, there, request, ["bill"], date(2026, 4, 20))
        assert there.implicit_on == date(2026, 6, 10)
        brought = session.scalars(select(Message).where(Message.channel == "counter")).one()
        assert (brought.author, brought.facts["representation"]["on_behalf_of"]) == ("Alain Petit", "Nora Belkacem")

        # Signed, sent, notified; then an appeal, whose silence opens the way to the court.
        there.acknowledged_at = at(date(2026, 4, 3))
        with moment.at(at(date(2026, 5, 4))):
            reasons = Reasons(
                texts="le règlement de collecte, article 12",
                rule="le remplacement suppose une usure normale",
                facts="le bac a été détruit par un feu allumé dans la cour, selon le constat du 17 avril 2026",
                conclusion="le remplacement gratuit n’est pas dû",
                plain="Votre demande est refusée parce que le bac a brûlé hors de la collecte.",
            )
            decisions.refuse(session, luc, there, reasons)
        with moment.at(at(date(2026, 5, 7))):
            decisions.note_notified(session, luc, there, date(2026, 5, 7))
        with moment.at(at(date(2026, 6, 1))):
            appeals.note_appeal(session, luc, there, AppealKind.GRACIOUS, date(2026, 6, 1))
        told = clock.deadlines(session, there, epci)
        assert told.appeal_silence_on is not None
        assert told.appeal_until is not None
        assert (told.appeal_silence_on.on, told.appeal_until.on) == (date(2026, 8, 1), date(2026, 10, 2))
        assert told.appeal_period_enforceable

        # Every date says where it comes from, and both histories hold.
        for legal in told:
            assert legal.explanation.article
            assert legal.explanation.steps
        letters = session.scalars(select(Document.template).where(Document.case_id == there.id).order_by(Document.id))
        assert letters.all() == ["acknowledgement", "missing_documents", "refusal"]
        assert journal.verify(session, case)
        assert journal.verify(session, there)


def test_the_other_authority_sees_nothing_of_it(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime)
    with runtime.database.transaction() as session:
        _, luc = the_epci(session)
        with pytest.raises(NotFound):
            cases.get_case(session, luc, receipt.reference)
        with pytest.raises(NotFound):
            casework.note(session, luc, session.get_one(Case, receipt.case_id), "Curieux.")
