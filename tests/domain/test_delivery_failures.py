"""Why a mail came back, in words that an agent can act on."""

import pytest

from backoffice.domain.delivery_failures import explain


@pytest.mark.parametrize(
    ("status", "diagnostic", "said"),
    [
        ("5.1.1", "smtp; 550 5.1.1 The account does not exist.", "l’adresse n’existe pas (550 5.1.1 The"),
        ("5.1.1", "552 5.1.1 Recipient overquota. OFR_417 [417]", "la boîte est pleine ("),
        ("5.5.0", "550 5.5.0 mailbox unavailable", "l’adresse n’existe pas ("),
        ("5.2.1", "550 5.2.1 This mailbox has been blocked due to inactivity", "cette boîte est fermée ou inactive ("),
        (
            "5.7.1",
            "550 5.7.1 Service refused, please try later OFR_506",
            "le serveur du destinataire refuse nos courriels",
        ),
        ("5.4.4", "Host or domain name not found", "le domaine de l’adresse n’existe pas"),
        ("4.4.7", "", "le serveur du destinataire n’a pas répondu à temps"),
        ("", "554 Transaction failed", "554 Transaction failed"),
        ("", "", ""),
    ],
)
def test_a_code_of_a_server_becomes_words_and_its_own_are_kept(status: str, diagnostic: str, said: str) -> None:
    assert explain(status, diagnostic).startswith(said)
