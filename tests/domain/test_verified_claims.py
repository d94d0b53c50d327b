"""What an identity provider says is read as it is: partial births, names with spaces, hidden signs, wrong shapes."""

import pytest

from backoffice.domain.incoming import VerifiedIdentity
from backoffice.domain.verified_claims import birth_in_words, is_birthdate, read_person, snapshot
from backoffice.errors import Invalid

WHO = VerifiedIdentity("https://fc.example", "sub", "franceconnect")


@pytest.mark.parametrize(
    ("birthdate", "words"),
    [
        ("1984-03-27", "27 mars 1984"),
        ("1984-03-01", "1er mars 1984"),
        ("2000-02-29", "29 février 2000"),
        ("1975-06-00", "juin 1975"),
        ("1975-06", "juin 1975"),
        ("1954-00-00", "en 1954"),
        ("1954", "en 1954"),
    ],
)
def test_a_birth_is_told_as_well_as_it_is_known(birthdate: str, words: str) -> None:
    assert is_birthdate(birthdate)
    assert birth_in_words(birthdate) == words


@pytest.mark.parametrize(
    "text", ["", "1984-02-31", "2001-02-29", "1984-13-01", "1984-00-12", "27/03/1984", "19840327", "x"]
)
def test_what_is_no_birth_date_is_refused(text: str) -> None:
    assert not is_birthdate(text)
    assert birth_in_words(text) == ""


def test_names_are_composed_and_lose_their_hidden_signs_only() -> None:
    person = read_person({"family_name": "D\u2019E\u0301TE\u202e\x00", "given_name": "Jean Philippe Aimé"}, WHO)
    assert (person.family_name, person.given_names) == ("D\u2019ÉTE", "Jean Philippe Aimé")
    assert person.sender.identity == WHO


def test_an_address_that_is_none_is_left_out_and_the_rest_stays() -> None:
    person = read_person({"family_name": "MARTIN", "email": "a@b\r\nBcc: c@d"}, WHO)
    assert (person.family_name, person.email) == ("MARTIN", "")


@pytest.mark.parametrize("value", [1, ["A"], {"a": 1}, True, "A" * 257])
def test_a_claim_of_another_shape_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        read_person({"family_name": value}, WHO)


def test_only_what_was_asked_for_is_kept() -> None:
    kept = snapshot({"sub": "s", "nonce": "n", "family_name": "MARTIN", "birthdate": "1984", "phone_number": "06"})
    assert kept == {"family_name": "MARTIN", "birthdate": "1984"}
