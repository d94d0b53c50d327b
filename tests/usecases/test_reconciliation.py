"""Two sheets of one person become one and are taken apart exactly, on each engine; a link is one account for ever."""

from typing import Any

import pytest
from sqlalchemy import select

from backoffice.domain.incoming import ChannelCode, Sender, VerifiedIdentity
from backoffice.domain.representation import Capacity, Represented, Tie
from backoffice.errors import Conflict, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.mail import OutgoingMail
from backoffice.models.people import Citizen, CitizenIdentity, CitizenMerge
from backoffice.services import accounts, citizens, email_accounts, journal, reconciliation, representations
from backoffice.services.reconciliation import Proof
from tests import factories

AT_COUNTER = Sender(family_name="Martin", given_names="Jeanne", email="jeanne@ancienne.example", city="Angers")
VERIFIED = Sender(
    family_name="MARTIN", given_names="Jeanne Marie", identity=VerifiedIdentity("https://fc.example", "sub", "fc")
)


def rows(runtime: Runtime, *models: type) -> list[dict[str, Any]]:
    """Tables as they are, to compare them."""
    with runtime.database.reading() as session:
        return [
            {column.key: getattr(row, column.key) for column in model.__table__.columns}
            for model in models
            for row in session.query(model).order_by(model.id)
        ]


def link(runtime: Runtime, address: str) -> str:
    """Ask for a link, and give its token."""
    with runtime.database.transaction() as session:
        authority = factories.the_authority(session)
        email_accounts.ask_for_link(session, runtime, authority.id, address, "192.0.2.1")
        session.flush()
        text = session.scalars(select(OutgoingMail.text).order_by(OutgoingMail.id.desc())).first() or ""
    return next(line for line in text.splitlines() if "/connexion/courriel/" in line).rpartition("/")[2]


def enter(runtime: Runtime, token: str) -> int:
    """Use a link, and give the account."""
    with runtime.database.transaction() as session:
        return email_accounts.enter(session, runtime, factories.the_authority(session).id, token)[0].id


def test_a_merge_is_undone_exactly_even_after_more_cases_and_another_merge(runtime: Runtime) -> None:
    by_link = enter(runtime, link(runtime, "jeanne@ancienne.example"))
    with runtime.database.transaction() as session:
        first = factories.a_case(session, runtime, channel=ChannelCode.COUNTER, sender=AT_COUNTER)
        assert first.citizen_id == by_link  # the bare sheet of the link took its name
        second = factories.a_case(
            session,
            runtime,
            channel=ChannelCode.LETTER,
            sender=Sender(family_name="Martin", given_names="J", city="Lyon"),
        )
        account = citizens.create(session, first.authority_id, VERIFIED, "fc")
        session.flush()
        ids = account.id, first.citizen_id, second.citizen_id
        actor = accounts.citizen_actor(account)
    account_id, counter_id, letter_id = ids
    assert counter_id
    assert letter_id
    before = rows(runtime, Citizen, CitizenIdentity)
    with runtime.database.transaction() as session:
        one = reconciliation.merge(session, actor, account_id, counter_id, Proof.CASE_CODE).id
        two = reconciliation.merge(session, actor, account_id, letter_id, Proof.CONTACT_CODE).id
    with pytest.raises(Conflict), runtime.database.transaction() as session:
        reconciliation.merge(session, actor, account_id, counter_id, Proof.CASE_CODE)
    with runtime.database.transaction() as session:
        later = factories.a_case(session, runtime, sender=Sender(citizen_id=counter_id))
        assert later.citizen_id == account_id
    with runtime.database.transaction() as session:
        agent = factories.actor_named(session, "Sandrine")
        reconciliation.undo(session, agent, one, "Une homonyme.")
        reconciliation.undo(session, agent, two, "Une autre homonyme.")
    assert rows(runtime, Citizen, CitizenIdentity) == before
    with runtime.database.reading() as session:
        found = session.scalars(select(Case).order_by(Case.id)).all()
        assert [case.citizen_id for case in found] == [counter_id, letter_id, account_id]
        assert all(journal.verify(session, case) for case in found)
        assert all(merge.undone_by for merge in session.scalars(select(CitizenMerge)))


def test_a_link_is_used_once_and_leads_to_the_same_account(runtime: Runtime) -> None:
    token = link(runtime, "Jeanne@Courriel.example")
    first = enter(runtime, token)
    with pytest.raises(NotFound):
        enter(runtime, token)
    assert enter(runtime, link(runtime, "jeanne@courriel.example")) == first


def test_in_whose_name_a_case_was_opened_is_kept(runtime: Runtime) -> None:
    paul = Represented(Capacity.PERSON, "Aubry", "Paul", Tie.GUARDIAN, city="Angers", postcode="49000", seen=True)
    with runtime.database.transaction() as session:
        case = factories.a_case(session, runtime, represented=paul)
        assert representations.find(session, case.id) == paul
        to = representations.addressee(session, case)
        assert (to.name, to.speaker, to.city) == ("Paul Aubry", "Jeanne Martin", "Angers")
