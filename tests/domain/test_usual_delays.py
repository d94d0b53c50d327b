"""What answers really took, told only when enough cases speak."""

import pytest

from backoffice.domain.usual_delays import UsualDelay, measure
from tests.web.visits import words


def test_half_of_the_cases_and_nine_in_ten_are_told() -> None:
    assert measure(dict.fromkeys(range(1, 11), 1)) == UsualDelay(sample=10, median=5, nine_in_ten=9)
    assert measure({2: 8, 40: 2}) == UsualDelay(10, 2, 40)
    assert measure({0: 9, 365: 1}) == UsualDelay(10, 0, 0)


@pytest.mark.parametrize("days", [{}, {3: 9}, {1: 4, 2: 5}])
def test_too_few_cases_tell_nothing(days: dict[int, int]) -> None:
    assert measure(days) is None


def test_a_delay_reads_like_a_sentence() -> None:
    told = words(UsualDelay(12, 1, 9).in_words)
    assert told == "Une demande sur deux : 1 jour ou moins. 9 sur 10 : 9 jours ou moins."
    assert words(UsualDelay(12, 0, 0).in_words) == "9 demandes sur 10 : le jour même."
    assert "12 demandes terminées ces douze derniers mois" in UsualDelay(12, 0, 0).origin
