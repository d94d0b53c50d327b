"""Thanks that ask nothing are told from everything else, and in doubt nothing is thanks."""

import pytest

from backoffice.domain.thanks import is_only_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Merci !",
        "Bonjour,\n\nMerci beaucoup pour votre réponse rapide et efficace.\n\nBonne journée,\nJeanne Martin",
        "Je vous remercie de l’attention accordée.\nM. DUPONT",
        "Merci, c’est parfait.",
        "Thank you very much for your help!",
    ],
)
def test_thanks_are_recognised(text: str) -> None:
    assert is_only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bonjour",
        "Merci ?",
        "Merci de m’envoyer l’attestation.",
        "Merci d’avance",
        "Merci, mais le trou est toujours là.",
        "Merci pour votre réponse. Elle ne me convient pas.",
        "Merci, je conteste.",
        "Merci " * 100,
    ],
)
def test_whatever_may_be_a_question_is_not(text: str) -> None:
    assert not is_only_thanks(text)
