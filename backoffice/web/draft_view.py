"""What the pages of a draft share: reading it, keeping a change, showing what somebody else wrote meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import procedure_comparison, procedure_editing, records
from backoffice.domain.fields import Field
from backoffice.domain.letters import FRENCH
from backoffice.domain.policy import ROLE_LABELS
from backoffice.domain.procedure_comparison import Change
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.models.catalogue import ProcedureDraft
from backoffice.queries import catalogue
from backoffice.queries import procedure_drafts as queries
from backoffice.services import procedure_checks, procedure_drafts, procedure_letters
from backoffice.services.procedure_checks import Problem
from backoffice.services.procedure_drafts import ChangedMeanwhile, Edit
from backoffice.web.current import actor, runtime

SEEN = "seen"
SAVED = "Le brouillon est enregistré."
MOVED_MEANWHILE = (
    "Un autre administrateur vient de modifier cette liste : rien n’a bougé. Regardez-la, puis recommencez."
)

Part = Callable[[ProcedureDefinition], Any]
Form = Callable[[dict[str, str], list[Change], int], ResponseReturnValue]
"""Shows the form again: what is wrong, how it differs from what is kept, the status of the answer."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft as its pages show it; `number` is the version in force (0: none), `called` its questions by code."""

    draft: ProcedureDraft
    definition: ProcedureDefinition
    problems: list[Problem]
    number: int
    departments: list[tuple[str, str]]
    called: dict[str, Field]

    @property
    def blocking(self) -> list[Problem]:
        """What prevents publishing."""
        return [one for one in self.problems if one.blocks]

    @property
    def advice(self) -> list[Problem]:
        """What is worth a look."""
        return [one for one in self.problems if not one.blocks]

    @property
    def readers(self) -> list[tuple[str, str]]:
        """Who may be the only ones to read an answer: roles, then departments."""
        return [(str(role), label) for role, label in ROLE_LABELS.items()] + self.departments


def load(code: str) -> Shown:
    """The draft of a procedure; raises NotFound."""
    with runtime().database.reading() as session:
        return _load(session, code)


def _load(session: Session, code: str) -> Shown:
    mine = actor().authority_id
    draft = queries.get_draft(session, mine, code)
    definition = procedure_drafts.read(draft)
    problems = procedure_checks.list_problems(session, mine, definition)
    departments = [(one.code, one.name) for one in catalogue.list_departments(session, mine)]
    called = procedure_checks.questions_called(session, mine, definition)
    number = procedure_drafts.number_in_force(session, actor(), code)
    return Shown(draft, definition, problems, number, departments, called)


def save(code: str, edit: Edit, part: Part, form: Form, anchor: str = "") -> ResponseReturnValue:
    """Keep what a form says and go back to the draft; give the form back when somebody wrote the same part."""
    try:
        with runtime().database.transaction() as session:
            procedure_drafts.change(session, actor(), code, edit, seen=request.form.get(SEEN, ""), part=part)
    except ChangedMeanwhile as conflict:
        kept = load(code).definition
        return form({"": conflict.sentence}, procedure_comparison.compare(kept, edit(kept)), 409)
    flash(SAVED, "success")
    return redirect(url_for("admin_drafts.show", code=code, _anchor=anchor or None), 303)


def rearrange(code: str, edit: Edit, part: Part, anchor: str = "") -> ResponseReturnValue:
    """Keep a change without a form: a part moved, removed or added; nothing moves when somebody did it meanwhile."""
    try:
        with runtime().database.transaction() as session:
            procedure_drafts.change(session, actor(), code, edit, seen=request.form.get(SEEN, ""), part=part)
    except ChangedMeanwhile:
        flash(MOVED_MEANWHILE, "warning")
    return redirect(url_for("admin_drafts.show", code=code, _anchor=anchor or None), 303)


