"""The blanks of a text, `{{ usager }}`, filled for each case; a bulk letter with an unknown one is refused first."""

import re
from collections.abc import Mapping

from backoffice.domain.french import fold

# The same names as in the letters that an administrator words (`domain.letters`).
MERGE_FIELDS: dict[str, str] = {
    "usager": "le nom de l’usager",
    "reference": "la référence du dossier",
    "objet": "l’objet de la demande",
    "date_reception": "le jour où la demande est arrivée",
    "service": "le service chargé du dossier",
}

_BLANK = re.compile(r"\{\{([^{}]*)\}\}")
_NAMES = {fold(name.replace("_", " ")): name for name in MERGE_FIELDS}


def find_unknown(text: str) -> tuple[str, ...]:
    """The blanks of a text that nothing can fill, as they were typed; a lone pair of braces is one of them."""
    unknown = [found[0] for found in _BLANK.finditer(text) if _name(found[1]) is None]
    left = _BLANK.sub("", text)
    return (*unknown, *(mark for mark in ("{{", "}}") if mark in left))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every blank filled; `values` go by the names of MERGE_FIELDS. Raises KeyError for another one."""
    return _BLANK.sub(lambda found: values[_name(found[1]) or found[1]], text)


def has_blank(text: str) -> bool:
    """Whether anything is to be filled."""
    return _BLANK.search(text) is not None


def fill_known(text: str, values: Mapping[str, str]) -> str:
    """The text with every blank filled that has a value; the others stay as they were typed."""
    return _BLANK.sub(lambda found: values.get(_name(found[1]) or "", "") or found[0], text)


def find_left(text: str) -> tuple[str, ...]:
    """The blanks of a text, as they were typed, each once."""
    return tuple(dict.fromkeys(found[0] for found in _BLANK.finditer(text)))


def describe() -> list[tuple[str, str]]:
    """Each blank as it is typed, with what it stands for."""
    return [(f"{{{{ {name} }}}}", meaning) for name, meaning in MERGE_FIELDS.items()]


def _name(typed: str) -> str | None:
    return _NAMES.get(" ".join(fold(typed.replace("_", " ")).split()))
