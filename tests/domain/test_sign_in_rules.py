"""What is a good password, a right code, and a fresh proof."""

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.domain import dangerous_acts, one_time_codes, passwords

OWN = ("Ville de Saint-Aubin-les-Tilleuls", "Karim Benali")


@pytest.mark.parametrize(
    "password", ["quatre autres mots choisis", "cheval correct pile agrafe", "Xk4$kf9#Lq2zPw", "3f9a8c21d7b64e0f"]
)
def test_several_words_or_many_signs_make_a_password(password: str) -> None:
    assert passwords.fault_of(password, OWN) == ""


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("court", "au moins 12"),
        ("x" * 1025, "trop long"),
        ("aaaaaaaaaaaaaaaa", "facile à deviner"),
        ("Motdepasse2026!", "facile à deviner"),
        ("P@ssw0rd123456", "facile à deviner"),
        ("azertyuiop12", "facile à deviner"),
        ("password password", "facile à deviner"),
        ("847362518203984", "facile à deviner"),
        ("saintaubin2026!", "votre nom ou celui de la collectivité"),
        ("Karim-Benali-1984", "votre nom ou celui de la collectivité"),
    ],
)
def test_what_is_guessed_first_is_refused_with_what_to_do(password: str, why: str) -> None:
    assert why in passwords.fault_of(password, OWN)


# RFC 6238, appendix B (SHA-1), last six digits.
@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert one_time_codes.code_of(b"12345678901234567890", one_time_codes.counter_at(at)) == code


def test_a_code_opens_once_and_half_a_minute_early_or_late() -> None:
    key, now = b"12345678901234567890", datetime(2026, 3, 2, 9, tzinfo=UTC)
    counter = one_time_codes.counter_at(now)
    for away in (-1, 0, 1):
        assert one_time_codes.find_counter(key, one_time_codes.code_of(key, counter + away), now, 0) == counter + away
    for away in (-2, 2):
        assert one_time_codes.find_counter(key, one_time_codes.code_of(key, counter + away), now, 0) is None
    assert one_time_codes.find_counter(key, one_time_codes.code_of(key, counter), now, counter) is None
    assert one_time_codes.find_counter(b"", one_time_codes.code_of(b"", counter), now, 0) is None


def test_a_proof_is_believed_for_ten_minutes() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert dangerous_acts.is_fresh(now - timedelta(minutes=9), now)
    assert not dangerous_acts.is_fresh(now - timedelta(minutes=10), now)
    assert not dangerous_acts.is_fresh(None, now)
    assert set(dangerous_acts.LABELS) == set(dangerous_acts.DangerousAct)
