"""French texts that citizens read and that can be said again in their language: the source, and what fills it.

A `Wording` is a French text like any other: agents, letters, logs and tables see nothing else. Citizens’ pages say it
it in their language (`backoffice.infra.speech`), from the source and the values that it remembers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from backoffice.domain import french


@dataclass(frozen=True, slots=True)
class Written:
    """A value that each language writes in its own way; `way` is a method of `domain.languages.Writing`."""

    way: str
    value: Any

    def __str__(self) -> str:
        return str(getattr(french, self.way)(self.value))


class Wording(str):
    """A French text, with `%(name)s` where its values go; dates and numbers among them are written in words.

    `several` is the text for more than one, empty when the text does not depend on how many.
    """

    __slots__ = ("how_many", "several", "source", "values")

    source: str
    several: str
    how_many: int
    values: Mapping[str, Any]

    def __new__(cls, source: str, /, **values: Any) -> Self:
        """Called with a literal, which `make messages` collects."""
        return cls._made(source, "", 1, values)

    @classmethod
    def counted(cls, one: str, several: str, count: int, /, **values: Any) -> Self:
        """The text for this many, written `%(count)s`; called with two literals, which `make messages` collects."""
        return cls._made(one, several, count, {"count": count, **values})

    @classmethod
    def _made(cls, source: str, several: str, how_many: int, values: Mapping[str, Any]) -> Self:
        chosen = several if several and abs(how_many) > 1 else source
        filled = {name: _in_french(one) for name, one in values.items()}
        made = super().__new__(cls, chosen % filled if values else chosen)
        made.source, made.several, made.how_many, made.values = source, several, how_many, values
        return made


def _in_french(value: Any) -> str:
    if isinstance(value, date):
        return french.long_date(value)
    return french.number(value) if isinstance(value, int) else str(value)
