"""Nothing lands in the wrong file: joined on proof, parked on doubt, new otherwise."""

from typing import Any

import pytest

from backoffice.domain.incoming import ChannelCode, Sender, Threading
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.services import correspondence, documents, placing
from backoffice.services.placing import Placement
from tests import factories

JEANNE = Sender(family_name="Martin", given_names="Jeanne", email="jeanne.martin@courriel.example")
STRANGER = Sender(email="inconnu@ailleurs.example")


@pytest.fixture
def case(runtime: Runtime) -> Case:
    with runtime.database.transaction() as session:
        return factories.a_case(session, runtime, channel=ChannelCode.EMAIL, sender=JEANNE)


def placed(runtime: Runtime, sender: Sender = JEANNE, **claims: Any) -> Placement:
    incoming = factories.an_incoming(channel=ChannelCode.EMAIL, sender=sender, threading=Threading(**claims))
    with runtime.database.reading() as session:
        return placing.place(session, runtime, factories.the_authority(session).id, incoming)


def a_sent_message_id(runtime: Runtime, case: Case) -> str:
    with runtime.database.transaction() as session:
        owner = session.get_one(Case, case.id)
        values = documents.case_values(session, factories.the_authority(session), owner)
        return correspondence.queue_mail(session, runtime, owner, "acknowledgement", values, automatic=True).message_id


def test_our_signed_address_and_a_known_sender_join(runtime: Runtime, case: Case) -> None:
    found = placed(runtime, reply_token=placing.reply_token(runtime, case.id)).case
    assert found is not None
    assert found.id == case.id


def test_our_own_message_id_and_a_known_sender_join(runtime: Runtime, case: Case) -> None:
    found = placed(runtime, referred_ids=("x@y.example", a_sent_message_id(runtime, case))).case
    assert found is not None
    assert found.id == case.id


@pytest.mark.parametrize("by", ["address", "message"])
def test_a_stranger_with_our_proof_is_parked_beside_the_case(runtime: Runtime, case: Case, by: str) -> None:
    token = placing.reply_token(runtime, case.id) if by == "address" else ""
    ids = (a_sent_message_id(runtime, case),) if by == "message" else ()
    placement = placed(runtime, STRANGER, reply_token=token, referred_ids=ids)
    assert placement.case is None
    assert placement.candidate is not None
    assert placement.candidate.id == case.id
    assert "n’est pas une des parties" in placement.reason


def test_a_reference_alone_is_parked_even_from_the_citizen(runtime: Runtime, case: Case) -> None:
    placement = placed(runtime, quoted_reference=case.reference)
    assert placement.case is None
    assert placement.candidate is not None
    assert placement.candidate.id == case.id


@pytest.mark.parametrize(
    "token", ["", "0.", "999999.0123456789abcdef0123", "1.0123456789abcdef0123", "abc.def", "1", "²." + "0" * 20]
)
def test_a_made_up_token_proves_nothing(runtime: Runtime, case: Case, token: str) -> None:
    assert placed(runtime, reply_token=token) == Placement()


def test_the_mark_of_one_case_opens_no_other(runtime: Runtime, case: Case) -> None:
    mark = placing.reply_token(runtime, case.id).partition(".")[2]
    assert placed(runtime, reply_token=f"{case.id + 1}.{mark}") == Placement()


def test_a_message_id_that_looks_like_ours_is_not_ours(runtime: Runtime, case: Case) -> None:
    ours = a_sent_message_id(runtime, case)
    forged = ours.replace(ours.split(".")[2].partition("@")[0], "0" * 20)
    assert placing.is_our_message_id(runtime, ours)
    assert not placing.is_our_message_id(runtime, forged)
    assert placed(runtime, referred_ids=(forged,)) == Placement()


def test_the_address_that_we_wrote_to_is_a_party_too(runtime: Runtime, case: Case) -> None:
    ours = a_sent_message_id(runtime, case)
    with runtime.database.transaction() as session:
        owner = session.get_one(Case, case.id)
        assert owner.citizen is not None
        owner.citizen.email = "nouvelle.adresse@courriel.example"
    assert placed(runtime, JEANNE, referred_ids=(ours,)).case is not None
    assert placed(runtime, Sender(email="Nouvelle.Adresse@courriel.example"), referred_ids=(ours,)).case is not None


def test_nothing_said_is_a_new_request(runtime: Runtime, case: Case) -> None:
    assert placed(runtime) == Placement()
    assert placed(runtime, quoted_reference="2026-999999") == Placement()
