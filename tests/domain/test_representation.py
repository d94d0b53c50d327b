"""« Je fais cette demande pour… » : what each hat asks, what is read, how letters name everybody."""

import pytest

from backoffice.domain.incoming import ChannelCode
from backoffice.domain.representation import Capacity, Proof, Represented, Tie
from backoffice.domain.representation_form import FOR, read_represented

WEB, COUNTER = ChannelCode.WEB_FORM, ChannelCode.COUNTER
PAUL = {"for_family_name": "Martin", "for_given_names": "Paul", "for_tie": "mandate"}


def posted(capacity: str, **answers: str) -> dict[str, list[str]]:
    """The inputs of a hat."""
    return {FOR: [capacity], **{f"requester.{name}": [text] for name, text in answers.items()}}


@pytest.mark.parametrize("nobody", [{}, posted("self", **PAUL), posted("", **PAUL), posted("licorne", **PAUL)])
def test_oneself_is_the_rule(nobody: dict[str, list[str]]) -> None:
    assert read_represented(nobody, WEB) == (None, {})


def test_another_person_is_named_with_what_allows_it() -> None:
    found, errors = read_represented(posted("person", **PAUL, for_name="Licorne", for_siret="123"), WEB)
    assert errors == {}
    assert found == Represented(Capacity.PERSON, "Martin", "Paul", Tie.MANDATE)
    assert found.through("Jeanne Martin") == "par l’intermédiaire de Jeanne Martin"


def test_the_web_asks_for_what_is_missing_and_the_desk_for_a_name_only() -> None:
    assert set(read_represented(posted("person"), WEB)[1]) == {
        "requester.for_family_name",
        "requester.for_given_names",
        "requester.for_tie",
    }
    assert set(read_represented(posted("person"), COUNTER)[1]) == {"requester.for_family_name"}
    assert set(read_represented(posted("company"), WEB)[1]) == {"requester.for_name", "requester.for_siret"}
    assert set(read_represented(posted("company"), COUNTER)[1]) == {"requester.for_name"}
    assert set(read_represented(posted("association", for_name="Les Lilas"), WEB)[1]) == set()


def test_what_is_written_must_be_well_written() -> None:
    wrong = posted("company", for_name="Durand SARL", for_siret="123", for_postcode="4910", for_tie="mandate")
    assert set(read_represented(wrong, COUNTER)[1]) == {"requester.for_siret", "requester.for_postcode"}
    assert set(read_represented(posted("person", **PAUL | {"for_tie": "cousin"}), WEB)[1]) == {"requester.for_tie"}


def test_an_organisation_has_its_number_and_the_role_of_who_speaks() -> None:
    answers = {"for_name": "Durand SARL", "for_siret": "732 829 320 00074", "for_role": "gérante"}
    found, errors = read_represented(posted("company", **answers), WEB)
    assert errors == {}
    assert found is not None
    assert (found.number, found.tie) == ("73282932000074", None)
    assert found.through("Jeanne Durand") == "à l’attention de Jeanne Durand, gérante"
    assert ("SIRET", "732\u00a0829\u00a0320\u00a000074") in found.facts()


def test_a_mandate_is_awaited_until_it_is_given_or_seen() -> None:
    mandate = Represented(Capacity.PERSON, "Martin", "Paul", Tie.MANDATE)
    assert mandate.proof(has_file=False) is Proof.AWAITED
    assert mandate.proof(has_file=True) is Proof.GIVEN
    assert Represented(Capacity.PERSON, "Martin", "Paul", Tie.MANDATE, seen=True).proof(has_file=False) is Proof.SEEN
    for tie in (Tie.PARENT, Tie.LAWYER, Tie.HELPER, None):
        assert Represented(Capacity.PERSON, "Martin", "Paul", tie).proof(has_file=False) is Proof.NOT_NEEDED


def test_only_an_agent_says_that_a_proof_was_seen() -> None:
    ticked = posted("person", **PAUL, for_seen="yes")
    at_desk, online = read_represented(ticked, COUNTER)[0], read_represented(ticked, WEB)[0]
    assert at_desk is not None
    assert online is not None
    assert (at_desk.seen, online.seen) == (True, False)
