"""The questions of a form: their kinds, what each one needs, and the parts of composite ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from backoffice.domain.conditions import Condition
from backoffice.domain.formulas import Formula
from backoffice.domain.records import Faults
from backoffice.domain.wording import Wording

CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
CODE_RULE = "Un code s’écrit en minuscules, chiffres et tirets bas, et commence par une lettre."
_DAY_LIMIT = re.compile(r"(today)([+-][0-9]{1,5})?|([0-9]{4}-[0-9]{2}-[0-9]{2})")


class FieldKind(StrEnum):
    """What a question asks for."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    PERIOD = "period"
    CHOICE = "choice"
    MULTIPLE_CHOICE = "multiple_choice"
    YES_NO = "yes_no"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    PLACE = "place"
    FILES = "files"
    SIRET = "siret"
    RNA = "rna"
    IBAN = "iban"
    PLATE = "plate"
    PERSON = "person"
    BLOCK = "block"
    CALCULATED = "calculated"
    INFORMATION = "information"


CHOICE_KINDS = frozenset({FieldKind.CHOICE, FieldKind.MULTIPLE_CHOICE})
COMPOSITE_KINDS = frozenset({FieldKind.PERSON, FieldKind.ADDRESS, FieldKind.PLACE, FieldKind.PERIOD})


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    - `when` shows it only if the condition holds; it may look at the fields written before it;
    - `max_length` counts characters; `minimum` and `maximum` bound a number or an amount in euros;
    - `decimals` is how many digits may follow the comma;
    - `earliest` and `latest` bound a date: « 2026-03-27 », « today », « today+15 » (days);
    - `max_days` bounds a period, both ends counted;
    - `min_items` and `max_items` bound files, choices and repetitions of a block (each called `item_label`);
    - `parts` adds to a person: usage_name, birth_date, birth_place;
    - `must_accept` asks for « oui » to a commitment;
    - `formula` gives a calculated value, kept with `decimals` digits (« € » as unit makes it an amount);
    - `sensitive` marks health and identity-paper data, never shown outside the case;
    - `readers` names the roles and departments that alone read the answer; with none, whoever reads the case does.
    """

    code: str
    kind: FieldKind
    label: str
    hint: str = ""
    required: bool = False
    when: Condition | None = None
    choices: tuple[Choice, ...] = ()
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    decimals: int = 0
    unit: str = ""
    earliest: str = ""
    latest: str = ""
    max_days: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    parts: tuple[str, ...] = ()
    must_accept: bool = False
    sensitive: bool = False
    readers: tuple[str, ...] = ()
    formula: Formula | None = None
    item_label: str = ""
    fields: tuple["Field", ...] = ()


_PERSON_PARTS = {
    "family_name": Field("family_name", FieldKind.TEXT, Wording("Nom de naissance"), required=True, max_length=100),
    "given_names": Field("given_names", FieldKind.TEXT, Wording("Prénoms"), required=True, max_length=100),
    "usage_name": Field("usage_name", FieldKind.TEXT, Wording("Nom d’usage"), max_length=100),
    "birth_date": Field(
        "birth_date",
        FieldKind.DATE,
        Wording("Date de naissance"),
        hint=Wording("Par exemple 27/03/2012."),
        required=True,
        latest="today",
    ),
    "birth_place": Field(
        "birth_place", FieldKind.TEXT, Wording("Commune et pays de naissance"), required=True, max_length=120
    ),
}
OPTIONAL_PARTS = ("usage_name", "birth_date", "birth_place")
"""What a person may be asked for besides their name."""

_ADDRESS_PARTS = (
    Field("line", FieldKind.TEXT, Wording("Numéro et rue"), required=True, max_length=200),
    Field(
        "postcode",
        FieldKind.TEXT,
        Wording("Code postal"),
        hint=Wording("5 chiffres. Laissez vide pour une adresse à l’étranger."),
    ),
    Field("city", FieldKind.TEXT, Wording("Commune"), required=True, max_length=100),
)
_PLACE_PARTS = (
    Field("address", FieldKind.TEXT, Wording("Adresse ou description du lieu"), max_length=300),
    Field("latitude", FieldKind.NUMBER, Wording("Latitude"), minimum=-90, maximum=90, decimals=15),
    Field("longitude", FieldKind.NUMBER, Wording("Longitude"), minimum=-180, maximum=180, decimals=15),
)
_CHOSEN_PARTS = (
    Field("ban_id", FieldKind.TEXT, "Clé d’interopérabilité", max_length=60),
    Field("label", FieldKind.TEXT, Wording("Adresse choisie"), max_length=300),
    Field("city_code", FieldKind.TEXT, "Code INSEE de la commune", max_length=5),
)


def parts_of(field: Field) -> tuple[Field, ...]:
    """The questions that a composite field is made of, each posted as « code.part »; empty for the others."""
    match field.kind:
        case FieldKind.PERSON:
            return tuple(
                part
                for code, part in _PERSON_PARTS.items()
                if part.code in ("family_name", "given_names", *field.parts)
            )
        case FieldKind.ADDRESS:
            return _ADDRESS_PARTS
        case FieldKind.PLACE:
            return _PLACE_PARTS
        case FieldKind.PERIOD:
            hint = Wording("Par exemple 27/03/2026.")
            return (
                Field("start", FieldKind.DATE, Wording("Du"), hint=hint, required=True, earliest=field.earliest),
                Field("end", FieldKind.DATE, Wording("Au"), hint=hint, required=True, latest=field.latest),
            )
        case _:
            return ()


def carried_parts_of(field: Field) -> tuple[Field, ...]:
    """What the page carries beside the parts that people fill in: the known address that they chose, if any."""
    match field.kind:
        case FieldKind.ADDRESS:
            return (*_CHOSEN_PARTS, *_PLACE_PARTS[1:])
        case FieldKind.PLACE:
            return (*_CHOSEN_PARTS, _ADDRESS_PARTS[1])
        case _:
            return ()


def day_limit(rule: str, today: date | None) -> date | None:
    """The day that « 2026-03-27 », « today » or « today+15 » means; None when `today` is not known.

    Raises ValueError for any other writing.
    """
    if not rule:
        return None
    parsed = _DAY_LIMIT.fullmatch(rule)
    if not parsed:
        raise ValueError(rule)
    if parsed[3]:
        return date.fromisoformat(parsed[3])
    return today + timedelta(days=int(parsed[2] or 0)) if today else None


def faults_of(field: Field, path: str, inside_block: bool = False) -> Faults:
    """What is incoherent in a field taken alone (path → French sentence)."""
    return dict(_faults(field, path, inside_block))


def _faults(field: Field, path: str, inside_block: bool) -> Iterator[tuple[str, str]]:
    if not CODE.fullmatch(field.code):
        yield f"{path}.code", CODE_RULE
    if not field.label.strip():
        yield f"{path}.label", "Écrivez la question telle que les usagers la liront."
    if not _in_order(field.minimum, field.maximum) or not _in_order(field.min_items, field.max_items):
        yield path, "Le minimum dépasse le maximum."
    yield from _choice_faults(field, path)
    yield from _limit_faults(field, path)
    if any(part not in OPTIONAL_PARTS or field.kind is not FieldKind.PERSON for part in field.parts):
        yield f"{path}.parts", f"Une personne peut avoir en plus : {', '.join(OPTIONAL_PARTS)}."
    if (field.kind is FieldKind.BLOCK) != bool(field.fields):
        yield f"{path}.fields", "Donnez des champs à un bloc répété, et à lui seul."
    if field.kind is FieldKind.BLOCK and inside_block:
        yield f"{path}.kind", "Un bloc répété ne peut pas en contenir un autre."
    for index, inner in enumerate(field.fields):
        yield from _faults(inner, f"{path}.fields.{index}", inside_block=True)


def _choice_faults(field: Field, path: str) -> Iterator[tuple[str, str]]:
    values = [choice.value for choice in field.choices]
    if (field.kind in CHOICE_KINDS) != bool(values):
        yield f"{path}.choices", "Donnez des choix à une question à choix, et à elle seule."
    if len(set(values)) < len(values):
        yield f"{path}.choices", "Deux choix ont la même valeur."


def _limit_faults(field: Field, path: str) -> Iterator[tuple[str, str]]:
    for side, rule in (("earliest", field.earliest), ("latest", field.latest)):
        try:
            day_limit(rule, None)
        except ValueError:
            yield f"{path}.{side}", "Écrivez une date (2026-03-27), « today » ou « today+15 »."


def _in_order(low: int | None, high: int | None) -> bool:
    return low is None or high is None or low <= high
