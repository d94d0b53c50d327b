"""Says the texts of citizens' pages and mails in their language, from the compiled catalogues of `locales/`."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any

from backoffice.domain.explanation import DaysOff, Step
from backoffice.domain.french import tie_phones, typographic
from backoffice.domain.languages import LANGUAGES, WRITINGS, Language, Writing
from backoffice.domain.letters import FRENCH
from backoffice.domain.periods import Period
from backoffice.domain.wording import Wording, Written

FOLDER = Path(__file__).resolve().parents[2] / "locales"
DOMAIN = "parvis"

APART, TOGETHER = "\u2068", "\u2069"
"""Around what people and authorities write: its direction does not turn over the sentence around it (Unicode UAX 9)."""


@dataclass(frozen=True, slots=True)
class Speech:
    """One language: its catalogue, where an untranslated text stays French, and its writing of dates and numbers.

    `known` is the same catalogue, where an untranslated text is empty.
    """

    language: Language
    writing: Writing
    catalogue: NullTranslations
    known: NullTranslations

    @property
    def is_french(self) -> bool:
        """Whether there is nothing to translate."""
        return self.language.code == FRENCH

    def gettext(self, text: str) -> str:
        """The text in this language, or as it is; French with its non-breaking spaces."""
        if self.is_french:
            return _typographic(text)
        return _tied(self.catalogue.gettext(text)) if text else text

    def ngettext(self, one: str, several: str, count: int) -> str:
        """The text for this many; in French, zero goes with one."""
        if self.is_french:
            return _typographic(one if abs(count) < 2 else several)
        said = self.catalogue.ngettext(one, several, count)
        return (one if abs(count) < 2 else several) if said in (one, several) else said

    def say(self, text: str) -> str:
        """A wording in this language; any other text as it is: nobody translates what people write."""
        if not isinstance(text, Wording):
            return text
        said = self.sentence_of(text)
        return said % {name: self.value(one) for name, one in text.values.items()} if text.values else said

    def sentence_of(self, text: Wording) -> str:
        """The same with its `%(name)s`, before its values take their places."""
        more = text.several
        return self.ngettext(text.source, more, text.how_many) if more else self.gettext(text.source)

    def knows(self, text: str) -> bool:
        """Whether somebody translated this text, be it by the same words; French has nothing to translate."""
        return self.is_french or not text or bool(self.known.gettext(text))

    def explain(self, step: Step) -> str:
        """A step of the computation of a legal date; as it is in French when nobody has translated it yet."""
        said = self.gettext(step.sentence)
        if self.is_french or (said == step.sentence and said != "{0}"):
            return step.in_french()
        return said.format(*(self._part(part) for part in step.parts))

    def _part(self, part: Any) -> str:
        if isinstance(part, datetime) and part.tzinfo is not None:
            return self.writing.long_datetime(part, part.tzinfo)
        if isinstance(part, DaysOff):
            return self.gettext(str(part))
        return self.value(part.in_words() if isinstance(part, Period) else part)

    def value(self, value: Any) -> str:
        """What takes a place in a sentence, as this language writes it."""
        if isinstance(value, Written):
            said = str(getattr(self.writing, value.way)(value.value))
            return self._set_apart(said) if isinstance(value.value, str) else said
        if isinstance(value, date):
            return self.writing.long_date(value)
        if isinstance(value, int):
            return self.writing.number(value)
        said = self.say(value if isinstance(value, str) else str(value))
        return said if isinstance(value, Wording) else self._set_apart(said)

    def _set_apart(self, said: str) -> str:
        if self.language.direction == "ltr" or said.startswith("http"):
            return said
        return f"{APART}{said}{TOGETHER}"


class _Untranslated(NullTranslations):
    """What a catalogue falls back on, to tell what it does not hold."""

    def gettext(self, message: str) -> str:
        """Nothing."""
        return ""


@lru_cache(maxsize=4096)
def _typographic(text: str) -> str:
    return tie_phones(typographic(str(text)))


@lru_cache(maxsize=4096)
def _tied(text: str) -> str:
    """Tied, a phone number is also written from left to right among Arabic words, not its pairs the other way round."""
    return tie_phones(text)


@cache
def of(code: str) -> Speech:
    """The speech of this language, read once a process; French when the pages do not speak it."""
    code = code if code in LANGUAGES else FRENCH
    if code == FRENCH:
        return Speech(LANGUAGES[code], WRITINGS[code], NullTranslations(), NullTranslations())
    catalogue, known = (translation(DOMAIN, FOLDER, [code], fallback=True) for _ in range(2))
    known.add_fallback(_Untranslated())
    return Speech(LANGUAGES[code], WRITINGS[code], catalogue, known)
