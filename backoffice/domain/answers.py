"""Reads all the answers to a form: conditions, repetitions, what is missing, what stops the request."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from typing import Any

from backoffice.domain import calculated
from backoffice.domain.composite_reading import read
from backoffice.domain.conditions import holds
from backoffice.domain.field_reading import Posted, Reading, too_many
from backoffice.domain.fields import Field, FieldKind
from backoffice.domain.procedures import EligibilityRule, ProcedureDefinition

MAX_REPETITIONS = 20
"""Repetitions of a block when its definition gives no maximum."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was understood of a form.

    `values` (field code → value made of JSON types) holds answered and visible questions only. `errors` and
    `unknown` use the names of the form's inputs, such as « holder.family_name » or « children-0.birth_date ».
    `ineligible` is the rule that stops the request, if one does.
    """

    values: dict[str, Any] = attribute(default_factory=dict)
    errors: dict[str, str] = attribute(default_factory=dict)
    unknown: tuple[str, ...] = ()
    ineligible: EligibilityRule | None = None

    @property
    def is_acceptable(self) -> bool:
        """Whether the request can be sent as it is."""
        return not self.errors and self.ineligible is None


def read_answers(
    definition: ProcedureDefinition,
    posted: Mapping[str, Sequence[str]],
    files: Mapping[str, int] | None = None,
    *,
    today: date | None = None,
    unknowns_allowed: bool = False,
) -> Answers:
    """The answers found in `posted` (input name → texts) and `files` (input name → number of files).

    Questions whose condition is false are ignored. `today` is the local day of receipt; without it the limits
    relative to the day are not checked. With `unknowns_allowed` (an agent writes for the citizen) what is
    missing is listed in `unknown` instead of being an error, and no eligibility rule stops the request.
    """
    form = _Form(Posted(posted, files or {}, today), unknowns_allowed)
    for step in definition.steps:
        if holds(step.when, form.values):
            form.values |= form.read_fields(step.fields, prefix="", known=form.values)
    stopped = None if unknowns_allowed else definition.find_ineligibility(form.values)
    return Answers(form.values, form.errors, tuple(form.unknown), stopped)


def as_posted(values: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """The inputs that these answers would come from, to fill a form again."""
    posted: dict[str, list[str]] = {}
    for code, value in values.items():
        name = f"{prefix}{code}"
        if isinstance(value, Mapping):
            posted |= as_posted(value, f"{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for index, item in enumerate(value):
                posted |= as_posted(item, f"{name}-{index}.")
        elif isinstance(value, list):
            posted[name] = [str(one) for one in value]
        elif isinstance(value, bool):
            posted[name] = ["yes" if value else "no"]
        else:
            posted[name] = [str(value)]
    return posted


def item_indexes(name: str, names: Iterable[str]) -> list[int]:
    """The numbers of the repetitions of the block `name` found among input names « name-3.family_name »."""
    pattern = re.compile(rf"{re.escape(name)}-([0-9]{{1,6}})\.")
    found = (pattern.match(one) for one in names)
    return sorted({int(match[1]) for match in found if match})


class _Form:
    """The form being read: what was posted, and what has been understood so far."""

    def __init__(self, posted: Posted, unknowns_allowed: bool) -> None:
        self.posted = posted
        self.unknowns_allowed = unknowns_allowed
        self.values: dict[str, Any] = {}
        self.errors: dict[str, str] = {}
        self.unknown: list[str] = []

    def read_fields(self, fields: tuple[Field, ...], prefix: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """The answers to these questions; conditions see them and `known`."""
        values: dict[str, Any] = {}
        for field in fields:
            if field.kind is FieldKind.INFORMATION or not holds(field.when, {**known, **values}):
                continue
            name = f"{prefix}{field.code}"
            value: Any
            if field.kind is FieldKind.CALCULATED:
                value = calculated.compute(field, {**known, **values})
            elif field.kind is FieldKind.BLOCK:
                value = self._read_block(field, name, {**known, **values})
            else:
                value = self._keep(read(field, name, self.posted))
            if value is not None:
                values[field.code] = value
        return values

    def _read_block(self, field: Field, name: str, known: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Each repetition that is not blank, and the blank ones that a compulsory block still needs."""
        given = self._given_items(name)
        maximum = field.max_items or MAX_REPETITIONS
        if len(given) > maximum:
            self.errors[name] = too_many(maximum, len(given))
            given = given[:maximum]
        least = max(field.min_items or 0, 1) if field.required else 0
        free = (index for index in range(least + len(given)) if index not in given)
        asked = sorted(given + [next(free) for _ in range(least - len(given))])
        items = [self.read_fields(field.fields, f"{name}-{index}.", known) for index in asked]
        own = {inner.code for inner in field.fields if inner.kind is not FieldKind.CALCULATED}
        return [item for item in items if own & item.keys()] or None

    def _given_items(self, name: str) -> list[int]:
        filled = [key for key, texts in self.posted.texts.items() if any(text.strip() for text in texts)]
        filled += [key for key, count in self.posted.files.items() if count]
        return item_indexes(name, filled)

    def _keep(self, reading: Reading) -> Any:
        self.errors |= reading.faults
        if self.unknowns_allowed:
            self.unknown += reading.missing
        else:
            self.errors |= reading.missing
        return reading.value
