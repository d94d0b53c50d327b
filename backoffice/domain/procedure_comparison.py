"""What changes from one version of a procedure to another, in words: questions, texts, documents, delays."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backoffice.domain import condition_words
from backoffice.domain.conditions import AllOf, Among, Answered, AnyOf, AtLeast, Not
from backoffice.domain.fields import Choice, Field
from backoffice.domain.letters import LETTERS
from backoffice.domain.procedure_words import ATTRIBUTES, FIELD_KINDS, VALUES
from backoffice.domain.procedures import ProcedureDefinition, ProcedureLetter, RequiredDocument, Step

NOTHING = "rien"
_APART = frozenset({"steps", "documents", "letters", "translations", "regime", "lifecycle"})
_CONDITIONS = (Among, AtLeast, Answered, Not, AnyOf, AllOf)


class Kind(StrEnum):
    """What happened to a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what it is about, in words, with what it said and says now."""

    kind: Kind
    subject: str
    before: str = ""
    after: str = ""


def compare(before: ProcedureDefinition, after: ProcedureDefinition) -> list[Change]:
    """Every difference, in the order of a definition; empty when the two say the same."""
    return [
        *_attributes("", before, after, _APART, _asked(before), _asked(after)),
        *_regime(before.regime, after.regime),
        *_steps(before, after),
        *_fields(before, after),
        *_documents(before, after),
        *_states(before, after),
        *_letters(before.letters, after.letters),
        *_translations(before.translations, after.translations),
    ]


def _asked(definition: ProcedureDefinition) -> dict[str, Field]:
    return {one.code: one for one in definition.fields}


def _attributes(
    subject: str,
    old: Any,
    new: Any,
    apart: frozenset[str],
    old_fields: Mapping[str, Field],
    new_fields: Mapping[str, Field],
) -> Iterator[Change]:
    """The differences of two records of one kind; a record inside a record is looked into."""
    for one in dataclasses.fields(old):
        was, now = getattr(old, one.name), getattr(new, one.name)
        if one.name in apart or was == now:
            continue
        name = ATTRIBUTES.get(one.name, one.name)
        said = f"{subject}{name}" if subject else name[:1].upper() + name[1:]
        if dataclasses.is_dataclass(was) and type(was) is type(now) and not isinstance(was, _CONDITIONS):
            yield from _attributes(f"{said}, ", was, now, frozenset(), old_fields, new_fields)
        else:
            yield Change(Kind.CHANGED, said, _said(was, old_fields), _said(now, new_fields))


def _regime(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            name = ATTRIBUTES.get(key, key)
            yield Change(Kind.CHANGED, f"Régime juridique, {name}", _said(old.get(key), {}), _said(new.get(key), {}))


def _steps(before: ProcedureDefinition, after: ProcedureDefinition) -> Iterator[Change]:
    old, new = ({one.title: one for one in definition.steps} for definition in (before, after))
    yield from _came_and_went("Étape", {title: title for title in old}, {title: title for title in new})
    same = [title for title in old if title in new]
    for title in same:
        yield from _attributes(
            f"Étape « {title} », ", old[title], new[title], frozenset({"fields"}), _asked(before), _asked(after)
        )
    if same != [title for title in new if title in old]:
        yield Change(Kind.MOVED, "Ordre des étapes", _said(tuple(old), {}), _said(tuple(new), {}))


def _fields(before: ProcedureDefinition, after: ProcedureDefinition) -> Iterator[Change]:
    old, new = _placed(before), _placed(after)
    yield from _came_and_went(
        "Question",
        {code: one.label for code, (one, _) in old.items()},
        {code: one.label for code, (one, _) in new.items()},
    )
    same = [code for code in old if code in new]
    for code in same:
        (was, first), (now, second) = old[code], new[code]
        subject = f"Question « {was.label} », "
        yield from _attributes(subject, was, now, frozenset({"fields"}), _asked(before), _asked(after))
        if first.title != second.title and second.title not in {one.title for one in before.steps}:
            continue  # its step has another name, which is told already
        if first.title != second.title:
            yield Change(Kind.MOVED, f"{subject}étape", first.title, second.title)
    for one in after.steps:
        order = [field.code for field in one.fields if field.code in same]
        if order != sorted(order, key=list(old).index):
            yield Change(Kind.MOVED, f"Ordre des questions de l’étape « {one.title} »", "", _labels(one))


def _placed(definition: ProcedureDefinition) -> dict[str, tuple[Field, Step]]:
    """Every question by its name, those of blocks included, with its step."""
    found: dict[str, tuple[Field, Step]] = {}
    for step in definition.steps:
        for field in step.fields:
            found[field.code] = field, step
            found |= {f"{field.code}.{one.code}": (one, step) for one in field.fields}
    return found


def _labels(step: Step) -> str:
    return " ; ".join(one.label for one in step.fields)


def _documents(before: ProcedureDefinition, after: ProcedureDefinition) -> Iterator[Change]:
    old, new = ({one.code: one for one in definition.documents} for definition in (before, after))
    yield from _came_and_went(
        "Pièce", {code: one.label for code, one in old.items()}, {code: one.label for code, one in new.items()}
    )
    for code, was in old.items():
        if code in new:
            subject = f"Pièce « {was.label} », "
            yield from _attributes(subject, was, new[code], frozenset(), _asked(before), _asked(after))


def _states(before: ProcedureDefinition, after: ProcedureDefinition) -> Iterator[Change]:
    old, new = ({one.code: one for one in definition.lifecycle.states} for definition in (before, after))
    yield from _came_and_went(
        "Sous-état", {code: one.name for code, one in old.items()}, {code: one.name for code, one in new.items()}
    )
    for code, was in old.items():
        if code in new:
            yield from _attributes(f"Sous-état « {was.name} », ", was, new[code], frozenset(), {}, {})
    yield from _attributes("États du dossier, ", before.lifecycle, after.lifecycle, frozenset({"states"}), {}, {})


def _letters(old: tuple[ProcedureLetter, ...], new: tuple[ProcedureLetter, ...]) -> Iterator[Change]:
    known = {(one.letter, one.language): one for one in old}
    for one in new:
        was = known.get((one.letter, one.language))
        title = LETTERS[one.letter].title if one.letter in LETTERS else one.letter
        if was is None or was.body != one.body:
            kind = Kind.CHANGED if was else Kind.ADDED
            yield Change(kind, f"Courrier « {title} »", was.body if was else "", one.body or "le texte commun")


def _translations(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for code in dict.fromkeys((*old, *new)):
        if old.get(code) != new.get(code):
            yield Change(Kind.CHANGED, f"Traductions ({code})", _count(old.get(code)), _count(new.get(code)))


def _count(words: Any) -> str:
    return f"{len(words)} textes" if isinstance(words, Mapping) else NOTHING


def _came_and_went(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for code, label in old.items():
        if code not in new:
            yield Change(Kind.REMOVED, f"{what} « {label} »")
    for code, label in new.items():
        if code not in old:
            yield Change(Kind.ADDED, f"{what} « {label} »")


def _said(value: Any, fields: Mapping[str, Field]) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, _CONDITIONS):
        return condition_words.in_words(value, fields)
    if isinstance(value, Choice | RequiredDocument | Field):
        return value.label
    return _said_together(value, fields) or FIELD_KINDS.get(value, VALUES.get(str(value), str(value)))


def _said_together(value: Any, fields: Mapping[str, Field]) -> str:
    """The same for what holds several values, or none."""
    if value is None or value in ("", (), {}):
        return NOTHING
    if isinstance(value, tuple):
        return " ; ".join(_said(one, fields) for one in value)
    if dataclasses.is_dataclass(value):
        return ", ".join(_said(getattr(value, one.name), fields) for one in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{ATTRIBUTES.get(key, key)} : {_said(one, fields)}" for key, one in value.items())
    return ""
