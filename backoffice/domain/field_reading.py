"""Reads what was posted for one simple question, and says in French what to correct."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.domain import identity
from backoffice.domain.days import read_day
from backoffice.domain.fields import Field, FieldKind, day_limit
from backoffice.domain.wording import Wording, Written
from backoffice.errors import Invalid

TEXT_LENGTH = 200
LONG_TEXT_LENGTH = 4000
MAX_FILES = 5

_YES, _NO = {"yes", "oui", "true", "on", "1"}, {"no", "non", "false", "0"}
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class Posted:
    """What the form carried: texts and numbers of files by input name, and the local day of receipt.

    Without `today`, limits relative to the day are not checked.
    """

    texts: Mapping[str, Sequence[str]]
    files: Mapping[str, int] = attribute(default_factory=dict)
    today: date | None = None

    def text(self, name: str) -> str:
        """The first text posted under this name, or an empty one."""
        given = self.texts.get(name) or ("",)
        return given[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer (or None), the faults, and what is missing from it (input name → French sentence)."""

    value: Any = None
    faults: Mapping[str, str] = attribute(default_factory=dict)
    missing: Mapping[str, str] = attribute(default_factory=dict)


def read_single(field: Field, name: str, posted: Posted) -> Reading:
    """Read the answer to a question of one part, posted under `name`."""
    try:
        value = _read_value(field, name, posted)
    except Invalid as error:
        return Reading(faults={name: error.sentence})
    if value is None and field.required:
        return Reading(missing={name: _please(field)})
    return Reading(value)


