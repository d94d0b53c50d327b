"""What silence means, before sending and on the case: one plain sentence, true to the regime."""

from datetime import date

import pytest

from backoffice import catalogue
from backoffice.domain.plain_silence import implicit_in_words, silence_in_words
from backoffice.domain.regime import Regime

TODAY, LATER, EARLIER = date(2026, 3, 27), date(2026, 5, 27), date(2026, 1, 27)
ACCEPTANCE = Regime.from_data({"silence": "acceptance", "delay": "2 months"})
REJECTION = Regime.from_data({"silence": "rejection", "delay": "4 months"})
EXEMPT = Regime.from_data({"silence": "acceptance", "ar_exempt_basis": "article R. 112-4 du CRPA"})
NOTHING = Regime.from_data({"silence": "none"})


def test_silence_is_told_with_its_delay_and_its_effect() -> None:
    assert "au bout de 2\u00a0mois" in silence_in_words(ACCEPTANCE, TODAY)
    assert silence_in_words(ACCEPTANCE, TODAY).endswith("votre demande est acceptée.")
    assert "4\u00a0mois, votre demande est considérée comme refusée" in silence_in_words(REJECTION, TODAY)
    assert "ne vaut pas décision" in silence_in_words(NOTHING, TODAY)


def test_without_a_delay_of_its_own_a_regime_has_that_of_the_law() -> None:
    assert "2\u00a0mois" in silence_in_words(Regime.from_data({"silence": "rejection"}), TODAY)


def test_the_day_of_a_case_is_told_before_and_after() -> None:
    assert "sera acceptée" in implicit_in_words(ACCEPTANCE, LATER, TODAY)
    assert "est acceptée depuis le mardi 27 janvier 2026" in implicit_in_words(ACCEPTANCE, EARLIER, TODAY)
    assert "sera considérée comme refusée" in implicit_in_words(REJECTION, LATER, TODAY)
    assert "pouvez contester" in implicit_in_words(REJECTION, EARLIER, TODAY)


@pytest.mark.parametrize("regime", [EXEMPT, NOTHING])
def test_nothing_is_told_when_the_law_wants_nothing_told(regime: Regime) -> None:
    assert implicit_in_words(regime, LATER, TODAY) == ""
    assert implicit_in_words(ACCEPTANCE, None, TODAY) == ""


def test_every_procedure_of_the_catalogue_has_its_sentence() -> None:
    for definition in catalogue.load_procedures():
        assert silence_in_words(Regime.from_data(definition.regime), TODAY).endswith(".")
