"""What is answered on the spot: counted, kept for its person, turned into a case, and forgotten after a year."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from backoffice.domain.incoming import ChannelCode, Sender
from backoffice.errors import Invalid, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.contacts import Contact
from backoffice.models.people import Citizen
from backoffice.queries import catalogue
from backoffice.queries import contacts as queries
from backoffice.services import account_data, contacts
from backoffice.services.contacts import Answered
from tests.factories import a_receipt, actor_named, an_incoming

NADIA = Sender(family_name="Belkacem", given_names="Nadia", phone="+33612345678")


def test_an_answer_given_on_the_spot_is_kept_for_its_person_and_is_no_case(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        actor = actor_named(session, "Sandrine")
        said = Answered("form-1", ChannelCode.PHONE, "Le bac passe\njeudi  matin.", NADIA, "waste_bin_bulky")
        contact = contacts.record(session, actor, said)
        again = contacts.record(session, actor, said)
        assert contact is again
        assert contact.line == "Le bac passe jeudi matin."
        assert contact.department_id is not None
        assert queries.list_of_citizen(session, actor, contact.citizen_id or 0) == [contact]
        assert session.scalar(select(func.count(Case.id))) == 0
        citizen = session.get_one(Citizen, contact.citizen_id)
        copy = account_data.gather(session, citizen, "", datetime.now(UTC))
        assert copy["contacts"][0]["text"] == "Le bac passe jeudi matin."


def test_a_contact_that_says_nothing_is_refused(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        actor = actor_named(session, "Sandrine")
        with pytest.raises(Invalid) as refused:
            contacts.record(session, actor, Answered("form-2", ChannelCode.COUNTER, "  "))
        assert "notes" in refused.value.faults


def test_a_contact_becomes_a_case_once_with_its_text_kept(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        actor = actor_named(session, "Sandrine")
        contact = contacts.record(session, actor, Answered("form-3", ChannelCode.COUNTER, "Un lampadaire éteint."))
        contact_id = contact.id
    incoming = an_incoming(channel=ChannelCode.COUNTER, sender=NADIA, body="Un lampadaire éteint.")
    first = contacts.accept_case(runtime, actor, incoming, contact_id)
    assert contacts.accept_case(runtime, actor, incoming, contact_id).reference == first.reference
    contacts.accept_case(runtime, actor, replace(incoming, source_id="another"), contact_id)
    with runtime.database.reading() as session:
        kept = session.get_one(Contact, contact_id)
        assert (kept.case_id, kept.line) == (first.case_id, "Un lampadaire éteint.")


def test_a_form_sent_as_an_answer_then_as_a_case_is_counted_once(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        actor = actor_named(session, "Sandrine")
        contact_id = contacts.record(session, actor, Answered("form-7", ChannelCode.COUNTER, "Un lampadaire.")).id
    incoming = an_incoming(channel=ChannelCode.COUNTER, sender=NADIA, source_id="form-7")
    case_id = contacts.accept_case(runtime, actor, incoming).case_id
    with runtime.database.reading() as session:
        assert session.get_one(Contact, contact_id).case_id == case_id


def test_a_contact_about_a_sensitive_procedure_is_for_its_department_and_its_author(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        author, other = actor_named(session, "Sandrine"), actor_named(session, "Karim")
        contact = contacts.record(
            session, author, Answered("form-4", ChannelCode.PHONE, "Où écrire.", NADIA, "gdpr_request")
        )
        assert queries.get_contact(session, author, contact.id) is contact
        with pytest.raises(NotFound):
            queries.get_contact(session, other, contact.id)


def test_what_was_said_before_a_sensitive_case_is_as_sensitive(runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        author, other = actor_named(session, "Sandrine"), actor_named(session, "Karim")
        first = contacts.record(session, author, Answered("form-5", ChannelCode.PHONE, "Ses données."))
        assert queries.get_contact(session, other, first.id) is first
        first_id = first.id
    incoming = an_incoming(channel=ChannelCode.PHONE, sender=NADIA, procedure="gdpr_request")
    case_id = contacts.accept_case(runtime, author, incoming, first_id).case_id
    with runtime.database.transaction() as session:
        second = contacts.record(
            session, author, Answered("form-6", ChannelCode.PHONE, "Où elle en est.", about_case_id=case_id)
        )
        for contact_id in (first_id, second.id):
            with pytest.raises(NotFound):
                queries.get_contact(session, other, contact_id)


def test_what_was_said_of_a_case_closes_with_it_and_follows_it_to_its_department(runtime: Runtime) -> None:
    case_id = a_receipt(runtime).case_id
    with runtime.database.transaction() as session:
        sandrine, karim, mathieu = (actor_named(session, name) for name in ("Sandrine", "Karim", "Mathieu"))
        said = Answered("form-1", ChannelCode.PHONE, "Sa fille est malade.", about_case_id=case_id)
        contact = contacts.record(session, sandrine, said)
        assert queries.get_contact(session, karim, contact.id).id == contact.id
        case = session.get_one(Case, case_id)
        childcare = catalogue.get_procedure(session, case.authority_id, "childcare_place")
        case.restricted, case.department_id = True, childcare.department_id
        session.flush()
        assert queries.get_contact(session, sandrine, contact.id).id == contact.id
        assert queries.get_contact(session, mathieu, contact.id).id == contact.id
        with pytest.raises(NotFound):
            queries.get_contact(session, karim, contact.id)


def test_after_a_year_a_contact_counts_and_says_nothing_any_more(runtime: Runtime) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=366)
    with runtime.database.transaction() as session:
        actor = actor_named(session, "Sandrine")
        for number, at in (("old", long_ago), ("new", datetime.now(UTC))):
            contacts.record(session, actor, Answered(number, ChannelCode.PHONE, "Horaires.", NADIA, at=at))
        contacts.forget_words(session)
        session.expire_all()
        lines = session.execute(select(Contact.line, Contact.citizen_id).order_by(Contact.at)).all()
        assert tuple(lines[0]) == ("", None)
        assert lines[1].line == "Horaires."
