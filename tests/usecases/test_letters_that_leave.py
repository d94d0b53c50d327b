"""Letters that come back, leave again or are posted: what did not arrive counts as never sent, and somebody is told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.policy import Actor
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case, CaseEvent
from backoffice.models.documents import Document
from backoffice.models.mail import OutgoingMail
from backoffice.models.staff_notices import StaffNotice
from backoffice.queries import cases as case_queries
from backoffice.queries import legal as legal_queries
from backoffice.services import (
    acknowledging,
    bounces,
    clock,
    contact_details,
    decisions,
    history_text,
    journal,
    moment,
    sending,
    undelivered,
)
from backoffice.services.undelivered import Undelivered
from tests import factories
from tests.usecases.promises import render_next, send_next
from tests.usecases.test_legal_acts import REASONS

RECEIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADDRESS = "jeanne.martin@courriel.example"


def an_acknowledged_case(runtime: Runtime, **changes: Any) -> int:
    """A permit received on 2 March, whose acknowledgement left by e-mail a minute later."""
    changes = {"procedure": "terrace_permit", "received_at": RECEIVED} | changes
    with runtime.database.transaction() as session, moment.at(RECEIVED):
        case_id = factories.a_case(session, runtime, **changes).id
    with moment.at(RECEIVED + timedelta(minutes=1)):
        render_next(runtime)
        send_next(runtime)
    return case_id


def come_back(session: Session, case: Case, reason: str = "550 5.1.1 User unknown") -> None:
    mail = session.scalars(
        select(OutgoingMail).where(OutgoingMail.case_id == case.id).order_by(OutgoingMail.id.desc())
    ).first()
    assert mail is not None
    bounces.note_returned(session, mail, diagnostic=reason, permanent=True)


def lost_letters(session: Session, case: Case) -> list[Undelivered]:
    documents, mails = case_queries.list_documents(session, case.id), case_queries.list_mails(session, case.id)
    return undelivered.list_undelivered(case, documents, mails, legal_queries.list_events(session, case.id))


def elodie(session: Session) -> Actor:
    return factories.actor_named(session, "Élodie")


def test_an_acknowledgement_that_comes_back_was_never_issued(runtime: Runtime) -> None:
    case_id = an_acknowledged_case(runtime)
    with runtime.database.transaction() as session, moment.at(RECEIVED + timedelta(hours=2)):
        case, authority = session.get_one(Case, case_id), factories.the_authority(session)
        assert clock.deadlines(session, case, authority).appeal_period_enforceable
        case.assignee_id = factories.staff_named(session, "Élodie").id
        come_back(session, case)
        assert case.acknowledged_at is None
        told = clock.deadlines(session, case, authority)
        assert not told.appeal_period_enforceable
        assert "n’est pas envoyé" in told.appeal_explanation[0]
        assert [(one.document.template, one.recipient) for one in lost_letters(session, case)] == [
            ("acknowledgement", ADDRESS)
        ]
        notice = session.scalars(select(StaffNotice)).one()
        assert "l’accusé de réception n’est pas parvenu à l’usager" in notice.text
        line = session.scalars(select(CaseEvent).where(CaseEvent.kind == "mail_bounced")).one()
        assert history_text.detail(line) == f"Accusé de réception à {ADDRESS} : 550 5.1.1 User unknown"
        come_back(session, case)
        assert len(session.scalars(select(CaseEvent).where(CaseEvent.kind == "mail_bounced")).all()) == 1
        assert journal.verify(session, case)


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_first_acknowledgement_that_comes_back_once_replaced_starts_no_period(runtime: Runtime) -> None:
    case_id = an_acknowledged_case(runtime, procedure="planning_certificate")
    with runtime.database.transaction() as session, moment.at(RECEIVED + timedelta(days=8)):
        case = session.get_one(Case, case_id)
        assert case.implicit_on == date(2026, 5, 2)
        acknowledging.issue_again(session, case, factories.the_authority(session), why="corrected")
    with moment.at(RECEIVED + timedelta(days=10)):
        render_next(runtime)
        send_next(runtime)
    with runtime.database.transaction() as session, moment.at(RECEIVED + timedelta(days=11)):
        case = session.get_one(Case, case_id)
        assert case.implicit_on == date(2026, 5, 2), "counted from the first"
        first = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).first()
        assert first is not None
        bounces.note_returned(session, first, diagnostic="550 5.1.1 User unknown", permanent=True)
        assert case.first_acknowledged_at is None
        assert case.implicit_on == date(2026, 5, 12), "counted from the second"


def test_the_paper_that_is_posted_instead_settles_it(runtime: Runtime) -> None:
    case_id = an_acknowledged_case(runtime)
    with runtime.database.transaction() as session, moment.at(RECEIVED + timedelta(days=1)):
        case, authority = session.get_one(Case, case_id), factories.the_authority(session)
        come_back(session, case)
        document = session.scalars(select(Document)).one()
        with pytest.raises(Invalid):
            sending.note_posted(session, elodie(session), case, document, date(2026, 3, 4))
        sending.note_posted(session, elodie(session), case, document, date(2026, 3, 3))
        assert lost_letters(session, case) == []
        assert clock.deadlines(session, case, authority).appeal_period_enforceable
        with pytest.raises(Conflict, match="déjà notée"):
            sending.note_posted(session, elodie(session), case, document, date(2026, 3, 3))


def test_it_leaves_again_for_the_corrected_address_that_the_agent_saw(runtime: Runtime) -> None:
    case_id = an_acknowledged_case(runtime)
    later = RECEIVED + timedelta(days=1)
    with runtime.database.transaction() as session, moment.at(later):
        case, agent = session.get_one(Case, case_id), elodie(session)
        come_back(session, case)
        first = session.scalars(select(OutgoingMail)).one()
        document = session.scalars(select(Document)).one()
        with pytest.raises(Invalid) as refused:
            contact_details.correct(session, agent, case, {"email": "jeanne.martin@", "postcode": "4999"})
        assert set(refused.value.faults) == {"email", "postcode"}
        contact_details.correct(session, agent, case, {"email": "Jeanne@courriel.example", "city": "Angers"})
        parcel = sending.prepare(session, runtime, agent, case, document)
        assert (parcel.email, parcel.address) == ("jeanne@courriel.example", ("Jeanne Martin", "Angers"))
        assert parcel.mail is not None
        with pytest.raises(Conflict, match="a changé"):
            sending.send_again(session, runtime, agent, case, document, ADDRESS)
        sending.send_again(session, runtime, agent, case, document, parcel.email)
        assert lost_letters(session, case) == []  # on its way
    with moment.at(later + timedelta(minutes=1)):
        send_next(runtime)
    with runtime.database.transaction() as session:
        case = session.get_one(Case, case_id)
        sent = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
        assert sent is not None
        assert (sent.recipient, sent.subject, sent.text) == (parcel.email, parcel.mail.subject, parcel.mail.text)
        assert sent.files == {"documents": [document.id]}
        assert case.acknowledged_at == later + timedelta(minutes=1)
        # The first one comes back once more: it is not the one that counts.
        session.get_one(OutgoingMail, first.id).bounced_at = None
        bounces.note_returned(session, session.get_one(OutgoingMail, first.id), diagnostic="again", permanent=True)
        assert case.acknowledged_at is not None
        line = session.scalars(select(CaseEvent).where(CaseEvent.kind == "contact_corrected")).one()
        assert history_text.detail(line) == "adresse électronique, commune"


def test_of_two_mails_with_one_letter_the_one_that_arrived_counts(runtime: Runtime) -> None:
    case_id = an_acknowledged_case(runtime)
    later = RECEIVED + timedelta(hours=1)
    with runtime.database.transaction() as session, moment.at(later):
        case, document = session.get_one(Case, case_id), session.scalars(select(Document)).one()
        first = session.scalars(select(OutgoingMail)).one()
        sending.send_again(session, runtime, elodie(session), case, document, ADDRESS)
    with moment.at(later):
        send_next(runtime)
    with runtime.database.transaction() as session:
        case = session.get_one(Case, case_id)
        assert case.acknowledged_at == RECEIVED + timedelta(minutes=1)
        bounces.note_returned(session, session.get_one(OutgoingMail, first.id), diagnostic="550", permanent=True)
        assert case.acknowledged_at == later


def test_a_decision_that_comes_back_is_not_notified_and_opens_no_period(runtime: Runtime) -> None:
    case_id = an_acknowledged_case(runtime)
    signed = RECEIVED + timedelta(days=10)
    with runtime.database.transaction() as session, moment.at(signed):
        decisions.refuse(session, elodie(session), session.get_one(Case, case_id), REASONS)
    with moment.at(signed):
        render_next(runtime)
        send_next(runtime)
    with runtime.database.transaction() as session, moment.at(signed + timedelta(days=1)):
        case, authority = session.get_one(Case, case_id), factories.the_authority(session)
        come_back(session, case)
        assert case.acknowledged_at is not None
        assert [one.document.template for one in lost_letters(session, case)] == ["refusal"]
        assert clock.deadlines(session, case, authority).appeal_until is None
        assert session.scalars(select(StaffNotice.urgent).distinct()).all() == [True]
        document = lost_letters(session, case)[0].document
        sending.note_posted(session, elodie(session), case, document, date(2026, 3, 13))
        assert lost_letters(session, case) == []
        assert clock.deadlines(session, case, authority).appeal_until is None
        decisions.note_notified(session, elodie(session), case, date(2026, 3, 13))
        until = clock.deadlines(session, case, authority).appeal_until
    assert until is not None
    assert until.on == date(2026, 5, 15)  # the 14th is Ascension Day


def test_a_decision_opened_on_its_page_is_written_once_and_notifies_nothing(runtime: Runtime) -> None:
    case_id = an_acknowledged_case(runtime)
    with runtime.database.transaction() as session, moment.at(RECEIVED + timedelta(days=3)):
        case = session.get_one(Case, case_id)
        decisions.refuse(session, elodie(session), case, REASONS)
        document = session.scalars(select(Document).where(Document.template == "refusal")).one()
        for _ in range(2):
            sending.note_opened(session, case, document)
        opened = session.scalars(select(CaseEvent).where(CaseEvent.kind == "document_opened")).one()
        assert (opened.actor_kind, opened.actor_name) == ("citizen", "Jeanne Martin")
        assert clock.deadlines(session, case, factories.the_authority(session)).appeal_until is None


def test_a_letter_that_is_not_produced_yet_is_not_sent_again(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, procedure="terrace_permit")
        document = session.scalars(select(Document)).one()
        with pytest.raises(Conflict, match="pas encore produit"):
            sending.send_again(session, runtime, elodie(session), case, document, ADDRESS)


def test_a_letter_written_again_for_another_address_is_a_version_and_the_first_stays(runtime: Runtime) -> None:
    case_id = an_acknowledged_case(runtime)
    later = RECEIVED + timedelta(days=1)
    with runtime.database.transaction() as session, moment.at(later):
        case, agent = session.get_one(Case, case_id), elodie(session)
        come_back(session, case)
        document = session.scalars(select(Document)).one()
        printed, values = document.digest, dict(document.values)
        with pytest.raises(Conflict, match="déjà l’adresse"):
            sending.write_again(session, agent, case, document)
        moved = {"email": "", "address_line": "4 rue du Puits", "postcode": "49990", "city": "Saint-Aubin"}
        contact_details.correct(session, agent, case, moved)
        sending.write_again(session, agent, case, document)
        assert lost_letters(session, case) == [], "another one takes its place"
        with pytest.raises(Conflict, match="dernière version"):
            sending.note_posted(session, agent, case, document, later.date())
    with moment.at(later + timedelta(minutes=1)):
        render_next(runtime)
    with runtime.database.transaction() as session, moment.at(later + timedelta(days=1)):
        case, agent = session.get_one(Case, case_id), elodie(session)
        first, second = case_queries.list_documents(session, case_id)
        assert (first.digest, first.values) == (printed, values)
        assert (second.version_of, second.title) == (first.id, f"{first.title} (version 2)")
        assert sending.printed_address(second) == ("Jeanne Martin", "4 rue du Puits", "49990 Saint-Aubin")
        assert second.digest not in {"", first.digest}
        changed = {"citizen", "version", "version_of"}
        assert {name: said for name, said in second.values.items() if name not in changed} == {
            name: said for name, said in values.items() if name != "citizen"
        }, "the same words"
        sending.note_posted(session, agent, case, second, (later + timedelta(days=1)).date())
        assert case.acknowledged_at is not None
        assert journal.verify(session, case)
