"""A procedure in the language of whoever reads it: each text that its definition translates, French for the others."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from backoffice.domain.languages import LANGUAGES
from backoffice.domain.letters import FRENCH
from backoffice.domain.procedures import ProcedureDefinition

TEXTS = frozenset(
    {
        "title", "summary", "who", "introduction", "label", "hint", "unit", "item_label", "reason", "instead",
        "fee", "purpose", "basis", "recipients", "warning", "other_channels", "sve_basis", "public",
    }
)  # fmt: skip
"""What citizens read of a definition and of its parts; the legal basis of a document stays in the words of the law."""

_UNSAID = frozenset({"when", "formula", "retention", "checklist", "letters", "from_"})

Record = TypeVar("Record")


def in_language(definition: ProcedureDefinition, code: str) -> ProcedureDefinition:
    """The definition as who speaks this language reads it; its codes, conditions and legal regime are the same.

    A translation is found by the French that it translates: when that French changes, it shows until it is translated
    again. The theme and the moments of life stay French, for procedures meet under them: `translated` says them.
    """
    words = definition.translations.get(code)
    if code == FRENCH or not words:
        return definition
    keywords = (*definition.keywords, definition.title)
    return dataclasses.replace(_said(definition, words), keywords=keywords)


def translated(definition: ProcedureDefinition, text: str, code: str) -> str:
    """One text of the definition in this language."""
    return str(definition.translations.get(code, {}).get(text, text))


def texts(definition: ProcedureDefinition) -> tuple[str, ...]:
    """All that can be translated, once each, in the order of the definition."""
    return tuple(dict.fromkeys((*_texts(definition), definition.theme, *definition.life_events)))


def faults_of(definition: ProcedureDefinition) -> Iterator[tuple[str, str]]:
    """What is wrong in the translations (path → French sentence)."""
    for code, words in definition.translations.items():
        path = f"translations.{code}"
        if code not in LANGUAGES or code == FRENCH:
            known = ", ".join(one for one in LANGUAGES if one != FRENCH)
            yield path, f"Les pages ne parlent pas cette langue. Les langues possibles sont : {known}."
        elif not isinstance(words, Mapping) or not all(isinstance(said, str) for said in words.values()):
            yield path, "Donnez chaque texte français, suivi de sa traduction."


def _said(record: Record, words: Mapping[str, str]) -> Record:
    changes: dict[str, Any] = {}
    for one in dataclasses.fields(record):  # type: ignore[arg-type]
        value = getattr(record, one.name)
        if one.name in _UNSAID:
            continue
        if one.name in TEXTS:
            changes[one.name] = _translate(value, words)
        elif dataclasses.is_dataclass(value):
            changes[one.name] = _said(value, words)
        elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            changes[one.name] = tuple(_said(inner, words) for inner in value)
    return dataclasses.replace(record, **changes)  # type: ignore[type-var]


def _translate(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, tuple):
        return tuple(words.get(text, text) for text in value)
    return words.get(value, value)


def _texts(record: Any) -> Iterator[str]:
    for one in dataclasses.fields(record):
        value = getattr(record, one.name)
        if one.name in _UNSAID:
            continue
        if one.name in TEXTS:
            yield from filter(None, value if isinstance(value, tuple) else (value,))
        elif dataclasses.is_dataclass(value):
            yield from _texts(value)
        elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            for inner in value:
                yield from _texts(inner)
