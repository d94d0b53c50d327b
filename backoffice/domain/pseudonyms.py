"""Names, addresses and words that stand for real ones in a copy: the same for the same, with no way back.

Telephones are among the numbers that ARCEP reserves for fiction, addresses of mail end in `.example` (RFC 2606).
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from backoffice.domain.french import fold

GIVEN = (
    "Agathe", "Basile", "Capucine", "Désiré", "Edwige", "Firmin", "Ginette", "Honorine", "Isidore", "Joséphine",
    "Léontine", "Marcellin", "Noémie", "Octave", "Pélagie", "Rosalie", "Théodule", "Ulysse", "Victorine", "Zéphyrin",
)  # fmt: skip
FAMILY = (
    "Abricot", "Bourrache", "Cerfeuil", "Dahlia", "Estragon", "Fenouil", "Groseille", "Hysope", "Iris", "Jonquille",
    "Lavande", "Mirabelle", "Narcisse", "Oseille", "Pimprenelle", "Quetsche", "Romarin", "Sarriette", "Tilleul",
    "Verveine",
)  # fmt: skip
WORDS = (
    "lorem", "ipsum", "dolor", "amet", "consectetur", "adipiscing", "elit", "tempor", "incididunt", "labore",
    "magna", "aliqua", "veniam", "nostrud", "ullamco", "laboris", "aliquip", "commodo",
)  # fmt: skip
STREETS = ("rue des Essais", "allée des Copies", "place de l’Exercice", "chemin des Apprentis", "impasse du Modèle")
CITY, POSTCODE = "Commune-d’Essai", "00000"
MAIL_DOMAIN = "courriel.example"
PHONE = "+3363998"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})?")
HOUR = re.compile(r"\d{2}:\d{2}(:\d{2})?")
# Amounts and results of formulas, which JSON keeps as texts: pages compute with them.
FIGURE = re.compile(r"-?\d{1,9}\.\d{1,6}")
MOST_WORDS = 60


class Pseudonyms:
    """Everything that stands for something, under the key of one copy, thrown away with it."""

    def __init__(self, key: bytes, vocabulary: Collection[str] = ()) -> None:
        self._key, self._vocabulary = key, frozenset(vocabulary)

    def number(self, text: str, below: int) -> int:
        """A number for a text."""
        return int.from_bytes(self._digest(text)[:8]) % below

    def token(self, text: str, length: int = 32) -> str:
        """An opaque word for a text, in hexadecimal; empty for an empty one."""
        return self._digest(text).hex()[:length] if text else ""

    def family_name(self, name: str) -> str:
        """A family name."""
        return FAMILY[self.number("n" + fold(name), len(FAMILY))] if name else ""

    def given_names(self, names: str) -> str:
        """A given name."""
        return GIVEN[self.number("g" + fold(names), len(GIVEN))] if names else ""

    def full_name(self, name: str) -> str:
        """A name and a given name, for names that stand in one piece."""
        return f"{self.given_names(name)} {self.family_name(name)}".strip()

    def organisation(self, name: str) -> str:
        """An association."""
        return f"Association {self.family_name(name)}" if name else ""

    def email(self, address: str) -> str:
        """An address that leads nowhere."""
        return f"usager-{self.token(address.lower(), 12)}@{MAIL_DOMAIN}" if address else ""

    def phone(self, number: str) -> str:
        """A mobile number reserved for fiction, in E.164."""
        return f"{PHONE}{self.number(number, 10_000):04}" if number else ""

    def street(self, line: str) -> str:
        """A number and a street."""
        chosen = self.number("s" + fold(line), 200)
        return f"{chosen + 1} {STREETS[chosen % len(STREETS)]}" if line else ""

    def words(self, text: str) -> str:
        """As many words as the text has, sixty at most, in sentences; empty for an empty one."""
        count = min(len(text.split()), MOST_WORDS)
        start = self.number("w" + text, len(WORDS))
        return " ".join(WORDS[(start + 7 * rank) % len(WORDS)] for rank in range(count)).capitalize()

    def value(self, value: Any, name: str = "") -> Any:
        """A value of JSON: its figures and its words of the catalogue stay, everything that people wrote does not."""
        if isinstance(value, Mapping):
            return {key: self.value(one, str(key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one, name) for one in value]
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, text: str, name: str) -> str:
        if DAY.fullmatch(text) and "birth" in name:
            return date(int(text[:4]), 1, 1).isoformat()
        if not text or text in self._vocabulary or any(one.fullmatch(text) for one in (DAY, INSTANT, HOUR, FIGURE)):
            return text
        known: dict[str, Callable[[str], str]] = {
            "family_name": self.family_name,
            "usage_name": self.family_name,
            "given_names": self.given_names,
            "name": self.full_name,
            "author": self.full_name,
            "organisation": self.organisation,
            "email": self.email,
            "recipient": self.email,
            "phone": self.phone,
            "address_line": self.street,
            "address": self.street,
            "city": lambda _: CITY,
            "postcode": lambda _: POSTCODE,
        }
        return known.get(name, self.words)(text)

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "replace"), hashlib.sha256)
