"""Answers made up for a form, so that its writer sees what agents will read before anybody has asked anything."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from backoffice.domain import calculated
from backoffice.domain.conditions import holds
from backoffice.domain.fields import Field, FieldKind, day_limit
from backoffice.domain.procedures import ProcedureDefinition

_PLAIN: Mapping[FieldKind, Any] = {
    FieldKind.TEXT: "Exemple",
    FieldKind.LONG_TEXT: "Un texte d’exemple, tel qu’un usager l’écrirait.",
    FieldKind.YES_NO: True,
    FieldKind.EMAIL: "camille.exemple@exemple.fr",
    FieldKind.PHONE: "+33612345678",
    FieldKind.ADDRESS: {"line": "12 rue des Lilas", "postcode": "49000", "city": "Exemple-sur-Loire"},
    FieldKind.PLACE: {"address": "12 rue des Lilas"},
    FieldKind.SIRET: "21490007800012",
    FieldKind.RNA: "W491000000",
    FieldKind.IBAN: "FR7630006000011234567890189",
    FieldKind.PLATE: "AB-123-CD",
}
_PERSON = {
    "family_name": "Exemple",
    "given_names": "Camille",
    "usage_name": "Exemple",
    "birth_date": "2012-03-27",
    "birth_place": "Angers, France",
}


def sample_answers(definition: ProcedureDefinition, today: date) -> dict[str, Any]:
    """An answer to each question that these very answers call for; files are not made up."""
    values: dict[str, Any] = {}
    for step in definition.steps:
        if holds(step.when, values):
            _fill(step.fields, values, today)
    return values


def _fill(fields: tuple[Field, ...], values: dict[str, Any], today: date) -> None:
    for field in fields:
        if holds(field.when, values) and (value := _sample(field, values, today)) is not None:
            values[field.code] = value


def _sample(field: Field, values: Mapping[str, Any], today: date) -> Any:
    if field.kind in _PLAIN:
        value = _PLAIN[field.kind]
        return value[: field.max_length] if isinstance(value, str) else value
    make = _MADE.get(field.kind)
    if make is not None:
        return make(field, today)
    if field.kind is FieldKind.CALCULATED:
        return calculated.compute(field, values)
    if field.kind is FieldKind.BLOCK:
        item: dict[str, Any] = {}
        _fill(field.fields, item, today)
        return [item]
    return None


def _number(field: Field, _: date) -> int:
    number = 2 if field.minimum is None else max(field.minimum, 2)
    return number if field.maximum is None else min(number, field.maximum)


def _day(field: Field, today: date) -> str:
    try:
        return (day_limit(field.earliest, today) or day_limit(field.latest, today) or today).isoformat()
    except ValueError:
        return today.isoformat()


def _period(field: Field, today: date) -> dict[str, str]:
    start = date.fromisoformat(_day(field, today))
    return {"start": start.isoformat(), "end": (start + timedelta(days=min(field.max_days or 3, 3) - 1)).isoformat()}


_MADE: Mapping[FieldKind, Callable[[Field, date], Any]] = {
    FieldKind.NUMBER: _number,
    FieldKind.MONEY: lambda field, today: str(_number(field, today)),
    FieldKind.DATE: _day,
    FieldKind.PERIOD: _period,
    FieldKind.CHOICE: lambda field, _: field.choices[0].value if field.choices else None,
    FieldKind.MULTIPLE_CHOICE: lambda field, _: [one.value for one in field.choices[:2]] or None,
    FieldKind.PERSON: lambda field, _: {
        name: value for name, value in _PERSON.items() if name in ("family_name", "given_names", *field.parts)
    },
}
