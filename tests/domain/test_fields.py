"""Each kind of question: what it accepts, what it keeps, what it says when it cannot, and how it is shown."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backoffice.domain.answer_text import display
from backoffice.domain.answers import as_posted
from backoffice.domain.composite_reading import read
from backoffice.domain.field_reading import Posted, Reading
from backoffice.domain.fields import COMPOSITE_KINDS, Choice, Field, FieldKind, faults_of, parts_of

TODAY = date(2026, 3, 3)
NBSP, NARROW = "\u00a0", "\u202f"


def a_field(kind: FieldKind, **details: Any) -> Field:
    if kind in (FieldKind.CHOICE, FieldKind.MULTIPLE_CHOICE):
        details.setdefault("choices", (Choice("a", "Premier"), Choice("b", "Deuxième"), Choice("c", "Troisième")))
    return Field("question", kind, "Question", **details)


def reading(field: Field, *texts: str, files: int = 0, **parts: str) -> Reading:
    posted: dict[str, list[str]] = {f"question.{code}": [text] for code, text in parts.items()}
    if texts:
        posted["question"] = list(texts)
    return read(field, "question", Posted(posted, {"question": files}, TODAY))


def answer(field: Field, *texts: str, files: int = 0, **parts: str) -> Any:
    read_one = reading(field, *texts, files=files, **parts)
    assert not read_one.faults, read_one.faults
    assert not read_one.missing, read_one.missing
    return read_one.value


def complaint(field: Field, *texts: str, files: int = 0, **parts: str) -> str:
    faults = reading(field, *texts, files=files, **parts).faults
    assert len(faults) == 1, faults
    return next(iter(faults.values()))


def test_text_keeps_its_accents_composed_and_its_line_single() -> None:
    assert answer(a_field(FieldKind.TEXT), "  Rue de l\u2019E\u0301glise\n\t 3 ") == "Rue de l’Église 3"
    assert answer(a_field(FieldKind.TEXT), "nul\x00 ici\x1b") == "nul ici"


def test_long_text_keeps_its_lines() -> None:
    assert answer(a_field(FieldKind.LONG_TEXT), "un\r\ndeux\rtrois\n") == "un\ndeux\ntrois"


def test_text_too_long_says_by_how_much() -> None:
    sentence = complaint(a_field(FieldKind.TEXT, max_length=1200), "a" * 1300)
    assert sentence == f"Votre réponse compte 1{NARROW}300 caractères. Raccourcissez-la à 1{NARROW}200."
    assert answer(a_field(FieldKind.TEXT, max_length=5), "abcde") == "abcde"


@pytest.mark.parametrize(
    ("typed", "kept"), [("12", 12), ("1 200", 1200), (f"1{NARROW}200", 1200), ("-3", -3), ("4,0", 4)]
)
def test_a_whole_number_is_read_as_typed(typed: str, kept: int) -> None:
    assert answer(a_field(FieldKind.NUMBER), typed) == kept


def test_a_number_is_bounded_and_shown_with_its_unit() -> None:
    surface = a_field(FieldKind.NUMBER, minimum=1, maximum=5000, unit="m²")
    assert complaint(surface, "0") == "Le minimum est 1 m²."
    assert complaint(surface, "5001") == f"Le maximum est 5{NARROW}000 m²."
    assert complaint(surface, "12,5") == "Écrivez un nombre entier, sans virgule."
    assert "en chiffres" in complaint(surface, "douze")
    assert display(surface, 1200) == f"1{NARROW}200{NBSP}m²"


def test_a_number_with_decimals_stays_exact() -> None:
    tonnage = a_field(FieldKind.NUMBER, decimals=1)
    assert answer(tonnage, "3,5") == "3.5"
    assert answer(tonnage, "3") == "3"
    assert complaint(tonnage, "3,55") == "Écrivez au plus 1 chiffre après la virgule."
    assert display(tonnage, "3.5") == "3,5"


@pytest.mark.parametrize("typed", ["1e9999", "٣", "0x1F", "1_000", "∞", "NaN", "1" * 400])
def test_only_plain_digits_make_a_number(typed: str) -> None:
    assert "en chiffres" in complaint(a_field(FieldKind.NUMBER), typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1250,5", "1250.50"),
        ("1 250,50 €", "1250.50"),
        ("1.250,50", "1250.50"),
        ("1250.5", "1250.50"),
        ("12 euros", "12.00"),
    ],
)
def test_an_amount_is_kept_to_the_cent(typed: str, kept: str) -> None:
    assert answer(a_field(FieldKind.MONEY), typed) == kept


def test_an_amount_is_refused_when_it_makes_no_sense() -> None:
    assert complaint(a_field(FieldKind.MONEY), "12,345") == "Écrivez au plus deux chiffres après la virgule."
    assert complaint(a_field(FieldKind.MONEY), "-5") == "Un montant ne peut pas être négatif."
    assert complaint(a_field(FieldKind.MONEY, maximum=100), "101") == f"Le maximum est 100{NBSP}€."
    assert display(a_field(FieldKind.MONEY), "1250.50") == f"1{NARROW}250,50{NBSP}€"


@pytest.mark.parametrize("typed", ["2026-03-27", "27/03/2026", "27/3/2026", "27.03.2026", "27-03-2026", "27 03 2026"])
def test_a_date_is_read_as_people_write_it(typed: str) -> None:
    assert answer(a_field(FieldKind.DATE), typed) == "2026-03-27"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("27 mars", "le jour, le mois et l’année"),
        ("27/03/26", "le jour, le mois et l’année"),
        ("31/02/2026", "n’existe pas dans le calendrier"),
        ("29/02/2025", "n’existe pas dans le calendrier"),
        ("27/03/0026", "quatre chiffres"),
    ],
)
def test_a_date_that_is_not_one_is_explained(typed: str, said: str) -> None:
    assert said in complaint(a_field(FieldKind.DATE), typed)


def test_a_move_is_announced_fifteen_days_ahead() -> None:
    move = a_field(FieldKind.DATE, earliest="today+15")
    assert answer(move, "18/03/2026") == "2026-03-18"
    assert complaint(move, "17/03/2026") == "Choisissez une date à partir du mercredi 18 mars 2026."
    unknown_day = read(move, "question", Posted({"question": ["17/03/2026"]}))
    assert unknown_day.value == "2026-03-17"


def test_a_birth_is_in_the_past() -> None:
    birth = a_field(FieldKind.DATE, latest="today")
    assert answer(birth, "03/03/2026") == "2026-03-03"
    assert "pas encore passée" in complaint(birth, "04/03/2026")
    assert display(birth, "2012-03-01") == "1er mars 2012"


def test_a_limit_may_be_a_fixed_day() -> None:
    assert "jusqu’au jeudi 31 décembre 2026" in complaint(a_field(FieldKind.DATE, latest="2026-12-31"), "01/01/2027")


def test_a_stay_lasts_ninety_days_at_most_both_ends_counted() -> None:
    stay = a_field(FieldKind.PERIOD, max_days=90)
    assert answer(stay, start="01/04/2026", end="29/06/2026") == {"start": "2026-04-01", "end": "2026-06-29"}
    assert reading(stay, start="01/04/2026", end="30/06/2026").faults == {
        "question.end": f"Cette période dure 91 jours{NBSP}: 90 au plus."
    }
    assert "avant la date de début" in complaint(stay, start="02/04/2026", end="01/04/2026")
    assert display(stay, {"start": "2026-04-01", "end": "2026-06-29"}) == "du 1er avril 2026 au 29 juin 2026"


def test_half_a_period_asks_for_the_other_half() -> None:
    assert list(reading(a_field(FieldKind.PERIOD), start="01/04/2026").missing) == ["question.end"]


def test_a_choice_is_one_of_those_proposed() -> None:
    assert answer(a_field(FieldKind.CHOICE), "b") == "b"
    assert complaint(a_field(FieldKind.CHOICE), "z") == "Choisissez une des réponses proposées."
    assert display(a_field(FieldKind.CHOICE), "b") == "Deuxième"
    assert display(a_field(FieldKind.CHOICE), "gone") == "gone"


def test_several_choices_are_counted_and_kept_in_order() -> None:
    wishes = a_field(FieldKind.MULTIPLE_CHOICE, max_items=2)
    assert answer(wishes, "c", "a", "a") == ["a", "c"]
    assert complaint(wishes, "a", "b", "c") == f"Gardez au plus 2 réponses{NBSP}; il y en a 3."
    assert "proposées" in complaint(wishes, "a", "z")
    assert answer(wishes, "") is None
    assert display(wishes, ["a", "c"]) == "Premier, Troisième"


def test_yes_and_no_are_answers_and_silence_is_not() -> None:
    question = a_field(FieldKind.YES_NO)
    assert answer(question, "yes") is True
    assert answer(question, "Non") is False
    assert answer(question) is None
    assert complaint(question, "peut-être") == "Répondez par oui ou par non."
    assert display(question, False) == "Non"


def test_a_commitment_must_be_accepted() -> None:
    assert "nécessaire" in complaint(a_field(FieldKind.YES_NO, must_accept=True), "no")


def test_an_address_has_a_street_a_postcode_and_a_city() -> None:
    home = a_field(FieldKind.ADDRESS)
    kept = answer(home, line="3 rue Haute", postcode="49 990", city="Saint-Aubin")
    assert kept == {"line": "3 rue Haute", "postcode": "49990", "city": "Saint-Aubin"}
    assert display(home, kept) == "3 rue Haute, 49990 Saint-Aubin"
    assert list(reading(home, line="3 rue Haute", postcode="4999", city="Saint-Aubin").faults) == ["question.postcode"]
    assert set(reading(home, line="3 rue Haute").missing) == {"question.city", "question.postcode"}


def test_an_address_abroad_is_written_with_its_country() -> None:
    kept = answer(a_field(FieldKind.ADDRESS), line="1 rue Neuve", city="1000 Bruxelles, Belgique")
    assert display(a_field(FieldKind.ADDRESS), kept) == "1 rue Neuve, 1000 Bruxelles, Belgique"


CHOSEN = {"ban_id": "49999_0180_00012", "label": "12 Rue des Lilas 49990 Saint-Aubin", "city_code": "49999"}
LILAS = {"line": "12 rue des Lilas", "postcode": "49990", "city": "Saint-Aubin"}


def test_an_address_chosen_among_suggestions_keeps_what_is_known_of_it() -> None:
    home = a_field(FieldKind.ADDRESS)
    kept = answer(home, **LILAS, **CHOSEN, latitude="47.3057", longitude="-0.8531")
    assert kept == {**LILAS, **CHOSEN, "latitude": 47.3057, "longitude": -0.8531}
    assert display(home, kept) == "12 rue des Lilas, 49990 Saint-Aubin"
    posted = {name: texts[0] for name, texts in as_posted(kept).items()}
    assert answer(home, **posted) == kept, "read again, it is the same"


def test_an_address_that_was_edited_is_not_the_chosen_one_any_more() -> None:
    home, spot = a_field(FieldKind.ADDRESS), a_field(FieldKind.PLACE)
    edited = LILAS | {"line": "14 rue des Lilas"}
    assert answer(home, **edited, **CHOSEN, latitude="47.3057", longitude="-0.8531") == edited
    assert answer(home, **LILAS, **CHOSEN, latitude="147", longitude="x") == {**LILAS, **CHOSEN}
    assert answer(home, **LILAS, label=CHOSEN["label"]) == LILAS, "without its key it is nobody's address"
    here = {"address": "12, rue des Lilas, 49990 Saint-Aubin", "latitude": "47.3057", "longitude": "-0.8531"}
    point = {"latitude": 47.3057, "longitude": -0.8531}
    assert answer(spot, **here, **CHOSEN, postcode="49990") == {**here, **point, **CHOSEN, "postcode": "49990"}
    beside = here | {"address": "en face du 12"}
    assert answer(spot, **beside, **CHOSEN) == beside | point, "the pin stays where it was put"


def test_a_place_is_words_or_a_point_or_both() -> None:
    spot = a_field(FieldKind.PLACE, required=True)
    assert answer(spot, address="devant l’école") == {"address": "devant l’école"}
    point = answer(spot, latitude="47.471234567891234", longitude="-0,55")
    assert point == {"latitude": pytest.approx(47.4712346), "longitude": -0.55}
    assert display(spot, {"latitude": 47.4712346, "longitude": -0.55}) == f"Point 47,47123{NBSP}; −0,55000"
    assert "n’est pas complète" in complaint(spot, latitude="47.47")
    assert reading(spot, latitude="91", longitude="0").faults == {"question.address": "Le maximum est 90."}
    assert list(reading(spot).missing) == ["question.address"]


def test_a_person_has_a_name_and_what_the_procedure_asks_more() -> None:
    guest = a_field(FieldKind.PERSON, required=True, parts=("birth_date", "birth_place"))
    kept = answer(guest, family_name="Diallo", given_names="Awa", birth_date="01/05/1990", birth_place="Dakar, Sénégal")
    assert display(guest, kept) == "Awa Diallo, naissance le 1er mai 1990 à Dakar, Sénégal"
    assert set(reading(guest).missing) == {
        "question.family_name",
        "question.given_names",
        "question.birth_date",
        "question.birth_place",
    }
    assert reading(a_field(FieldKind.PERSON)) == Reading()


def test_files_are_counted() -> None:
    photos = a_field(FieldKind.FILES, max_items=4)
    assert answer(photos, files=4) == 4
    assert complaint(photos, files=5) == f"Gardez au plus 4 fichiers{NBSP}; il y en a 5."
    assert reading(a_field(FieldKind.FILES, required=True)).missing["question"].startswith("Ajoutez")
    assert display(photos, 2) == "2 fichiers"


@pytest.mark.parametrize(
    ("kind", "typed", "shown"),
    [
        (FieldKind.EMAIL, "lea@exemple.fr", "lea@exemple.fr"),
        (FieldKind.PHONE, "0612345678", "06 12 34 56 78"),
        (FieldKind.SIRET, "73282932000074", "732 829 320 00074"),
        (FieldKind.RNA, "W751234567", "W751234567"),
        (FieldKind.IBAN, "FR7630006000011234567890189", "FR76 3000 6000 0112 3456 7890 189"),
        (FieldKind.PLATE, "ab123cd", "AB-123-CD"),
    ],
)
def test_identifiers_are_shown_as_printed_on_paper(kind: FieldKind, typed: str, shown: str) -> None:
    field = a_field(kind)
    assert display(field, answer(field, typed)).replace(NBSP, " ") == shown


SINGLE_KINDS = sorted(set(FieldKind) - {FieldKind.BLOCK, FieldKind.CALCULATED, FieldKind.INFORMATION})


@pytest.mark.parametrize("kind", SINGLE_KINDS)
def test_a_compulsory_question_left_blank_asks_in_a_french_sentence(kind: FieldKind) -> None:
    missing = reading(a_field(kind, required=True)).missing
    assert missing
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in missing.values())


@pytest.mark.parametrize("kind", SINGLE_KINDS)
@given(texts=some.lists(some.text(max_size=40), max_size=3), parts=some.dictionaries(some.sampled_from(
    ["line", "city", "postcode", "address", "latitude", "longitude", "start", "end", "family_name", "birth_date"]
), some.text(max_size=20)))  # fmt: skip
def test_whatever_is_posted_a_question_answers_or_explains(
    kind: FieldKind, texts: list[str], parts: Mapping[str, str]
) -> None:
    field = a_field(kind, parts=("birth_date",) if kind is FieldKind.PERSON else ())
    posted = {"question": texts} | {f"question.{code}": [text] for code, text in parts.items()}
    read_one = read(field, "question", Posted(posted, {}, TODAY))
    if read_one.value is not None and not read_one.faults:
        assert display(field, read_one.value)


@pytest.mark.parametrize("kind", sorted(COMPOSITE_KINDS))
def test_the_parts_of_a_composite_question_are_sound_questions(kind: FieldKind) -> None:
    parts = parts_of(a_field(kind, parts=("usage_name", "birth_date", "birth_place")))
    assert parts
    assert [fault for part in parts for fault in faults_of(part, part.code)] == []


@pytest.mark.parametrize(
    ("field", "path"),
    [
        (Field("Mauvais code", FieldKind.TEXT, "Question"), "f.code"),
        (Field("q", FieldKind.TEXT, " "), "f.label"),
        (Field("q", FieldKind.CHOICE, "Question"), "f.choices"),
        (Field("q", FieldKind.TEXT, "Question", choices=(Choice("a", "A"),)), "f.choices"),
        (Field("q", FieldKind.CHOICE, "Question", choices=(Choice("a", "A"), Choice("a", "B"))), "f.choices"),
        (Field("q", FieldKind.NUMBER, "Question", minimum=3, maximum=2), "f"),
        (Field("q", FieldKind.DATE, "Question", earliest="demain"), "f.earliest"),
        (Field("q", FieldKind.DATE, "Question", latest="2026-02-30"), "f.latest"),
        (Field("q", FieldKind.PERSON, "Question", parts=("religion",)), "f.parts"),
        (Field("q", FieldKind.BLOCK, "Question"), "f.fields"),
    ],
)
def test_an_incoherent_question_is_named(field: Field, path: str) -> None:
    assert list(faults_of(field, "f")) == [path]
