"""The keys that people are found by: words by how they sound, plates and telephones however they are written."""

import pytest

from backoffice.domain import search_keys


@pytest.mark.parametrize(
    "names",
    [
        "gauthier gautier gotier",
        "dupont dupond dupon",
        "martin martain",
        "philippe filipe",
        "quentin kentin",
        "moreau moro",
        "christophe kristof",
        "lefevre lefebvre",
        "schmitt chmit",
        "mohamed mohammed",
    ],
)
def test_names_that_sound_alike_have_one_key(names: str) -> None:
    assert len({search_keys.sound_of(name) for name in names.split()}) == 1


def test_names_that_sound_otherwise_do_not() -> None:
    assert len({search_keys.sound_of(name) for name in ("martin", "marin", "morin", "merlin", "roux", "leroux")}) == 6


def test_one_slip_of_the_pen_is_near_and_two_are_not() -> None:
    assert all(search_keys.is_near("martin", other) for other in ("matrin", "marti", "martins", "mertin"))
    assert not any(search_keys.is_near("martin", other) for other in ("marine", "bertin", "lea"))
    assert not search_keys.is_near("lea", "noe")


def test_a_name_is_found_by_its_words_and_in_one_word() -> None:
    assert search_keys.name_words("de La Fontaine", "Jean-Pierre") == [
        "de", "la", "fontaine", "delafontaine", "jean", "pierre", "jeanpierre",
    ]  # fmt: skip
    assert search_keys.street_words("12 bis, rue de l’Abbé-Grégoire, bât. B") == ["abbe", "gregoire", "b"]


def test_plates_are_found_wherever_they_were_answered() -> None:
    answers = {
        "plate": "AB-123-CD",
        "cars": [{"plate": "123 ABC 49"}, {"note": "AB 123"}],
        "description": "AB-123-CE !",
    }
    assert list(search_keys.plates_in(answers)) == ["AB123CD", "123ABC49"]
    assert search_keys.plate_key("ab 123 cd") == "AB123CD"
    assert search_keys.plate_key("1O ABC 49") == search_keys.plate_key("10ABC49")