def clean(text: str, several_lines: bool = False) -> str:
    """Text as it is kept: composed accents, no control character, single spaces on a line."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    if not several_lines:
        text = " ".join(text.split())
    if not text.isprintable():
        text = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))
    return text.strip()


def _read_value(field: Field, name: str, posted: Posted) -> Any:
    if field.kind is FieldKind.MULTIPLE_CHOICE:
        return _choices(field, posted.texts.get(name, ()))
    if field.kind is FieldKind.FILES:
        return _files(field, posted.files.get(name, 0))
    text = clean(posted.text(name), several_lines=field.kind is FieldKind.LONG_TEXT)
    if not text:
        return None
    if field.kind is FieldKind.DATE:
        return _date(field, text, posted.today)
    return _READERS[field.kind](field, text)


def _text(field: Field, text: str) -> str:
    limit = field.max_length or (LONG_TEXT_LENGTH if field.kind is FieldKind.LONG_TEXT else TEXT_LENGTH)
    if len(text) > limit:
        raise Invalid(
            Wording(
                "Votre réponse compte %(given)s caractères. Raccourcissez-la à %(allowed)s.",
                given=len(text),
                allowed=limit,
            )
        )
    return text


def _number(field: Field, text: str) -> int | str:
    number = _decimal(text, Wording("Écrivez un nombre en chiffres, par exemple 12."))
    if number != round(number, field.decimals):
        if not field.decimals:
            raise Invalid(Wording("Écrivez un nombre entier, sans virgule."))
        raise Invalid(
            Wording.counted(
                "Écrivez au plus %(count)s chiffre après la virgule.",
                "Écrivez au plus %(count)s chiffres après la virgule.",
                field.decimals,
            )
        )
    _check_bounds(
        field,
        number,
        lambda limit: Wording("%(number)s %(unit)s", number=limit, unit=field.unit) if field.unit else limit,
    )
    return int(number) if not field.decimals else format(number.normalize(), "f")


def _money(field: Field, text: str) -> str:
    sentence = Wording("Écrivez un montant en euros, par exemple 1 250,50.")
    amount = _decimal(re.sub(r"(€|euros?|EUR)$", "", text), sentence)
    if amount != round(amount, 2):
        raise Invalid(Wording("Écrivez au plus deux chiffres après la virgule."))
    if amount < 0:
        raise Invalid(Wording("Un montant ne peut pas être négatif."))
    _check_bounds(field, amount, lambda limit: Written("money", limit))
    return format(amount, ".2f")


def _decimal(text: str, sentence: str) -> Decimal:
    """A number as French people type it: spaces between thousands, decimal comma (or point)."""
    plain = re.sub(r"\s", "", text)
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    plain = plain.replace("\u2212", "-")
    if not _NUMBER.fullmatch(plain):
        raise Invalid(sentence)
    return Decimal(plain)


def _check_bounds(field: Field, number: Decimal, written: Callable[[int], Any]) -> None:
    if field.minimum is not None and number < field.minimum:
        raise Invalid(Wording("Le minimum est %(limit)s.", limit=written(field.minimum)))
    if field.maximum is not None and number > field.maximum:
        raise Invalid(Wording("Le maximum est %(limit)s.", limit=written(field.maximum)))


def _date(field: Field, text: str, today: date | None) -> str:
    day = read_day(text)
    earliest, latest = day_limit(field.earliest, today), day_limit(field.latest, today)
    if earliest and day < earliest:
        raise Invalid(Wording("Choisissez une date à partir du %(day)s.", day=earliest))
    if latest and day > latest:
        if latest == today:
            raise Invalid(Wording("Cette date n’est pas encore passée : vérifiez-la."))
        raise Invalid(Wording("Choisissez une date jusqu’au %(day)s.", day=latest))
    return day.isoformat()


def _choice(field: Field, text: str) -> str:
    if text not in {choice.value for choice in field.choices}:
        raise Invalid(Wording("Choisissez une des réponses proposées."))
    return text


def _choices(field: Field, given: Sequence[str]) -> list[str] | None:
    asked = {clean(one) for one in given} - {""}
    chosen = [choice.value for choice in field.choices if choice.value in asked]
    if len(chosen) < len(asked):
        raise Invalid(Wording("Choisissez parmi les réponses proposées."))
    if chosen:
        _check_count(field, len(chosen))
    return chosen or None


def _files(field: Field, count: int) -> int | None:
    if count:
        _check_count(field, count, default_maximum=MAX_FILES)
    return count or None


def _check_count(field: Field, count: int, default_maximum: int | None = None) -> None:
    maximum = field.max_items or default_maximum
    if maximum and count > maximum:
        raise Invalid(too_many_files(maximum, count) if field.kind is FieldKind.FILES else too_many(maximum, count))
    if field.min_items and count < field.min_items:
        if field.kind is FieldKind.FILES:
            raise Invalid(
                Wording.counted(
                    "Il faut au moins %(count)s fichier.", "Il faut au moins %(count)s fichiers.", field.min_items
                )
            )
        raise Invalid(
            Wording.counted(
                "Il faut au moins %(count)s réponse.", "Il faut au moins %(count)s réponses.", field.min_items
            )
        )


def too_many(maximum: int, given: int) -> Wording:
    """What is said of more answers than may be kept."""
    return Wording.counted(
        "Gardez au plus %(count)s réponse ; il y en a %(given)s.",
        "Gardez au plus %(count)s réponses ; il y en a %(given)s.",
        maximum,
        given=given,
    )


def too_many_files(maximum: int, given: int) -> Wording:
    """The same for files."""
    return Wording.counted(
        "Gardez au plus %(count)s fichier ; il y en a %(given)s.",
        "Gardez au plus %(count)s fichiers ; il y en a %(given)s.",
        maximum,
        given=given,
    )


def _yes_no(field: Field, text: str) -> bool:
    answer = text.casefold()
    if answer not in _YES | _NO:
        raise Invalid(Wording("Répondez par oui ou par non."))
    if field.must_accept and answer in _NO:
        raise Invalid(Wording("Cet engagement est nécessaire pour que votre demande soit étudiée."))
    return answer in _YES


_READERS: dict[FieldKind, Callable[[Field, str], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.MONEY: _money,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
    FieldKind.EMAIL: lambda _, text: identity.check_email(text),
    FieldKind.PHONE: lambda _, text: identity.check_phone(text),
    FieldKind.SIRET: lambda _, text: identity.check_siret(text),
    FieldKind.RNA: lambda _, text: identity.check_rna(text),
    FieldKind.IBAN: lambda _, text: identity.check_iban(text),
    FieldKind.PLATE: lambda _, text: identity.check_plate(text),
}


def _please(field: Field) -> Wording:
    match field.kind:
        case FieldKind.CHOICE | FieldKind.MULTIPLE_CHOICE:
            return Wording("Choisissez une réponse pour « %(question)s ».", question=field.label)
        case FieldKind.YES_NO:
            return Wording("Répondez par oui ou par non à « %(question)s ».", question=field.label)
        case FieldKind.FILES:
            return Wording("Ajoutez au moins un fichier pour « %(question)s ».", question=field.label)
        case FieldKind.DATE:
            return Wording("Indiquez une date pour « %(question)s ».", question=field.label)
        case _:
            return Wording("Complétez « %(question)s ».", question=field.label)