def form_seen(definition: ProcedureDefinition) -> list[Any]:
    """The plan of the form: which questions it asks, in which order."""
    return [
        [one.title, [[field.code, [inner.code for inner in field.fields]] for field in one.fields]]
        for one in definition.steps
    ]


def field_seen(name: str) -> Part:
    """What a question says."""
    return lambda definition: records.write(procedure_editing.get_field(definition, name))


def step_seen(rank: int) -> Part:
    """What a step says, besides its questions."""

    def part(definition: ProcedureDefinition) -> Any:
        said = records.write(procedure_editing.get_step(definition, rank))
        return {name: value for name, value in said.items() if name != "fields"}

    return part


def print_of(definition: ProcedureDefinition, part: Part) -> str:
    """What a form gives back, to know whether somebody wrote the same part meanwhile."""
    return procedure_drafts.print_of(part(definition))


def place_of(code: str, definition: ProcedureDefinition, path: str) -> str:
    """The page, and the place of the page, where what a path of the definition names is written."""
    parts = path.split(".")
    inner = [int(one) for one in parts if one.isdecimal() and len(one) < 5]
    known: Mapping[str, Callable[[], str]] = {
        "steps": lambda: _place_in_form(code, definition, parts, inner),
        "documents": lambda: _place_of_document(code, definition, inner, parts[-1]),
        "letters": lambda: url_for("draft_letters.edit", code=code, letter=definition.letters[inner[0]].letter),
        procedure_letters.IN_FORCE: lambda: _place_of_letter(code, parts[1], parts[2]),
        "regime": lambda: url_for("draft_regime.edit", code=code, _anchor=f"f-{parts[-1]}"),
        "target_working_days": lambda: url_for("draft_regime.edit", code=code, _anchor="f-target_working_days"),
        "regime_variants": lambda: url_for("draft_regime.edit", code=code, rank=inner[0] if inner else None),
        "eligibility": lambda: url_for("draft_rules.edit", code=code, rank=inner[0]),
        "lifecycle": lambda: url_for("draft_states.edit", code=code),
    }
    make = known.get(parts[0])
    return make() if make else url_for("draft_identity.edit", code=code, _anchor=f"f-{path}")


def question_of(definition: ProcedureDefinition, path: str) -> str:
    """The name of the question that a path is about; empty when it is about none."""
    parts = path.split(".")
    ranks = [int(one) for one in parts if one.isdecimal() and len(one) < 5]
    return _name_of(definition, ranks) if parts[0] == "steps" and "fields" in parts and len(ranks) > 1 else ""


def _place_in_form(code: str, definition: ProcedureDefinition, parts: list[str], inner: list[int]) -> str:
    if len(inner) < 2 or "fields" not in parts:
        return (
            url_for("draft_fields.edit_step", code=code, rank=inner[0])
            if inner
            else url_for("admin_drafts.show", code=code)
        )
    name = _name_of(definition, inner)
    return url_for("draft_fields.edit", code=code, question=name, _anchor=_input_of(parts[-1]))


def _name_of(definition: ProcedureDefinition, ranks: list[int]) -> str:
    field: Field = definition.steps[ranks[0]].fields[ranks[1]]
    return f"{field.code}.{field.fields[ranks[2]].code}" if len(ranks) > 2 else field.code


def _place_of_document(code: str, definition: ProcedureDefinition, inner: list[int], name: str) -> str:
    return url_for(
        "draft_documents.edit", code=code, piece=definition.documents[inner[0]].code, _anchor=_input_of(name)
    )


def _place_of_letter(code: str, letter: str, language: str) -> str:
    """Where a letter in force is corrected: its French words in the draft, those of other languages where they live."""
    if language == FRENCH:
        return url_for("draft_letters.edit", code=code, letter=letter)
    return url_for("admin_templates.edit", code=letter, procedure=code, language=language)


def _input_of(name: str) -> str:
    return "f-when-0" if name == "when" else "f-label" if name.isdecimal() or name == "code" else f"f-{name}"
