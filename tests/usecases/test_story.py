"""The story that crosses every desk, from an e-mail at ten to midnight to the archives: every date told by the facts.

Played by the house's own parts: a real mail in a mailbox, the jobs of the workers, the letters as PDF, the page where
the citizen reads them, the evidence bundle of the appeal, the transfer to the archives three years later.
"""

import io
import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from backoffice import catalogue as starter
from backoffice.domain import policy
from backoffice.domain.facts import AppealKind
from backoffice.domain.incoming import ChannelCode, IncomingFile, Sender
from backoffice.domain.legal_events import Piece, list_pieces_asked
from backoffice.domain.policy import Actor
from backoffice.errors import NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority, Department
from backoffice.models.bundles import Bundle
from backoffice.models.cases import Case, Message
from backoffice.models.documents import Document
from backoffice.models.people import Membership, Staff
from backoffice.queries import cases, catalogue
from backoffice.queries import legal as queries
from backoffice.services import (
    accounts,
    appeals,
    archive_transfers,
    bundles,
    casework,
    clock,
    decisions,
    documents,
    intake,
    journal,
    missing_pieces,
    moment,
    procedures,
    sending,
    transmissions,
)
from backoffice.services.decisions import Reasons
from backoffice.services.transmissions import Recipient
from tests import factories, mails
from tests.infra.test_pdf import check_accessible, check_structure
from tests.usecases import test_archive_transfers as seda_files
from tests.web.visits import post

NORA = Sender(
    family_name="Belkacem",
    given_names="Nora",
    email="nora.belkacem@courriel.example",
    address_line="12 rue des Lilas",
    postcode="49990",
    city="Saint-Aubin-les-Tilleuls",
)
REASONS = Reasons(
    texts="le règlement de collecte, article 12",
    rule="le remplacement suppose une usure normale",
    facts="le bac a été détruit par un feu allumé dans la cour, selon le constat du 17 avril 2026",
    conclusion="le remplacement gratuit n’est pas dû",
    plain="Votre demande est refusée parce que le bac a brûlé hors de la collecte.",
)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=UTC)


@contextmanager
def on(runtime: Runtime, day: date, hour: int = 9, minute: int = 0) -> Iterator[Session]:
    """What people do at an instant, then what the workers do a moment later."""
    with moment.at(at(day, hour, minute)):
        with runtime.database.transaction() as session:
            yield session
        mails.work_off(runtime)


