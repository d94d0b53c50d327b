"""What people read in French is written as French is."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from backoffice.domain import french

PARIS = ZoneInfo("Europe/Paris")
REUNION = ZoneInfo("Indian/Reunion")
TODAY = date(2026, 3, 3)


def test_a_long_date_names_the_day_and_the_month() -> None:
    assert french.long_date(date(2026, 3, 3)) == "mardi 3 mars 2026"
    assert french.long_date(date(2026, 8, 15)) == "samedi 15 août 2026"


def test_the_first_of_a_month_is_premier() -> None:
    assert french.long_date(date(2026, 3, 1)) == "dimanche 1er mars 2026"
    assert french.long_date(date(2026, 3, 11)) == "mercredi 11 mars 2026"


def test_a_moment_is_told_in_the_time_of_the_authority() -> None:
    received_at = datetime(2026, 3, 2, 22, 5, tzinfo=UTC)
    assert french.long_datetime(received_at, PARIS) == "lundi 2 mars 2026 à 23\u00a0h\u00a005"
    assert french.long_datetime(received_at, REUNION) == "mardi 3 mars 2026 à 2\u00a0h\u00a005"
    assert french.short_datetime(received_at, PARIS) == "02/03/2026 à 23\u00a0h\u00a005"


def test_a_full_hour_has_no_minutes() -> None:
    assert french.clock_time(datetime(2026, 7, 1, 12, 0, tzinfo=UTC), PARIS) == "14\u00a0h"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        french.long_datetime(datetime(2026, 3, 3, 12, 0), PARIS)  # noqa: DTZ001 - the fault under test


def test_a_short_date_has_two_figures_for_day_and_month() -> None:
    assert french.short_date(date(2026, 3, 3)) == "03/03/2026"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 3, 3), "aujourd’hui"),
        (date(2026, 3, 4), "demain"),
        (date(2026, 3, 6), "dans 3 jours"),
        (date(2026, 3, 2), "en retard d’un jour"),
        (date(2026, 3, 1), "en retard de 2 jours"),
    ],
)
def test_a_deadline_is_told_from_today(day: date, said: str) -> None:
    assert french.relative_days(day, TODAY) == said


def test_numbers_have_narrow_spaces_and_a_comma() -> None:
    assert french.number(999) == "999"
    assert french.number(1234567) == "1\u202f234\u202f567"
    assert french.number(Decimal("1234.5")) == "1\u202f234,5"
    assert french.number(12.345, 1) == "12,3"
    assert french.number(-4) == "\u22124"


def test_amounts_are_in_euros() -> None:
    assert french.money(12) == "12\u00a0€"
    assert french.money(Decimal("1250.5")) == "1\u202f250,50\u00a0€"
    assert french.money(Decimal("86.00")) == "86\u00a0€"


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 octet"),
        (850, "850 octets"),
        (12_400, "12 ko"),
        (999_499, "999 ko"),
        (999_500, "1 Mo"),
        (1_234_567, "1,2 Mo"),
        (10_000_000, "10 Mo"),
        (999_949_999, "999,9 Mo"),
        (999_950_000, "1 Go"),
    ],
)
def test_a_file_size_is_told_in_french_units(size: int, said: str) -> None:
    assert french.file_size(size) == said.replace(" ", "\u00a0")


def test_zero_and_one_are_singular() -> None:
    assert [french.plural(count, "demande") for count in (0, 1, 2)] == [
        "0 demande",
        "1 demande",
        "2 demandes",
    ]
    assert french.plural(3, "pièce jointe", "pièces jointes") == "3 pièces jointes"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Attention : c'est urgent !", "Attention\u00a0: c’est urgent\u00a0!"),
        ("Bonjour!", "Bonjour\u00a0!"),
        ("Vraiment ?!", "Vraiment\u00a0?!"),
        ("le motif « voirie »", "le motif «\u00a0voirie\u00a0»"),
        ("le motif «voirie».", "le motif «\u00a0voirie\u00a0»."),
        ("« Où ? »", "«\u00a0Où\u00a0?\u00a0»"),
        ("déjà\u00a0: fait", "déjà\u00a0: fait"),
        ("rendez-vous à 14:05", "rendez-vous à 14:05"),
        ("https://mairie.fr/?a=b;c", "https://mairie.fr/?a=b;c"),
        ("écrire à l'accueil@mairie.fr", "écrire à l'accueil@mairie.fr"),
    ],
)
def test_typed_text_gets_french_spaces_and_apostrophes(typed: str, printed: str) -> None:
    assert french.typographic(typed) == printed


def test_typography_applied_twice_changes_nothing_more() -> None:
    once = french.typographic("L'avis : « oui ! »; merci?")
    assert french.typographic(once) == once


@pytest.mark.parametrize("unit", ["a", "a:", " ", "\u00a0", "-", "!", "é'", "a@", "« ", " ;", "www."])
def test_endless_text_without_a_pause_is_set_in_one_reading(unit: str) -> None:
    # Reading it again from each of its characters would outlast the time limit of the test.
    text = unit * 200_000
    assert french.typographic(text).count(unit[0].replace("'", "’")) >= 1


def test_an_address_stuck_to_a_mark_is_left_alone() -> None:
    assert french.typographic("(l'accueil@mairie.fr) «l'accueil»") == "(l'accueil@mairie.fr) «\u00a0l’accueil\u00a0»"


def test_words_fold_to_what_people_type_in_a_search() -> None:
    assert french.fold("L’Haÿ-les-Roses") == french.fold("l'hay les  ROSES") == "l hay les roses"
    assert french.fold("Cœur Éloïse") == "coeur eloise"
    assert french.fold("  Straße ") == "strasse"


def test_names_are_listed_in_the_order_of_a_french_dictionary() -> None:
    names = ["Comment faire ?", "Fanny", "À qui ?", "Élodie", "Didier", "élagage", "Œuvres", "Objets"]
    assert french.by_name(names, str) == [
        "À qui ?",
        "Comment faire ?",
        "Didier",
        "élagage",
        "Élodie",
        "Fanny",
        "Objets",
        "Œuvres",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ville de Nantes", "de la Ville de Nantes"),
        ("Communauté de communes du Lac", "de la Communauté de communes du Lac"),
        ("Département du Lot", "du Département du Lot"),
        ("Agglomération d’Agen", "de l’Agglomération d’Agen"),
        ("Angers Loire Métropole", "d’Angers Loire Métropole"),
        ("Bordeaux Métropole", "de Bordeaux Métropole"),
    ],
)
def test_the_name_of_an_authority_takes_its_article_after_de(name: str, said: str) -> None:
    assert french.of_authority(name) == said
