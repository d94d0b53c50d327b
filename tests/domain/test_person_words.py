"""The box of people: what is somebody new, and what is only a thing that they have."""

import pytest

from backoffice.domain.person_words import Person, Sort, read_person, sort_of


@pytest.mark.parametrize(
    ("typed", "person"),
    [
        ("Le-Goff  Anne Marie", Person("Le-Goff", "Anne Marie")),
        ("De La Fontaine Jean", Person("De La Fontaine", "Jean")),
        ("Ben Saïd", Person("Ben Saïd")),
        ("Martin", Person("Martin")),
        ("06 20 26 12 34 56", Person(phone="06 20 26 12 34 56")),
        ("Durand +33 6 12 34 56 78", Person("Durand", phone="+33 6 12 34 56 78")),
        ("Durand Paul paul.durand1@exemple.fr", Person("Durand", "Paul", email="paul.durand1@exemple.fr")),
        ("345 678", Person(phone="345 678")),
    ],
)
def test_a_name_a_telephone_and_an_email_are_somebody_new(typed: str, person: Person) -> None:
    assert sort_of(typed) is Sort.PERSON
    assert read_person(typed) == person


@pytest.mark.parametrize(
    ("typed", "sort"),
    [
        ("2026-000123", Sort.REFERENCE),
        ("2026 123", Sort.REFERENCE),
        ("dossier 2026-000123", Sort.REFERENCE),
        ("k7qm 3txp", Sort.CODE),
        ("ab 123 cd", Sort.PLATE),
        ("123 ABC 49", Sort.PLATE),
        ("49 000", Sort.NUMBER),
        ("12 bis rue des Lilas", Sort.ADDRESS),
    ],
)
def test_a_reference_a_code_a_plate_or_an_address_is_nobody_new(typed: str, sort: Sort) -> None:
    assert sort_of(typed) is sort
    assert read_person(typed) == Person()
