"""What browsers send, before anything reads it: no text holds a NUL, no number is larger than the database can hold.

PostgreSQL refuses both, SQLite the second only: what one engine takes and the other does not never comes further in.
"""

from flask import Flask, Request
from werkzeug.datastructures import ImmutableDict, ImmutableMultiDict, MultiDict
from werkzeug.routing import BaseConverter, IntegerConverter, Map, PathConverter, ValidationError

from backoffice.domain.row_ids import MOST_DIGITS, read

NUL = "\x00"
LONGEST_PART = 255
"""Of an address, in characters: nothing of ours has a longer name."""


class CleanRequest(Request):
    """A request whose address and form carry no NUL: nobody types one, and no column takes it."""

    @property
    def args(self) -> MultiDict[str, str]:
        """The parameters of the address."""
        known = self.__dict__
        if "clean_args" not in known:
            known["clean_args"] = without_nul(super().args)
        found: MultiDict[str, str] = known["clean_args"]
        return found

    def _load_form_data(self) -> None:
        super()._load_form_data()
        self.__dict__["form"] = without_nul(self.__dict__["form"])


class RowNumber(IntegerConverter):
    """`<int:…>`: a number that a row may have; a larger one is an unknown page."""

    regex = rf"[0-9]{{1,{MOST_DIGITS}}}"

    def to_python(self, value: str) -> int:
        """The number."""
        number = read(value)
        if number is None:
            raise ValidationError
        return number


class PlainPart(BaseConverter):
    """`<name>`: a part of an address; one with control characters, or endless, is an unknown page."""

    part_isolating = True
    regex = rf"[^/\x00-\x1f\x7f]{{1,{LONGEST_PART}}}"


class PlainPath(PathConverter):
    """`<path:…>`: the same, with its slashes."""

    part_isolating = False
    regex = r"[^/\x00-\x1f\x7f][^\x00-\x1f\x7f]*?"


class CleanMap(Map):
    """The addresses of the house, read in this way."""

    default_converters = ImmutableDict(
        {**Map.default_converters, "default": PlainPart, "string": PlainPart, "int": RowNumber, "path": PlainPath}
    )


class CleanFlask(Flask):
    """The application that reads every address and form in this way."""

    request_class = CleanRequest
    url_map_class = CleanMap


def without_nul(fields: MultiDict[str, str]) -> MultiDict[str, str]:
    """The same fields, without their NULs."""
    if not any(NUL in name or NUL in value for name, values in fields.lists() for value in values):
        return fields
    clean = [(name.replace(NUL, ""), value.replace(NUL, "")) for name, value in fields.items(multi=True)]
    return ImmutableMultiDict(clean)
