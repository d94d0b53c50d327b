"""Writes answers for people: case pages, letters, PDF."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, TypeVar

from backoffice.domain import french, identity
from backoffice.domain.conditions import holds, looks_at
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.procedures import ProcedureDefinition, Step
from backoffice.domain.reserved_answers import RESERVED
from backoffice.domain.wording import Wording, Written

Text = TypeVar("Text", bound=str)


def describe(
    definition: ProcedureDefinition,
    values: Mapping[str, Any],
    *,
    sensitive: bool = True,
    hidden: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Each answered question with its answer, in the order of the form.

    `sensitive=False` leaves out health, identity-paper and reserved answers, for what leaves the case (mails, exports).
    `hidden` are the codes of the answers in whose place `RESERVED` stands, whether they were given or not: that alone
    would tell something of them. It stands wherever the other answers do not show that the question was not asked.
    """
    return [
        line for step in definition.steps for line in describe_step(step, values, sensitive=sensitive, hidden=hidden)
    ]


def describe_step(
    step: Step, values: Mapping[str, Any], *, sensitive: bool = True, hidden: Collection[str] = ()
) -> list[tuple[str, str]]:
    """The same for one step alone; nothing for a step that the answers do not call for."""
    if holds(step.when, values):
        return list(_lines(step.fields, values, values, None, sensitive, hidden))
    if not looks_at(step.when, hidden):
        return []
    secret = tuple(one for one in step.fields if one.code in hidden)
    return list(_lines(secret, values, values, None, sensitive, hidden))


def display(field: Field, value: Any) -> str:
    """The answer to one question other than a block, as people read it."""
    write = _WRITERS.get(field.kind)
    return write(field, value) if write else str(value)


def _lines(
    fields: tuple[Field, ...],
    values: Mapping[str, Any],
    known: Mapping[str, Any],
    item: Wording | None,
    sensitive: bool,
    hidden: Collection[str],
) -> Iterator[tuple[str, str]]:
    for field in fields:
        value = values.get(field.code)
        asked = holds(field.when, {**known, **values})
        if not sensitive and (field.sensitive or field.readers):
            continue
        if field.code in hidden:
            if asked or looks_at(field.when, hidden):
                yield _part(item, field.label), RESERVED
        elif value is None or not asked:
            continue
        elif field.kind is FieldKind.BLOCK:
            for rank, answers in enumerate(value, start=1):
                title = Wording("%(item)s %(rank)s", item=field.item_label or field.label, rank=rank)
                yield from _lines(field.fields, answers, known, _part(item, title), sensitive, hidden)
        else:
            yield _part(item, field.label), display(field, value)


def _part(item: Wording | None, part: Text) -> Text | Wording:
    return Wording("%(item)s – %(part)s", item=item, part=part) if item else part


def _number(field: Field, value: Any) -> str:
    written = Written("number", Decimal(str(value)))
    if not field.unit:
        return Wording("%(number)s", number=written)
    return Wording("%(number)s %(unit)s", number=written, unit=field.unit)


def _calculated(field: Field, value: Any) -> str:
    return _money(field, value) if field.unit == "€" else _number(field, value)


def _money(_: Field, value: Any) -> str:
    return Wording("%(amount)s", amount=Written("money", Decimal(str(value))))


def _day(_: Field, value: Any) -> str:
    return Wording("%(day)s", day=Written("plain_date", date.fromisoformat(value)))


def _choice(field: Field, value: Any) -> str:
    """The label of a choice; the bare value when the definition has lost it since."""
    return next((choice.label for choice in field.choices if choice.value == value), str(value))


def _choices(field: Field, value: Any) -> str:
    return reduce(_and, (_choice(field, one) for one in value), "")


def _person(_: Field, value: Any) -> str:
    names = f"{value.get('given_names', '')} {value.get('family_name', '')}".strip()
    said: str = names
    if value.get("usage_name"):
        said = _and(said, Wording("nom d’usage %(name)s", name=value["usage_name"]))
    day, place = value.get("birth_date"), value.get("birth_place")
    born = Written("plain_date", date.fromisoformat(day)) if day else None
    if born and place:
        said = _and(said, Wording("naissance le %(day)s à %(place)s", day=born, place=place))
    elif born:
        said = _and(said, Wording("naissance le %(day)s", day=born))
    elif place:
        said = _and(said, Wording("naissance à %(place)s", place=place))
    return said


def _and(said: str, more: str) -> str:
    return Wording("%(said)s, %(more)s", said=said, more=more) if said else more


def _address(_: Field, value: Any) -> str:
    town = f"{value.get('postcode', '')} {value.get('city', '')}".strip()
    return ", ".join(part for part in (value.get("line", ""), town) if part)


def _place(_: Field, value: Any) -> str:
    if "latitude" not in value:
        return str(value.get("address", ""))
    point = " ; ".join(french.number(Decimal(str(value[axis])), 5) for axis in ("latitude", "longitude"))
    point = point.replace(" ;", f"{french.NBSP};")
    return f"{value['address']} ({point})" if value.get("address") else f"Point {point}"


def _period(_: Field, value: Any) -> str:
    start, end = (value.get(side) for side in ("start", "end"))
    first, last = (Written("plain_date", date.fromisoformat(day)) if day else None for day in (start, end))
    if first and last:
        return Wording("du %(first)s au %(last)s", first=first, last=last)
    if first:
        return Wording("du %(first)s", first=first)
    return Wording("au %(last)s", last=last) if last else ""


_WRITERS: dict[FieldKind, Callable[[Field, Any], str]] = {
    FieldKind.NUMBER: _number,
    FieldKind.CALCULATED: _calculated,
    FieldKind.MONEY: _money,
    FieldKind.DATE: _day,
    FieldKind.PERIOD: _period,
    FieldKind.CHOICE: _choice,
    FieldKind.MULTIPLE_CHOICE: _choices,
    FieldKind.YES_NO: lambda _, value: Wording("Oui") if value else Wording("Non"),
    FieldKind.PHONE: lambda _, value: identity.display_phone(value),
    FieldKind.SIRET: lambda _, value: identity.display_siret(value),
    FieldKind.IBAN: lambda _, value: identity.display_iban(value),
    FieldKind.ADDRESS: _address,
    FieldKind.PLACE: _place,
    FieldKind.PERSON: _person,
    FieldKind.FILES: lambda _, value: Wording.counted("%(count)s fichier", "%(count)s fichiers", value),
}
