"""What happens to the steps of a public form, counted without knowing to whom: no number, address or answer in it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backoffice.domain.form_pages import DOCUMENT_PREFIX, FREE_FILES, SUMMARY, TITLES, code_of, list_pages
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.requester import PREFIX, REQUESTER_FIELDS

WHOLE = "formulaire"
"""The only step of a form in one page."""
SENDER = "requester"
"""Any question about who asks that is not one of `REQUESTER_FIELDS`."""
STARTED = "started:"
"""The mark of a form that was started."""
_SENDER_LABELS = {field.code: field.label for field in REQUESTER_FIELDS}


class FormEvent(StrEnum):
    """What is counted: of a form (`started`, `sent`), or of one of its steps."""

    OPENED = "opened"
    STARTED = "started"
    SHOWN = "shown"
    PASSED = "passed"
    REFUSED = "refused"
    STOPPED = "stopped"
    LEFT = "left"
    RESUMED = "resumed"
    SENT = "sent"


class Fault(StrEnum):
    """Why a question was refused: nothing was given, what was given does not do, or a file does not."""

    MISSING = "missing"
    WRONG = "wrong"
    FILE = "file"


FAULT_LABELS: dict[str, str] = {
    Fault.MISSING: "laissée vide",
    Fault.WRONG: "à corriger",
    Fault.FILE: "fichier refusé",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing to count; a refusal is counted in all (no `field`), then for each question, by its code."""

    event: FormEvent
    step: str = ""
    field: str = ""
    fault: str = ""

    @property
    def mark(self) -> str:
        """How a draft remembers that this was counted: most things count once in a form."""
        return f"{self.event}:{self.step}"


def first_step(definition: ProcedureDefinition) -> str:
    """The step that a new form shows."""
    return list_pages(definition, {})[0].slug if definition.step_by_step else WHOLE


def of_page(
    definition: ProcedureDefinition, step: str, *, passes: bool, following: str = "", refusal: Iterable[Counted] = ()
) -> tuple[Counted, ...]:
    """A step that was sent: it had been shown; it passes, perhaps to `following`, or it is refused."""
    shown = () if step == first_step(definition) else (Counted(FormEvent.SHOWN, step),)
    passed = (Counted(FormEvent.PASSED, step),) if passes else ()
    after = (Counted(FormEvent.SHOWN, following),) if following else ()
    return (Counted(FormEvent.STARTED), *shown, *passed, *after, *refusal)


def of_sending(marks: Collection[str], *, in_steps: bool) -> tuple[Counted, ...]:
    """A form that is sent, from its last step; the marks are those of its draft, if it had one."""
    last = SUMMARY if in_steps else WHOLE
    shown = (Counted(FormEvent.SHOWN, SUMMARY),) if in_steps else ()
    happened = (Counted(FormEvent.STARTED), *shown, Counted(FormEvent.PASSED, last), Counted(FormEvent.SENT))
    return new_ones(happened, marks)[0]


def of_refusal(
    definition: ProcedureDefinition,
    step: str,
    errors: Collection[str],
    file_errors: Collection[str],
    typed: Mapping[str, Sequence[str]],
) -> tuple[Counted, ...]:
    """A step that was refused, and each question that was, by the names of its inputs.

    Of what was `typed`, only whether there was something is looked at.
    """
    fields = {
        Counted(FormEvent.REFUSED, step, field, _fault(name, file_errors, typed))
        for name in errors
        if (field := field_of(definition, name))
    }
    return (Counted(FormEvent.REFUSED, step), *sorted(fields, key=lambda one: (one.field, one.fault)))


def new_ones(counted: Iterable[Counted], marks: Collection[str]) -> tuple[tuple[Counted, ...], frozenset[str]]:
    """What is still to be counted in a form that has these marks, and the marks that it has then."""
    found = tuple(one for one in counted if one.event not in _ONCE or one.mark not in marks)
    return found, frozenset({*marks, *(one.mark for one in found if one.event in _ONCE)})


def field_of(definition: ProcedureDefinition, name: str) -> str:
    """The code under which a question is counted, by the name of an input; empty for a name that no question has."""
    if name.startswith(PREFIX):
        code = name.removeprefix(PREFIX).partition(".")[0]
        return f"{PREFIX}{code}" if code in _SENDER_LABELS else SENDER
    if name.startswith(DOCUMENT_PREFIX):
        code = name.removeprefix(DOCUMENT_PREFIX)
        return f"{DOCUMENT_PREFIX}{code}"[:64] if any(one.code == code for one in definition.documents) else ""
    code = code_of(name)
    return code[:64] if code == FREE_FILES or definition.find_field(code) else ""


def field_label(definition: ProcedureDefinition, field: str) -> str:
    """A question as citizens read it, by the code under which it is counted."""
    if field == SENDER:
        return "Qui fait la demande"
    if field == FREE_FILES:
        return "Autres documents"
    if field.startswith(PREFIX):
        return str(_SENDER_LABELS.get(field.removeprefix(PREFIX), field))
    if field.startswith(DOCUMENT_PREFIX):
        labels = {one.code: one.label for one in definition.documents}
        return labels.get(field.removeprefix(DOCUMENT_PREFIX), field)
    found = definition.find_field(field)
    return found.label if found else field


def list_steps(definition: ProcedureDefinition) -> list[tuple[str, str]]:
    """Every step that the form may have, in order: (code, title)."""
    if not definition.step_by_step:
        return [(WHOLE, "Le formulaire, en une page")]
    own = [(str(rank + 1), step.title) for rank, step in enumerate(definition.steps)]
    return [*own, *((slug, str(title)) for slug, title in TITLES.items())]


_ONCE = frozenset({FormEvent.STARTED, FormEvent.SHOWN, FormEvent.PASSED})


def _fault(name: str, file_errors: Collection[str], typed: Mapping[str, Sequence[str]]) -> Fault:
    if name in file_errors:
        return Fault.FILE
    parts = (texts for key, texts in typed.items() if key == name or key.startswith(f"{name}."))
    return Fault.WRONG if any(text.strip() for texts in parts for text in texts) else Fault.MISSING
