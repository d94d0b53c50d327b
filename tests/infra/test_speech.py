"""The catalogues of the other languages: complete where they must be, faithful to their French, written as usual."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from backoffice.domain.explanation import Step
from backoffice.domain.languages import LANGUAGES, WRITINGS
from backoffice.domain.wording import Wording, Written
from backoffice.infra import speech

ROOT = speech.FOLDER.parent
FOREIGN = [code for code in LANGUAGES if code != "fr"]
HOLES = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
PARIS = ZoneInfo("Europe/Paris")
every_language = pytest.mark.parametrize("code", FOREIGN)


def catalogue(code: str) -> Catalog:
    """The catalogue of a language as its translators write it."""
    with (speech.FOLDER / code / "LC_MESSAGES" / "parvis.po").open("rb") as file:
        return read_po(file, locale=code)


def texts(one: Message, which: str) -> list[str]:
    """The texts of a message: its French, or its translations."""
    found = getattr(one, which)
    return [found] if isinstance(found, str) else list(found)


def holes(text: str) -> list[str]:
    """What is filled in a text, in any order."""
    return sorted(first or second for first, second in HOLES.findall(text))


def test_french_keeps_its_marks_on_the_line_of_their_word_and_leaves_what_people_wrote() -> None:
    french = speech.of("fr")
    assert french.gettext("Déjà fait ? « Oui » : %(when)s, à 8:30") == (
        "Déjà fait\u00a0? «\u00a0Oui\u00a0»\u00a0: %(when)s, à 8:30"
    )
    assert french.gettext("Voir https://site.example/a?b") == "Voir https://site.example/a?b"
    assert french.ngettext("%(num)s reste !", "%(num)s restent !", 2) == "%(num)s restent\u00a0!"
    assert french.say(Wording("Reçu : %(what)s", what="l'avis : oui ?")) == "Reçu\u00a0: l'avis : oui ?"
    assert french.say("l'avis : oui ?") == "l'avis : oui ?"


@every_language
def test_a_translation_has_the_holes_of_its_french_and_no_markup_of_its_own(code: str) -> None:
    wrong = []
    for one in catalogue(code):
        for said in filter(None, texts(one, "string") if one.id else []):
            french = texts(one, "id")
            alike = all(holes(said) == holes(text) for text in french)
            marked = "<" in said or "&" in said or said.count("%") != said.count("%(")
            if not alike or marked or said != said.strip():
                wrong.append((french[0], said))
    assert wrong == []


@every_language
def test_what_is_compiled_is_what_is_written(code: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(code))
    assert compiled.getvalue() == (speech.FOLDER / code / "LC_MESSAGES" / "parvis.mo").read_bytes()


def test_every_mark_is_french_and_english_is_complete() -> None:
    messages = [one for one in catalogue("en") if one.id]
    assert len(messages) > 900
    assert [texts(one, "id")[0] for one in messages if not all(texts(one, "string"))] == []
    keys = re.compile(r"[a-z]+([._][a-z]+)+")
    assert [text for one in messages for text in texts(one, "id") if keys.fullmatch(text)] == []


def test_every_sentence_that_citizens_read_has_been_collected(tmp_path: Path) -> None:
    found = tmp_path / "found.pot"
    keywords = ["--keywords", "_ ngettext:1,2", "--keywords", "Wording counted:1,2 Step"]
    where = ["--mapping-file", str(speech.FOLDER / "sources.cfg"), "--output-file", str(found), str(ROOT)]
    CommandLineInterface().run(["pybabel", "--quiet", "extract", "--no-default-keywords", *keywords, *where])
    with found.open("rb") as file:
        collected = {texts(one, "id")[0] for one in read_po(file) if one.id}
    known = {texts(one, "id")[0] for one in catalogue("en") if one.id}
    assert collected == known, "say `make messages`, then translate what is new"


def test_an_untranslated_text_is_french_and_never_a_key() -> None:
    unknown = Wording("Cette phrase n’est pas traduite : %(count)s.", count=3)
    for code in FOREIGN:
        said = speech.of(code)
        assert said.say(unknown) == "Cette phrase n’est pas traduite : 3."
        assert said.ngettext("%(num)s chose", "%(num)s choses", 0) == "%(num)s chose"
        assert said.explain(Step("Jamais traduit : le {0}.", (date(2026, 3, 2),))) == (
            "Jamais traduit\u00a0: le lundi 2 mars 2026."
        )
    assert speech.of("klingon").language.code == "fr"


def test_a_text_of_a_person_is_never_translated_and_a_wording_stays_french_for_agents() -> None:
    wording = Wording("Choisissez une réponse pour «\u00a0%(question)s\u00a0».", question=Wording("Prénoms"))
    english = speech.of("en")
    assert wording == "Choisissez une réponse pour «\u00a0Prénoms\u00a0»."
    assert english.say(wording) == "Choose an answer for “First names”."
    assert english.say("Prénoms") == "Prénoms"
    assert english.say(Wording.counted("%(count)s mois", "%(count)s mois", 2)) == "2 mois"
    months = Wording.counted("%(count)s\u00a0mois", "%(count)s\u00a0mois", 3)
    assert [speech.of(code).say(months) for code in FOREIGN] == ["3 months", "3 أشهر", "3 meses", "3 місяці"]


def test_each_language_writes_dates_numbers_amounts_and_sizes() -> None:
    moment, day = datetime(2026, 3, 2, 13, 5, tzinfo=UTC), date(2026, 3, 2)
    assert {code: one.long_datetime(moment, PARIS) for code, one in WRITINGS.items()} == {
        "fr": "lundi 2 mars 2026 à 14\u00a0h\u00a005",
        "en": "Monday 2 March 2026 at 14:05",
        "ar": "الاثنين 2 مارس 2026 على الساعة 14:05",
        "pt": "segunda-feira, 2 de março de 2026 às 14:05",
        "uk": "понеділок, 2 березня 2026\u00a0року о\u00a014:05",
    }
    assert [one.short_date(day) for one in WRITINGS.values()] == [*["02/03/2026"] * 4, "02.03.2026"]
    amounts = [one.money(Decimal("1250.5")) for one in WRITINGS.values()]
    assert amounts == [
        "1\u202f250,50\u00a0€", "€1,250.50", "1\u202f250,50\u00a0€", "1\u202f250,50\u00a0€", "1\u00a0250,50\u00a0€",
    ]  # fmt: skip
    assert [one.file_size(10_485_760) for one in WRITINGS.values()] == [
        "10,5\u00a0Mo", "10.5\u00a0MB", "10,5\u00a0ميغابايت", "10,5\u00a0MB", "10,5\u00a0МБ",
    ]  # fmt: skip
    assert [WRITINGS["en"].file_size(size) for size in (999, 1500, 2_000_000, 3_000_000_000)] == [
        "999\u00a0bytes", "2\u00a0kB", "2\u00a0MB", "3\u00a0GB",
    ]  # fmt: skip
    assert speech.of("en").say(Wording("%(day)s", day=Written("plain_date", day))) == "2 March 2026"
    assert str(Written("plain_date", day)) == "2 mars 2026"


def test_the_name_of_an_authority_has_its_article_in_french_alone() -> None:
    text = Wording("Votre espace sur le site %(authority)s.", authority=Written("of_authority", "Ville de Lens"))
    assert text == "Votre espace sur le site de la Ville de Lens."
    assert speech.of("en").say(text) == text.replace("de la ", "")
    assert speech.of("ar").say(text) == "Votre espace sur le site \u2068Ville de Lens\u2069."
