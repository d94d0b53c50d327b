"""Plain data (YAML, JSON) into frozen dataclasses and back, every fault named with its path in French.

The dataclasses are the schema: a key without default is compulsory, an unknown key is a fault, and `write`
leaves out what has its default value, so that `read(kind, write(record)) == record` and files stay short.
A field whose name is a Python keyword ends with an underscore (`from_` is written `from`).
"""

import dataclasses
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from backoffice.domain import conditions, formulas
from backoffice.domain.conditions import Condition
from backoffice.domain.formulas import Formula
from backoffice.errors import Invalid

Faults = dict[str, str]

# Small languages inside files: the types of their values, with who reads and who writes them.
_LANGUAGES: tuple[tuple[frozenset[type], Callable[[Any, str], Any], Callable[[Any], Any]], ...] = (
    (frozenset(get_args(Condition)), conditions.parse, conditions.dump),
    (frozenset(get_args(Formula)), formulas.parse, formulas.dump),
)

_EXPECTED = {
    "mapping": "Une liste de clés et de valeurs est attendue ici.",
    "str": "Un texte est attendu ici : mettez la valeur entre guillemets.",
    "bool": "Écrivez « true » ou « false ».",
    "int": "Un nombre entier est attendu ici.",
    "date": "Écrivez une date comme 2026-03-27.",
}


def read(kind: type, data: Any, path: str, faults: Faults) -> Any:
    """The dataclass `kind` described by `data`, or None when faults were added to `faults`."""
    if not isinstance(data, Mapping):
        faults[path or "fichier"] = _EXPECTED["mapping"]
        return None
    hints = _hints(kind)
    known = {_key(one.name): one for one in dataclasses.fields(kind)}
    for key in data:
        if key not in known:
            sentence = f"La clé « {key} » n’est pas connue ici. Vérifiez son orthographe ou retirez-la."
            faults[_join(path, key)] = sentence
    before = len(faults)
    arguments: dict[str, Any] = {}
    for key, one in known.items():
        if key in data:
            arguments[one.name] = _read_value(hints[one.name], data[key], _join(path, key), faults)
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            faults[_join(path, key)] = f"La clé « {key} » manque."
    return kind(**arguments) if len(faults) == before else None


def write(record: Any) -> dict[str, Any]:
    """The dataclass as plain data that JSON and YAML know, without the values that are the defaults."""
    data: dict[str, Any] = {}
    for one in dataclasses.fields(record):
        value = getattr(record, one.name)
        if value != _default(one):
            data[_key(one.name)] = _write_value(value)
    return data


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read_value(hint: Any, data: Any, path: str, faults: Faults) -> Any:
    options = set(get_args(hint)) if get_origin(hint) in (Union, types.UnionType) else {hint}
    if types.NoneType in options:
        if data is None:
            return None
        options.discard(types.NoneType)
    for types_of_it, parse, _ in _LANGUAGES:
        if options == types_of_it:
            return _read_language(parse, data, path, faults)
    (only,) = options
    if get_origin(only) is tuple:
        return _read_list(get_args(only)[0], data, path, faults)
    if dataclasses.is_dataclass(only):
        return read(only, data, path, faults)  # type: ignore[arg-type]
    return _read_plain(only, data, path, faults)


def _read_list(item: Any, data: Any, path: str, faults: Faults) -> tuple[Any, ...]:
    if not isinstance(data, list):
        faults[path] = "Une liste est attendue ici (un tiret par ligne)."
        return ()
    return tuple(_read_value(item, one, f"{path}.{index}", faults) for index, one in enumerate(data))


def _read_language(parse: Callable[[Any, str], Any], data: Any, path: str, faults: Faults) -> Any:
    try:
        return parse(data, path)
    except Invalid as error:
        faults.update(error.faults)
        return None


def _read_plain(kind: Any, data: Any, path: str, faults: Faults) -> Any:
    if get_origin(kind) is Mapping:
        value, sentence = _plain(data) if isinstance(data, Mapping) else None, _EXPECTED["mapping"]
    elif issubclass(kind, StrEnum):
        known = {str(member): member for member in kind}
        value = known.get(data) if isinstance(data, str) else None
        sentence = f"Cette valeur n’est pas connue. Les valeurs possibles sont : {', '.join(known)}."
    elif kind is date:
        value, sentence = _day(data), _EXPECTED["date"]
    else:
        # An exact type: True is no number here, and 1 no text.
        value, sentence = data if type(data) is kind else None, _EXPECTED[kind.__name__]
    if value is None:
        faults[path] = sentence
    return value


def _write_value(value: Any) -> Any:
    for types_of_it, _, dump in _LANGUAGES:
        if type(value) in types_of_it:
            return dump(value)
    if dataclasses.is_dataclass(value):
        return write(value)
    if isinstance(value, tuple):
        return [_write_value(one) for one in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    """The same value in the types of JSON: dates as ISO text, enumeration members as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def _day(data: Any) -> date | None:
    if isinstance(data, date) and not isinstance(data, datetime):
        return data
    try:
        return date.fromisoformat(data) if isinstance(data, str) else None
    except ValueError:
        return None


def _default(one: "dataclasses.Field[Any]") -> Any:
    if one.default_factory is not dataclasses.MISSING:
        return one.default_factory()
    return one.default


def _key(name: str) -> str:
    return name.removesuffix("_")


def _join(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)