def the_epci(session: Session) -> tuple[Authority, Actor]:
    """The intercommunal body that collects waste, on the same installation, with its own people."""
    now = at(date(2026, 1, 1))
    epci = Authority(
        code="tilleuls-agglo",
        kind="epci",
        name="Tilleuls Agglomération",
        email="contact@agglo.example",
        details={
            "signatory": "Odile Brun",
            "signatory_title": "Présidente",
            "address": "1 rue du Pont",
            "siret": "20004900000017",
            "archives_name": "Archives départementales",
            "archives_identifier": "archives-49",
        },
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
def house(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """A house with a mailbox; what differs between the engines is tested part by part elsewhere."""
    runtime = factories.a_runtime(seeded_sqlite_url, tmp_path)
    yield mails.with_maildirs(runtime)
    runtime.database.dispose()


def letters_of(runtime: Runtime, case_id: int) -> dict[str, Document]:
    """The last letter of each kind."""
    with runtime.database.reading() as session:
        return {one.template: one for one in cases.list_documents(session, case_id)}


def words_of(runtime: Runtime, letter: Document, folder: Path) -> str:
    """A letter as it is read, on one line, once it is sure that everybody can read it."""
    path = folder / f"{letter.id}.pdf"
    path.write_bytes(runtime.storage.get(letter.digest))
    check_structure(path, with_data=letter.template in documents.WITH_DATA)
    check_accessible(path)
    return text_of(path)


def text_of(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.replace("\u00a0", " ").split())


def squeezed(text: str) -> str:
    """Without any space: a line of a PDF may break after a hyphen."""
    return "".join(text.split())


def dates_of(case: Case) -> tuple[date, date | None, date | None]:
    return case.received_on, case.acknowledge_by, case.implicit_on


def the_mail_arrives(house: Runtime) -> int:
    """31 March, 23:50 in Paris: received that very day, acknowledged at once."""
    arrived = at(date(2026, 3, 31), 21, 50)
    raw = mails.a_mail(
        "Bonjour, le couvercle de mon bac est cassé depuis la tempête. Que dois-je faire ?",
        From="Nora Belkacem <nora.belkacem@courriel.example>",
        Subject="Ma poubelle est cassée",
        Date="Tue, 31 Mar 2026 23:49:30 +0200",
    )
    os.utime(mails.deliver(house, raw), (arrived.timestamp(), arrived.timestamp()))
    with moment.at(arrived):
        mails.read_all(house)
        mails.work_off(house)
    with house.database.reading() as session:
        case = session.scalars(select(Case)).one()
        assert dates_of(case) == (date(2026, 3, 31), date(2026, 4, 15), date(2026, 5, 31))
        assert (case.channel, case.acknowledged_at) == (ChannelCode.EMAIL, arrived)
        (sent,) = cases.list_mails(session, case.id)
        assert "mardi 31 mars 2026 à 23 h 50 (heure de Paris)" in sent.text.replace("\u00a0", " ")
    return case.id


def the_town_sends_it_on(house: Runtime, case_id: int, folder: Path) -> None:
    """To the wrong department, then the right one, which sees that the EPCI collects waste: no date moves."""
    with on(house, date(2026, 4, 1)) as session:
        case = session.get_one(Case, case_id)
        before = dates_of(case)
        for name, code in (("Sandrine", "commerce"), ("Élodie", "voirie")):
            department = catalogue.find_department(session, case.authority_id, code)
            assert department is not None
            actor = factories.actor_named(session, name)
            casework.transfer(session, actor, case, department_id=department.id, reason="Autre service.")
            assert dates_of(case) == before
    with on(house, date(2026, 4, 2)) as session:
        agglo = Recipient("Tilleuls Agglomération", "1 rue du Pont, 49990 Tilleuls", "contact@agglo.example")
        karim = factories.actor_named(session, "Karim")
        case = session.get_one(Case, case_id)
        transmissions.transmit(session, house, karim, case, agglo, "La collecte lui a été transférée.")
    with on(house, date(2026, 4, 4)) as session:
        case = session.get_one(Case, case_id)
        karim = factories.actor_named(session, "Karim")
        transmissions.note_transmission_received(session, karim, case, date(2026, 4, 3))
        assert (case.outcome, case.implicit_on) == ("transferred", date(2026, 5, 31))
        recipients = [mail.recipient for mail in cases.list_mails(session, case_id) if mail.sent_at]
        assert sorted(recipients) == ["contact@agglo.example", NORA.email, NORA.email]
        assert journal.verify(session, case)
    notice = words_of(house, letters_of(house, case_id)["transmission"], folder)
    assert "nous la lui avons transmise le jeudi 2 avril 2026" in notice
    assert "vous n’avez aucune démarche à accomplir" in notice


def the_epci_takes_it_up(house: Runtime) -> tuple[int, Actor]:
    """On 3 April; a rejection by silence runs from the town's receipt (L114-3), and the citizen is told so."""
    with on(house, date(2026, 4, 3)) as session:
        epci, luc = the_epci(session)
        received = factories.an_incoming(
            authority=epci.code,
            channel=ChannelCode.EMAIL,
            received_at=moment.now(),
            sender=NORA,
            procedure="waste_bin_bulky",
            subject="Ma poubelle est cassée",
        )
        there = session.get_one(Case, intake.receive(session, house, received).case_id)
        assert dates_of(there) == (date(2026, 4, 3), date(2026, 4, 20), date(2026, 6, 3))
    with on(house, date(2026, 4, 3), 10) as session:
        there = session.get_one(Case, there.id)
        transmissions.note_first_received(session, luc, there, date(2026, 3, 31), "Ville de Saint-Aubin-les-Tilleuls")
        assert dates_of(there) == (date(2026, 4, 3), date(2026, 4, 20), date(2026, 5, 31))
    with house.database.reading() as session:
        last = cases.list_mails(session, there.id)[-1].text.replace("\u00a0", " ")
        assert "avait d’abord été reçue le mardi 31 mars 2026 par une autre administration" in last
        assert "sera réputée rejetée le dimanche 31 mai 2026" in last
        karim = factories.actor_named(session, "Karim")
        with pytest.raises(NotFound):
            casework.note(session, karim, session.get_one(Case, there.id), "Ce dossier n’est plus le nôtre.")
    return there.id, luc


def a_piece_is_missing_and_a_neighbour_brings_it(house: Runtime, there_id: int, luc: Actor, folder: Path) -> None:
    """The silence is suspended from the letter to the counter: ten days later than it would have ended."""
    with on(house, date(2026, 4, 10)) as session:
        there = session.get_one(Case, there_id)
        bill = Piece("bill", "Dernière facture du bac", "Règlement de collecte, article 12", blocking=True)
        missing_pieces.ask_for_pieces(session, luc, there, [bill], date(2026, 5, 11))
        assert there.implicit_on == date(2026, 7, 1)
    letter = words_of(house, letters_of(house, there_id)["missing_documents"], folder)
    assert "Dernière facture du bac Exigé par : Règlement de collecte, article 12" in letter
    assert "au plus tard le lundi 11 mai 2026" in letter
    assert "sera réputée rejetée est suspendu pendant le délai qui vous est imparti" in letter
    with on(house, date(2026, 4, 20)) as session:
        there = session.get_one(Case, there_id)
        scan = IncomingFile("facture.pdf", "application/pdf", 4, house.storage.put(b"%PDF"))
        neighbour = factories.an_incoming(
            channel=ChannelCode.COUNTER,
            received_at=moment.now(),
            sender=Sender(family_name="Petit", given_names="Alain"),
            files=(scan,),
            facts={"representation": {"basis": "civil_mandate", "on_behalf_of": "Nora Belkacem"}},
        )
        intake.join(session, session.get_one(Authority, there.authority_id), there, neighbour)
        request = list_pieces_asked(queries.list_events(session, there.id))[0]
        missing_pieces.receive_pieces(session, luc, there, request, ["bill"], date(2026, 4, 20))
        assert there.implicit_on == date(2026, 6, 10)
        brought = session.scalars(select(Message).where(Message.channel == "counter")).one()
        assert (brought.author, brought.facts["representation"]["on_behalf_of"]) == ("Alain Petit", "Nora Belkacem")


def the_decision_is_signed_posted_and_read_online(house: Runtime, there_id: int, luc: Actor, folder: Path) -> None:
    """Signed on 4 May: no period runs until the day on which it reached her, 7 May, is noted."""
    with on(house, date(2026, 5, 4)) as session:
        decisions.refuse(session, luc, session.get_one(Case, there_id), REASONS)
    letter = letters_of(house, there_id)["refusal"]
    words = words_of(house, letter, folder)
    assert "Odile Brun" in words
    assert "deux mois à compter de la notification de cette décision" in words
    with on(house, date(2026, 5, 5)) as session:
        there = session.get_one(Case, there_id)
        told = clock.deadlines(session, there, session.get_one(Authority, there.authority_id))
        assert (told.appeal_until, told.appeal_period_enforceable) == (None, False)
        assert "n’a pas commencé" in told.appeal_explanation[0]
        sending.note_posted(session, luc, there, session.get_one(Document, letter.id), date(2026, 5, 5))
    with moment.at(at(date(2026, 5, 6))):
        site = create_app(replace(house.settings, authority="tilleuls-agglo"))
        citizen = site.test_client()
        with house.database.reading() as session:
            there = session.get_one(Case, there_id)
        form = {"reference": there.reference, "code": there.tracking_code}
        assert post(citizen, "/suivi", form, token_from="/suivi").status_code == 303
        page = citizen.get(f"/suivi/{there.reference}").text
        (address,) = re.findall(rf'href="(/suivi/{there.reference}/documents/{letter.id})"', page)
        assert citizen.get(address).data == house.storage.get(letter.digest)
        site.extensions["parvis"].database.dispose()
    with on(house, date(2026, 5, 11)) as session:
        there = session.get_one(Case, there_id)
        decisions.note_notified(session, luc, there, date(2026, 5, 7))
        told = clock.deadlines(session, there, session.get_one(Authority, there.authority_id))
        assert told.appeal_until is not None
        assert told.appeal_until.on == date(2026, 7, 8)
        assert told.appeal_period_enforceable


def she_appeals(house: Runtime, there_id: int, luc: Actor) -> None:
    """In time: the period stops, silence rejects the appeal on 1 August, the court is open until 2 October."""
    with on(house, date(2026, 6, 1)) as session:
        there = session.get_one(Case, there_id)
        appeals.note_appeal(session, luc, there, AppealKind.GRACIOUS, date(2026, 6, 1))
        told = clock.deadlines(session, there, session.get_one(Authority, there.authority_id))
    assert told.appeal_silence_on is not None
    assert told.appeal_until is not None
    assert (told.appeal_silence_on.on, told.appeal_until.on) == (date(2026, 8, 1), date(2026, 10, 2))


def the_file_goes_to_the_archives(house: Runtime, there_id: int, folder: Path) -> None:
    """Three years later, at the end of its use: whole, and its description tells the whole story again by itself."""
    with on(house, date(2029, 5, 7)) as session:
        there = cases.claim_case_by_id(session, there_id)
        lead = Membership(authority_id=there.authority_id, role="unit_supervisor", department_id=there.department_id)
        chief = Staff(
            authority_id=there.authority_id, email="zoe@agglo.example", name="Zoé Caron", created_at=moment.now()
        )
        chief.memberships = [lead]
        session.add(chief)
        session.flush()
        bundle_id = archive_transfers.ask_for(session, accounts.actor_of(chief), there).id
    with house.database.reading() as session:
        bundle = session.get_one(Bundle, bundle_id)
        lines = cases.list_events(session, there_id)
        assert journal.verify(session, session.get_one(Case, there_id))
    with zipfile.ZipFile(io.BytesIO(house.storage.get(bundle.zip_digest))) as package:
        manifest = seda_files.read(package.read("manifest.xml"))
        held = set(package.namelist())
    assert set(seda_files.said(manifest, ".//Uri")) == held - {"manifest.xml"}
    assert seda_files.said(manifest, "ArchivalAgency/Identifier") == ["archives-49"]
    appraisal = manifest.find(".//s:ManagementMetadata/s:AppraisalRule", seda_files.NAMES)
    assert appraisal is not None
    assert [element.text for element in appraisal] == ["P1Y", "2026-05-04", "Destroy"]
    told = manifest.findall(".//s:Event", seda_files.NAMES)
    assert [seda_files.said(event, "EventDateTime")[0] for event in told] == [
        line.at.isoformat() for line in lines[:-1]
    ]
    who = "LinkingAgentIdentifier/LinkingAgentIdentifierValue"
    assert [seda_files.said(event, who)[0] for event in told] == [line.actor_name for line in lines[:-1]]
    assert (lines[-2].actor_name, lines[-1].data["zip_digest"]) == ("Zoé Caron", bundle.zip_digest)
    dates = next(words for words in seda_files.said(manifest, ".//Description") if "1er août" in words)
    for day in ("3 avril 2026", "1er août 2026", "2 octobre 2026"):
        assert day in dates.replace("\u00a0", " ")
    titles = seda_files.said(manifest, ".//Title")
    for title in ("facture.pdf", "Décision de refus", "Historique, avec ses empreintes enchaînées"):
        assert any(title in one for one in titles), title


def everything_is_explained(house: Runtime, there_id: int, luc: Actor, folder: Path) -> None:
    """Every date with its article and its steps, every act with its day and its author: from the history alone."""
    with on(house, date(2026, 6, 2)) as session:
        bundle_id = bundles.ask_for(session, luc, cases.claim_case_by_id(session, there_id)).id
    with house.database.reading() as session:
        there, bundle = session.get_one(Case, there_id), session.get_one(Bundle, bundle_id)
        told = clock.deadlines(session, there, session.get_one(Authority, there.authority_id))
        assert journal.verify(session, there)
    path = folder / "evidence.pdf"
    path.write_bytes(house.storage.get(bundle.pdf_digest))
    proof = squeezed(text_of(path))
    for legal in told:
        why = legal.explanation
        assert why.article, legal.code
        assert why.steps, legal.code
        for sentence in (f"{legal.label} :", why.article, *why.facts, *why.steps):
            assert squeezed(sentence) in proof, legal.code
    for line in (
        "Reçue d’abord par une autre administration : Ville de Saint-Aubin-les-Tilleuls, le mardi 31 mars 2026",
        "Pièces demandées : Dernière facture du bac – à envoyer au plus tard le lundi 11 mai 2026",
        "Pièces reçues : Dernière facture du bac, le lundi 20 avril 2026",
        "Décision signée : Refusée, par Odile Brun",
        "Courrier remis ou posté : Décision de refus, le mardi 5 mai 2026",
        "Décision ouverte sur la page de suivi : Décision de refus, le mercredi 6 mai 2026",
        "Décision notifiée : Le jeudi 7 mai 2026",
        "Recours reçu : Recours gracieux (à l’auteur de la décision), reçu le lundi 1er juin 2026",
    ):
        assert squeezed(line) in proof
    for who in ("Luc Morel", "Nora Belkacem", "Alain Petit"):
        assert squeezed(who) in proof
    with zipfile.ZipFile(io.BytesIO(house.storage.get(bundle.zip_digest))) as files:
        names = files.namelist()
    assert sum(name.startswith("documents/") for name in names) == 4
    assert any(name.endswith("facture.pdf") for name in names)


def test_an_email_at_ten_to_midnight_ends_in_the_archives_with_every_date_explained(
    house: Runtime, tmp_path: Path
) -> None:
    case_id = the_mail_arrives(house)
    the_town_sends_it_on(house, case_id, tmp_path)
    there_id, luc = the_epci_takes_it_up(house)
    a_piece_is_missing_and_a_neighbour_brings_it(house, there_id, luc, tmp_path)
    the_decision_is_signed_posted_and_read_online(house, there_id, luc, tmp_path)
    she_appeals(house, there_id, luc)
    everything_is_explained(house, there_id, luc, tmp_path)
    the_file_goes_to_the_archives(house, there_id, tmp_path)


def test_the_other_authority_sees_nothing_of_it(runtime: Runtime) -> None:
    receipt = factories.a_receipt(runtime)
    with runtime.database.transaction() as session:
        _, luc = the_epci(session)
        with pytest.raises(NotFound):
            cases.get_case(session, luc, receipt.reference)
        with pytest.raises(NotFound):
            casework.note(session, luc, session.get_one(Case, receipt.case_id), "Curieux.")
