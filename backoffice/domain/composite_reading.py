"""Reads the questions made of several parts: person, address, place and period."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from backoffice.domain import addresses, identity
from backoffice.domain.field_reading import Posted, Reading, read_single
from backoffice.domain.fields import COMPOSITE_KINDS, Field, FieldKind, carried_parts_of, parts_of
from backoffice.domain.wording import Wording
from backoffice.errors import Invalid


def read(field: Field, name: str, posted: Posted) -> Reading:
    """Read the answer to a question asked once, posted under `name`: no block, no calculated value, no information."""
    if field.kind in COMPOSITE_KINDS:
        return _read_parts(field, name, posted)
    return read_single(field, name, posted)


def _read_parts(field: Field, name: str, posted: Posted) -> Reading:
    """A composite answer is the dictionary of its parts; blank altogether, it is no answer."""
    readings = {part.code: read(part, f"{name}.{part.code}", posted) for part in parts_of(field)}
    value = {code: reading.value for code, reading in readings.items() if reading.value is not None}
    faults = {_seen_as(field, key): said for reading in readings.values() for key, said in reading.faults.items()}
    missing = {key: sentence for reading in readings.values() for key, sentence in reading.missing.items()}
    if not value and not faults and not field.required:
        return Reading()
    complete = _COMPLETE.get(field.kind)
    if complete and not faults:
        try:
            missing |= complete(field, name, value)
        except Invalid as error:
            faults = error.faults
    if not faults:
        value |= _chosen(field, name, posted, value)
    return Reading(value or None, faults, missing)


def _chosen(field: Field, name: str, posted: Posted, value: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the address that was chosen among suggestions, as long as what is written still is that one."""
    carried = {part.code: read(part, f"{name}.{part.code}", posted).value for part in carried_parts_of(field)}
    known = {code: kept for code, kept in carried.items() if kept is not None}
    written = " ".join(value.get(code, "") for code in ("address", "line", "postcode", "city"))
    if not {"ban_id", "label"} <= known.keys() or not addresses.says_the_same(written, known["label"]):
        return {}
    axes = {axis: known.pop(axis, None) for axis in ("latitude", "longitude")}
    point = addresses.point_of(axes)
    return known | ({"latitude": point.latitude, "longitude": point.longitude} if point else {})


def _seen_as(field: Field, key: str) -> str:
    # Nobody types coordinates: what is wrong with them is told beside the words of the place.
    return f"{key.rpartition('.')[0]}.address" if field.kind is FieldKind.PLACE else key


def _complete_address(_: Field, name: str, value: dict[str, Any]) -> dict[str, str]:
    """A postcode, unless the city names another country after a comma."""
    if "postcode" in value:
        try:
            value["postcode"] = identity.check_postcode(value["postcode"])
        except Invalid as error:
            raise Invalid(faults={f"{name}.postcode": error.sentence}) from error
    elif "," not in value.get("city", ""):
        return {f"{name}.postcode": Wording("Indiquez le code postal, en 5 chiffres.")}
    return {}


def _complete_place(_: Field, name: str, value: dict[str, Any]) -> dict[str, str]:
    """An address or a point; half a point is no point."""
    axes = [value.pop(axis, None) for axis in ("latitude", "longitude")]
    if point := addresses.read_point(*axes):
        value["latitude"], value["longitude"] = point.latitude, point.longitude
    elif axes != [None, None]:
        sentence = Wording("La position n’est pas complète : placez de nouveau le repère.")
        raise Invalid(faults={f"{name}.address": sentence})
    return {} if value else {f"{name}.address": Wording("Indiquez le lieu : une adresse ou une description.")}


def _complete_period(field: Field, name: str, value: dict[str, Any]) -> dict[str, str]:
    if "start" in value and "end" in value:
        days = (date.fromisoformat(value["end"]) - date.fromisoformat(value["start"])).days + 1
        if days < 1:
            raise Invalid(faults={f"{name}.end": Wording("La date de fin vient avant la date de début.")})
        if field.max_days and days > field.max_days:
            sentence = Wording("Cette période dure %(days)s jours : %(most)s au plus.", days=days, most=field.max_days)
            raise Invalid(faults={f"{name}.end": sentence})
    return {}


_COMPLETE: dict[FieldKind, Callable[[Field, str, dict[str, Any]], dict[str, str]]] = {
    FieldKind.ADDRESS: _complete_address,
    FieldKind.PLACE: _complete_place,
    FieldKind.PERIOD: _complete_period,
}
