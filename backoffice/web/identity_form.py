"""What a procedure is and for whom, as a form: its names, who receives it, what people are told, what is kept."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.domain import codes, days
from backoffice.domain.procedure_coherence import DAY_KINDS
from backoffice.domain.procedures import (
    ChecklistItem,
    FinalDisposition,
    ProcedureDefinition,
    RetentionStart,
)
from backoffice.domain.representation import Capacity
from backoffice.queries import catalogue
from backoffice.services import procedures
from backoffice.web import condition_form, field_form

NEW = frozenset({"theme", "who", "summary"})
"""What the form of a new procedure asks besides its title and its department."""

LINES = ("title", "theme", "department", "fee", "sve_basis")
TEXTS = ("who", "warning", "other_channels", "routing")
TICKS = (
    "requires_identity", "anonymous_allowed", "step_by_step", "photos", "restricted", "sve_excluded", "exclusive",
)  # fmt: skip
LISTS = ("summary", "life_events", "outputs", "notes")
DAYS = ("opens_on", "closes_on")
PERSONAL = ("purpose", "basis", "recipients")
REQUIRED_MARK = "*"

Form = MultiDict[str, str]


def read(
    form: Form, definition: ProcedureDefinition, faults: dict[str, str], only: frozenset[str] = frozenset()
) -> ProcedureDefinition:
    """The definition with what the form says; `only` some of it, when named. `faults` tell what cannot be kept."""
    said: dict[str, Any] = {name: field_form.line(form, name) for name in LINES}
    said |= {name: field_form.text(form, name) for name in TEXTS} | {name: bool(form.get(name)) for name in TICKS}
    said |= {name: _lines(form, name) for name in LISTS}
    said["keywords"] = tuple(dict.fromkeys(filter(None, (" ".join(one.split()) for one in _words(form)))))
    if only:
        return replace(definition, **{name: said[name] for name in only})
    said |= {name: days.day_of_field(form, name, faults, required=False) for name in DAYS}
    said["max_attachments"] = field_form.whole(form.get("max_attachments", ""), "max_attachments", faults) or 0
    said["personal_data"] = replace(
        definition.personal_data, **{name: field_form.line(form, name) for name in PERSONAL}
    )
    said["posted_when"] = condition_form.read(form, faults)
    hat = form.get("usually_for", "")
    said["usually_for"] = Capacity(hat) if hat in set(Capacity) else definition.usually_for
    said["checklist"] = _checklist(form, definition.checklist)
    return replace(definition, **said, retention=_retention(form, definition, faults))


def values_of(definition: ProcedureDefinition) -> dict[str, Any]:
    """What the form shows."""
    values: dict[str, Any] = {name: getattr(definition, name) for name in (*LINES, *TEXTS, *TICKS, "max_attachments")}
    values |= {name: "\n".join(getattr(definition, name)) for name in LISTS}
    values |= {name: getattr(definition.personal_data, name) for name in PERSONAL}
    values |= {name: day.strftime("%d/%m/%Y") if (day := getattr(definition, name)) else "" for name in DAYS}
    return values | {
        "keywords": ", ".join(definition.keywords),
        "checklist": "\n".join(
            f"{one.label} {REQUIRED_MARK}" if one.required else one.label for one in definition.checklist
        ),
        "years": "" if definition.retention.years is None else definition.retention.years,
        "from": str(definition.retention.from_),
        "start_field": definition.retention.start_field,
        "final": str(definition.retention.final),
        "usually_for": str(definition.usually_for),
    }


def themes(session: Session, authority_id: int) -> list[str]:
    """The themes that procedures have here: a new one had better go under one of them."""
    found = catalogue.list_procedures(session, authority_id, open_only=False)
    return sorted({procedures.definition_of(one).theme for one in found})


def _words(form: Form) -> list[str]:
    return form.get("keywords", "").replace("\n", ",").split(",")


def _lines(form: Form, name: str) -> tuple[str, ...]:
    lines = (" ".join(one.split())[: field_form.LONGEST_TEXT] for one in form.get(name, "").splitlines())
    return tuple(filter(None, lines))


def _checklist(form: Form, before: tuple[ChecklistItem, ...]) -> tuple[ChecklistItem, ...]:
    known = {one.label: one for one in before}
    taken = {one.code for one in before}
    found = []
    for line in dict.fromkeys(_lines(form, "checklist")):
        label = line.removesuffix(REQUIRED_MARK).strip()
        item = known.get(label) or ChecklistItem(codes.from_words(label, taken, "point"), label)
        taken.add(item.code)
        found.append(replace(item, required=line.endswith(REQUIRED_MARK)))
    return tuple(found)


def _retention(form: Form, definition: ProcedureDefinition, faults: dict[str, str]) -> Any:
    kept = definition.retention
    years = field_form.whole(form.get("years", ""), "years", faults)
    if years is not None and years < 0:
        faults["years"] = field_form.NOT_WHOLE
    from_, final = form.get("from", ""), form.get("final", "")
    days_asked = {one.code for one in definition.fields if one.kind in DAY_KINDS}
    return replace(
        kept,
        years=years,
        from_=RetentionStart(from_) if from_ in set(RetentionStart) else kept.from_,
        final=FinalDisposition(final) if final in set(FinalDisposition) else kept.final,
        start_field=start if (start := form.get("start_field", kept.start_field)) in {"", *days_asked} else "",
    )
