"""A letter, from what the agent noted to the value that intake receives; and what is refused of an envelope."""

from datetime import UTC, date, datetime

import pytest

from backoffice.domain.arrived_letters import (
    BAD_KEY,
    BAD_NUMBER,
    NOT_REGISTERED,
    NOT_YET,
    Nature,
    Particulars,
    chrono,
    describe,
    read_particulars,
)
from backoffice.domain.incoming import ChannelCode
from channels.base import Audience
from channels.letter import Letter, LetterSubmission

TODAY = date(2026, 6, 4)
ENVELOPE = {"received_on": "02/06/2026", "nature": "with_receipt"}


def test_a_letter_counts_from_the_day_it_arrived_and_keeps_its_postmark() -> None:
    noted = Particulars(date(2026, 6, 2), Nature.WITH_RECEIPT, date(2026, 5, 28), date(2026, 5, 29), "1A12345678901")
    fields = {"subject": ["Concession"], "notes": ["Demande le prix."], "requester.family_name": ["Belkacem"]}
    registered_at = datetime(2026, 6, 4, 9, 0, tzinfo=UTC)
    request = Letter().normalise(LetterSubmission("l-1", registered_at, fields, recorded_by=7, particulars=noted))
    assert (Letter.code, Letter.audience) == (ChannelCode.LETTER, Audience.STAFF)
    assert (request.channel, request.received_on, request.posted_on) == ("letter", date(2026, 6, 2), date(2026, 5, 29))
    assert (request.subject, request.body, request.sender.family_name) == ("Concession", "Demande le prix.", "Belkacem")
    assert request.facts["letter"]["registered_number"] == "1A12345678901"
    assert describe(request.facts["letter"]) == (
        "recommandé avec avis de réception nº 1A12345678901, lettre datée du 28 mai 2026, "
        "cachet de la poste du 29 mai 2026"
    )


def test_a_number_of_arrival_is_read_aloud_and_written_on_paper() -> None:
    assert chrono(2026, 123) == "CA-2026-000123"


@pytest.mark.parametrize("typed", ["1A 123 456 7890 1", "2c12345678901", "RK 473 124 829 FR", "", "  "])
def test_a_registered_number_is_read_with_its_spaces_or_left_out(typed: str) -> None:
    noted, errors = read_particulars({**ENVELOPE, "registered_number": typed}, TODAY)
    assert errors == {}
    assert noted is not None
    assert noted.registered_number == "".join(typed.split()).upper()


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"received_on": "05/06/2026"}, "received_on", NOT_YET),
        ({"received_on": ""}, "received_on", "Écrivez la date"),
        ({"received_on": "31/02/2026"}, "received_on", "n’existe pas"),
        ({"dated_on": "03/06/2026"}, "dated_on", "ne peut pas suivre"),
        ({"posted_on": "03/06/2026"}, "posted_on", "ne peut pas suivre"),
        ({"dated_on": "01/06/2026", "posted_on": "28/05/2026"}, "posted_on", "ne peut pas précéder"),
        ({"nature": "dropped", "posted_on": "01/06/2026"}, "posted_on", "n’a pas de cachet"),
        ({"nature": "pigeon"}, "nature", "comment le courrier est arrivé"),
        ({"registered_number": "123"}, "registered_number", BAD_NUMBER),
        ({"registered_number": "RK473124820FR"}, "registered_number", BAD_KEY),
        ({"nature": "simple", "registered_number": "1A12345678901"}, "registered_number", NOT_REGISTERED),
    ],
)
def test_what_an_envelope_cannot_say_is_told_beside_its_field(
    changed: dict[str, str], field: str, sentence: str
) -> None:
    noted, errors = read_particulars({**ENVELOPE, **changed}, TODAY)
    assert noted is None
    assert list(errors) == [field]
    assert sentence in errors[field]
