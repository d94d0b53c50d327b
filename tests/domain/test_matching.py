"""A sheet is guessed to be a verified person's on names, and on birth where both say it."""

import pytest

from backoffice.domain.matching import Described, may_be_one, search_keys

JEANNE = Described("MARTIN", "Petit", "Jeanne Marie", "1984-03-27", "49007", "99100")


@pytest.mark.parametrize(
    "sheet",
    [
        Described("Martin", "", "Jeanne"),
        Described("martin", "", "Jeanne-Marie"),
        Described("Petit", "", "jeanne"),
        Described("", "Petit", "Jeanne Marie Louise"),
        Described("Martin", "", "Jeanne", "1984-03-00"),
        Described("Martin", "", "Jeanne", "1984"),
        Described("Martin", "", "Jeanne", "1984-03-27", "49007", "99100"),
    ],
)
def test_a_sheet_that_nothing_tells_apart_may_be_theirs(sheet: Described) -> None:
    assert may_be_one(JEANNE, sheet)


@pytest.mark.parametrize(
    "sheet",
    [
        Described(),
        Described("Martin"),
        Described("", "", "Jeanne"),
        Described("Martin", "", "Marie"),
        Described("Martineau", "", "Jeanne"),
        Described("Martin", "", "Jeanne", "1985-03-27"),
        Described("Martin", "", "Jeanne", "1984-04"),
        Described("Martin", "", "Jeanne", "1984-03-27", "13055"),
        Described("Martin", "", "Jeanne", "", "", "99352"),
    ],
)
def test_a_homonym_born_elsewhere_or_another_name_is_somebody_else(sheet: Described) -> None:
    assert not may_be_one(JEANNE, sheet)


def test_awkward_names_match_however_a_counter_writes_them() -> None:
    awkward = Described("LE GOFF-D'ÆÑO", "", "Jean Philippe Aimé")
    assert may_be_one(awkward, Described("Le Goff d’Aeno", "", "Jean-Philippe"))


def test_sheets_are_looked_for_under_each_name() -> None:
    assert search_keys(JEANNE) == ["martin jeanne", "petit jeanne"]
    assert search_keys(Described("MARTIN")) == []
