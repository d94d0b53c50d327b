"""Identifiers are accepted as people type them, kept in one form, and refused with a sentence that helps."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backoffice.domain import identity
from backoffice.errors import Invalid


@pytest.mark.parametrize("typed", ["73282932000074", "732 829 320 00074", "732.829.320.00074", " 732 829 320 000 74 "])
def test_a_siret_is_read_however_it_is_spaced(typed: str) -> None:
    assert identity.check_siret(typed) == "73282932000074"


def test_a_siret_with_one_wrong_digit_is_refused() -> None:
    with pytest.raises(Invalid, match="n’existe pas"):
        identity.check_siret("73282932000075")


def test_a_siret_says_how_many_digits_were_written() -> None:
    with pytest.raises(Invalid, match="vous en avez écrit 9"):
        identity.check_siret("732829320")
    with pytest.raises(Invalid, match="14 chiffres"):
        identity.check_siret("FR732829320")


def test_an_office_of_la_poste_is_an_exception_to_luhn() -> None:
    assert identity.check_siret("356 000 000 48504") == "35600000048504"
    with pytest.raises(Invalid):
        identity.check_siret("35600000048503")


def test_an_rna_number_is_a_w_and_nine_characters() -> None:
    assert identity.check_rna("w 751 234 567") == "W751234567"
    assert identity.check_rna("W9R1000123") == "W9R1000123"
    for typed in ("751234567", "W75123456", "W7512345678", "WABCDEFGHI"):
        with pytest.raises(Invalid, match="lettre W"):
            identity.check_rna(typed)


def test_an_iban_is_checked_to_its_key() -> None:
    assert identity.check_iban("fr76 3000 6000 0112 3456 7890 189") == "FR7630006000011234567890189"
    assert identity.check_iban("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    with pytest.raises(Invalid, match="contient une erreur"):
        identity.check_iban("FR7630006000011234567890188")
    with pytest.raises(Invalid, match="27 caractères ; vous en avez écrit 26".replace(" ;", "\u00a0;")):
        identity.check_iban("FR763000600001123456789018")
    with pytest.raises(Invalid, match="deux lettres"):
        identity.check_iban("30006 00001 12345678901 89")


def test_two_swapped_digits_of_an_iban_are_noticed() -> None:
    with pytest.raises(Invalid):
        identity.check_iban("FR7630006000011234567980189")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("0612345678", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("0033 6 12 34 56 78", "+33612345678"),
        ("02 61 91 40 00", "+33261914000"),
        ("0690 12 34 56", "+590690123456"),
        ("0262 20 12 12", "+262262201212"),
        ("+32 2 223 45 67", "+3222234567"),
        ("06 39 98 12 34", "+33639981234"),
        ("+33 (0)6 39 98 12 34", "+33639981234"),
        ("0033639981234", "+33639981234"),
    ],
)
def test_a_phone_number_is_kept_in_its_international_form(typed: str, kept: str) -> None:
    assert identity.check_phone(typed) == kept


@pytest.mark.parametrize("typed", ["06 12 34 56", "bonjour", "06 12 34 56 78 90 12", "+33", "+32 1", "00 12 34 56 78"])
def test_a_phone_number_that_cannot_be_called_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="10 chiffres"):
        identity.check_phone(typed)


def test_a_phone_number_is_shown_by_pairs() -> None:
    assert identity.display_phone("+33612345678") == "06\u00a012\u00a034\u00a056\u00a078"
    assert identity.display_phone("+590690123456") == "+590\u00a0690\u00a012\u00a034\u00a056"
    assert identity.display_phone("pas un numéro") == "pas un numéro"


def test_an_email_is_checked_for_its_writing_only() -> None:
    assert identity.check_email(" Jean.Dupont@Saint-Aubin.EXAMPLE ") == "Jean.Dupont@saint-aubin.example"
    assert identity.check_email("zoé@exemple.fr") == "zoé@exemple.fr"


@pytest.mark.parametrize(
    "typed", ["jean", "jean@", "@exemple.fr", "jean@exemple", "jean dupont@exemple.fr", "a@b@c.fr"]
)
def test_an_incomplete_email_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Invalid, match=r"nom\.prenom@exemple\.fr"):
        identity.check_email(typed)


def test_a_postcode_has_five_digits_overseas_and_corsica_included() -> None:
    assert [identity.check_postcode(typed) for typed in ("49 990", "97410", "20090", "98000")] == [
        "49990",
        "97410",
        "20090",
        "98000",
    ]
    for typed in ("4999", "00123", "99123", "2A004", "499900"):
        with pytest.raises(Invalid, match="5 chiffres"):
            identity.check_postcode(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ab123cd", "AB-123-CD"),
        ("AB 123 CD", "AB-123-CD"),
        ("WW-123-AB", "WW-123-AB"),
        ("123 ABC 49", "123 ABC 49"),
        ("1234ab2a", "1234 AB 2A"),
        ("(b) 1-abc-123", "(B) 1-ABC-123"),
    ],
)
def test_a_plate_is_kept_as_on_the_registration_paper(typed: str, kept: str) -> None:
    assert identity.check_plate(typed) == kept


@pytest.mark.parametrize("typed", ["AB-12-CD", "OI-123-AB", "SS-123-AB", "AB-123", "ma voiture"])
def test_a_plate_that_was_never_given_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="carte grise"):
        identity.check_plate(typed)


CHECKS = [
    identity.check_siret,
    identity.check_rna,
    identity.check_iban,
    identity.check_phone,
    identity.check_email,
    identity.check_postcode,
    identity.check_plate,
]


@pytest.mark.parametrize("check", CHECKS)
@given(typed=some.text(max_size=60))
def test_whatever_is_typed_a_check_answers_or_explains(check: Callable[[str], str], typed: str) -> None:
    try:
        kept = check(typed)
    except Invalid:
        return
    assert check(kept) == kept
